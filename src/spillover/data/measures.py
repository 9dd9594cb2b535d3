"""Measures that turn official figures into the variables of a study.

Each takes Series indexed by (province, year) and returns one; which figures go into which
variable of which study is declared in :mod:`spillover.studies.variables`.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pandas as pd


class MeasureError(ValueError):
    """A figure has a value for which the measure is not defined; names province and year."""


def _require_positive(series: pd.Series, name: str) -> None:
    bad = series <= 0
    if bad.any():
        unit, year = series.index[bad][0]
        raise MeasureError(
            f"{name}: province {unit}, year {year} is {series[bad].iloc[0]:g}; not > 0"
        )


def _wide(series: pd.Series) -> pd.DataFrame:
    """Provinces in rows, in the order of `series`, years in columns, without a gap."""
    wide: pd.DataFrame = series.unstack("year").reindex(series.index.unique("province"))
    years = [int(year) for year in wide.columns]
    if years != list(range(years[0], years[-1] + 1)):
        raise MeasureError(f"{series.name}: years {years} have a gap; expected consecutive years")
    return wide


def _long(wide: pd.DataFrame, like: pd.Series) -> pd.Series:
    """Inverse of :func:`_wide`, in the order of `like`."""
    stacked = cast(pd.Series, wide.stack())
    return pd.Series(stacked.reindex(like.index), name=like.name)


def logarithm(series: pd.Series, base: float = math.e) -> pd.Series:
    """Logarithm of a positive series, natural unless `base` is given.

    Raises
    ------
    MeasureError
        At the first value that is zero or negative.
    """
    _require_positive(series, f"logarithm of {series.name}")
    result: pd.Series = np.log(series) / np.log(base)
    return result


def location_quotient(part: pd.Series, whole: pd.Series) -> pd.Series:
    r"""Location quotient: a province's share of `part` over its share of `whole`.

    .. math:: LQ_{it} = \frac{p_{it}/\sum_j p_{jt}}{w_{it}/\sum_j w_{jt}}

    Parameters
    ----------
    part, whole : Series
        Indexed by (province, year), any unit; sums run over the provinces of each year.

    Returns
    -------
    Series
        No unit; 1 where the province holds as much of `part` as of `whole`.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["a", "b"], [2020]], names=["province", "year"])
    >>> location_quotient(pd.Series([30, 10], index), pd.Series([1, 1], index)).tolist()
    [1.5, 0.5]
    """
    _require_positive(whole, "location quotient: the whole")
    return share_of_year(part) / share_of_year(whole)


def share_of_year(series: pd.Series) -> pd.Series:
    """Share of each province in its year's sum over provinces."""
    return series / series.groupby(level="year").transform("sum")


def carbon_productivity(gdp_100m: pd.Series, co2_mt: pd.Series) -> pd.Series:
    """GDP per tonne of carbon dioxide, in 10,000 yuan per tonne.

    Parameters
    ----------
    gdp_100m : Series
        100 million yuan.
    co2_mt : Series
        Million tonnes.
    """
    _require_positive(co2_mt, "carbon dioxide")
    return gdp_100m / co2_mt / 100


def energy_productivity(gdp_100m: pd.Series, energy_10ktce: pd.Series) -> pd.Series:
    """GDP per tonne of standard coal equivalent, in 10,000 yuan per tonne."""
    _require_positive(energy_10ktce, "energy consumption")
    return gdp_100m / energy_10ktce


def lag(series: pd.Series) -> pd.Series:
    """Last year's value of the same province; missing in a province's first year."""
    return _long(_wide(series).shift(1, axis=1), series)


def mid_year(stock: pd.Series) -> pd.Series:
    """Mean of this and last year's year-end stock; missing in a province's first year."""
    return (stock + lag(stock)) / 2


def chain_index(growth: pd.Series, base: int) -> pd.Series:
    """Chain an index with previous year = 100 into levels with `base` = 1.

    Parameters
    ----------
    growth : Series
        Indexed by (province, year), previous year = 100.
    base : int
        The year whose level is 1.
    """
    wide = _wide(growth)
    if base not in wide.columns:
        raise MeasureError(f"chain index: base year {base} is not among {list(wide.columns)}")
    level = (wide / 100).cumprod(axis=1)
    return _long(level.div(level[base], axis=0), growth)


def deflate(nominal: pd.Series, price_growth: pd.Series, base: int) -> pd.Series:
    """Value at the prices of `base`, by a chained price index (previous year = 100)."""
    return nominal / chain_index(price_growth, base)


def capital_stock(investment: pd.Series, depreciation: float, growth: float) -> pd.Series:
    r"""Perpetual-inventory capital stock.

    .. math:: K_{i0} = \frac{I_{i0}}{g + \delta}, \qquad K_{it} = (1-\delta)K_{i,t-1} + I_{it}

    Parameters
    ----------
    investment : Series
        Constant prices, indexed by (province, year), consecutive years.
    depreciation : float
        δ, a share per year.
    growth : float
        g, the growth of investment before the first year, a share per year.

    Notes
    -----
    The base-year rule is the steady state of Harberger (1978). Later years depend on it less and
    less, by (1 − δ) a year.
    """
    if not 0 < depreciation < 1 or growth + depreciation <= 0:
        raise MeasureError(
            f"depreciation {depreciation}, growth {growth}: need 0 < δ < 1, g + δ > 0"
        )
    wide = _wide(investment)
    stock = wide.iloc[:, 0] / (growth + depreciation)
    levels = {wide.columns[0]: stock}
    for year in wide.columns[1:]:
        stock = (1 - depreciation) * stock + wide[year]
        levels[year] = stock
    return _long(pd.DataFrame(levels).rename_axis(columns="year"), investment)

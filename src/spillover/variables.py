"""The variables of both studies: name, unit, formula, and the figures each is made from.

One entry per variable and variant; a study names the variables it uses and may swap a variant.
How a measure works is in :mod:`spillover.measures`; nothing here estimates anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spillover import geo
from spillover import measures as m
from spillover.panel import Panel, national

GDP_VINTAGES = ("census4", "census5", "first_release")


class VariableError(ValueError):
    """A variable or variant that does not exist, or has no value where one is needed."""


@dataclass(frozen=True)
class Inputs:
    """The figures a formula may use: the official panel and the chosen GDP vintage."""

    panel: Panel
    gdp_vintage: str

    def __getitem__(self, column: str) -> pd.Series:
        return self.panel[f"gdp_{self.gdp_vintage}_100m" if column == "gdp" else column]

    def per_province(self, column: str) -> pd.Series:
        """A constant of each province, repeated over the years."""
        index = self.panel.values.index
        values = geo.capitals()[column].reindex(index.get_level_values("province"))
        return pd.Series(values.to_numpy(dtype=float), index=index, name=column)

    def per_year(self, column: str) -> pd.Series:
        """A national series, repeated over the provinces."""
        index = self.panel.values.index
        values = national()[column].reindex(index.get_level_values("year"))
        return pd.Series(values.to_numpy(dtype=float), index=index, name=column)


@dataclass(frozen=True)
class Variable:
    """One variant of one variable.

    Attributes
    ----------
    symbol : str
        The name in tables and models.
    variant : str
        Which of the symbol's variants this is; the first entry of a symbol is its default.
    label, unit : str
        For readers.
    columns : tuple of str
        Official columns behind it; "gdp" stands for the chosen vintage. Their flags travel on.
    formula : callable
        From :class:`Inputs` to a Series.
    years : tuple of int
        The window in which it is complete.
    note : str
        What a reader must know before using it.
    """

    symbol: str
    variant: str
    label: str
    unit: str
    columns: tuple[str, ...]
    formula: Callable[[Inputs], pd.Series]
    years: tuple[int, int] = (2011, 2022)
    note: str = ""


def _clean_power(f: Inputs, *sources: str) -> pd.Series:
    return sum((f[s].fillna(0.0) for s in sources[1:]), f[sources[0]].fillna(0.0))


def _solar_where_not_modelled(f: Inputs) -> pd.Series:
    return f["solar_twh"].where(f.panel.flags["solar_twh"] != "modelled", 0.0)


def _gia(*sources: str) -> Callable[[Inputs], pd.Series]:
    return lambda f: m.location_quotient(_clean_power(f, *sources), f["gdp"])


def _gia_without_modelled(f: Inputs) -> pd.Series:
    power = _clean_power(f, "hydro_twh", "wind_twh") + _solar_where_not_modelled(f)
    return m.location_quotient(power, f["gdp"])


def _cp(column: str) -> Callable[[Inputs], pd.Series]:
    return lambda f: m.carbon_productivity(f["gdp"], f[column])


def _final_use_co2(f: Inputs) -> pd.Series:
    parts = f["co2_ceads_power_heat_mt"] + f["co2_ceads_process_mt"]
    return f["co2_ceads_sectoral_mt"] - parts


def _per_capita(f: Inputs) -> pd.Series:
    return (f["gdp"] / m.mid_year(f["population_10k"])).rename("GDP per capita")


def _density(area: str) -> Callable[[Inputs], pd.Series]:
    return lambda f: m.logarithm(f["population_10k"] * 1e4 / f.per_province(area), 10)


def _urban(f: Inputs) -> pd.Series:
    return (f["population_10k"] * f["urban_rate_pct"] / 100).rename("urban population")


def _openness(f: Inputs) -> pd.Series:
    yuan_100m = f["trade_kusd"] * f.per_year("cny_per_usd_official_mean") / 1e5
    return yuan_100m / f["gdp"]


def _total_environment_investment(f: Inputs) -> pd.Series:
    share = f["env_investment_share_gdp_pct"] / 100
    return m.logarithm((share * f["gdp_first_release_100m"]).rename("investment"))


_CP = ("CP", "carbon productivity", "10,000 yuan per tonne of CO2")
_SECTORAL = ("co2_ceads_sectoral_mt", "co2_ceads_process_mt", "co2_ceads_power_heat_mt")
_POWER = ("hydro_twh", "wind_twh", "solar_twh")

CARBON: tuple[Variable, ...] = (
    Variable(
        _CP[0], "CEADs apparent", _CP[1], _CP[2], ("gdp", "co2_ceads_apparent_mt"),
        _cp("co2_ceads_apparent_mt"), note="complete for all provinces and years",
    ),
    Variable(
        _CP[0], "CEADs sectoral", _CP[1], _CP[2], ("gdp", _SECTORAL[0]),
        _cp("co2_ceads_sectoral_mt"), (2011, 2019), "inventories of 2020 and 2022 were not found",
    ),
    Variable(
        _CP[0], "CEADs final use", _CP[1], _CP[2], ("gdp", *_SECTORAL),
        lambda f: m.carbon_productivity(f["gdp"], _final_use_co2(f)), (2011, 2019),
        "sectoral inventory less power, heat and processes",
    ),
    Variable(
        _CP[0], "energy", "energy productivity", "10,000 yuan per tonne of coal equivalent",
        ("gdp", "energy_consumption_10ktce"),
        lambda f: m.energy_productivity(f["gdp"], f["energy_consumption_10ktce"]), (2011, 2020),
        "energy in the place of carbon; gaps from 2021",
    ),
    Variable(
        "GIA", "hydro, wind and solar", "green industrial agglomeration", "location quotient",
        ("gdp", *_POWER), _gia(*_POWER), (2012, 2022),
        "electricity in the place of output value; solar before 2018 is modelled",
    ),
    Variable(
        "GIA", "hydro and wind", "green industrial agglomeration", "location quotient",
        ("gdp", *_POWER[:2]), _gia(*_POWER[:2]), note="no modelled cell",
    ),
    Variable(
        "GIA", "without modelled solar", "green industrial agglomeration", "location quotient",
        ("gdp", *_POWER), _gia_without_modelled, note="solar enters in 2018",
    ),
    Variable(
        "TEC", "technology market", "technological innovation", "share of GDP",
        ("tech_market_100m", "gdp_first_release_100m"),
        lambda f: f["tech_market_100m"] / f["gdp_first_release_100m"],
    ),
    Variable(
        "Agdp", "mid-year population", "economic development", "log10 of 10,000 yuan per person",
        ("gdp", "population_10k"), lambda f: m.logarithm(_per_capita(f), 10), (2012, 2022),
    ),
    Variable(
        "URB", "urban population", "urbanisation", "log10 of 10,000 persons",
        ("population_10k", "urban_rate_pct"), lambda f: m.logarithm(_urban(f), 10),
    ),
    Variable(
        "OP", "trade ratio", "openness", "share of GDP", ("gdp", "trade_kusd"), _openness,
    ),
    Variable(
        "ER", "industrial pollution", "environmental regulation", "ln of 100 million yuan",
        ("industrial_pollution_investment_100m",),
        lambda f: m.logarithm(f["industrial_pollution_investment_100m"]),
        note="2018 filled by the codebook's rule",
    ),
    Variable(
        "ER", "all pollution", "environmental regulation", "ln of 100 million yuan",
        ("env_investment_share_gdp_pct", "gdp_first_release_100m"), _total_environment_investment,
        (2011, 2013), "by province only to 2017, with two blanks (Xinjiang 2014, Shanxi 2016)",
    ),
    Variable(
        "IND", "secondary industry", "industrial structure", "share of GDP",
        ("secondary_va_census5_100m", "gdp_census5_100m"),
        lambda f: f["secondary_va_census5_100m"] / f["gdp_census5_100m"],
    ),
    Variable(
        "PDE", "conventional area", "population density", "log10 of persons per km²",
        ("population_10k",), _density("area_conventional_km2"),
    ),
    Variable(
        "PDE", "measured area", "population density", "log10 of persons per km²",
        ("population_10k",), _density("area_geodesic_km2"),
    ),
)  # fmt: skip
"""Variables of Part I."""


def catalogue(*groups: tuple[Variable, ...]) -> dict[str, dict[str, Variable]]:
    """Index variables by symbol, then by variant, in the order of declaration."""
    table: dict[str, dict[str, Variable]] = {}
    for variable in (v for group in groups or (CARBON,) for v in group):
        table.setdefault(variable.symbol, {})[variable.variant] = variable
    return table


def pick(symbol: str, variant: str | None = None) -> Variable:
    """Return a variant of a variable, the default where none is named.

    Raises
    ------
    VariableError
        For an unknown symbol or variant, listing the known ones.
    """
    table = catalogue()
    if symbol not in table:
        raise VariableError(f"no variable {symbol!r}; choose from {list(table)}")
    variants = table[symbol]
    if variant is None:
        return next(iter(variants.values()))
    if variant not in variants:
        raise VariableError(f"{symbol} has no variant {variant!r}; choose from {list(variants)}")
    return variants[variant]


def build(
    panel: Panel, symbols: Mapping[str, str | None], gdp_vintage: str = "census4"
) -> pd.DataFrame:
    """Compute variables from the official panel.

    Parameters
    ----------
    panel : Panel
        All years, so that mid-year means have last year's value.
    symbols : mapping
        Symbol to variant (None for the default), in the order of the columns wanted.
    gdp_vintage : str
        One of :data:`GDP_VINTAGES`.

    Returns
    -------
    DataFrame
        One column per symbol; a value is missing where its figures are.
    """
    if gdp_vintage not in GDP_VINTAGES:
        raise VariableError(f"no GDP vintage {gdp_vintage!r}; choose from {list(GDP_VINTAGES)}")
    inputs = Inputs(panel, gdp_vintage)
    with np.errstate(all="raise"):
        columns = {s: pick(s, v).formula(inputs).rename(s) for s, v in symbols.items()}
    return pd.DataFrame(columns)


def not_official(panel: Panel, symbol: str, variant: str | None = None) -> pd.Series:
    """Return True where a variable rests on a derived, modelled, estimated or filled figure."""
    columns = [c for c in pick(symbol, variant).columns if c != "gdp"]
    return panel.not_official(*columns)

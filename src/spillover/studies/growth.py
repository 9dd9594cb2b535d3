"""Part II: the study of new-energy vehicle clusters and income, and its variables.

`proxy` names what the paper measured where no public series has it; a series of your own
(``data/own/README.md``) takes the place of a proxy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from spillover.data import measures as m
from spillover.data import own
from spillover.studies.study import Study
from spillover.studies.variables import BASE_YEAR, INCOME, Inputs, Variable

DEPRECIATION = 0.096
"""δ of the capital stock, a share per year (Zhang, Wu and Zhang 2004)."""

PRIOR_GROWTH = 0.10
"""g of the capital stock: growth of real investment before the base year, a share per year."""


def _volume_gdp(f: Inputs) -> pd.Series:
    """GDP of the base year moved by the official volume index."""
    level = m.chain_index(f["gdp_index_previous_year_100"], BASE_YEAR)
    base = f["gdp"].xs(BASE_YEAR, level="year")
    units = level.index.get_level_values("province")
    return pd.Series(level * base.reindex(units).to_numpy(), name="GDP by volume")


def _log_ratio(top: str, bottom: str, scale: float = 1) -> Callable[[Inputs], pd.Series]:
    return lambda f: m.logarithm((f[top] * scale / f[bottom]).rename(f"{top} per {bottom}"))


def _log_count(column: str) -> Callable[[Inputs], pd.Series]:
    """Formula ln(1 + count), which keeps the zeros."""
    return lambda f: np.log1p(f[column])


def _quotient(column: str, whole: str = "gdp") -> Callable[[Inputs], pd.Series]:
    """Formula of a location quotient over GDP, or over another whole."""
    return lambda f: m.location_quotient(f[column], f[whole])


def frozen_numerator(variable: Variable, year: int) -> Variable:
    """Location quotient with its numerator as it was in one year, so that only output moves it.

    A coefficient on it shows what the denominator alone contributes where the outcome is made
    from the same series.

    Raises
    ------
    ValueError
        The variable is not a quotient of two columns.

    Examples
    --------
    >>> frozen_numerator(GROWTH.variable("LQ"), 2011).variant
    'vehicle output, numerator of 2011'
    """
    if len(variable.columns) != 2:
        raise ValueError(
            f"{variable.symbol} ({variable.variant}) rests on {list(variable.columns)}; only a "
            "quotient of two columns can be frozen"
        )
    part, whole = variable.columns

    def formula(f: Inputs) -> pd.Series:
        index = f[part].index
        units = index.get_level_values("province")
        first = f[part].xs(year, level="year").reindex(units).to_numpy(dtype=float)
        return m.location_quotient(pd.Series(first, index=index), f[whole])

    name = f"{variable.variant}, numerator of {year}"
    return replace(variable, variant=name, formula=formula, note="", proxy="")


def _density(column: str) -> Callable[[Inputs], pd.Series]:
    def formula(f: Inputs) -> pd.Series:
        per_km2 = f[column] / f.per_province("area_geodesic_km2")
        return m.logarithm(per_km2.rename(f"{column} per km²"))

    return formula


def _capital(depreciation: float, growth: float) -> Callable[[Inputs], pd.Series]:
    def formula(f: Inputs) -> pd.Series:
        prices = f["gdp"] / _volume_gdp(f)
        known = (f["fixed_asset_investment_100m"] / prices).rename("real investment").dropna()
        stock = m.capital_stock(known, depreciation, growth)
        return m.logarithm(stock).reindex(prices.index)

    return formula


def capital_stock(depreciation: float = DEPRECIATION, growth: float = PRIOR_GROWTH) -> Variable:
    """Perpetual-inventory capital stock under rates of your choice, as a variant of K.

    Parameters
    ----------
    depreciation, growth : float
        δ and g of :func:`spillover.data.measures.capital_stock`, shares per year.

    Examples
    --------
    >>> capital_stock(depreciation=0.05).variant
    'perpetual inventory, δ 5 %, g 10 %'
    """
    return Variable(
        "K", f"perpetual inventory, δ {100 * depreciation:.3g} %, g {100 * growth:.3g} %",
        "capital stock", f"ln of 100 million yuan at prices of {BASE_YEAR}",
        ("fixed_asset_investment_100m", "gdp", "gdp_index_previous_year_100"),
        _capital(depreciation, growth), (2011, 2017),
        "investment at prices of the implicit GDP deflator; the stock of 2011 is I/(g + δ); "
        "provincial investment was published only to 2017",
    )  # fmt: skip


def _start(column: str) -> Callable[[Inputs], pd.Series]:
    """The base year's value of a province, in each of its years."""

    def formula(f: Inputs) -> pd.Series:
        base = _quotient(column)(f) if column == "vehicle_output_10k" else _density(column)(f)
        units = base.index.get_level_values("province")
        first = base.xs(BASE_YEAR, level="year").reindex(units)
        return pd.Series(first.to_numpy(dtype=float), index=base.index)

    return formula


def _with_national(constant: Callable[[Inputs], pd.Series]) -> Callable[[Inputs], pd.Series]:
    """A province's constant times ln of the vehicles of new energy made in all of China."""
    return lambda f: constant(f) * m.logarithm(f.per_year("nev_output_10k"))


_PER_HEAD = f"ln of 10,000 yuan of {BASE_YEAR} per person"
_NEV = "location quotient of new-energy vehicle output"

PROXIES: tuple[Variable, ...] = (
    Variable(
        "lnPGDP", "CPI-deflated", "income per head", _PER_HEAD,
        ("gdp", "population_10k", "cpi_previous_year_100"),
        lambda f: m.logarithm(f.real_income()), note="over the population at the year's end",
    ),
    Variable(
        "lnPGDP", "volume index", "income per head", _PER_HEAD,
        ("gdp", "population_10k", "gdp_index_previous_year_100"),
        lambda f: m.logarithm(_volume_gdp(f) / f["population_10k"]),
        note="GDP of 2011 moved by the official volume index",
    ),
    Variable(
        "lnPGDP", "GDP per worker", "income per worker",
        f"ln of 10,000 yuan of {BASE_YEAR} per worker",
        ("gdp", "urban_unit_employment_10k", "cpi_previous_year_100"),
        lambda f: m.logarithm(f.real_gdp() / f["urban_unit_employment_10k"]),
        note="workers of urban units alone, whose count was widened in 2013",
    ),
    Variable(
        "lnPGDP", "real GDP", "size of the economy", f"ln of 100 million yuan of {BASE_YEAR}",
        ("gdp", "cpi_previous_year_100"), lambda f: m.logarithm(f.real_gdp()),
    ),
    Variable(
        "lnPGDP", "growth", "growth of real GDP", "per cent a year",
        ("gdp_index_previous_year_100",), lambda f: f["gdp_index_previous_year_100"] - 100,
        note="official volume index less 100",
    ),
    Variable(
        "LQ", "vehicle output", "vehicle cluster", "location quotient",
        ("vehicle_output_10k", "gdp"),
        _quotient("vehicle_output_10k"),
        note="vehicles of all kinds over GDP; zero where none are made, five provinces estimated "
        "from 2020; GDP stands on both sides of the regression",
        proxy=_NEV,
    ),
    Variable(
        "LQ", "vehicles per head", "vehicle cluster", "location quotient",
        ("vehicle_output_10k", "population_10k"), _quotient("vehicle_output_10k", "population_10k"),
        note="vehicles of all kinds over population, so that GDP stands on one side alone",
        proxy=_NEV,
    ),
    Variable(
        "LQ", "charging piles", "charging network", "location quotient",
        ("public_charging_piles", "gdp"), _quotient("public_charging_piles"), (2016, 2022),
        "public charging piles over GDP: where new-energy vehicles are used", _NEV,
    ),
    Variable(
        "K", "electricity per worker", "capital services", "ln of kWh per worker",
        ("electricity_consumption_twh", "urban_unit_employment_10k"),
        _log_ratio("electricity_consumption_twh", "urban_unit_employment_10k", 1e5),
        note="electricity consumption over workers of urban units", proxy="capital",
    ),
    capital_stock(),
    Variable(
        "L", "urban units", "labour", "ln of 10,000 persons", ("urban_unit_employment_10k",),
        lambda f: m.logarithm(f["urban_unit_employment_10k"]),
        note="workers of urban units alone, whose count was widened in 2013", proxy="labour",
    ),
    Variable(
        "ST", "budget share", "science and technology input", "share of budget expenditure",
        ("fiscal_science_expenditure_100m", "fiscal_expenditure_100m"),
        lambda f: f["fiscal_science_expenditure_100m"] / f["fiscal_expenditure_100m"],
    ),
    Variable(
        "INF", "road density", "infrastructure", "ln of km per km²", ("road_km",),
        _density("road_km"), note="the area is measured; it drops out with province effects",
    ),
    Variable(
        "INF", "rail density", "infrastructure", "ln of km per km²", ("rail_km",),
        _density("rail_km"),
    ),
    Variable(
        "HC", "students", "human capital", "ln of students per 10,000 persons",
        ("higher_education_students", "population_10k"),
        _log_ratio("higher_education_students", "population_10k"),
        note="regular higher education",
    ),
    Variable(
        "RD", "invention patents", "innovation", "ln of (1 + patents)",
        ("invention_patents_granted",), _log_count("invention_patents_granted"),
        note="invention patents of all technologies", proxy="new-energy vehicle patents",
    ),
    Variable(
        "Indu", "listed firms", "industrial chain", "ln of (1 + firms)",
        ("listed_vehicle_firms",), _log_count("listed_vehicle_firms"), (2011, 2021),
        "companies of the vehicle industry listed on the A-share market; 2022 is incomplete",
        "firms of the new-energy vehicle chain",
    ),
    Variable(
        "Indu", "charging piles", "industrial chain", "ln of (1 + piles)",
        ("public_charging_piles",), _log_count("public_charging_piles"), (2016, 2022),
        "public charging piles at the year's end", "firms of the new-energy vehicle chain",
    ),
)  # fmt: skip
"""Part II on the nearest public series."""

INSTRUMENTS: tuple[Variable, ...] = (
    Variable(
        "LQ_last", "vehicle output", "last year's cluster", "location quotient",
        ("vehicle_output_10k", "gdp"), lambda f: m.lag(_quotient("vehicle_output_10k")(f)),
        (2012, 2022),
    ),
    Variable(
        "LQ_2011", "vehicle output", "early cluster × national wave", "LQ × ln of 10,000 vehicles",
        ("vehicle_output_10k", "gdp"), _with_national(_start("vehicle_output_10k")),
        note="the quotient of 2011 times ln of new-energy vehicles made in China in the year",
    ),
    Variable(
        "rail_2011", "rail density", "early railways × national wave",
        "ln of km per km² × ln of 10,000 vehicles", ("rail_km",),
        _with_national(_start("rail_km")),
        note="rail density of 2011 times ln of new-energy vehicles made in China in the year",
    ),
    Variable(
        "relief", "relief index", "relief × national wave", "index × ln of 10,000 vehicles", (),
        _with_national(lambda f: f.per_province("relief_index")),
        note="relief of the land times ln of new-energy vehicles made in China in the year",
    ),
)  # fmt: skip
"""Instruments; a province's constant needs a national series beside it to outlive its effect."""


_OWN: tuple[tuple[str, str, Callable[[Inputs], pd.Series]], ...] = (
    ("nev_output", "LQ", _quotient("nev_output")),
    ("nev_output", "LQ_last", lambda f: m.lag(_quotient("nev_output")(f))),
    ("nev_revenue", "LQ", _quotient("nev_revenue")),
    ("nev_revenue", "LQ_last", lambda f: m.lag(_quotient("nev_revenue")(f))),
    ("nev_patents", "RD", _log_count("nev_patents")),
    ("nev_firms", "Indu", _log_count("nev_firms")),
)
"""Column of your own, the variable in which it takes a proxy's place, and the formula."""


def variables() -> tuple[Variable, ...]:
    """Variables of Part II; those on series of your own come first, while there is a file."""
    spans, yours = own.spans(), []
    for column, symbol, formula in _OWN:
        if column not in spans:
            continue
        like = next(v for v in (*PROXIES, *INSTRUMENTS) if v.symbol == symbol)
        first, last = spans[column]
        second_best = column == "nev_revenue" and "nev_output" in spans
        yours.append(
            replace(
                like,
                variant="your revenue" if second_best else "your own series",
                columns=(column, "gdp") if symbol.startswith("LQ") else (column,),
                formula=formula,
                years=(first + symbol.endswith("_last"), last),
                note=f"{own.COLUMNS[column].label.lower()}, from your own file",
                proxy="",
            )
        )
    return (*yours, *PROXIES, *INSTRUMENTS)


GROWTH = Study(
    key="growth",
    title="New-energy vehicle clusters and regional growth",
    paper="growth",
    outcome="lnPGDP",
    exposure="LQ",
    mediators=("RD", "Indu"),
    controls=("K", "L", "ST", "INF", "HC"),
    window=lambda: own.window(2011, 2022),
    weights="economic distance",
    gdp="census5",
    variables=variables,
    income=INCOME,
    printed="data/published",
)
"""Part II: do clusters of vehicle makers raise income per head, at home and beyond?"""

"""Part I: the study of green agglomeration and carbon productivity, and its variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import pandas as pd

from spillover.data import measures as m
from spillover.studies.study import Study
from spillover.studies.variables import BASE_YEAR, INCOME, Inputs, Variable


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

VARIABLES: tuple[Variable, ...] = (
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
        "GIA", "hydro", "green industrial agglomeration", "location quotient",
        ("gdp", _POWER[0]), _gia(_POWER[0]), note="what rivers give; official figures alone",
    ),
    Variable(
        "GIA", "wind and solar", "green industrial agglomeration", "location quotient",
        ("gdp", *_POWER[1:]), _gia(*_POWER[1:]), (2012, 2022),
        "what was built in the window; derived or modelled",
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

CARBON = Study(
    key="carbon",
    title="Green industrial agglomeration and carbon productivity",
    paper="dai2025",
    outcome="CP",
    exposure="GIA",
    mediators=("TEC",),
    controls=("Agdp", "URB", "OP", "ER", "IND", "PDE"),
    window=(2013, 2022),
    variables=VARIABLES,
    income=INCOME,
    printed="data/published",
)
"""Part I: does a province's share in hydro, wind and solar power raise its carbon productivity?"""


def _gdp_volume(f: Inputs) -> pd.Series:
    """GDP at prices of the base year, by the index of real GDP."""
    gdp, year = f["gdp"], f["gdp"].index.get_level_values("year")
    base = gdp.where(year == BASE_YEAR).groupby(level="province", sort=False).transform("first")
    return base * m.chain_index(f["gdp_index_previous_year_100"], BASE_YEAR)


_REAL = (_CP[0], f"10,000 yuan of {BASE_YEAR} per tonne of CO2")
_INDEX, _CPI = "gdp_index_previous_year_100", "cpi_previous_year_100"

DEFLATED: Mapping[str, Variable] = {
    "real GDP": Variable(
        _REAL[0], "real GDP", _CP[1], _REAL[1], ("gdp", _INDEX, "co2_ceads_apparent_mt"),
        lambda f: m.carbon_productivity(_gdp_volume(f), f["co2_ceads_apparent_mt"]),
        note="each province's own index; no prices that compare provinces",
    ),
    "consumer prices": Variable(
        _REAL[0], "consumer prices", _CP[1], _REAL[1], ("gdp", _CPI, "co2_ceads_apparent_mt"),
        lambda f: m.carbon_productivity(f.real_gdp(), f["co2_ceads_apparent_mt"]),
        note="the consumer price index in the place of a deflator of GDP",
    ),
}  # fmt: skip
"""Carbon productivity at constant prices, which the paper names as a limit. No published number is
compared with it, so that it is no variant of `VARIABLES`."""

REAL_INCOME = Variable(
    "Agdp", "real GDP", "economic development", f"log10 of 10,000 yuan of {BASE_YEAR} per person",
    ("gdp", _INDEX, "population_10k"),
    lambda f: m.logarithm(
        (_gdp_volume(f) / m.mid_year(f["population_10k"])).rename("real GDP per capita"), 10
    ),
    (2012, 2022),
)  # fmt: skip
"""The control that goes with carbon productivity at constant prices."""


def _of(names: tuple[str, ...]) -> Variable:
    columns = tuple(f"{name}_twh" for name in names)
    return Variable(
        "GIA", " and ".join(names), "green industrial agglomeration", "location quotient",
        ("gdp", *columns), _gia(*columns), (2012, 2022),
    )  # fmt: skip


SOURCES: Mapping[str, Variable] = {
    " and ".join(names) if len(names) < 3 else "all three": _of(names)
    for count in (1, 2, 3)
    for names in combinations(("hydro", "wind", "solar"), count)
}
"""Green agglomeration in every set of sources of power that could have been chosen."""

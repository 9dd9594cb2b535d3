"""Variables of the first study that are no variants of its tables: prices and sources of power."""

from __future__ import annotations

import pandas as pd
import pytest

from spillover.studies import CARBON, carbon


def of(symbol: str, variable: carbon.Variable) -> pd.Series:
    """A variable in all years in which it is complete."""
    return CARBON.but(years=(2012, 2022), **{symbol: variable}).frame(symbol)[symbol]


def test_real_gdp_grows_as_its_index_says() -> None:
    figures = CARBON.figures().values
    cp = of("CP", carbon.DEFLATED["real GDP"]).unstack("year")
    co2 = figures["co2_ceads_apparent_mt"].unstack("year").loc[cp.index]
    growth = cp[2020] / cp[2019] * co2[2020] / co2[2019]
    index = figures["gdp_index_previous_year_100"].unstack("year").loc[cp.index, 2020]
    assert (100 * growth).to_numpy() == pytest.approx(index.to_numpy())


@pytest.mark.parametrize("name", list(carbon.DEFLATED))
def test_prices_are_those_of_the_base_year(name: str) -> None:
    """Current and constant prices are one in 2011."""
    study = CARBON.but(years=(2011, 2012))
    constant = study.but(CP=carbon.DEFLATED[name]).frame("CP")["CP"].unstack("year")
    current = study.frame("CP")["CP"].unstack("year")
    assert constant[2011].to_numpy() == pytest.approx(current[2011].to_numpy())
    assert (constant[2012] != current[2012]).all()


def test_consumer_prices_by_hand() -> None:
    figures = CARBON.figures().values
    at = ("Beijing", 2012)
    expected = figures.loc[at, "gdp_census4_100m"] / (
        figures.loc[at, "cpi_previous_year_100"] / 100
    )
    found = of("CP", carbon.DEFLATED["consumer prices"])[at]
    assert found == pytest.approx(expected / figures.loc[at, "co2_ceads_apparent_mt"] / 100)


def test_real_income_and_real_productivity_rest_on_one_gdp() -> None:
    figures = CARBON.figures().values
    at = ("Sichuan", 2018)
    gdp = 100 * of("CP", carbon.DEFLATED["real GDP"])[at] * figures.loc[at, "co2_ceads_apparent_mt"]
    people = figures["population_10k"]["Sichuan"].loc[[2017, 2018]].mean()
    assert 10 ** of("Agdp", carbon.REAL_INCOME)[at] == pytest.approx(gdp / people)


def test_sources_are_every_set_and_agree_with_the_study_where_it_has_them() -> None:
    assert len(carbon.SOURCES) == 2**3 - 1
    same = {
        "all three": "hydro, wind and solar",
        "hydro": "hydro",
        "wind and solar": "wind and solar",
    }
    for name, variant in same.items():
        ours, theirs = (
            of("GIA", carbon.SOURCES[name]),
            of("GIA", CARBON.alternatives("GIA")[variant]),
        )
        pd.testing.assert_series_equal(ours, theirs)


def test_a_location_quotient_of_wind_by_hand() -> None:
    figures = CARBON.figures().values.xs(2020, level="year")
    wind, gdp = figures["wind_twh"].fillna(0.0), figures["gdp_census4_100m"]
    expected = wind / wind.sum() / (gdp / gdp.sum())
    found = of("GIA", carbon.SOURCES["wind"]).xs(2020, level="year")
    assert found.to_numpy() == pytest.approx(expected.loc[found.index].to_numpy())

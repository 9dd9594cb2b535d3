"""Part II's variables, worked by hand from the official figures."""

import math

import numpy as np
import pandas as pd
import pytest

from spillover.data import panel
from spillover.data.measures import share_of_year
from spillover.studies import GROWTH, StudyError, growth, study_by_key, variables
from spillover.studies.growth import capital_stock, frozen_numerator
from spillover.studies.variables import VariableError


def test_the_study_is_the_papers():
    assert study_by_key("growth") is GROWTH
    assert GROWTH.years == (2011, 2022)
    assert len(GROWTH.frame("lnPGDP", *GROWTH.regressors)) == 30 * 12


def test_income_at_consumer_prices_of_2011_by_hand():
    # Beijing: 17,653.3 over 2,024 in 2011; 19,568.3 at 103.3 % over 2,078 in 2012.
    income = GROWTH.frame("lnPGDP")["lnPGDP"]
    assert income["Beijing", 2011] == pytest.approx(math.log(17653.3 / 2024))
    assert income["Beijing", 2012] == pytest.approx(math.log(19568.3 / 1.033 / 2078))
    # 2013 chains two years: 103.3 % twice.
    assert income["Beijing", 2013] == pytest.approx(math.log(21746 / 1.033**2 / 2125))


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("volume index", math.log(17653.3 * 1.077 / 2078)),
        ("GDP per worker", math.log(19568.3 / 1.033 / 717.4)),
        ("real GDP", math.log(19568.3 / 1.033)),
        ("growth", 7.7),
    ],
)
def test_other_outcomes_by_hand(variant, expected):
    values = GROWTH.but(lnPGDP=variant).frame("lnPGDP")["lnPGDP"]
    assert values["Beijing", 2012] == pytest.approx(expected)


def test_controls_by_hand():
    data = GROWTH.frame("K", "L", "ST", "HC", "RD").loc[("Beijing", 2011)]
    # 82.1705 TWh over 6.859 million workers; 183.07 of 3,245.23; 587,887 students of 20.24 million.
    assert data["K"] == pytest.approx(math.log(82.1705e9 / 6.859e6))
    assert data["L"] == pytest.approx(math.log(685.9))
    assert data["ST"] == pytest.approx(183.07 / 3245.23)
    assert data["HC"] == pytest.approx(math.log(587887 / 2024))
    assert data["RD"] == pytest.approx(math.log(15881))


def test_cluster_is_zero_where_no_vehicles_are_made_and_one_on_average():
    quotient = GROWTH.frame("LQ")["LQ"]
    assert (quotient["Qinghai"] == 0).all()
    shares = share_of_year(panel.load()["gdp_census5_100m"])
    assert (quotient * shares).groupby(level="year").sum().tolist() == pytest.approx([1] * 12)
    assert GROWTH.not_official("LQ")["Qinghai"].loc[2020:].all()
    assert not GROWTH.not_official("LQ")["Jilin"].loc[:2019].any()


def test_cluster_per_head_has_no_gdp_in_it():
    per_head = GROWTH.but(LQ="vehicles per head")
    quotient = per_head.frame("LQ")["LQ"]
    shares = share_of_year(panel.load()["population_10k"])
    assert (quotient * shares).groupby(level="year").sum().tolist() == pytest.approx([1] * 12)
    pd.testing.assert_series_equal(per_head.but(gdp="census4").frame("LQ")["LQ"], quotient)


def test_capital_stock_by_hand():
    # Beijing 2011: 5,578.93/.196; 2012: investment at the implicit deflator of 2012 on 2011.
    stock = np.exp(GROWTH.but(years=(2011, 2017), K=capital_stock()).frame("K")["K"]["Beijing"])
    price = (19568.3 / 17653.3) / 1.077
    first = 5578.93 / (0.10 + 0.096)
    assert stock[2011] == pytest.approx(first)
    assert stock[2012] == pytest.approx(first * 0.904 + 6112.37 / price)


def test_faster_depreciation_leaves_less_capital():
    early = GROWTH.but(years=(2011, 2017))
    slow = early.but(K=capital_stock(0.05)).frame("K")["K"]
    fast = early.but(K=capital_stock(0.15)).frame("K")["K"]
    assert (fast < slow).all()


def test_frozen_quotient_moves_with_its_denominator_alone():
    frozen = GROWTH.but(LQ=frozen_numerator(GROWTH.variable("LQ"), 2011))
    still, real = frozen.frame("LQ")["LQ"], GROWTH.frame("LQ")["LQ"]
    pd.testing.assert_series_equal(still.xs(2011, level="year"), real.xs(2011, level="year"))
    product = (still * share_of_year(panel.load()["gdp_census5_100m"])).unstack("year")
    assert (product.max(axis=1) - product.min(axis=1)).max() == pytest.approx(0, abs=1e-12)


def test_a_variable_that_is_not_a_quotient_of_two_cannot_be_frozen():
    with pytest.raises(ValueError, match="two columns"):
        frozen_numerator(GROWTH.variable("L"), 2011)


def test_years_are_those_in_which_all_named_variables_are_complete():
    assert GROWTH.covering("Indu", "LQ_last").years == (2012, 2021)
    assert GROWTH.but(Indu="charging piles").covering("LQ:Indu").years == (2016, 2022)


@pytest.mark.parametrize("variable", growth.variables(), ids=lambda v: f"{v.symbol} {v.variant}")
def test_every_variable_has_values_in_just_the_years_it_claims(variable):
    values = variables.build(panel.load(), {variable.symbol: variable}, "census5").iloc[:, 0]
    whole = values.notna().groupby(level="year").all()
    assert whole[whole].index.tolist() == list(range(variable.years[0], variable.years[1] + 1))
    assert variable.label
    assert variable.unit


def test_stand_ins_name_what_the_paper_measured():
    for symbol, words in {"LQ": "new-energy", "RD": "patents", "Indu": "firms"}.items():
        assert words in GROWTH.variable(symbol).proxy
    assert GROWTH.variable("ST").proxy == ""


def test_instruments_by_hand():
    data = GROWTH.but(years=(2012, 2022)).frame("LQ_last", "LQ_2011", "relief")
    first = GROWTH.frame("LQ")["LQ"]["Jilin", 2011]
    assert data.at[("Jilin", 2012), "LQ_last"] == pytest.approx(first)
    # 12,600 vehicles of new energy were made in 2012: 1.26 of ten thousand.
    assert data.at[("Jilin", 2012), "LQ_2011"] == pytest.approx(first * math.log(1.26))


def test_firms_end_in_2021_and_gaps_are_shown_only_when_asked_for():
    with pytest.raises(StudyError, match=r"Indu.*Beijing, year 2022.*2011 to 2021"):
        GROWTH.frame()
    assert panel.describe(GROWTH.frame(gaps=True)).loc["Indu", "count"] == 330


def test_product_is_of_deviations_from_the_sample_means():
    short = GROWTH.but(years=(2015, 2020), without=("Jilin",))
    data = short.frame("LQ", "RD", "LQ:RD")
    a, b = (data[s].to_numpy() - data[s].to_numpy().mean() for s in ("LQ", "RD"))
    assert data["LQ:RD"].to_numpy() == pytest.approx(a * b)
    assert "W_LQ:RD" in short.spatial(add=("RD", "LQ:RD")).fit().params


def test_a_variable_of_your_own_must_be_for_its_symbol():
    with pytest.raises(VariableError, match=r"K \(perpetual.*cannot stand for LQ"):
        GROWTH.but(LQ=capital_stock())

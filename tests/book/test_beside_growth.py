"""What stands beside the second study: words, frozen quotients, dealt incomes, claims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spillover.book.beside import (
    abstract,
    checks,
    exposures,
    instrument_sets,
    matrices,
    mechanisms,
    stand_ins,
    wording,
)
from spillover.data import panel
from spillover.econometrics import regression
from spillover.econometrics.moran import moran
from spillover.econometrics.weights import dense, economic_distance
from spillover.studies import GROWTH
from spillover.studies.variables import Variable
from spillover.studies.weights import ECONOMIC, named

STUDY = GROWTH.but(years=(2011, 2022))


@pytest.fixture(scope="module")
def found() -> dict[str, pd.DataFrame]:
    return matrices.effects(matrices.under(STUDY, matrices.MATRICES[:2]))


def test_years_are_those_in_which_all_named_variables_are_complete() -> None:
    assert stand_ins.covering(STUDY, "Indu", "LQ_last").years == (2012, 2021)
    assert stand_ins.covering(STUDY.but(Indu="charging piles"), "LQ:Indu").years == (2016, 2022)


def test_stand_ins_are_named_with_what_they_stand_for() -> None:
    words = stand_ins.measured(STUDY, "LQ", "ST")
    assert "new-energy vehicle output (LQ)" in words
    assert "ST" not in words
    assert stand_ins.measured(STUDY, "ST") == "No variable of this page is a stand-in."
    assert stand_ins.definitions(STUDY).loc["HC", "In the paper"] == "the same"


def test_words_follow_sign_and_p(found: dict[str, pd.DataFrame]) -> None:
    assert wording.sign_words(-1.0, 0.0999) == "significantly negative"
    assert wording.sign_words(-1.0, 0.1001) == "negative, not significant"
    effect, p = found["economic distance"].loc["LQ", "total"][["effect", "pvalue"]]
    said = wording.effect_words(found["economic distance"], "LQ", "total")
    assert said == wording.sign_words(effect, p)


def test_missing_estimates_are_not_counted() -> None:
    values, p = pd.Series([np.nan, -1.0, 2.0]), pd.Series([np.nan, 0.01, 0.02])
    assert (
        wording.counted(values, p) == "1 negative (1 significantly), 1 positive (1 significantly)"
    )


def test_rows_are_the_fits_own(found: dict[str, pd.DataFrame]) -> None:
    rows = matrices.rows(found, "LQ")
    for name, effects in found.items():
        assert rows.loc[name, ("indirect", "effect")] == effects.loc["LQ", ("indirect", "effect")]


def test_nearest_partner_is_the_largest_weight_of_the_row() -> None:
    near = matrices.nearest(STUDY, ["economic distance"])["economic distance"]
    W = dense(STUDY.graph())
    for unit, (partner, weight) in near[["partner", "weight"]].iterrows():
        assert W.loc[unit].idxmax() == partner
        assert W.loc[unit].max() == pytest.approx(weight)


def test_weights_overlap_fully_with_themselves() -> None:
    assert matrices.overlap(STUDY, "rook", "rook") == pytest.approx(1)
    half = matrices.overlap(STUDY, "economic distance", "economic-geographic mix")
    assert 0.5 <= half < 1


def test_dealt_incomes() -> None:
    """The observed I is the room's own; without geography no deal can change it."""
    dealt = matrices.redealt(STUDY, "lnPGDP", 2022, deals=30)
    income = STUDY.frame("lnPGDP")["lnPGDP"].xs(2022, level="year")
    for name in matrices.MATRICES:
        expected = moran(income, STUDY.but(weights=name).graph(), permutations=0)["I"]
        assert dealt.loc[name, "I"] == pytest.approx(expected, abs=1e-12)
    alone = dealt.loc["economic distance"]
    assert alone["median"] == pytest.approx(alone["I"], abs=1e-12)
    assert alone["p"] == 1


def test_dealing_places_is_dealing_values_and_incomes() -> None:
    """One deal by hand: move values and incomes over the map, make the weights anew."""
    income = STUDY.mean_income()
    order = np.random.default_rng(0).permutation(len(income))
    alike = dense(economic_distance(income))
    units = alike.index
    near = dense(named("inverse distance")).loc[units, units].to_numpy()
    y = pd.Series(np.linspace(-1, 1, len(units)) ** 3, units)
    moved = income.loc[units]
    there = pd.Series(np.empty(len(units)), units)
    values = there.copy()
    there.iloc[order], values.iloc[order] = moved.to_numpy(), y.to_numpy()
    expected = moran(values, ECONOMIC["economic-geographic product"](there), permutations=0)["I"]
    z = (y - y.mean()).to_numpy()
    ours = matrices._dealt(z, near[np.ix_(order, order)], alike.to_numpy())
    assert ours["economic-geographic product"] == pytest.approx(expected, abs=1e-12)


def test_frozen_quotient_moves_with_its_denominator_alone() -> None:
    study = STUDY.but(LQ=exposures.frozen(STUDY))
    still, real = study.frame("LQ")["LQ"], STUDY.frame("LQ")["LQ"]
    pd.testing.assert_series_equal(
        still.xs(2011, level="year"), real.xs(2011, level="year"), check_names=False
    )
    gdp = panel.load()["gdp_census5_100m"]
    share = gdp / gdp.groupby(level="year").transform("sum")
    product = (still * share).unstack("year")
    spread = product.max(axis=1) - product.min(axis=1)
    assert spread.max() == pytest.approx(0, abs=1e-12)


def test_exposures_stand_beside_ours_in_the_same_years() -> None:
    listed = exposures.exposures(STUDY)
    assert [s.years for n, s in listed.items() if n.endswith("2016–2022")] == [(2016, 2022)] * 2
    assert next(iter(listed.values())) == STUDY


def test_coefficients_without_space_are_the_rooms() -> None:
    table = exposures.without_space({"ours": STUDY})
    data = STUDY.frame(STUDY.outcome, *STUDY.regressors)
    fit = regression.ols(data["lnPGDP"], data[list(STUDY.regressors)], "twoway", "clustered")
    assert table.loc["ours", ("FE", "estimate")] == fit.params["LQ"]
    lines = exposures.intervals(table)
    assert lines["group"].to_list() == ["OLS", "FE"]
    assert ((lines["low"] < lines["estimate"]) & (lines["estimate"] < lines["high"])).all()


def test_checks_by_group() -> None:
    table = pd.DataFrame(
        {
            "group": ["weights", "weights", "window"],
            "label": ["rook", "none", "short"],
            "reason": ["", "cannot", ""],
            **{f"{e}{s}": [-1.0, np.nan, 1.0] for e in ("direct", "indirect", "total")
               for s in ("", "_std_error")},
            **{f"{e}_pvalue": [0.01, np.nan, 0.5] for e in ("direct", "indirect", "total")},
        }
    )  # fmt: skip
    assert checks.checks_table(table, "weights").index.to_list() == ["rook"]
    assert checks.signs(table, "weights", "direct").startswith("1 negative (1 significantly)")
    assert checks.not_estimated(table) == "none"


def test_effects_at_the_mean_moderator_stand_in_the_table() -> None:
    models = mechanisms.moderated(matrices.under(STUDY, ["rook"]), "RD")
    model = models["rook"]
    assert mechanisms.values(model, "RD").mean() == pytest.approx(STUDY.frame("RD")["RD"].mean())
    at_mean = model.fit.effects().loc["LQ", ("direct", "effect")]
    said = mechanisms.ends(model, "RD", "direct")["mean"]
    assert said.startswith(wording.fmt(at_mean))
    assert mechanisms.marginal_table(models, "RD").index.to_list() == [
        "rook, low", "rook, mean", "rook, high"
    ]  # fmt: skip
    shares = mechanisms.shares(model, "RD", "total")
    assert 0 <= shares["negative"] + shares["positive"] <= 1


def test_one_instrument_gives_the_ratio_of_the_reduced_forms() -> None:
    fits = instrument_sets.two_stage_sets(STUDY, [["LQ_last"]], fixed_effects=["twoway"])
    line = instrument_sets.sets_table(fits, "LQ").iloc[0]
    form = next(iter(fits.values())).reduced_form
    assert form is not None
    assert line["estimate"] == pytest.approx(form.outcome[0] / form.exposure[0])
    assert line.name == ("last year's cluster", "twoway", "clustered")


def test_sets_share_their_years() -> None:
    fits = instrument_sets.two_stage_sets(STUDY, [["LQ_2011"], ["LQ_last"]], fixed_effects=["none"])
    assert {fit.nobs for fit in fits.values()} == {330}
    assert list(instrument_sets.tests_table(instrument_sets.sets_table(fits, "LQ")).index) == [
        "early cluster × national wave, none",
        "last year's cluster, none",
    ]


def test_only_the_claims_asked_for_are_examined() -> None:
    claims = abstract.examined("G02", "G02", STUDY)
    assert claims.index.to_list() == ["G02"]
    assert not claims.loc["G02", "proxy"]
    assert abstract.tally(claims) == f"1 {claims.loc['G02', 'verdict']}"


def test_summary_adds_up() -> None:
    claims = pd.DataFrame(
        {
            "kind": ["result", "result", "mechanism"],
            "verdict": ["upheld", "not upheld", "upheld"],
            "proxy": [True, False, True],
        }
    )
    table = abstract.summary(claims)
    assert table.loc["all"].to_list() == [2, 1, 3, 2]


def test_a_variable_that_is_not_a_quotient_of_two_cannot_be_frozen() -> None:
    lone = Variable("LQ", "lone", "x", "u", ("road_km",), lambda f: f["road_km"])
    with pytest.raises(ValueError, match="two columns"):
        exposures.frozen(STUDY.but(LQ=lone))

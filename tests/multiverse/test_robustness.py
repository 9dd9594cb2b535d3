"""Robustness checks: which rows there are, in which order, and what a failure looks like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from spillover.data.panel import provinces
from spillover.econometrics.weights import from_dense
from spillover.multiverse import (
    MultiverseError,
    crossing,
    plan,
    robustness,
    run,
    specify,
    tidy,
    variants,
)
from spillover.multiverse.engine import Store
from spillover.studies import CARBON, Study


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return robustness(CARBON)


def labels(group: str) -> list[str]:
    return [s.label for s in variants(CARBON, [group])][1:]


def test_every_province_is_left_out_once_in_the_order_of_the_panel() -> None:
    single = [name for name in labels("province") if " and " not in name]
    assert single == [f"without {p}" for p in provinces()]


def test_a_province_whose_only_neighbour_goes_is_also_left_out_with_it() -> None:
    assert [n for n in labels("province") if " and " in n] == ["without Guangdong and Hainan"]


def test_every_year_is_left_out_once() -> None:
    assert labels("year") == [f"without {y}" for y in range(2013, 2023)]


def test_windows_are_those_of_six_to_nine_years() -> None:
    # 5 windows of six years, 4 of seven, 3 of eight, 2 of nine
    assert len(labels("window")) == 14
    assert "2016–2021" in labels("window")


def test_the_isolated_province_gives_a_row_with_a_reason(table: pd.DataFrame) -> None:
    failed = table[table["reason"] != ""].set_index("label")
    assert "Hainan has no neighbours" in failed.loc["without Guangdong", "reason"]
    assert failed.loc["without Guangdong", ["direct", "indirect", "rho"]].isna().all()


def test_a_row_holds_either_estimates_or_a_reason(table: pd.DataFrame) -> None:
    assert ((table["reason"] == "") == table["direct"].notna()).all()
    held = table[table["reason"] == ""]
    assert (held["total"] - held["direct"] - held["indirect"]).abs().max() < 1e-12
    assert len(table) == len(variants(CARBON))


def test_the_baseline_is_the_study_as_its_own_model_has_it(table: pd.DataFrame) -> None:
    fit = CARBON.spatial().fit(cov_type=CARBON.cov_type)
    effects, reach = fit.effects(), student.ppf(0.975, 29)
    for effect in ("direct", "indirect", "total"):
        point, error, _ = effects[effect].loc["GIA"]
        assert table.loc[0, effect] == pytest.approx(point, rel=1e-10)
        assert table.loc[0, f"{effect}_low"] == pytest.approx(point - reach * error, rel=1e-6)
    assert table.loc[0, "rho"] == pytest.approx(fit.params["rho"], rel=1e-10)


def test_leaving_the_last_year_out_is_the_shorter_window(table: pd.DataFrame) -> None:
    rows = table.set_index("label")
    for effect in ("direct", "indirect", "total", "rho"):
        left = rows.loc["without 2022", effect]
        assert left == pytest.approx(rows.loc["2013–2021", effect], rel=1e-9)


def test_a_middle_year_left_out_keeps_a_balanced_panel(table: pd.DataFrame) -> None:
    row = table.set_index("label").loc["without 2017"]
    assert (row["N"], row["T"], row["reason"]) == (30, 9, "")


def test_every_candidate_stands_beside_the_default_of_the_same_years() -> None:
    found = labels("outcome")
    spans = {name.rpartition(", ")[2] for name in found}
    own = {name.rpartition(", ")[2] for name in found if name.startswith("CEADs apparent, ")}
    assert spans == own == {"2013–2019", "2013–2020"}


def test_variants_with_gaps_stand_beside_the_default_of_the_same_sample() -> None:
    assert [n for n in labels("measures") if "2013–2017" in n] == [
        "industrial pollution, 2013–2017, 28 provinces",
        "all pollution, 2013–2017, 28 provinces",
    ]
    specs = variants(CARBON, ["measures"])
    without = {s.study.without for s in specs if s.group == "ER variant"}
    assert without == {("Shanxi", "Xinjiang")}


def test_area_changes_only_the_level_of_density(table: pd.DataFrame) -> None:
    # log density under another area shifts by a constant of the province, which the effects absorb
    rows = table.set_index("label")
    assert rows.loc["measured area", "direct"] == pytest.approx(rows.loc["as declared", "direct"])


def test_order_does_not_depend_on_the_number_of_processes() -> None:
    specs = variants(CARBON, ["year", "weights"])
    pd.testing.assert_frame_equal(tidy(run(specs)), tidy(run(specs, jobs=2)), check_exact=True)


def test_results_follow_their_specifications_in_any_order() -> None:
    specs = variants(CARBON, ["window", "covariance", "fixed effects"])
    forward, backward = tidy(run(specs)), tidy(run(specs[::-1]))
    pd.testing.assert_frame_equal(forward, backward[::-1].reset_index(drop=True), check_exact=True)


def test_covariances_change_errors_and_not_estimates(table: pd.DataFrame) -> None:
    rows = table[table["group"].isin(["baseline", "covariance"])]
    assert rows["direct"].nunique() == 1
    assert rows["direct_std_error"].nunique() > 2


def test_frames_with_omissions_are_those_of_the_study() -> None:
    store = Store()
    for study in (
        CARBON.but(without=("Beijing", "Xinjiang")),
        CARBON.but(without_years=(2013, 2018)),
        CARBON.but(years=(2013, 2017), without=("Shanxi", "Xinjiang"), ER="all pollution"),
    ):
        pd.testing.assert_frame_equal(
            store.frame(study), study.frame(study.outcome, *study.regressors)
        )


def test_a_province_that_does_not_exist_is_a_row_with_a_reason() -> None:
    row = tidy(run([specify(CARBON, without=("Atlantis",))])).iloc[0]
    assert "Atlantis" in row["reason"]


def test_a_gap_in_the_data_is_a_row_with_the_place() -> None:
    spec = specify(CARBON, CP="CEADs sectoral")
    row = tidy(run([spec])).iloc[0]
    assert "CEADs sectoral" in row["reason"]
    assert "2020" in row["reason"]


def test_a_fault_of_the_program_is_raised() -> None:
    def broken() -> None:
        raise TypeError("a fault")

    with pytest.raises(TypeError, match="a fault"):
        run([specify(CARBON, panel=broken)])


@pytest.mark.parametrize(("choice", "value"), [("durbin", "some"), ("fixed_effects", "both")])
def test_unknown_choices_are_refused(choice: str, value: str) -> None:
    with pytest.raises(MultiverseError, match=value):
        specify(CARBON, **{choice: value})


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(MultiverseError, match="seasons"):
        variants(CARBON, ["seasons"])


def test_a_study_of_other_units_gets_its_own_checks() -> None:
    names, years = list("abcdef"), range(2001, 2009)
    index = pd.MultiIndex.from_product([names, years])
    values = np.random.default_rng(1).normal(size=(len(index), 3))
    ring = np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0)
    onward = np.roll(np.eye(6), 1, 1) + np.roll(np.eye(6), 2, 1)
    graphs = {
        name: from_dense(pd.DataFrame(matrix, names, names))
        for name, matrix in (("ring", ring), ("onward", onward))
    }
    study = Study(
        "made", "A ring of six", "", "y", "x", controls=("z",), window=(2001, 2008),
        panel=pd.DataFrame(values, index, ["y", "x", "z"]), weights="ring", named_weights=graphs,
    )  # fmt: skip
    table = robustness(study)
    assert table["reason"].to_list() == [""] * len(table)
    assert table.loc[table["group"] == "weights", "label"].to_list() == ["onward"]
    left = table.loc[table["group"] == "province left out", "label"]
    assert left.to_list() == [f"without {name}" for name in names]
    assert not table["group"].isin(["GDP vintage", "y candidate", "x variant"]).any()


@pytest.fixture(scope="module")
def crossed() -> pd.DataFrame:
    return crossing(CARBON, weights=["rook", "economic distance"])


def test_a_crossing_has_every_combination_once(crossed: pd.DataFrame) -> None:
    # four inventories in the years of all; two of them (ten and eight years) in more of their own
    assert len(crossed) == (4 + 2) * 4 * 2
    assert not crossed.duplicated(["CP", "years", "fixed_effects", "weights"]).any()
    assert set(crossed.loc[crossed["common"], "years"]) == {"2013–2019"}
    own = crossed[crossed["own"]].groupby("CP", observed=True)["years"].unique()
    assert {name: list(years) for name, years in own.items()} == {
        "CEADs apparent": ["2013–2022"],
        "CEADs sectoral": ["2013–2019"],
        "CEADs final use": ["2013–2019"],
        "energy": ["2013–2020"],
    }


def test_a_row_of_a_crossing_is_the_model_it_names(crossed: pd.DataFrame) -> None:
    row = crossed.query(
        "CP == 'CEADs final use' and fixed_effects == 'time' and weights == 'economic distance'"
    ).iloc[0]
    study = CARBON.but(
        CP="CEADs final use", years=(2013, 2019), fixed_effects="time", weights="economic distance"
    )
    effects = study.spatial().fit(cov_type="cr3").effects().loc["GIA"]
    assert row["indirect"] == pytest.approx(effects["indirect", "effect"], rel=1e-10)
    assert row["direct_pvalue"] == pytest.approx(effects["direct", "pvalue"], rel=1e-10)


def test_measures_without_a_common_year_are_refused() -> None:
    early = replace(CARBON.variable("CP"), variant="early", years=(2011, 2014))
    late = replace(CARBON.variable("CP"), variant="late", years=(2015, 2022))
    with pytest.raises(MultiverseError, match="no year in common"):
        crossing(CARBON.but(variables=(early, late)))


def test_a_variable_of_ones_own_is_named_by_its_variant() -> None:
    """Not by its representation, which holds an address and differs from run to run."""
    own = replace(CARBON.variable("GIA"), variant="mine")
    table = robustness(CARBON.but(GIA=own), ["vintage"])
    assert set(table["exposure"]) == {"mine"}
    assert list(plan(CARBON, GIA=[own]).labels()["GIA"]) == ["mine"]

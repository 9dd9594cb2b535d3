"""Full grids and their curves: sizes, order, and shares counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spillover.multiverse import (
    MultiverseError,
    by_choice,
    grid,
    plan,
    signs,
    specification_curve,
    summary,
)
from spillover.studies import CARBON

CHOICES = {
    "fixed_effects": ["none", "twoway"],
    "durbin": ["all", "exposure", "none"],
    "weights": ["rook", "inverse distance"],
    "cov_type": ["robust", "observed"],
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return grid(CARBON, **CHOICES)


def test_a_grid_has_every_combination_once(table: pd.DataFrame) -> None:
    assert len(table) == 2 * 3 * 2 * 2
    assert not table.duplicated(list(CHOICES)).any()


def test_choices_are_categories_in_the_order_given(table: pd.DataFrame) -> None:
    for name, values in CHOICES.items():
        assert list(table[name].cat.categories) == values
    assert table["cov_type"].to_list()[:4] == ["robust", "observed"] * 2


def test_a_grid_row_is_the_model_it_names(table: pd.DataFrame) -> None:
    row = table[
        (table["fixed_effects"] == "none")
        & (table["durbin"] == "exposure")
        & (table["weights"] == "inverse distance")
        & (table["cov_type"] == "robust")
    ].iloc[0]
    study = CARBON.but(weights="inverse distance", lagged=("GIA",), fixed_effects="none")
    effects = study.spatial().fit(cov_type="robust").effects()
    assert row["indirect"] == pytest.approx(effects.loc["GIA", ("indirect", "effect")], rel=1e-10)
    assert row["total_std_error"] == pytest.approx(
        effects.loc["GIA", ("total", "std_error")], rel=1e-10
    )


def test_no_lags_is_the_sar(table: pd.DataFrame) -> None:
    sar = CARBON.but(fixed_effects="twoway").spatial("sar").fit(cov_type="robust")
    row = table[(table["fixed_effects"] == "twoway") & (table["durbin"] == "none")].iloc[0]
    assert row["rho"] == pytest.approx(sar.params["rho"], rel=1e-10)


def test_grids_do_not_depend_on_the_number_of_processes(table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(table, grid(CARBON, jobs=2, **CHOICES), check_exact=True)


def test_failures_stay_in_the_grid_and_off_the_curve() -> None:
    held = grid(CARBON, without=[(), ("Guangdong",)], weights=["rook", "inverse distance"])
    assert held["reason"].ne("").tolist() == [False, False, True, False]
    assert len(specification_curve(held)) == 3
    assert summary(held)["failed"].tolist() == [1, 1, 1]


def test_labels_may_be_given() -> None:
    specs = plan(CARBON, without={"all": (), "without Beijing": ("Beijing",)})
    assert [s.label for s in specs] == ["all", "without Beijing"]


@pytest.mark.parametrize("values", ["rook", [], ["rook", "rook"], 3])
def test_a_choice_is_a_list_of_different_values(values: object) -> None:
    with pytest.raises(MultiverseError, match="weights"):
        plan(CARBON, weights=values)


def made_up() -> pd.DataFrame:
    """Four specifications, one failed; effects and p-values chosen by hand."""
    rows = pd.DataFrame(
        {"direct": [0.4, -0.2, 0.1, np.nan], "direct_pvalue": [0.01, 0.04, 0.5, np.nan]}
    )
    rows["direct_std_error"], rows["direct_low"], rows["direct_high"] = 1.0, -1.0, 1.0
    for effect in ("indirect", "total"):
        for part in ("", "_pvalue", "_std_error", "_low", "_high"):
            rows[effect + part] = rows["direct" + part]
    rows["reason"] = ["", "", "", "no neighbours"]
    rows.insert(0, "w", pd.Categorical(["a", "a", "b", "b"], ordered=True))
    return rows


def test_shares_are_of_what_could_be_estimated() -> None:
    row = summary(made_up()).loc["direct"]
    assert row["specifications"] == 4
    assert row["failed"] == 1
    assert row["positive"] == pytest.approx(2 / 3)
    assert row["positive_significant"] == pytest.approx(1 / 3)
    assert row["negative_significant"] == pytest.approx(1 / 3)
    assert row["median"] == pytest.approx(0.1)


def test_a_model_that_sets_the_spillover_to_zero_is_no_estimate_of_it() -> None:
    rows = made_up()
    rows.loc[2, ["indirect", "indirect_pvalue"]] = [0.0, np.nan]
    counted = summary(rows).loc["indirect"]
    assert counted["specifications"] == 3
    assert counted["positive"] == pytest.approx(1 / 2)
    assert specification_curve(rows, "indirect")["estimate"].tolist() == [0.4, -0.2]
    assert summary(rows).at["direct", "specifications"] == 4


def test_the_curve_is_sorted_and_signed() -> None:
    curve = specification_curve(made_up())
    assert curve["estimate"].tolist() == [0.4, -0.2, 0.1]
    assert curve["rank"].tolist() == [3, 1, 2]
    assert curve["sign"].tolist() == ["positive", "negative", "not significant"]
    assert curve["w"].tolist() == ["a", "a", "b"]


def test_signs_are_counted_where_an_effect_was_estimated() -> None:
    found = signs(made_up())
    assert found.loc["direct"].to_dict() == {"negative": 1, "not significant": 1, "positive": 1}
    assert list(found.index) == ["direct", "indirect", "total"]


def test_results_by_choice() -> None:
    rows = by_choice(made_up())
    assert rows.loc[("w", "a"), "median"] == pytest.approx(0.1)
    assert rows.loc[("w", "b"), "failed"] == 1


def test_unknown_effects_are_refused() -> None:
    with pytest.raises(MultiverseError, match="own"):
        specification_curve(made_up(), "own")


def test_the_curve_fits_the_figure(table: pd.DataFrame) -> None:
    from spillover.book.figures import specification_curve as drawn

    figure = drawn(specification_curve(table, "indirect"), list(CHOICES))
    assert len(figure.axes) == 2

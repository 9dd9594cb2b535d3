"""Results arranged as tables of several chapters."""

import pandas as pd
import pytest

from spillover import CARBON
from spillover.book import layouts, tables
from spillover.econometrics.formats import interval, pvalue


@pytest.fixture(scope="module")
def fit():
    return CARBON.spatial().fit(cov_type="cr3")


def test_intervals_are_the_tables_own_where_it_has_them(fit):
    effects = fit.bootstrap(draws=99).effects()
    lines = layouts.intervals(effects).set_index(["group", "term"])
    assert lines.loc[("total", "GIA"), "low"] == effects.loc["GIA", ("total", "lower")]
    assert lines.loc[("direct", "GIA"), "high"] == effects.loc["GIA", ("direct", "upper")]


def test_intervals_and_pvalues_of_fits_and_bootstraps_stand_side_by_side(fit):
    sampled = fit.bootstrap(draws=99)
    table = layouts.intervals_table({"CR3": fit, "bootstrap": sampled}, "GIA")
    assert list(table.columns) == ["ρ", "Direct", "Indirect", "Total"]
    for name, one in {"CR3": fit, "bootstrap": sampled}.items():
        ends = interval(*one.conf_int().loc["rho"])
        assert table.loc[name, "ρ"] == f"{ends}, p {pvalue(one.pvalues['rho'])}"
    total = sampled.effects().loc["GIA", "total"]
    ends = interval(total["lower"], total["upper"])
    assert table.loc["bootstrap", "Total"] == f"{ends}, p {pvalue(total['pvalue'])}"


def crossed() -> pd.DataFrame:
    """Two measures under three weights without effects; estimates and p-values by hand."""
    rows = [
        ("a", "rook", 0.4, 0.001),
        ("a", "near", -0.2, 0.04),
        ("a", "far", 0.1, 0.5),
        ("b", "rook", 0.2, 0.3),
    ]
    frame = pd.DataFrame(rows, columns=["CP", "weights", "direct", "direct_pvalue"])
    frame = frame.assign(years="2013–2019", fixed_effects="none", reason="", direct_std_error=0.1)
    frame["direct_low"], frame["direct_high"] = frame["direct"] - 0.2, frame["direct"] + 0.2
    choices = ["CP", "years", "fixed_effects", "weights"]
    return frame[[*choices, *frame.columns.drop(choices)]].astype(
        dict.fromkeys(choices, "category")
    )


def test_a_cell_of_a_crossing_gives_the_estimate_the_range_and_the_signs() -> None:
    table = layouts.crossing_table(crossed(), "rook", ["direct"])
    assert str(table.loc["a, 2013–2019", "None"]) == "0.400*** −0.20 to 0.40 1+, 1−"
    assert str(table.loc["b, 2013–2019", "None"]) == "0.200 (0.100)"
    assert "−0.20 to 0.40" in tables.to_myst(table)
    assert "$-$0.20 to 0.40" in tables.to_latex(table)

"""Results arranged as tables of several chapters."""

import pytest

from spillover import CARBON
from spillover.book import layouts
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

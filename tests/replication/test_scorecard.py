"""The scorecard loses no printed number, and says what it lacks."""

from __future__ import annotations

import pandas as pd
import pytest

from spillover.replication import published, scorecard, tables
from spillover.studies import CARBON, GROWTH


@pytest.fixture
def as_printed(monkeypatch):
    """Let our counterpart of each table repeat the printed numbers."""

    def repeat(_, printed):
        return printed[["row", "column", "statistic", "value"]].to_dict("records")

    monkeypatch.setattr(tables, "CALCULATIONS", dict.fromkeys(tables.CALCULATIONS, repeat))


@pytest.mark.usefixtures("as_printed")
def test_every_printed_number_has_a_line_and_reproduces_itself():
    numbers, printed = scorecard.scorecard(), published.load()
    keys = ["table", "row", "column", "statistic", "printed"]
    pd.testing.assert_frame_equal(numbers[keys], printed[keys])
    # Table 12 has no counterpart but for its observations, whatever ours are
    lacking = (numbers["table"] == 12) & (numbers["statistic"] != "observations")
    assert set(numbers[lacking]["verdict"]) == {"not comparable"}
    assert (numbers[lacking]["reason"] != "").all()
    assert (numbers[~lacking]["difference"] == 0).all()


def test_a_paper_that_prints_no_tables_is_named():
    with pytest.raises(scorecard.ScorecardError, match="no table of 'growth'"):
        scorecard.scorecard(study=GROWTH)


def test_our_own_counterparts_are_judged_by_the_rule():
    numbers = scorecard.scorecard([5, 8])
    pd.testing.assert_series_equal(
        numbers.loc[numbers["table"] == 8, "verdict"].reset_index(drop=True),
        tables.compare(8)["verdict"],
    )
    held = numbers["ours"] - numbers["printed"].astype(float)
    pd.testing.assert_series_equal(numbers["difference"], held, check_names=False)
    assert numbers["link"].iloc[-1] == "chapters/carbon/durbin.html#tab-table8"


def test_a_variant_with_other_variables_keeps_every_printed_line():
    fewer = CARBON.but(controls=("Agdp",))
    numbers = scorecard.scorecard([8], fewer)
    assert len(numbers) == 42
    judged = numbers[numbers["group"] == "coefficients"]
    assert (judged["verdict"] == "not comparable").sum() == 5 * 3


VARIANTS = {
    "inventory": (CARBON.but(CP="CEADs final use", years=(2013, 2019)), [1, 5, 8]),
    "its own lags": (CARBON.but(fixed_effects="time", lagged=("GIA",)), [3, 8]),
    "mediator as control": (CARBON.but(controls=(*CARBON.controls, "TEC")), [7, 8]),
    "years it does not cover": (CARBON.but(CP="CEADs final use"), [5, 8]),
    "weights": (CARBON.but(weights="5 nearest"), [1, 8]),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_scored_and_what_it_lacks_has_a_reason(name):
    variant, chosen = VARIANTS[name]
    numbers = scorecard.scorecard(chosen, variant)
    assert len(numbers) == sum(len(published.load(t)) for t in chosen)
    lacking = numbers["verdict"] == "not comparable"
    assert (numbers.loc[lacking, "reason"] != "").all()
    assert lacking.all() == (name == "years it does not cover")


def test_errors_of_the_papers_kind_leave_the_estimates():
    own, theirs = (scorecard.scorecard([8], CARBON, kind) for kind in (False, True))
    pd.testing.assert_series_equal(own["ours"][::2], theirs["ours"][::2])
    fit = tables.as_printed(CARBON).spatial().fit(cov_type="clustered").effects()
    assert theirs["ours"][1] == pytest.approx(fit.loc["GIA", ("direct", "std_error")])

"""Each claim has evidence; the rule, tried on numbers whose verdicts follow by hand."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from spillover.replication import published, scorecard
from spillover.replication import tables as replication
from spillover.replication.scorecard import claims, registry
from spillover.replication.scorecard.evidence import (
    CannotBeTestedError,
    Cell,
    Evidence,
    decided,
    directed,
    sized,
)
from spillover.replication.scorecard.registry import REGISTRY, ScorecardError, claim, examiners

ALL = ("upheld", "not upheld", "cannot be tested")


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return scorecard.claims_evidence()


def printed_as_ours() -> Evidence:
    """Evidence whose numbers are the printed ones: what do the tables themselves say?"""
    tables = {}
    for table in (6, 7, 8, 9, 10):
        lines = published.load(table)[["row", "column", "statistic", "value"]]
        compared = published.compare(lines, table)
        tables[table] = compared.set_index(["row", "column", "statistic"])
    return Evidence(_tables=tables)


def test_every_claim_of_the_paper_has_a_verdict_and_a_sentence(found: pd.DataFrame) -> None:
    assert list(found.index) == list(published.claims("carbon").index)
    assert found["verdict"].isin(ALL).all()
    assert (found["evidence"].str.len() > 20).all()


def test_evidence_is_fit_to_print(found: pd.DataFrame) -> None:
    for text in found["evidence"]:
        assert not re.search(r"\bnan\b|\binf\b|\d\.\d{6}|Interval|\[\d+ rows", text), text


def test_totals_of_claims(found: pd.DataFrame) -> None:
    totals = scorecard.claims_summary(found)
    assert totals.loc["all", "total"] == len(found)
    assert totals.loc["hypothesis", "total"] == 3


def test_a_claim_without_a_function_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {k: v for k, v in REGISTRY["carbon"].items() if k != "C40"}
    monkeypatch.setitem(REGISTRY, "carbon", fewer)
    with pytest.raises(ScorecardError, match="no evidence on C40"):
        scorecard.claims_evidence()


def test_a_function_without_a_claim_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {**REGISTRY["carbon"], "C99": lambda e: decided(True, "nothing")}
    monkeypatch.setitem(REGISTRY, "carbon", more)
    with pytest.raises(ScorecardError, match="C99"):
        examiners("carbon")


def test_a_claim_is_not_registered_twice() -> None:
    with pytest.raises(ScorecardError, match="C01"):
        claim("C01")(lambda e: decided(True, ""))


def test_the_other_paper_is_not_passed_over_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.REGISTRY, "growth", {})
    with pytest.raises(ScorecardError, match="G01"):
        scorecard.claims_evidence("growth")


def cell(ours: float, p: float, verdict: str = "close", printed: float = 0.1) -> Cell:
    return Cell(8, "GIA", "direct", ours, p, printed, verdict, "")


@pytest.mark.parametrize(
    ("ours", "p", "sign", "level", "verdict"),
    [
        (0.1, 0.05, 1, 0.10, "upheld"),
        (0.1, 0.05, 1, 0.01, "not upheld"),
        (0.1, 0.20, 1, 0.10, "not upheld"),
        (-0.1, 0.05, 1, 0.10, "not upheld"),
        (-0.1, 0.05, -1, 0.10, "upheld"),
        (0.1, 0.90, 1, 1.0, "upheld"),
    ],
)
def test_a_direction_needs_sign_and_significance(
    ours: float, p: float, sign: int, level: float, verdict: str
) -> None:
    assert directed([cell(ours, p)], sign, level).verdict == verdict
    assert directed([cell(ours, p), cell(0.1 * sign, 0.001)], sign, level).verdict == verdict


@pytest.mark.parametrize(
    ("verdict", "p", "holds"),
    [
        ("reproduced", 0.01, "upheld"),
        ("close", 0.01, "upheld"),
        ("same sign", 0.01, "not upheld"),
        ("close", 0.5, "not upheld"),
    ],
)
def test_a_size_needs_a_near_number(verdict: str, p: float, holds: str) -> None:
    assert sized(cell(0.1, p, verdict)).verdict == holds


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        # printed: direct .090 (.026), indirect .138 (.056)
        ("C01", "upheld"),
        ("C03", "upheld"),
        ("C38", "upheld"),
        # .138/.056 = 2.46: p .014, not significant at 1 %
        ("C43", "not upheld"),
        ("C39", "upheld"),
        ("C55", "upheld"),
        # printed .040 (.024): p .096
        ("C27", "upheld"),
        ("C28", "upheld"),
        ("C29", "upheld"),
        ("C30", "upheld"),
        # printed URB .808 and −7.032; OP −1.842 and .534
        ("C31", "upheld"),
        ("C32", "upheld"),
        # printed .002 (.001) p .046, .001 (.001) p .317: not both at 10 %
        ("C33", "not upheld"),
        ("C34", "upheld"),
        ("C37", "upheld"),
        ("C41", "upheld"),
        # Agdp indirect 1.328 (.445) in Table 8, 1.439 (1.365) in Table 10
        ("C45", "not upheld"),
        # the indirect effect grows from .138 to 1.116
        ("C44", "not upheld"),
        # (.228 − .220)/.228 = 3.5 %
        ("C56", "not upheld"),
        # (.382 − .049)/√(.099² + .022²) = 3.28
        ("C57", "not upheld"),
        ("C42", "not upheld"),
    ],
)
def test_what_the_printed_tables_say_of_the_claims(name: str, verdict: str) -> None:
    assert claims._examined(examiners("carbon")[name], printed_as_ours()).verdict == verdict


def test_claims_on_a_table_without_counterpart_cannot_be_tested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replication, "TABLES", {8: replication.table8})
    with pytest.raises(CannotBeTestedError, match="Table 11"):
        Evidence().cell(11, "GIA", "IV1 second stage")
    finding = claims._examined(examiners("carbon")["C48"], Evidence())
    assert (finding.verdict, finding.evidence) == (
        "cannot be tested",
        "Table 11 has no counterpart here",
    )


def test_groups_that_are_not_public_are_said_to_be(found: pd.DataFrame) -> None:
    for name in ("C06", "C50", "C51", "C52", "C53", "C54"):
        assert found.loc[name, "verdict"] == "cannot be tested"
        assert "not public" in found.loc[name, "evidence"]


def test_description_by_hand() -> None:
    """Two provinces, three years: one rises without pause, one falls once."""
    from spillover.replication.scorecard.description import rises, trend

    up = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert trend(up) == (pytest.approx(1.0), pytest.approx(2 / 720))
    assert rises(up)
    assert not rises(up[::-1])
    # 15 pairs, one discordant: (14 − 1)/15
    assert trend(pd.Series([1.0, 3.0, 2.0, 4.0, 5.0, 6.0]))[0] == pytest.approx(13 / 15)

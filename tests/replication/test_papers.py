"""The audit of the papers' own tables: each expectation can be checked on the printed page."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from spillover.replication.audit import (
    audit,
    coverage,
    example,
    findings,
    implied_variances,
    null_variance,
    questions,
    summary,
    variance_lines,
)
from spillover.replication.audit.rules import RULES, rule
from spillover.replication.published import claims, load
from spillover.studies import weights

COLUMNS = ["table", "row", "column", "check", "printed", "implied", "finding", "certainty"]


@pytest.fixture(scope="module")
def lines():
    return audit()


@pytest.fixture(scope="module")
def full():
    return audit(full=True)


def places(lines, check):
    chosen = lines[lines["check"] == check]
    return sorted(zip(chosen["table"], chosen["row"], chosen["column"], strict=True))


def test_columns_and_words(lines):
    assert list(lines.columns) == COLUMNS
    assert lines["finding"].str.len().gt(0).all()
    assert lines["implied"].str.len().gt(0).all()
    assert set(lines["certainty"]) <= {"certain", "likely", "possible"}
    assert not lines.map(str).apply(lambda c: c.str.contains("nan|inf|None")).any(axis=None)


def test_impossible_stars(lines):
    assert places(lines, "stars of coefficients") == [
        (7, "GIA", "(1) indirect"),
        (8, "GIA", "indirect"),
        (9, "GIA", "2013-2022 indirect"),
        (9, "IND", "2016-2021 direct"),
        (9, "IND", "2016-2021 main"),
        (9, "URB", "2013-2022 main"),
        (10, "ER", "total"),
        (10, "IND", "direct"),
        (12, "Constant", "high"),
    ]
    assert places(lines, "stars of test statistics") == [
        (3, "robust LM error", "test"),
        (3, "robust LM lag", "test"),
    ]
    assert places(lines, "stars of Moran's I") == [(2, "2018", "GIA"), (2, "2022", "CP")]


def test_what_holds(lines, full):
    counts = summary(full)
    for check in (
        "effects add up",
        "errors of effects",
        "repeated numbers",
        "regression through the means",
        "identity of LM tests",
        "F against t squared",
        "order of moments",
        "spread within bounds",
        "observations",
        "null variances of Tables 1 and 2",
        "rho from total over main",
    ):
        assert check not in set(lines["check"])
        assert counts.loc[check, "fine"] > 0


def test_only_gia_was_lagged(lines):
    lagged = lines[lines["check"] == "which variables were lagged"]
    assert lagged["table"].to_list() == [7, 7, 7, 8, 9, 9, 10]
    assert lagged["finding"].str.contains("only GIA was lagged").sum() == 6
    assert set(lagged["certainty"]) == {"likely"}


def test_mediation(lines):
    shares = lines[lines["check"] == "mediated share"]["implied"].str.cat(sep="; ")
    assert "1 − 0.220/0.228 = 3.5%" in shares
    assert "1 − 0.144/0.138 = -4.3%" in shares


def test_normality_is_excluded(lines):
    assert places(lines, "null variance by year") == [
        (table, "all years", name) for table in (1, 2) for name in ("CP", "GIA")
    ]


def test_text_against_tables(lines):
    text = lines[lines["check"] == "text against tables"]
    cited = set(re.findall(r"[CG]\d\d", text["finding"].str.cat(sep=" ")))
    assert {"C10", "C11", "C32", "C42", "C43", "C44", "C45", "C49", "C57"} <= cited


def test_cited_claims_exist(lines):
    words = lines["finding"].str.cat(sep=" ") + lines["row"].str.cat(sep=" ")
    cited = set(re.findall(r"\b[CG]\d\d\b", words))
    assert cited <= set(claims().index)


def test_every_number_takes_part():
    numbers = coverage()
    assert len(numbers) == 581
    assert (numbers["checks"] > 0).all()
    assert (numbers["findings"] <= numbers["checks"]).all()


def test_summary_adds_up(lines, full):
    counts = summary(full)
    assert (counts["asked"] == counts.drop(columns="asked").sum(axis=1)).all()
    assert counts[["certain", "likely", "possible"]].to_numpy().sum() == len(lines)
    assert counts["asked"].sum() == len(full)
    result = questions(full)["result"]
    assert (result != "fine").sum() == len(lines)


def test_a_corrected_page_loses_its_findings():
    printed = load()

    def correct(table, row, column, statistic, text, stars):
        at = (
            (printed["table"] == table)
            & (printed["row"] == row)
            & (printed["column"] == column)
            & (printed["statistic"] == statistic)
        )
        assert at.sum() == 1
        printed.loc[at, ["printed", "value", "stars"]] = [text, float(text), stars]

    correct(12, "Constant", "high", "coefficient", "9.883", "***")
    correct(12, "IND", "high", "std_error", "1.139", "")
    correct(2, "2018", "GIA", "moran_i", "0.1013", "***")
    correct(3, "LR SEM", "test", "chi2", "50.11", "***")
    after = audit(printed)
    gone = {
        (12, "Constant", "stars of coefficients"),
        (12, "IND", "equal errors"),
        (2, "2018", "stars of Moran's I"),
    }
    left = set(zip(after["table"], after["row"], after["check"], strict=True))
    assert not gone & left
    assert "LR tests that should differ" not in set(after["check"])


def test_implied_variances():
    table = implied_variances()
    assert len(table) == 40
    first = table.iloc[0]
    assert first["variance"] == pytest.approx(((0.3593 + 1 / 29) / 3.1505) ** 2, rel=1e-3)
    assert (table["low"] < table["high"]).all()
    assert table["kurtosis"].isna().all()


def test_the_same_weights_twice_give_the_diagonal():
    table = variance_lines(weights.rook(), {"itself": weights.rook()})
    assert table.loc["itself"].to_list() == pytest.approx([1.0, 0.0], abs=1e-12)


def test_printed_line_passes_through_the_printed_variances():
    """2013, GIA: I, z of 0.2448, 2.9883 and of 0.0680, 4.0150."""
    one = ((0.2448 + 1 / 29) / 2.9883) ** 2
    two = ((0.0680 + 1 / 29) / 4.0150) ** 2
    slope, intercept = variance_lines(weights.rook(), {}).loc["as printed"]
    assert intercept + slope * two == pytest.approx(one, abs=2e-5)


def test_implied_kurtosis_solves_the_variance():
    rook = weights.rook()
    first = implied_variances(weights={"rook": rook}).iloc[0]
    null = null_variance(rook.sparse.toarray())
    variance = null.intercept - null.slope * first["kurtosis"]
    assert variance == pytest.approx(first["variance"], rel=1e-9)


def test_a_rule_needs_a_known_group_and_certainty():
    with pytest.raises(ValueError, match="rule 'x': found group 'Smells' and certainty 'certain'"):
        rule("x", "Smells")


def test_a_new_rule_is_asked_and_counted(monkeypatch):
    rules = list(RULES)
    monkeypatch.setattr("spillover.replication.audit.rules.RULES", rules)
    monkeypatch.setattr("spillover.replication.audit.report.RULES", rules)

    @rule("no zeros", "Moments, counts", "possible")
    def _zeros(printed):
        from spillover.replication.audit.rules import Outcome

        for number in printed.of("mean"):
            yield Outcome((number,), "0 < mean", number.value > 100, "small")

    counts = summary(audit(full=True))
    assert counts.loc["no zeros", "possible"] == counts.loc["no zeros", "asked"] > 0


LINES = ["table", "row", "column", "check", "printed", "implied", "finding", "certainty"]


def made(*rows):
    return pd.DataFrame(list(rows), columns=LINES).astype({"table": "Int64"})


def test_places_with_one_finding_share_a_row():
    table = made(
        (10, "URB", "indirect", "text", "1", "x", "claim", "certain"),
        (10, "OP", "indirect", "text", "2", "y", "claim", "certain"),
        (11, "OP", "indirect", "text", "2", "y", "claim", "certain"),
        (12, "OP", "indirect", "text", "2", "y", "", ""),
    )
    shown = findings(table, "text", show=["implied", "finding"])
    assert list(shown.index) == ["Table 10: URB, indirect; OP, indirect", "Table 11: OP, indirect"]
    assert shown["Arithmetic"].to_list() == ["x; y", "y"]


def test_a_misspelt_check_is_refused(full):
    with pytest.raises(ValueError, match="no check named 'stars of coeficients'"):
        findings(full, "stars of coeficients")
    with pytest.raises(ValueError, match="no line of 'effects add up'"):
        example(full, "sum", "effects add up", table=3)


def test_an_example_is_the_first_line_with_a_finding(full):
    found = example(full, "star", "stars of coefficients", table=8, found=True)
    assert found["star_printed"] == "0.138∗∗∗ (0.056)"
    assert found["star_where"] == "Table 8: GIA, indirect"

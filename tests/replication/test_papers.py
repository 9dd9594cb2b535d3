"""The audit of the first paper's tables: each expectation can be checked on the page itself."""

from __future__ import annotations

import re

import pytest

from spillover.econometrics.weights import dense
from spillover.replication.audit import (
    RESULTS,
    example,
    findings,
    for_readers,
    implied_variances,
    null_variance,
    questions,
    rounded_p,
    summary,
    variance_lines,
)
from spillover.replication.audit.rules import RULES, Outcome, Published, rule
from spillover.replication.published import claims, load
from spillover.studies import weights


@pytest.fixture(scope="module")
def lines():
    return questions()


@pytest.fixture(scope="module")
def found():
    return findings()


CERTAIN = {
    # |t| = .138/.056 = 2.46, at most .1385/.0555 = 2.495, below 2.576
    "Table 7: GIA, (1) indirect; Table 8: GIA, indirect; Table 9: GIA, 2013-2022 indirect",
    "Table 9: URB, 2013-2022 main",  # .715/.286: at most 2.506
    "Table 9: IND, 2016-2021 main",  # 2.351/.950: at most 2.477
    "Table 9: IND, 2016-2021 direct",  # 2.414/.970: at most 2.490
    "Table 10: ER, total",  # .252/.168: at most 1.507, below 1.645
    "Table 10: IND, direct",  # 1.766/.712: at most 2.483
    "Table 12: Constant, high",  # 9.883/1.730 = 5.7 with two stars
    "Table 2: 2018, GIA",  # z of 5.1 with two stars, a smaller z with three
    "Table 3: robust LM error",  # .029 below 2.706
    "Table 3: robust LM lag",  # 2.562 below 2.706
    "Tables 1, 2, 3: notes",  # errors in parentheses, of which there are none
}


def test_the_certain_findings(found):
    assert set(found.query("result == 'certain'")["where"]) == CERTAIN


def test_what_rests_on_a_reading_is_not_certain(found):
    """Each was looked up in the text: an assumption, a hedge or another reading is left."""
    by_check = found.groupby("check")["result"].agg(set)
    assert by_check["which variables were lagged"] == {"likely"}
    assert by_check["province fixed effects"] == {"likely"}
    for check in ("two weights matrices", "similar effects in two groups", "Figure 4"):
        assert by_check[check] == {"possible"}
    # Conceded or explained by the text itself: no misfit.
    assert by_check.index.intersection(["the text's mediated share", "repeated numbers"]).empty
    conceded = found[found["finding"].str.contains("C45")]
    assert conceded["where"].to_list() == ["Table 10: IND, total"]


def test_a_finding_that_is_not_certain_says_why(found):
    for line in found.itertuples():
        if line.result == "possible":
            assert re.search("[Rr]eading|for the reader to say", line.finding), line
        if line.result == "likely":
            assert re.search(
                r"\b(if|may|possibly|would|By the text)\b", line.finding + line.check
            ) or ("official statistics" in line.finding), line


def test_no_word_of_motive(lines):
    text = lines[["finding", "arithmetic"]].agg(" ".join, axis=1).str.cat(sep=" ")
    assert not re.search("copied|invent|fabricat|false|careless|suspicious|manipul", text)


def test_columns_and_words(lines):
    assert set(lines["result"]) == set(RESULTS)
    assert ((lines["finding"] == "") == (lines["result"] == "fine")).all()
    assert lines["arithmetic"].str.len().gt(0).all()
    assert not lines.map(str).apply(lambda c: c.str.contains("nan|inf|None")).any(axis=None)


def test_findings_are_the_questions_that_are_not_fine(lines, found):
    odd = lines[lines["result"] != "fine"]
    assert sorted(odd["where"] + odd["finding"]) == sorted(found["where"] + found["finding"])
    certainty = found["result"].map(RESULTS.index)
    assert certainty.is_monotonic_decreasing


def test_what_holds(lines):
    counts = summary(lines)
    for check in (
        "effects add up",
        "errors of effects",
        "repeated numbers",
        "regression through the means",
        "identity of LM tests",
        "F against t squared",
        "moments",
        "observations",
        "null variances of Tables 1 and 2",
        "signs and stars that the text claims",
        "the text's mediated share",
    ):
        assert counts.loc[check, "fine"] == counts.loc[check, "asked"] > 0
    assert counts["asked"].sum() == len(lines)


def test_only_gia_was_lagged(found):
    (line,) = found[found["check"] == "which variables were lagged"].itertuples()
    assert "another in 6 of 7 models" in line.finding
    assert "Table 8: 6 controls 0.455 to 0.475, GIA 1.53" in line.arithmetic


def test_p_rounded_first_explains_all_stars_but_two():
    """p of .0137 reads as .01: left are ER's total in Table 10 and the constant of Table 12."""
    asked, odd, left = rounded_p(Published(load()))
    assert (asked, odd, left) == (212, 9, 2)


def test_cited_claims_exist(found):
    cited = set(re.findall(r"\b[CG]\d\d\b", found["finding"].str.cat(sep=" ")))
    assert cited
    assert cited <= set(claims().index)


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

    def places():
        return {(line.check, line.where) for line in findings(printed).itertuples()}

    before = places()
    correct(12, "Constant", "high", "coefficient", "9.883", "***")
    correct(12, "IND", "high", "std_error", "1.139", "")
    correct(2, "2018", "GIA", "moran_i", "0.1013", "***")
    correct(3, "LR SEM", "test", "chi2", "50.11", "***")
    assert before - places() == {
        ("stars of coefficients", "Table 12: Constant, high"),
        ("equal errors", "Table 12: IND, high"),
        ("stars of Moran's I", "Table 2: 2018, GIA"),
        ("LR tests that should differ", "Table 3: LR SAR, LR SEM"),
    }


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


def test_published_line_passes_through_the_published_variances():
    """2013, GIA: I, z of 0.2448, 2.9883 and of 0.0680, 4.0150."""
    one = ((0.2448 + 1 / 29) / 2.9883) ** 2
    two = ((0.0680 + 1 / 29) / 4.0150) ** 2
    slope, intercept = variance_lines(weights.rook(), {}).loc["as published"]
    assert intercept + slope * two == pytest.approx(one, abs=2e-5)


def test_implied_kurtosis_solves_the_variance():
    matrix = dense(weights.rook()).to_numpy()
    first = implied_variances({1: matrix}).iloc[0]
    null = null_variance(matrix)
    variance = null.intercept - null.slope * first["kurtosis"]
    assert variance == pytest.approx(first["variance"], rel=1e-9)


def test_a_rule_needs_a_known_group():
    with pytest.raises(ValueError, match="rule 'x': found group 'Smells'"):
        rule("x", "Smells")


def test_a_new_rule_is_asked_and_counted(monkeypatch):
    monkeypatch.setattr("spillover.replication.audit.rules.RULES", rules := list(RULES))
    monkeypatch.setattr("spillover.replication.audit.report.RULES", rules)

    @rule("no zeros", "Moments, counts")
    def _zeros(published):
        for number in published.of("mean"):
            yield Outcome((number,), "0 < mean", "small", "possible")

    counts = summary(questions())
    assert counts.loc["no zeros", "possible"] == counts.loc["no zeros", "asked"] > 0


def test_a_table_for_readers_has_true_minus_signs_and_dashes(lines):
    held = lines[lines["where"].str.startswith("Table 9: IND, 2016-2021 main")]
    shown = for_readers(held, ["published"])
    assert list(shown.index) == ["Table 9: IND, 2016–2021 main"]
    assert shown["Published"].to_list() == ["−2.351∗∗∗ (0.950)"]


def test_a_misspelt_check_is_refused(lines):
    with pytest.raises(ValueError, match="no line of 'stars of coeficients'"):
        example(lines, "star", "stars of coeficients")
    with pytest.raises(ValueError, match="no line of 'effects add up' at 'Table 3'"):
        example(lines, "sum", "effects add up", "Table 3")


def test_an_example_is_the_line_at_a_place(found):
    words = example(found, "star", "stars of coefficients", "Table 8")
    assert words["star_published"] == "0.138∗∗∗ (0.056)"

"""The audit's lines on their way to a page: nothing lost, places joined, type set."""

from __future__ import annotations

import pandas as pd
import pytest

from spillover.book import beyond
from spillover.book.beyond.questions import OTHER, in_type
from spillover.replication import audit

COLUMNS = ["table", "row", "column", "check", "printed", "implied", "finding", "certainty"]


def lines(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Lines as the audit returns them."""
    return pd.DataFrame(list(rows), columns=COLUMNS).astype({"table": "Int64"})


@pytest.fixture(scope="module")
def full() -> pd.DataFrame:
    """The whole audit without weights."""
    return audit.audit(full=True)


def test_type_keeps_hyphens_between_words_and_numbers_of_pages() -> None:
    assert in_type("lag-free -1.5, pp. 3-4, 2016-2021") == "lag-free −1.5, pp. 3-4, 2016–2021"


def test_decimals_beyond_the_fifth_are_dropped() -> None:
    assert in_type("0.015549, 0.12345") == "0.01554, 0.12345"


def test_every_question_becomes_a_square(full: pd.DataFrame) -> None:
    drawn = beyond.squares(full)
    assert len(drawn) == len(full)
    assert (drawn["result"] != "fine").sum() == (full["finding"] != "").sum()


def test_no_check_of_the_audit_is_without_a_group(full: pd.DataFrame) -> None:
    assert OTHER not in set(beyond.squares(full)["group"])


def test_an_unknown_check_is_kept_in_a_group_of_its_own() -> None:
    table = lines((1, "a", "b", "a check to come", "1", "1 = 1", "", ""))
    assert beyond.squares(table)[["group", "result"]].values.tolist() == [[OTHER, "fine"]]


def test_counts_by_check_add_up(full: pd.DataFrame) -> None:
    counted = beyond.by_check(full)
    assert counted["Asked"].sum() == len(full)
    assert (counted["Asked"] == counted.drop(columns="Asked").sum(axis=1)).all()


def test_places_with_one_finding_share_a_row() -> None:
    table = lines(
        (10, "URB", "indirect", "text against tables", "1", "x", "claim", "certain"),
        (10, "OP", "indirect", "text against tables", "2", "y", "claim", "certain"),
        (11, "OP", "indirect", "text against tables", "2", "y", "claim", "certain"),
    )
    shown = beyond.findings(table, "text against tables", show=["implied", "finding"])
    assert list(shown.index) == ["Table 10: URB, indirect; OP, indirect", "Table 11: OP, indirect"]
    assert shown["Arithmetic"].to_list() == ["x; y", "y"]


def test_arithmetic_that_is_the_same_everywhere_is_written_once() -> None:
    table = lines(
        (3, "a", "test", "c", "1", "same", "claim", "certain"),
        (3, "b", "test", "c", "1", "same", "claim", "certain"),
    )
    shown = beyond.findings(table, "c", show=["implied", "finding"])
    assert shown["Arithmetic"].to_list() == ["same"]


def test_what_is_fine_is_no_finding() -> None:
    table = lines((3, "a", "test", "c", "1", "x", "", ""))
    assert beyond.findings(table, "c").empty


def test_a_misspelt_check_is_refused(full: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="no check named 'stars of coeficients'"):
        beyond.findings(full, "stars of coeficients")


def test_an_example_that_does_not_exist_is_refused(full: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="no line of 'effects add up'"):
        beyond.example(full, "sum", "effects add up", table=3)


def test_an_example_is_the_first_line_with_a_finding(full: pd.DataFrame) -> None:
    found = beyond.example(full, "star", "stars of coefficients", table=8, found=True)
    assert found["star_printed"] == "0.138∗∗∗ (0.056)"
    assert found["star_where"] == "Table 8: GIA, indirect"


def test_implied_rho_by_hand() -> None:
    rhos = beyond.implied_rhos(["Table 9, 2013-2022"]).set_index("term")
    assert rhos.at["Agdp", "estimate"] == pytest.approx(1 - 2.793 / 4.186, abs=1e-12)
    assert rhos.at["Agdp", "low"] == pytest.approx(1 - 2.7935 / 4.1855, abs=1e-12)
    assert rhos.at["Agdp", "high"] == pytest.approx(1 - 2.7925 / 4.1865, abs=1e-12)
    assert rhos["group"].unique().tolist() == ["2013–2022"]

"""Verdicts on their way to a page: counted once each, every claim with its badge."""

from __future__ import annotations

import pandas as pd
import pytest

from spillover.book import beyond
from spillover.book.beyond.scores import BADGES, STATISTICS
from spillover.replication import published, verdicts
from spillover.replication.claims import VERDICTS
from spillover.studies import CARBON


@pytest.fixture(scope="module")
def numbers() -> pd.DataFrame:
    """Tables 3 and 5 against themselves."""
    return pd.concat(
        verdicts.compare(published.load(t)[["row", "column", "statistic", "value"]], t)
        for t in (3, 5)
    )


def test_totals_by_table(numbers: pd.DataFrame) -> None:
    shown = beyond.totals(numbers)
    assert shown["reproduced"].to_dict() == {"Table 3": 8, "Table 5": 45, "all": 53}
    assert (shown["All"] == shown["reproduced"]).all()


def test_totals_by_kind(numbers: pd.DataFrame) -> None:
    shown = beyond.totals(numbers, "statistic")
    assert shown.at["χ² statistics", "All"] == 8
    assert shown.at["all", "All"] == 53


def test_every_kind_of_printed_number_has_a_name() -> None:
    assert set(published.load()["statistic"]) == set(STATISTICS)


def test_every_verdict_on_a_claim_has_a_badge() -> None:
    assert set(BADGES) == set(VERDICTS)


def test_a_run_of_claims() -> None:
    listed = pd.DataFrame(
        {"text": ["a", "b", "c"], "verdict": ["upheld"] * 3, "evidence": ["x"] * 3},
        index=["C01", "C02", "C03"],
    )
    assert beyond.claims_table(listed, ["C02", "C03"])["Claim"].to_list() == ["C02 · b", "C03 · c"]


def test_a_variant_is_scored_on_every_effect() -> None:
    """Seven variables, three effects, none without a counterpart."""
    shown = beyond.variants({"as written": CARBON}, 8)
    assert shown.loc["as written"].sum() == 21

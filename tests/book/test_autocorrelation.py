"""Candidate weights against the line of the printed variances; kurtosis by its definition."""

from __future__ import annotations

import numpy as np
import pytest

from spillover.book import beyond
from spillover.replication import audit
from spillover.studies import weights
from spillover.studies.study import CARBON


def test_the_same_weights_twice_give_the_diagonal() -> None:
    rook = weights.rook()
    table = beyond.outside_print(rook, {"itself": rook})
    assert table.loc["itself"].to_list() == pytest.approx([1.0, 0.0], abs=1e-12)


def test_printed_line_passes_through_the_printed_variances() -> None:
    """2013, GIA: I, z of 0.2448, 2.9883 and of 0.0680, 4.0150."""
    one = ((0.2448 + 1 / 29) / 2.9883) ** 2
    two = ((0.0680 + 1 / 29) / 4.0150) ** 2
    slope, intercept = beyond.outside_print(weights.rook(), {}).loc["as printed"]
    assert intercept + slope * two == pytest.approx(one, abs=2e-5)


def test_thousandths_on_the_page() -> None:
    shown = beyond.weights_pairs(beyond.outside_print(weights.rook(), {}))
    assert shown["Intercept × 1000"].iloc[0] == pytest.approx(-0.65, abs=0.01)


def test_kurtosis_by_year_is_the_fourth_moment_over_the_squared_second() -> None:
    given = {"rook": CARBON.graph(), "distance": CARBON.but(weights="inverse distance").graph()}
    table = beyond.kurtosis_by_year(audit.implied_variances(weights=given), CARBON, "GIA")
    x = CARBON.frame("GIA")["GIA"].xs(2022, level="year").to_numpy()
    d = x - x.mean()
    assert table.at[2022, "here"] == pytest.approx(np.mean(d**4) / np.mean(d**2) ** 2, rel=1e-12)
    assert list(table.columns) == ["Table 1", "Table 2", "here"]
    assert list(table.index) == list(range(2013, 2023))


def test_both_variables_side_by_side() -> None:
    given = {"rook": CARBON.graph(), "distance": CARBON.but(weights="inverse distance").graph()}
    implied = audit.implied_variances(weights=given)
    table = beyond.kurtosis_table(implied, CARBON)
    assert list(table.columns) == ["GIA 1", "GIA 2", "GIA", "CP 1", "CP 2", "CP"]
    alone = beyond.kurtosis_by_year(implied, CARBON, "CP")
    assert table[["CP 1", "CP 2", "CP"]].to_numpy().tolist() == alone.to_numpy().tolist()

"""The stored run is whole, and what today's code makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spillover import CARBON, GROWTH
from spillover.multiverse import coverage
from spillover.studies import Study

LABELS = ["study", "weights", "rho", "lag", "design", "correction", "cov_type", "quantity"]
FIRST = ["true", "first_bias", "first_std_error", "first_coverage"]


@pytest.fixture(scope="module")
def run() -> pd.DataFrame:
    return coverage.stored()


@pytest.mark.parametrize(
    ("study", "weights", "rho"), [(CARBON, "rook", 0.0), (GROWTH, "economic distance", 0.4)]
)
def test_the_stored_run_is_that_of_todays_code(
    run: pd.DataFrame, study: Study, weights: str, rho: float
) -> None:
    """Its first samples are drawn and estimated again: all estimators, designs and covariances."""
    again = coverage.coverage([study], [weights], [rho], replications=coverage.FIRST)
    again = again.set_index(LABELS)[FIRST]
    held = run.set_index(LABELS)[FIRST].reindex(again.index)
    np.testing.assert_allclose(held, again, rtol=1e-6, atol=1e-9)


def test_the_stored_run_is_whole(run: pd.DataFrame) -> None:
    """Two studies, weights and values of ρ; four designs; eight estimators; ρ and three effects."""
    assert len(run) == 2 * 2 * 2 * 4 * 8 * 4
    assert not run.duplicated(LABELS).any()
    assert (run["replications"] == 2000).all()
    assert (run["failures"] <= 0.01 * run["replications"]).all()


def test_numbers_of_a_run_agree_with_each_other(run: pd.DataFrame) -> None:
    """Coverage lies near what bias, spread and errors imply if estimates are about normal."""
    from scipy.stats import norm

    share = run[(run["cov_type"] == "observed") & (run["quantity"] == "rho")]
    reach = norm.ppf(0.975) * share["std_error"]
    low, high = (-reach - share["bias"]) / share["sd"], (reach - share["bias"]) / share["sd"]
    assert share["coverage"].to_numpy() == pytest.approx(norm.cdf(high) - norm.cdf(low), abs=0.05)


def test_words_of_a_page_name_every_cell_once(run: pd.DataFrame) -> None:
    worded = coverage.in_words(run)
    assert worded[["estimator", "errors", "what", "place"]].notna().all(axis=None)
    assert not worded.duplicated(["estimator", "errors", "what", "place"]).any()
    assert worded["estimator"].iloc[0] == "Transformation,\nCR3"


def test_extremes_are_put_into_words() -> None:
    cells = pd.DataFrame(
        {
            "quantity": ["rho", "direct"],
            "what": ["ρ", "direct effect"],
            "design": ["iid", "both"],
            "errors": ["i.i.d.", "both"],
            "place": ["Part I, rook, ρ = 0.4"] * 2,
            "coverage": [0.9, 0.99],
        }
    )
    assert coverage.extreme(cells, highest=False) == (
        "of ρ with i.i.d. errors (Part I, rook, ρ = 0.4)"
    )
    assert coverage.extreme(cells, highest=True).startswith(
        "of the direct effect with heteroskedastic and serially correlated errors"
    )


def test_sizes_set_the_usual_version_beside_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pd.DataFrame(
        {
            "test": ["LM lag", "LM lag", "LM lag", "no border, one", "no border, two"],
            "version": ["as printed", "wild bootstrap", "wild bootstrap", "a jump", "none"],
            "size": [0.3, 0.04, 0.06, 0.05, 0.07],
        }
    )
    file = tmp_path / "coverage.csv"
    table.to_csv(file, index=False)
    monkeypatch.setattr(coverage, "path", lambda: file)
    assert coverage.sizes().to_numpy().tolist() == [
        ["LM lag", "large samples", True, 0.3, 0.3],
        ["LM lag", "bootstrap", False, 0.04, 0.06],
        ["No border", "", False, 0.05, 0.07],
    ]
    words = coverage.sizes_in_words(coverage.sizes())
    assert words.loc["LM lag"].to_list() == ["30 (large samples)", "4 – 6 (bootstrap)"]
    assert words.loc["No border"].to_list() == ["–", "5 – 7"]

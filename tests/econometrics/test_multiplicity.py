"""Adjusted p-values against statsmodels, derivations and the error they are to control."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from spillover.econometrics.multiplicity import holm, step_down


def test_holm_as_statsmodels_has_it() -> None:
    for seed in range(20):
        p = np.random.default_rng(seed).beta(0.3, 2.0, 13).round(2)  # with ties
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_one_test_asked_often_is_not_adjusted() -> None:
    drawn = np.random.default_rng(1).chisquare(1, 999)
    alone = (1 + (drawn >= 5.0).sum()) / 1000
    assert step_down([5.0] * 8, np.tile(drawn, (8, 1))) == pytest.approx(np.full(8, alone))


def test_independent_tests_are_adjusted_as_sidak_has_it() -> None:
    """The smallest of k independent p-values: 1 − (1 − p)^k, then of k − 1, and so on."""
    drawn = np.random.default_rng(2).random((5, 40_000))
    p = np.array([0.02, 0.05, 0.1, 0.4, 0.7])
    expected = np.maximum.accumulate(1 - (1 - p) ** np.arange(5, 0, -1))
    assert step_down(1 - p, drawn) == pytest.approx(expected, abs=0.012)


def test_statistics_on_other_scales_count_alike() -> None:
    rng = np.random.default_rng(3)
    drawn, observed = rng.chisquare(1, (4, 999)), np.array([9.0, 4.0, 2.0, 0.5])
    scale = np.array([1.0, 1e6, 1e-3, 50.0])
    heavy = step_down(observed * scale, drawn * scale[:, None])
    assert heavy == pytest.approx(step_down(observed, drawn))


def test_a_true_null_is_falsely_rejected_no_more_often_than_claimed() -> None:
    """Ten tests with correlation .7; a false rejection of any in 5 % of samples."""
    rng = np.random.default_rng(4)

    def samples(count: int) -> np.ndarray:
        common = rng.normal(size=count)
        return np.abs(np.sqrt(0.7) * common + np.sqrt(0.3) * rng.normal(size=(10, count)))

    observed, drawn = samples(1000), samples(1999)
    rejected = np.mean([step_down(t, drawn).min() <= 0.05 for t in observed.T])
    assert 0.03 < rejected < 0.07


@pytest.mark.parametrize("p", [[0.1, 1.2], [[0.1], [0.2]], [0.1, np.nan]])
def test_what_are_no_pvalues_is_refused(p: list[float]) -> None:
    with pytest.raises(ValueError, match="pvalues has shape"):
        holm(p)


def test_draws_of_other_hypotheses_are_refused() -> None:
    with pytest.raises(ValueError, match="drawn has shape"):
        step_down([1.0, 2.0], np.ones((3, 99)))

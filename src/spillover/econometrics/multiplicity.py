"""p-values of several hypotheses tested together: Holm's, and a bootstrap step-down."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spillover.econometrics.spatialpanel.data import Array


def holm(pvalues: ArrayLike) -> Array:
    """Adjust p-values so that any false rejection at all has the nominal probability at most.

    It needs no assumption on how the tests depend on each other.

    Parameters
    ----------
    pvalues : array, shape (k,)

    Notes
    -----
    Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> holm([0.04, 0.01, 0.03]).round(2).tolist()
    [0.06, 0.03, 0.06]
    """
    p = np.asarray(pvalues, dtype=float)
    _check(p.ndim == 1 and bool(((p >= 0) & (p <= 1)).all()), "pvalues", p)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _back(np.minimum(stepped, 1.0), order)


def step_down(statistics: ArrayLike, drawn: ArrayLike) -> Array:
    """Adjust p-values by the joint distribution of the statistics in draws under the null.

    As Holm's, but tests that depend on each other are adjusted less. Each statistic is first
    replaced by its rank among its own draws, so that tests whose statistics have other
    distributions count alike.

    Parameters
    ----------
    statistics : array, shape (k,)
        Large values speak against the null: absolute t or F.
    drawn : array, shape (k, B)
        The same in each draw; a column is one draw of all, so that their dependence is kept.

    Notes
    -----
    The step-down of minimal p-values (Westfall and Young 1993; Romano and Wolf 2005, Econometrica
    73): the hypothesis with the smallest p-value is compared with the smallest of all in each
    draw, the next with the smallest of those that are left, and so on.

    Examples
    --------
    Two tests that are one, and two that have nothing in common:

    >>> step_down([3.5, 3.5], [[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]]).tolist()
    [0.4, 0.4]
    >>> step_down([3.5, 3.5], [[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]]).tolist()
    [0.6, 0.6]
    """
    from scipy.stats import rankdata

    observed, draws = np.asarray(statistics, dtype=float), np.asarray(drawn, dtype=float)
    _check(observed.ndim == 1 and bool(np.isfinite(observed).all()), "statistics", observed)
    _check(draws.ndim == 2 and len(draws) == len(observed), "drawn", draws)
    rank = (draws < observed[:, None] * (1 - 1e-9)).sum(axis=1)
    ranks = rankdata(draws, method="min", axis=1) - 1
    order = np.argsort(-rank, kind="stable")
    # the highest rank among the hypotheses from each step on
    highest = np.maximum.accumulate(ranks[order][::-1], axis=0)[::-1]
    above = (highest >= rank[order][:, None]).sum(axis=1)
    return _back(np.maximum.accumulate((1 + above) / (1 + draws.shape[1])), order)


def _back(stepped: Array, order: NDArray[np.intp]) -> Array:
    adjusted = np.empty_like(stepped)
    adjusted[order] = stepped
    return adjusted


def _check(fine: bool, name: str, found: Array) -> None:
    if not fine:
        raise ValueError(
            f"{name} has shape {found.shape} and values from {found.min(initial=0):g} to "
            f"{found.max(initial=0):g}; expected one finite number for each hypothesis "
            "(p-values from 0 to 1), and draws of shape (hypotheses, draws)"
        )

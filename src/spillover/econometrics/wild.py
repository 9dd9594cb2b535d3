"""Wild cluster bootstrap tests for coefficients of linear equations, with and without instruments.

With thirty clusters the t of a clustered error is only roughly a t. The bootstrap makes its own
reference distribution: under the null, every cluster keeps its regressors and its restricted
residuals, whose sign (all of a cluster's together) is drawn at random. Nothing is refitted draw by
draw: a test statistic depends on the draw through sums by cluster alone, so that 9,999 draws take
milliseconds (Roodman, MacKinnon, Nielsen and Webb 2019, Stata Journal 19).

The two Python packages that have it, wildboottest and pyfixest (which calls the first), know
neither instruments nor a null other than zero, compile their loop anew at every call, and bring
numba; the tests compare with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from spillover.econometrics.checks import Fault, one_of, whole
from spillover.econometrics.confidence import ConfidenceSet
from spillover.econometrics.regression import adjusted_residuals, small_sample_factor
from spillover.econometrics.spatialpanel.data import Array

WEIGHTS = ("rademacher", "webb")


@dataclass(frozen=True, eq=False)
class WildTest:
    """A test of one coefficient by the wild cluster bootstrap.

    Attributes
    ----------
    statistic : float
        F at the null: the square of t for one coefficient.
    pvalue : float
        Share of draws at least as large, the data themselves counted among them.
    confidence_set : ConfidenceSet or None
        All values of the coefficient that the test does not reject; None if not asked for.
    replications : int
        Draws; all 2^C of them where that is fewer than were asked for.
    """

    statistic: float
    pvalue: float
    confidence_set: ConfidenceSet | None
    replications: int


def draws(
    clusters: int,
    replications: int = 9999,
    weights: str = "rademacher",
    seed: int = 0,
    fault: Fault = ValueError,
) -> tuple[Array, bool]:
    """Random factors of the clusters' residuals, and whether they are all that there are.

    Parameters
    ----------
    clusters, replications, seed : int
    weights : str
        "rademacher" (±1), or "webb" (six points; Webb 2023) for fewer than a dozen clusters.
    fault : class of the error that is raised for unknown weights or too few draws

    Returns
    -------
    array, shape (clusters, replications)
    bool

    Examples
    --------
    >>> draws(2, 19)[0]
    array([[-1., -1.,  1.,  1.],
           [-1.,  1., -1.,  1.]])
    """
    one_of(weights, WEIGHTS, fault, "weights")
    whole(replications, fault, "replications", low=19)
    if weights == "rademacher" and 2**clusters <= replications:
        return np.array(list(product([-1.0, 1.0], repeat=clusters))).T, True
    points = np.array([1.0]) if weights == "rademacher" else np.sqrt(np.array([0.5, 1.0, 1.5]))
    chosen = np.random.default_rng(seed).choice([*-points, *points], (clusters, replications))
    return chosen, False


def pvalue(statistic: float, drawn: Array, complete: bool) -> float:
    """Share of draws with a statistic as large, the data themselves counted among them."""
    count = int((drawn >= statistic * (1 - 1e-9)).sum())
    return count / len(drawn) if complete else (count + 1) / (len(drawn) + 1)


class Cells:
    """Rows gathered by cluster, so that products with a draw need no rows."""

    def __init__(self, clusters: NDArray[np.intp]) -> None:
        self.order = np.argsort(clusters, kind="stable")
        self.starts = np.unique(clusters[self.order], return_index=True)[1]

    def __len__(self) -> int:
        return len(self.starts)

    def sums(self, columns: Array, values: Array) -> Array:
        """Return Σ over the rows of each cluster of column × value: (C, k) or (C, k, j)."""
        parts = columns[..., None] * values.reshape(len(values), 1, -1)
        summed = np.add.reduceat(parts[self.order], self.starts, axis=0)
        return np.asarray(summed[..., 0] if values.ndim == 1 else summed)


class CoefficientTest:
    """Wald test that `Z` has no part in u, given `outer`; u is known up to the value tested.

    With Z a regressor itself and u = y − r·z this is the test of its coefficient; with Z the
    instruments and u = y − r·x it is Anderson and Rubin's.

    Parameters
    ----------
    Z : array, shape (n, q)
    outer : array, shape (n, m)
        The other columns of the regression, with dummies of periods (see
        :func:`spillover.econometrics.regression.design`).
    clusters : array of int, shape (n,)
    cov_type : str
        Of the statistic: "clustered", "cr2" or "cr3".
    """

    def __init__(
        self, Z: Array, outer: Array, clusters: NDArray[np.intp], cov_type: str = "clustered"
    ) -> None:
        self.cells, self.clusters = Cells(clusters), clusters
        basis = _basis(outer)
        self.basis = basis
        self.Z = Z - basis @ (basis.T @ Z)
        self.whole = np.column_stack([basis, _basis(self.Z)])
        self.loads = self.Z
        if cov_type in ("cr2", "cr3"):
            # residuals adjusted within clusters, Z′(M e), are (M Z)′e: M is symmetric
            self.loads = adjusted_residuals(self.whole, self.Z, clusters, cov_type)
        self.inner = self.cells.sums(self.loads, self.whole)
        n, k = self.whole.shape
        self.factor = small_sample_factor(cov_type, n, k, len(self.cells))

    def statistic(self, u: Array) -> float:
        """Return the Wald statistic over its restrictions: an F."""
        ones = np.ones((len(self.cells), 1))
        return float(self._statistics(u - self.basis @ (self.basis.T @ u), ones)[0])

    def drawn(self, u: Array, signs: Array, residuals: str = "clustered") -> Array:
        """Return the statistic of every draw under the null: shape (B,).

        With `residuals` "cr2" or "cr3" those of the null are enlarged for the leverage of their
        cluster before their signs are drawn (MacKinnon, Nielsen and Webb 2023, for "cr3").
        """
        restricted = u - self.basis @ (self.basis.T @ u)
        enlarged = adjusted_residuals(self.basis, restricted[:, None], self.clusters, residuals)
        return self._statistics(enlarged[:, 0], signs)

    def _statistics(self, restricted: Array, signs: Array) -> Array:
        moments = self.cells.sums(self.Z, restricted).T @ signs
        own = self.cells.sums(self.loads, restricted)[:, :, None] * signs[:, None, :]
        fitted = self.inner @ (self.cells.sums(self.whole, restricted).T @ signs)
        scores = own - fitted
        return _wald(moments, scores) / self.factor


def restriction_test(
    X: Array, restriction: Array, clusters: NDArray[np.intp], cov_type: str = "cr3"
) -> CoefficientTest:
    """Test of restriction @ b = 0 in a regression on X; restriction has shape (q, k)."""
    # b = R⁺(Rb) + (a part that the restriction leaves free): regress on the two
    free = np.linalg.svd(restriction)[2][len(restriction) :].T
    return CoefficientTest(X @ np.linalg.pinv(restriction), X @ free, clusters, cov_type)


class SharedDraws:
    """Several linear combinations of the coefficients of one regression, each tested alone.

    Of each, R b, the estimate and its t, with CR3 standard errors, in every draw that imposes
    R b = 0. The square of t is ``restriction_test(X, R, clusters, "cr3").drawn(y, signs, "cr2")``;
    here all clusters are of one size and are handled together, which is faster where there are
    thousands of regressions.

    Parameters
    ----------
    X : array, shape (C·T, k)
        Of full rank; the T rows of each of the C clusters follow one another.
    restrictions : array, shape (q, k)
    clusters : int
        How many, C.
    fault : class of the error that is raised where columns of X are combinations of others
    """

    def __init__(
        self, X: Array, restrictions: Array, clusters: int, fault: Fault = ValueError
    ) -> None:
        Q, R = np.linalg.qr(X)
        spare = np.abs(np.diag(R)) <= 1e-10 * np.linalg.norm(X, axis=0)
        if spare.any():
            raise fault(
                f"{spare.sum()} of {X.shape[1]} columns of the regression (regressors, their lags, "
                "effects) are combinations of others; leave some out"
            )
        direction = np.linalg.solve(R.T, restrictions.T)  # R b = direction' Q'y
        length = (direction**2).sum(axis=0)
        n, k = X.shape
        self.factor = small_sample_factor("cr3", n, k, clusters)
        self.by_cluster = Q.reshape(clusters, -1, k)
        self.columns, self.direction, self.length = Q, direction, length
        self.own = np.moveaxis(self.by_cluster @ direction, 2, 0)  # (q, C, T)
        hat = self.by_cluster @ self.by_cluster.swapaxes(1, 2)
        apart = hat - self.own[..., None] * self.own[..., None, :] / length[:, None, None, None]
        self.loads = np.einsum("gst,qgt->qgs", _power_of_complement(hat, -1.0), self.own)
        self.enlarge = _power_of_complement(apart, -0.5)
        self.inner = np.einsum("qgt,gtk->qgk", self.loads, self.by_cluster)

    def estimates(self, y: Array) -> tuple[Array, Array]:
        """Return the estimates and their standard errors, each of shape (q,)."""
        fitted = self.columns.T @ y
        residuals = (y - self.columns @ fitted).reshape(self.by_cluster.shape[:2])
        scores = (self.loads * residuals).sum(axis=2)
        return self.direction.T @ fitted, np.sqrt(self.factor * (scores**2).sum(axis=1))

    def drawn(self, y: Array, signs: Array) -> tuple[Array, Array]:
        """Return in each draw, by its signs of shape (C, B), estimates and t: each (q, B)."""
        fitted = self.columns.T @ y
        residuals = (y - self.columns @ fitted).reshape(self.by_cluster.shape[:2])
        away = (self.direction.T @ fitted) / self.length
        restricted = residuals + self.own * away[:, None, None]
        restricted = (self.enlarge @ restricted[..., None])[..., 0]
        sums = np.einsum("gtk,qgt->qgk", self.by_cluster, restricted)
        scores = -self.inner @ sums.swapaxes(1, 2)
        every = np.arange(len(signs))
        scores[:, every, every] += (self.loads * restricted).sum(axis=2)
        variance = self.factor * ((scores @ signs) ** 2).sum(axis=1)
        estimates = (self.own * restricted).sum(axis=2) @ signs
        return estimates, estimates / np.sqrt(variance)


def _power_of_complement(hat: Array, power: float) -> Array:
    """(I − H)ᵖ of each block of the last two axes, as a generalised inverse."""
    left, directions = np.linalg.eigh(np.eye(hat.shape[-1]) - hat)
    kept = left > 1e-9
    by = np.where(kept, left, 1.0) ** power * kept
    return np.asarray((directions * by[..., None, :]) @ directions.swapaxes(-1, -2))


def _wald(moments: Array, scores: Array) -> Array:
    """Return m′(ΣS S′)⁻¹m / q for each draw: moments (q, B), scores (C, q, B)."""
    if len(moments) == 1:
        return np.asarray(moments[0] ** 2 / (scores[:, 0] ** 2).sum(axis=0))
    meat = np.einsum("gib,gjb->bij", scores, scores)
    solved = np.linalg.solve(meat, moments.T[..., None])[..., 0]
    return np.asarray((solved * moments.T).sum(axis=1) / len(moments))


def _basis(columns: Array) -> Array:
    """Orthonormal columns that span the same space; those that add nothing left out."""
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, size > 1e-10 * size.max(initial=0.0)])


class InstrumentedTest:
    """Wald test of the coefficient of one endogenous regressor, by two-stage least squares.

    The wild restricted efficient bootstrap (Davidson and MacKinnon 2010): both equations are
    drawn, the first stage being estimated with the restricted residuals of the second among its
    regressors, which makes it efficient and keeps the draws right with weak instruments.

    Parameters
    ----------
    y, x : array, shape (n,)
    Z, outer, clusters
        As for :class:`CoefficientTest`.
    """

    def __init__(
        self, y: Array, x: Array, Z: Array, outer: Array, clusters: NDArray[np.intp]
    ) -> None:
        self.cells = Cells(clusters)
        basis = _basis(outer)
        columns = np.column_stack([y, x, Z])
        columns = columns - basis @ (basis.T @ columns)
        self.y, self.x, self.Z = columns[:, 0], columns[:, 1], columns[:, 2:]
        self.own = _basis(self.Z)
        self.basis = basis
        self.inner = self.cells.sums(self.own, basis)
        parameters = basis.shape[1] + 1
        self.factor = small_sample_factor("clustered", len(y), parameters, len(self.cells))

    def statistic(self, value: float) -> float:
        """Return t² of the hypothesis that the coefficient is `value`."""
        return float(self._statistics(value, np.ones((len(self.cells), 1)))[0])

    def drawn(self, value: float, signs: Array) -> Array:
        """Return t² of every draw under that hypothesis: shape (B,)."""
        return self._statistics(value, signs)

    def _statistics(self, value: float, signs: Array) -> Array:
        u = self.y - value * self.x
        first = np.column_stack([self.Z, u])
        slopes = np.linalg.lstsq(first, self.x, rcond=None)[0][:-1]
        fitted = self.Z @ slopes
        left = self.x - fitted
        sums = self.cells.sums
        # by cluster: instruments (own) and other regressors (basis) times each residual
        zu, zv = sums(self.own, u), sums(self.own, left)
        bu, bv = sums(self.basis, u).T @ signs, sums(self.basis, left).T @ signs
        mu = zu.T @ signs
        mx = (self.own.T @ fitted)[:, None] + zv.T @ signs
        gap = (mx * mu).sum(axis=0) / (mx**2).sum(axis=0)
        e = zu[:, :, None] * signs[:, None, :] - self.inner @ bu
        moved = zv[:, :, None] * signs[:, None, :] - self.inner @ bv
        e = e - gap * (sums(self.own, fitted)[:, :, None] + moved)
        scores = (mx * e).sum(axis=1)
        return np.asarray((mx * mu).sum(axis=0) ** 2 / (self.factor * (scores**2).sum(axis=0)))


def invert(
    statistic: Callable[[float], float],
    drawn: Callable[[float], Array],
    complete: bool,
    value: float,
    start: float,
    scale: float,
    level: float | None = 0.95,
) -> WildTest:
    """Test a value, and find all that the same test, with the same draws, does not reject.

    Parameters
    ----------
    statistic, drawn : callable
        Of the value: the statistic, and the same in every draw.
    complete : bool
        Whether the draws are all that there are.
    value : float
        The hypothesis.
    start, scale : float
        Estimate and standard error; the set is sought at distances from ``start`` that grow from
        a tenth of ``scale`` to a thousand times it, and its ends are then refined.
    """

    def at(value: float) -> float:
        return pvalue(statistic(value), drawn(value), complete)

    tested, replications = statistic(value), len(drawn(value))
    if level is None:
        return WildTest(tested, at(value), None, replications)
    alpha = 1 - level + 1e-9  # p equal to it rejects
    steps = np.geomspace(0.1, 1e3, 33)
    grid = start + scale * np.concatenate([-steps[::-1], [0.0], steps])
    kept = np.array([at(value) > alpha for value in grid])

    def edge(inside: float, outside: float) -> float:
        for _ in range(24):
            middle = (inside + outside) / 2
            if at(middle) > alpha:
                inside = middle
            else:
                outside = middle
            if abs(inside - outside) < 1e-5 * scale:
                break
        return inside

    parts: list[tuple[float, float]] = []
    place = 0
    while place < len(grid):
        if not kept[place]:
            place += 1
            continue
        last = place
        while last + 1 < len(grid) and kept[last + 1]:
            last += 1
        low = -np.inf if place == 0 else edge(grid[place], grid[place - 1])
        high = np.inf if last == len(grid) - 1 else edge(grid[last], grid[last + 1])
        parts.append((float(low), float(high)))
        place = last + 1
    found = ConfidenceSet(tuple(parts), level)
    return WildTest(tested, at(value), found, replications)

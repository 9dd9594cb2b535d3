"""Scores summed by cluster, and the covariance of their sum, for few clusters as well.

The score of a spatial coefficient holds a quadratic form in the errors, Σ_ij g_ij e_i′e_j, whose
terms belong to two entities at once. Summed by entity as they stand (as Stata's xsmle does), they
are correlated across entities, and the sandwich misses part of their variance whatever N. Here
each pair belongs to the later of the two entities, which makes the sums martingale differences
(Kelejian and Prucha 2001); since the order of entities means nothing, the product of sums is
averaged over all orders, for which there is a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import random_effects
from spillover.econometrics.spatialpanel.data import Array, SpatialPanelError
from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.likelihood import Estimate
from spillover.econometrics.spatialpanel.weights import SpatialWeights

POWERS = {"clustered": 0.0, "cr2": -0.5, "cr3": -1.0}
"""What I − H_cc, the leverage of a cluster, is raised to."""
_DENSE_UP_TO, _PROBES = 5000, 64


@dataclass(frozen=True, eq=False)
class ClusterScores:
    """Scores by cluster: what belongs to one cluster, and what belongs to pairs of them.

    Attributes
    ----------
    base : array, shape (C, p); what depends on the errors of one cluster alone
    place : column of the spatial coefficient, whose score has pairs; None without one
    sums : array, shape (C,); Σ_d q_cd, with q_cd = (g_cd + g_dc)·e_c′e_d/σ², q_cc = 0
    pairs : array, shape (C, C), of q; None where N is large
    squares : Σ_cd q_cd², estimated where N is large
    """

    base: Array
    place: int | None
    sums: Array
    pairs: Array | None
    squares: float

    def cross(self, other: ClusterScores) -> Array:
        """Products of two equations' scores summed over clusters, averaged over their orders.

        With s_c = b_c + Σ_{d<c} q_cd, half of all orders have d before c, a third have both d
        and another one before c: E Σ_c s_c s̃_c′ = Σ_c [b_c b̃_c′ + ½(b_c Q̃_c + Q_c b̃_c′)
        + ⅓ Q_c Q̃_c + ⅙ Σ_d q_cd q̃_cd], Q_c = Σ_d q_cd.

        Returns
        -------
        array, shape (p, p̃)
        """
        product = self.base.T @ other.base
        if other.place is not None:
            product[:, other.place] += self.base.T @ other.sums / 2
        if self.place is not None:
            product[self.place] += self.sums @ other.base / 2
        if self.place is not None and other.place is not None:
            if self is other:
                squares = self.squares
            elif self.pairs is not None and other.pairs is not None:
                squares = float((self.pairs * other.pairs).sum())
            else:
                raise SpatialPanelError(
                    f"a joint covariance of equations is made for up to {_DENSE_UP_TO} entities"
                )
            product[self.place, other.place] += self.sums @ other.sums / 3 + squares / 6
        return np.asarray(product)


def cluster_scores(
    design: Design, at: Estimate, e: Array, groups: NDArray[np.intp], kind: str = "clustered"
) -> ClusterScores:
    """Scores of (b, ρ or λ, σ², φ) by cluster.

    With ℓ = l + G̃e, G̃ being G = W(I − ρW)⁻¹ between the demeaned entities, the score of ρ is
    l′e/σ² + Σ_ij g̃_ij e_i′e_j/σ² less its expectation. For the spatial error Z is filtered and ℓ
    is v = Wu.

    Parameters
    ----------
    e : residuals of the transformed model, shape (N·T,)
    groups : cluster number of each row
    kind : "clustered": residuals as they are; "cr2" and "cr3": those of a cluster multiplied by
        (I − H_cc)^(−½) and by (I − H_cc)⁻¹, H the hat matrix of [Z, l] and the periods' dummies
        (Bell and McCaffrey 2002; MacKinnon, Nielsen and Webb 2023)
    """
    (n, t), s2 = design.shape, at.sigma2
    count = int(groups.max()) + 1
    Z, signal, quadratic = design.Z, None, None
    if at.rho is not None:
        assert design.lag_y is not None
        v = design.lag_y
        if design.lag_Z is not None:
            Z, v = Z - at.rho * design.lag_Z, v - design.lag_Z @ at.b
        quadratic = _Quadratic(design, at.rho)
        signal = v - quadratic.times(e.reshape(n, t)).ravel()
    known = [Z] if signal is None or design.lag_Z is not None else [Z, signal[:, None]]
    if POWERS[kind]:
        known.append(periods(design))
        e = e + leverage_adjustment(np.concatenate(known, axis=1), e, groups, count, POWERS[kind])
    columns = [Z * (e / s2)[:, None]]
    if signal is not None:
        columns.append((signal * e / s2)[:, None])
    columns.append((-0.5 / s2 * at.n / (n * t) + e**2 / (2 * s2**2))[:, None])
    if at.phi is not None and at.phi != 1.0:
        columns.append(random_effects.score_of_phi(e, design.shape, at)[:, None])
    base = _summed(np.concatenate(columns, axis=1), groups, count)
    if quadratic is None or at.rho is None:
        return ClusterScores(base, None, np.zeros(count), None, 0.0)
    place = Z.shape[1]
    own, sums, pairs, squares = quadratic.by_cluster(e.reshape(n, t), groups.reshape(n, t), count)
    # the expectation of the quadratic form, entity by entity, adding up to that of the likelihood
    diagonal = quadratic.diagonal
    trace = design.weights.log_determinant.trace(at.rho) - (1 / (1 - at.rho) if at.u else 0.0)
    each = diagonal * at.n / n + (at.m * trace - at.n / n * diagonal.sum()) / n
    expected = np.bincount(groups, np.repeat(each / t, t), count)
    base[:, place] += own / s2 - expected
    pairs = None if pairs is None else pairs / s2
    return ClusterScores(base, place, sums / s2, pairs, squares / s2**2)


def _summed(rows: Array, groups: NDArray[np.intp], count: int) -> Array:
    """Sums of rows by cluster, (count, p)."""
    order = np.argsort(groups, kind="stable")
    return np.add.reduceat(rows[order], np.searchsorted(groups[order], np.arange(count)), axis=0)


def periods(design: Design) -> Array:
    """Dummies of the periods where they are among the effects, less entity means: (N·T, ≤ T).

    They share in the leverage of a cluster; entity effects do not, as each is in one cluster.
    """
    (n, t), effects = design.shape, design.spec.fixed_effects
    if effects not in ("time", "twoway"):
        return np.zeros((n * t, 0))
    one = np.eye(t) if effects == "time" else (np.eye(t) - 1 / t)[:, 1:]
    return np.tile(one, (n, 1))


def leverage_adjustment(
    X: Array, e: Array, groups: NDArray[np.intp], count: int, power: float
) -> Array:
    """What (I − H_cc)^power adds to the residuals of each cluster.

    With X = QR and Q_c′Q_c = VwV′, the non-zero eigenvalues of H_cc = Q_cQ_c′ are among w, so that
    (I − H_cc)^power e_c = e_c + Q_c V diag[((1 − w)^power − 1)/w] V′Q_c′e_c. Clusters of one size,
    with fewer rows than X has columns, are quicker done by the eigenvalues of H_cc itself.
    """
    scaled = X / np.linalg.norm(X, axis=0)
    Q = np.asarray(np.linalg.qr(scaled)[0])
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count))
    size = len(e) // count
    if size <= Q.shape[1] and np.array_equal(starts, np.arange(count) * size):
        rows, inside = Q[order].reshape(count, size, -1), e[order].reshape(count, size, 1)
        H, added = rows @ rows.swapaxes(1, 2), np.empty_like(e)
        rest = np.eye(size) - H
        if power == -1.0 and _well_above_zero(rest):
            # no need of the eigenvalues
            added[order] = (np.linalg.solve(rest, inside) - inside).ravel()
            return added
        w, V = np.linalg.eigh(H)
        factor = np.where(w > 1 - 1e-10, 1.0, 1 - np.clip(w, 0.0, 1.0)) ** power - 1
        added[order] = (V @ (factor[:, :, None] * (V.swapaxes(1, 2) @ inside))).ravel()
        return added
    squares = np.add.reduceat(Q[order, :, None] * Q[order, None, :], starts, axis=0)
    moments = np.add.reduceat(Q[order] * e[order, None], starts, axis=0)
    w, V = np.linalg.eigh(squares)
    w = np.clip(w, 0.0, 1.0)
    small = w < 1e-10
    # where w is one, the cluster alone determines a combination, and its residual there is zero
    rest = np.where(w > 1 - 1e-10, 1.0, 1 - w)
    ratio = np.where(small, -power, (rest**power - 1) / np.where(small, 1.0, w))
    inner = np.einsum("ckj,cj,clj,cl->ck", V, ratio, V, moments, optimize=True)
    return np.asarray((Q * inner[groups]).sum(axis=1), dtype=float)


def _well_above_zero(matrices: Array) -> bool:
    """Whether symmetric matrices are positive definite with room to spare, (C, n, n)."""
    try:
        pivots = np.linalg.cholesky(matrices).diagonal(axis1=1, axis2=2)
    except np.linalg.LinAlgError:
        return False
    return bool(pivots.min() > 1e-3)


class _Quadratic:
    """G̃, the part of ℓ that is linear in the errors: G, demeaned over entities with time effects.

    Dense up to 5,000 entities; larger ones are multiplied without being formed.
    """

    def __init__(self, design: Design, rho: float) -> None:
        spec, self.weights, self.rho = design.spec, design.weights, rho
        self.demean = spec.fixed_effects in ("time", "twoway") and not spec.lag_after_demeaning
        n = len(self.weights)
        self.dense: Array | None = None
        if n <= _DENSE_UP_TO:
            dense = self._raw(np.eye(n))
            if self.demean:
                dense = dense - dense.mean(axis=0)
                dense = dense - dense.mean(axis=1, keepdims=True)
            self.dense = dense
            self.diagonal = np.diag(dense).copy()
        else:
            self.diagonal = _diagonal(self.weights, rho)

    def _raw(self, columns: Array, transpose: bool = False) -> Array:
        """GV or G′V."""
        moved = self.weights.multiplier(self.rho, columns, transpose=transpose)
        matrix = self.weights.matrix
        return np.asarray((matrix.T if transpose else matrix) @ moved)

    def times(self, columns: Array) -> Array:
        """G̃V for V of shape (N, C)."""
        if self.dense is not None:
            return np.asarray(self.dense @ columns)
        return self._demeaned(self._raw(self._demeaned(columns)))

    def _demeaned(self, columns: Array) -> Array:
        return columns - columns.mean(axis=0) if self.demean else columns

    def both(self, columns: Array) -> Array:
        """(G̃ + G̃′)V without the diagonal, for V of shape (N, C)."""
        inner = self._demeaned(columns)
        moved = self._demeaned(self._raw(inner) + self._raw(inner, transpose=True))
        return np.asarray(moved - 2 * self.diagonal[:, None] * columns)

    def by_cluster(
        self, e: Array, groups: NDArray[np.intp], count: int
    ) -> tuple[Array, Array, Array | None, float]:
        """Σ g̃_ij e_i′e_j within clusters, Σ_d q_cd, q and Σ q², not yet divided by σ²."""
        by_entity = bool((groups == groups[:, :1]).all())
        if self.dense is not None:
            if by_entity:
                products = self.dense * (e @ e.T)
                if count < len(e):
                    member = _membership(groups[:, 0], count)
                    products = member.T @ products @ member
                elif not np.array_equal(groups[:, 0], np.arange(len(e))):
                    order = np.argsort(groups[:, 0])
                    products = products[np.ix_(order, order)]
            else:
                products = np.zeros((count, count))
                for inner, column in zip(e.T, groups.T, strict=True):
                    member = _membership(column, count) * inner[:, None]
                    products += member.T @ self.dense @ member
            own = np.diag(products).copy()
            pairs = products + products.T
            np.fill_diagonal(pairs, 0.0)
            return own, pairs.sum(axis=1), pairs, float(np.square(pairs).sum())
        if not by_entity or count < len(e):
            raise SpatialPanelError(
                f"clusters of several entities, or across them, are for up to {_DENSE_UP_TO} "
                f"entities where the model has a spatial coefficient; the panel has {len(e)}: "
                "cluster by entity"
            )
        order = np.argsort(groups[:, 0])
        own = self.diagonal * np.square(e).sum(axis=1)
        sums = (e * self.both(e)).sum(axis=1)
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(len(e), _PROBES))
        squares = 0.0
        for sign in signs.T:
            # E over signs of (Σ_j q_ij z_j)² is Σ_j q_ij² (Hutchinson 1990)
            squares += float(np.square((e * self.both(e * sign[:, None])).sum(axis=1)).sum())
        return own[order], sums[order], None, squares / _PROBES


def _membership(labels: NDArray[np.intp], count: int) -> Array:
    """One column for each cluster, one in the rows of its members."""
    member = np.zeros((len(labels), count))
    member[np.arange(len(labels)), labels] = 1.0
    return member


def _diagonal(weights: SpatialWeights, rho: float) -> Array:
    """Diagonal of G for a large W: ρ diag(WW) + ρ² diag(WWW) + ρ³ diag(WWWW), then the mean of
    what is missing to tr(G)."""
    W = weights.matrix
    square = W @ W
    first = square.diagonal()
    second = np.asarray(W.multiply(square.T).sum(axis=1)).ravel()
    third = np.asarray(square.multiply(square.T).sum(axis=1)).ravel()
    known = rho * first + rho**2 * second + rho**3 * third
    trace = weights.log_determinant.trace(rho)
    return np.asarray(known + (trace - known.sum()) / len(known))

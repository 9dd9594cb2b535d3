"""Random entity effects, inside a spatial error or without one, and outside a spatial error.

Without a spatial error, or inside one, where the effects pass through the same filter as the
innovations (Kapoor, Kelejian and Prucha 2007): quasi-demeaning by θ = 1 − φ, y* = y − θȳ,
φ² = σ²_ε/(Tσ²_μ + σ²_ε) (Elhorst 2014, ch. 3.3.2). Outside one, y = Zb + μ + u, u = λWu + ε
(Anselin 1988; Baltagi, Song and Koh 2003), as Stata's xsmle and splm's "b" have it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import brentq, minimize

from spillover.econometrics.spatialpanel.data import Array, SpatialPanelError
from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.likelihood import Estimate, estimate, gaussian, triangle

_LARGEST = 1500
_GRID = np.geomspace(1e-6, 1.0, 31)


@dataclass(frozen=True, eq=False)
class _Split:
    """Columns of a design, split into what varies within and between entities."""

    design: Design

    @cached_property
    def _columns(self) -> Array:
        blocks = [self.design.Z, self.design.y, self.design.lag_Z, self.design.lag_y]
        return np.column_stack([block for block in blocks if block is not None])

    @cached_property
    def means(self) -> Array:
        """Means over time, shape (N, C)."""
        return np.asarray(self._columns.reshape(*self.design.shape, -1).mean(axis=1))

    @cached_property
    def triangles(self) -> tuple[Array, Array]:
        """Triangle of the deviations from the means, and of √T times the means."""
        n, t = self.design.shape
        cube = self._columns.reshape(n, t, -1) - self.means[:, None, :]
        return triangle(cube.reshape(n * t, -1)), triangle(np.sqrt(t) * self.means)

    def quasi_demeaned(self, phi: float) -> Design:
        """The design with v_it − (1 − φ)v_i· in place of v_it."""
        d = self.design
        n, t = d.shape
        moved = self._columns.reshape(n, t, -1) - (1 - phi) * self.means[:, None, :]
        flat = moved.reshape(n * t, -1)
        k = d.Z.shape[1]
        return replace(
            d,
            Z=flat[:, :k],
            y=flat[:, k],
            lag_y=None if d.lag_y is None else flat[:, -1],
            lag_Z=None if d.lag_Z is None else flat[:, k + 1 : -1],
        )


def estimate_random(design: Design) -> tuple[Estimate, Design]:
    """Maximise lnL(ρ, φ) = −NT/2·[ln 2π + 1 + ln(SSR/NT)] + T·ln|I − ρW| + N·ln φ.

    For each φ the rest is an ordinary spatial likelihood on quasi-demeaned data; φ follows from
    the sign of dlnL/dφ = N/φ − φ‖ē‖²/σ². φ = 1, no random effects, is the upper end.

    Returns
    -------
    The estimate, and the quasi-demeaned design.

    Raises
    ------
    SpatialPanelError
        T = 1, or φ → 0: the effects explain everything that varies between entities.
    """
    n, t = design.shape
    if t == 1:
        raise SpatialPanelError("the panel has one period (T = 1): no random effects exist")
    split = _Split(design)
    within, between = split.triangles

    def at(phi: float) -> Estimate:
        R = triangle(np.concatenate([within, phi * between]))
        found = estimate(R, design.weights, design.spec.spatial, n * t, t)
        return replace(found, loglik=found.loglik + n * np.log(phi), phi=phi)

    def slope(phi: float) -> float:
        found = at(phi)
        e = _residuals_of(between, found)
        return n / phi - phi * float(e @ e) / found.sigma2

    heights = np.array([at(phi).loglik for phi in _GRID])
    best = int(heights.argmax())
    if best == 0:
        raise SpatialPanelError(
            "the likelihood of the random effects is highest at φ = 0, where they become fixed "
            "effects; use fixed_effects='entity'"
        )
    if best == len(_GRID) - 1 and slope(1.0) >= 0:
        return at(1.0), split.quasi_demeaned(1.0)
    high = _GRID[min(best + 1, len(_GRID) - 1)]
    phi = float(brentq(slope, _GRID[best - 1], high, xtol=1e-14, rtol=1e-13))
    return at(phi), split.quasi_demeaned(phi)


def _residuals_of(columns: Array, at: Estimate) -> Array:
    """Residuals e of [Z, y], [Z, y, ℓ] or [Z, y, WZ, Wy], or of a triangle of them."""
    k = len(at.b)
    e = columns[:, k] - columns[:, :k] @ at.b
    if at.rho is None:
        return np.asarray(e)
    e -= at.rho * columns[:, -1]
    if columns.shape[1] > k + 2:
        e += at.rho * (columns[:, k + 1 : -1] @ at.b)
    return np.asarray(e)


def with_phi(matrix: Array, design: Design, at: Estimate, expected: bool) -> Array:
    """Add φ to an information matrix, as its last row and column.

    Observed: H_φφ = N/φ² + ‖ē‖²/σ²; H_bφ = −2φZ̄′ē/σ²; H_ρφ = −2φℓ̄′ē/σ²;
    H_σφ = −φ‖ē‖²/σ⁴, where bars are √T times means over time of the columns before
    quasi-demeaning, and ē the residual of these means. Expected: I_φφ = 2N/φ²,
    I_ρφ = −2tr(G)/φ, I_σφ = −N/φσ².

    Parameters
    ----------
    design : quasi-demeaned, so that its means are φ times those before
    """
    assert at.phi is not None
    n, t = design.shape
    if expected:
        edge = np.zeros(len(matrix))
        edge[-1] = -n / (at.phi * at.sigma2)
        if at.rho is not None:
            edge[-2] = -2 * design.weights.log_determinant.trace(at.rho) / at.phi
        corner = 2 * n / at.phi**2
    else:
        mean = _Split(design).means * (np.sqrt(t) / at.phi)
        e = _residuals_of(mean, at)
        k = len(at.b)
        z, v = mean[:, :k], mean[:, -1]
        if design.lag_Z is not None:
            lag_z = mean[:, k + 1 : -1]
            z, v = z - (at.rho or 0.0) * lag_z, v - lag_z @ at.b
        cross = np.array([*(z.T @ e)] if at.rho is None else [*(z.T @ e), v @ e])
        edge = np.append(-2 * at.phi * cross / at.sigma2, -at.phi * (e @ e) / at.sigma2**2)
        corner = n / at.phi**2 + float(e @ e) / at.sigma2
    return np.block([[matrix, edge[:, None]], [edge[None, :], np.array([[corner]])]])


def score_of_phi(e: Array, shape: tuple[int, int], at: Estimate) -> Array:
    """Score of φ, spread evenly over an entity's rows: (1/φ − Tē_i²/φσ²)/T with ē_i of e*."""
    assert at.phi is not None
    n, t = shape
    mean = e.reshape(n, t).mean(axis=1)
    by_entity = (1 - t * mean**2 / at.sigma2) / at.phi
    return np.repeat(by_entity / t, t)


@dataclass(frozen=True, eq=False)
class _ErrorComponents:
    """The likelihood with B = I − λW, κ = σ²_μ/σ²_ε and M = I + TκBB′.

    lnL = −NT/2·ln(2πσ²) − ½ln|M| + T·ln|B| − SSR/2σ²; SSR is the sum of squares of the within
    part filtered by B and of √T times the means filtered by M^(−½)B (Elhorst 2014, eq. 3.35,
    where M is written by eigenvalues).
    """

    design: Design

    @cached_property
    def _parts(self) -> tuple[Array, Array, Array, Array]:
        """Within triangle, √T times the means, W + W′ and WW′."""
        split, W = _Split(self.design), self.design.weights.matrix.toarray()
        return split.triangles[0], np.sqrt(self.design.shape[1]) * split.means, W + W.T, W @ W.T

    def columns(self, lam: float, kappa: float) -> tuple[Array, float]:
        """[Z, y] whitened, as a short stack of rows, and the log-determinant terms."""
        inner, means, both, square = self._parts
        n, t = self.design.shape
        half = self.design.Z.shape[1] + 1
        # BB′ = I − λ(W + W′) + λ²WW′
        outer = np.eye(n) - lam * both + lam**2 * square
        root = np.asarray(cholesky(np.eye(n) + t * kappa * outer, lower=True))
        whitened = solve_triangular(root, means[:, :half] - lam * means[:, half:], lower=True)
        stacked = np.concatenate([inner[:, :half] - lam * inner[:, half:], whitened])
        jacobian = -float(np.log(np.diag(root)).sum())
        jacobian += t * self.design.weights.log_determinant.value(lam)
        return stacked, jacobian

    def concentrated(self, lam: float, kappa: float) -> tuple[float, Array, float]:
        """Log-likelihood, b and σ² at the best b and σ² for λ and κ."""
        stacked, jacobian = self.columns(lam, kappa)
        R = triangle(stacked)
        k = R.shape[1] - 1
        n = len(self.design.y)
        ssr = float(R[k, k] ** 2)
        b = np.asarray(solve_triangular(R[:k, :k], R[:k, k]))
        return gaussian(ssr, n) + jacobian, b, ssr / n

    def full(self, params: Array) -> float:
        """Log-likelihood at (b, λ, σ², κ)."""
        b, (lam, sigma2, kappa) = params[:-3], params[-3:]
        stacked, jacobian = self.columns(float(lam), float(kappa))
        e = stacked @ np.append(-b, 1.0)
        n = len(self.design.y)
        return float(-n / 2 * np.log(2 * np.pi * sigma2) - e @ e / (2 * sigma2) + jacobian)


def estimate_error_components(design: Design) -> Estimate:
    """Maximise over λ and κ, from the estimates with effects inside the error.

    Raises
    ------
    SpatialPanelError
        More than 1,500 entities: M has no sparse factor that is worth it.
    """
    n, t = design.shape
    if n > _LARGEST:
        raise SpatialPanelError(
            f"random effects outside the spatial error are estimated for up to {_LARGEST} "
            f"entities, the panel has {n}: use random_effects='kkp'"
        )
    start, _ = estimate_random(design)
    assert start.rho is not None
    assert start.phi is not None
    model = _ErrorComponents(design)
    low, high = design.weights.interval

    def minus(point: Array) -> float:
        lam, root_kappa = float(point[0]), float(point[1])
        return -model.concentrated(lam, root_kappa**2)[0] if low < lam < high else np.inf

    first = np.sqrt((start.phi**-2 - 1) / t)
    simplex = np.array(
        [[start.rho, first], [start.rho * 0.9, first], [start.rho, first * 1.2 + 0.1]]
    )
    options = {"xatol": 1e-10, "fatol": 1e-12, "initial_simplex": simplex, "maxiter": 2000}
    found = minimize(minus, simplex[0], method="Nelder-Mead", options=options)
    lam, kappa = float(found.x[0]), float(found.x[1]) ** 2
    loglik, b, sigma2 = model.concentrated(lam, kappa)
    return Estimate(b, lam, sigma2, loglik, n * t, t, kappa=kappa)


def observed_information(design: Design, at: Estimate) -> Array:
    """Negative Hessian in (b, λ, σ², κ) by central differences, extrapolated once.

    Steps are shares of rough standard errors, so that rounding and curvature balance.
    """
    assert at.rho is not None
    assert at.kappa is not None
    model = _ErrorComponents(design)
    point = np.concatenate([at.b, [at.rho, at.sigma2, at.kappa]])
    stacked, _ = model.columns(at.rho, at.kappa)
    k = len(at.b)
    gram = stacked[:, :k].T @ stacked[:, :k] / at.sigma2
    rough = np.sqrt(np.diag(np.linalg.inv(gram)))
    n, t = design.shape
    others = [0.5 / np.sqrt(n * t), at.sigma2 / np.sqrt(n * t), at.kappa / np.sqrt(n)]
    steps = np.concatenate([rough, others])

    def hessian(step: Array) -> Array:
        p, moves = len(point), np.diag(step)
        made = np.zeros((p, p))
        for i in range(p):
            for j in range(i, p):
                corners = sum(
                    a * b * model.full(point + a * moves[i] + b * moves[j])
                    for a in (1, -1)
                    for b in (1, -1)
                )
                made[i, j] = made[j, i] = corners / (4 * step[i] * step[j])
        return made

    coarse, fine = (hessian(share * steps) for share in (0.04, 0.02))
    return -(4 * fine - coarse) / 3


def predicted_effects(design: Design, at: Estimate, rest: Array) -> Array:
    """Best linear predictor of μ outside a spatial error, from rest = y − Zb, shape (N,).

    κT·B′M⁻¹B times the means of `rest`.
    """
    assert at.rho is not None
    assert at.kappa is not None
    n, t = design.shape
    B = np.eye(n) - at.rho * design.weights.matrix.toarray()
    M = np.eye(n) + t * at.kappa * (B @ B.T)
    means = rest.reshape(n, t).mean(axis=1)
    return np.asarray(at.kappa * t * (B.T @ np.linalg.solve(M, B @ means)))

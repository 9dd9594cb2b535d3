"""Random entity effects outside a spatial error: y = Zb + μ + u, u = λWu + ε.

The model of Anselin (1988) and Baltagi, Song and Koh (2003), which Stata's xsmle and splm's "b"
estimate; effects inside the error are the business of `random_effects`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize

from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.errors import SpatialPanelError
from spillover.econometrics.spatialpanel.estimation import Estimate
from spillover.econometrics.spatialpanel.likelihood import gaussian, triangle
from spillover.econometrics.spatialpanel.operator import SpatialWeights
from spillover.econometrics.spatialpanel.random_effects import Split, estimate_random

Array = NDArray[np.float64]
LARGEST = 1500


@dataclass(frozen=True, eq=False)
class ErrorComponents:
    """The likelihood with B = I − λW, κ = σ²_μ/σ²_ε and M = I + TκBB′.

    lnL = −NT/2·ln(2πσ²) − ½ln|M| + T·ln|B| − SSR/2σ²; SSR is the sum of squares of the within
    part filtered by B and of √T times the means filtered by M^(−½)B (Elhorst 2014, eq. 3.35,
    where M is written by eigenvalues).
    """

    design: Design
    weights: SpatialWeights

    @cached_property
    def _parts(self) -> tuple[Array, Array]:
        split = Split(self.design)
        means = np.sqrt(self.design.shape[1]) * split.means
        return split.within(), means

    @cached_property
    def _gram(self) -> tuple[Array, Array]:
        W = self.weights.matrix.toarray()
        return W + W.T, W @ W.T

    def _root(self, lam: float, kappa: float) -> Array:
        """Lower Cholesky factor of M, with BB′ = I − λ(W + W′) + λ²WW′."""
        both, square = self._gram
        t = self.design.shape[1]
        outer = np.eye(len(both)) - lam * both + lam**2 * square
        return np.asarray(cholesky(np.eye(len(both)) + t * kappa * outer, lower=True))

    def columns(self, lam: float, kappa: float) -> tuple[Array, float]:
        """[Z, y] whitened, as a short stack of rows, and the log-determinant terms."""
        inner, means = self._parts
        half = self.design.Z.shape[1] + 1
        root = self._root(lam, kappa)
        outer = means[:, :half] - lam * means[:, half:]
        whitened = solve_triangular(root, outer, lower=True)
        stacked = np.concatenate([inner[:, :half] - lam * inner[:, half:], whitened])
        jacobian = -float(np.log(np.diag(root)).sum())
        jacobian += self.design.shape[1] * self.weights.log_determinant.value(lam)
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


def estimate_error_components(design: Design, weights: SpatialWeights) -> Estimate:
    """Maximise over λ and κ, from the estimates with effects inside the error.

    Raises
    ------
    SpatialPanelError
        More than 1,500 entities: M has no sparse factor that is worth it.
    """
    if len(weights) > LARGEST:
        raise SpatialPanelError(
            f"random effects outside the spatial error are estimated for up to {LARGEST} "
            f"entities, the panel has {len(weights)}: use random_effects='kkp'"
        )
    start, _ = estimate_random(design, weights, "error")
    assert start.rho is not None
    assert start.phi is not None
    n, t = design.shape
    model = ErrorComponents(design, weights)
    low, high = weights.interval

    def minus(point: Array) -> float:
        lam, root_kappa = float(point[0]), float(point[1])
        if not low < lam < high:
            return np.inf
        return -model.concentrated(lam, root_kappa**2)[0]

    first = np.sqrt((start.phi**-2 - 1) / t)
    simplex = np.array(
        [[start.rho, first], [start.rho * 0.9, first], [start.rho, first * 1.2 + 0.1]]
    )
    options = {"xatol": 1e-10, "fatol": 1e-12, "initial_simplex": simplex, "maxiter": 2000}
    found = minimize(minus, simplex[0], method="Nelder-Mead", options=options)
    lam, kappa = float(found.x[0]), float(found.x[1]) ** 2
    loglik, b, sigma2 = model.concentrated(lam, kappa)
    return Estimate(b, lam, sigma2, loglik, n * t, t, kappa=kappa)


def observed_information(design: Design, weights: SpatialWeights, at: Estimate) -> Array:
    """Negative Hessian in (b, λ, σ², κ) by central differences, extrapolated once.

    Steps are shares of rough standard errors, so that rounding and curvature balance.
    """
    assert at.rho is not None
    assert at.kappa is not None
    model = ErrorComponents(design, weights)
    point = np.concatenate([at.b, [at.rho, at.sigma2, at.kappa]])
    stacked, _ = model.columns(at.rho, at.kappa)
    k = len(at.b)
    gram = stacked[:, :k].T @ stacked[:, :k] / at.sigma2
    rough = np.sqrt(np.diag(np.linalg.inv(gram)))
    n, t = design.shape
    others = [0.5 / np.sqrt(n * t), at.sigma2 / np.sqrt(n * t), at.kappa / np.sqrt(n)]
    step = np.concatenate([rough, others])
    coarse, fine = (_hessian(model, point, share * step) for share in (0.04, 0.02))
    return -(4 * fine - coarse) / 3


def _hessian(model: ErrorComponents, point: Array, step: Array) -> Array:
    p = len(point)
    hessian = np.zeros((p, p))
    moves = np.diag(step)
    for i in range(p):
        for j in range(i, p):
            corners = sum(
                a * b * model.full(point + a * moves[i] + b * moves[j])
                for a in (1, -1)
                for b in (1, -1)
            )
            hessian[i, j] = hessian[j, i] = corners / (4 * step[i] * step[j])
    return hessian


def predicted_effects(
    rest: Array, weights: SpatialWeights, shape: tuple[int, int], at: Estimate
) -> Array:
    """Best linear predictor of μ: κT·B′M⁻¹B times the means of y − Zb, shape (N,)."""
    assert at.rho is not None
    assert at.kappa is not None
    n, t = shape
    B = np.eye(n) - at.rho * weights.matrix.toarray()
    M = np.eye(n) + t * at.kappa * (B @ B.T)
    means = rest.reshape(shape).mean(axis=1)
    return np.asarray(at.kappa * t * (B.T @ np.linalg.solve(M, B @ means)))

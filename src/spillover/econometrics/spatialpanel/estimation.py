"""Point estimates of a spatial panel by maximum likelihood, and what inference needs of them.

Numbers only: names and frames belong to the results.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import information
from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.information import Ingredients
from spillover.econometrics.spatialpanel.likelihood import (
    Likelihood,
    Maximum,
    SpatialError,
    SpatialLag,
    back_substitute,
    gaussian,
)
from spillover.econometrics.spatialpanel.operator import SpatialWeights

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A maximum of the likelihood.

    Attributes
    ----------
    b : regression coefficients, shape (k,)
    rho : spatial coefficient; None without one
    sigma2 : σ² = SSR/n, or corrected
    loglik : log-likelihood at the maximum
    n, m, u : see `Likelihood`
    others : other local maxima (coefficient, log-likelihood)
    phi : 1 − θ of random effects; None without them
    kappa : σ²_μ/σ²_ε of random effects outside a spatial error; None without them
    """

    b: Array
    rho: float | None
    sigma2: float
    loglik: float
    n: int
    m: int
    u: int = 0
    others: tuple[tuple[float, float], ...] = ()
    phi: float | None = None
    kappa: float | None = None

    @property
    def random(self) -> bool:
        """Whether a variance of random effects is among the parameters."""
        return self.phi is not None or self.kappa is not None

    @property
    def theta(self) -> Array:
        """b with the spatial coefficient behind it."""
        return self.b if self.rho is None else np.append(self.b, self.rho)


def estimate(
    R: Array, weights: SpatialWeights, spatial: str | None, n: int, m: int, u: int = 0
) -> Estimate:
    """Maximise the likelihood of a design, given as its triangle.

    Parameters
    ----------
    R : triangle of [Z, y], [Z, y, ℓ] (lag) or [Z, y, WZ, Wy] (error)
    spatial : "lag", "error" or None
    n, m, u : rows and weights of the likelihood, see `Likelihood`
    """
    if spatial is None:
        k = R.shape[1] - 1
        b = back_substitute(R[:k, :k], R[:k, k])
        ssr = float(np.square(R[k:, k]).sum())
        return Estimate(b, None, ssr / n, gaussian(ssr, n), n, m)
    problem = SpatialLag(R) if spatial == "lag" else SpatialError(R)
    best: Maximum = Likelihood(problem, weights.log_determinant, n, m, u).maximise()
    ssr, _ = problem.ssr_and_slope(best.coefficient)
    b = problem.slopes(best.coefficient)
    return Estimate(b, best.coefficient, ssr / n, best.loglik, n, m, u, best.others)


def ingredients(
    design: Design, weights: SpatialWeights, spatial: str | None, at: Estimate
) -> Ingredients:
    """Cross-products for the information matrices, from the triangle alone."""
    k = design.Z.shape[1]
    R = design.R
    n, m, s2 = at.n, at.m, at.sigma2
    if spatial is None:
        zz = R[:k, :k].T @ R[:k, :k]
        return Ingredients(zz, np.zeros(0), 0.0, 0.0, 0.0, 0.0, n, m, s2)
    assert at.rho is not None
    if spatial == "lag":
        z, v = R[:, :k], R[:, k + 1]
        e = R[:, k] - at.rho * v - z @ at.b
        zl = z.T @ v
    else:
        half = k + 1
        z = R[:, :k] - at.rho * R[:, half : half + k]
        v = R[:, -1] - R[:, half : half + k] @ at.b
        e = R[:, k] - at.rho * R[:, -1] - z @ at.b
        zl = z.T @ v + R[:, half : half + k].T @ e
    trace = weights.log_determinant.trace(at.rho)
    square = weights.log_determinant.trace_square(at.rho)
    if at.u:
        trace, square = trace - 1 / (1 - at.rho), square - 1 / (1 - at.rho) ** 2
    return Ingredients(z.T @ z, zl, float(v @ v), float(v @ e), trace, square, n, m, s2)


def expected_information(
    design: Design, weights: SpatialWeights, spatial: str, at: Estimate
) -> Array:
    """Expected information at the estimates, see `information.expected`.

    Where the unit eigenvalue is left out, tr(G′G) loses ‖1′G‖²/N with it.
    """
    parts = ingredients(design, weights, spatial, at)
    assert at.rho is not None
    cross = weights.trace_cross(at.rho).value
    k = design.Z.shape[1]
    if at.u:
        column = weights.multiplier(at.rho, np.ones((len(weights), 1)), transpose=True)
        sums = weights.matrix.T @ column
        cross -= float((sums**2).sum()) / len(weights)
    if spatial == "error":
        return information.expected(parts, np.zeros(k), 0.0, cross)
    signal = (design.Z @ at.b).reshape(design.shape)
    moved = weights.lag(weights.multiplier(at.rho, signal)).ravel()
    return information.expected(parts, design.Z.T @ moved, float(moved @ moved), cross)

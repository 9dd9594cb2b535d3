"""Information matrices of the spatial panel likelihoods, and the covariances they give.

Rows and columns are ordered b, spatial coefficient, σ²; it does not know names or frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ingredients:
    """Cross-products at the maximum from which information matrices are put together.

    Attributes
    ----------
    zz : Z′Z, shape (k, k); for the spatial error Z is filtered, Z − λWZ
    zl : for the lag Z′ℓ; for the error Z(λ)′v + (WZ)′e, shape (k,)
    ll : ℓ′ℓ or v′v
    le : ℓ′e or v′e
    trace, trace_square : tr(G) and tr(GG), less those of the unit eigenvalue if it is left out
    n, m : rows of the likelihood and times that its log-determinant counts
    sigma2 : σ²
    """

    zz: Array
    zl: Array
    ll: float
    le: float
    trace: float
    trace_square: float
    n: int
    m: int
    sigma2: float


def observed(parts: Ingredients) -> Array:
    """Negative Hessian of the log-likelihood (Stata's xsmle, `vce(oim)`).

    H_bb = Z′Z/σ²; H_bρ = Z′ℓ/σ²; H_ρρ = T·tr(GG) + ℓ′ℓ/σ²; H_ρσ = ℓ′e/σ⁴;
    H_σσ = −NT/2σ⁴ + e′e/σ⁶, which is NT/2σ⁴ for e′e = NTσ²: true at a maximum, and taken as
    true where σ² was corrected afterwards.
    """
    s2 = parts.sigma2
    return _assemble(
        parts.zz / s2,
        parts.zl / s2,
        parts.m * parts.trace_square + parts.ll / s2,
        parts.le / s2**2,
        parts.n / (2 * s2**2),
    )


def expected(parts: Ingredients, zg: Array, gg: float, trace_cross: float) -> Array:
    """Expected information (Elhorst 2014, eq. 3.22; splm; spreg).

    I_bb = Z′Z/σ²; I_bρ = Z′(I_T⊗G)Zb/σ²; I_ρρ = T·tr(GG + G′G) + ‖(I_T⊗G)Zb‖²/σ²;
    I_ρσ = T·tr(G)/σ²; I_σσ = NT/2σ⁴. For the spatial error the terms in Zb are zero.

    Parameters
    ----------
    zg : Z′(I_T⊗G)Zb, shape (k,)
    gg : ‖(I_T⊗G)Zb‖²
    trace_cross : tr(G′G)
    """
    s2 = parts.sigma2
    return _assemble(
        parts.zz / s2,
        zg / s2,
        parts.m * (parts.trace_square + trace_cross) + gg / s2,
        parts.m * parts.trace / s2,
        parts.n / (2 * s2**2),
    )


def _assemble(bb: Array, br: Array, rr: float, rs: float, ss: float) -> Array:
    k = len(br)
    matrix = np.zeros((k + 2, k + 2))
    matrix[:k, :k] = bb
    matrix[:k, k] = matrix[k, :k] = br
    matrix[k, k] = rr
    matrix[k, k + 1] = matrix[k + 1, k] = rs
    matrix[k + 1, k + 1] = ss
    return matrix


def inverse(matrix: Array) -> Array:
    """Inverse of an information matrix, scaled first so that units do not matter.

    Raises
    ------
    numpy.linalg.LinAlgError
        The matrix is not positive definite.
    """
    scale = 1 / np.sqrt(np.abs(np.diag(matrix)))
    scaled = matrix * np.outer(scale, scale)
    np.linalg.cholesky(scaled)
    return np.asarray(np.linalg.inv(scaled) * np.outer(scale, scale))


def sandwich(bread: Array, scores: Array, groups: NDArray[np.intp] | None = None) -> Array:
    """H⁻¹ (Σ_g s_g s_g′) H⁻¹ with the scores summed within groups.

    Parameters
    ----------
    bread : H⁻¹, shape (p, p)
    scores : array, shape (N·T, p)
    groups : group number of each row; None: each row its own
    """
    sums = scores if groups is None else group_sums(scores, groups)
    return np.asarray(bread @ (sums.T @ sums) @ bread)


def group_sums(scores: Array, groups: NDArray[np.intp]) -> Array:
    """Scores summed within groups, shape (groups, p)."""
    sums = np.zeros((int(groups.max()) + 1, scores.shape[1]))
    np.add.at(sums, groups, scores)
    return sums


def driscoll_kraay(bread: Array, by_period: Array, bandwidth: int) -> Array:
    """H⁻¹ (Γ₀ + Σ_l w_l (Γ_l + Γ_l′)) H⁻¹, w_l = 1 − l/(L+1) (Driscoll and Kraay 1998).

    Parameters
    ----------
    bread : H⁻¹, shape (p, p)
    by_period : scores summed within periods, shape (T, p)
    bandwidth : L, periods over which shocks are correlated
    """
    meat = by_period.T @ by_period
    for lag in range(1, bandwidth + 1):
        gamma = by_period[lag:].T @ by_period[:-lag]
        meat += (1 - lag / (bandwidth + 1)) * (gamma + gamma.T)
    return np.asarray(bread @ meat @ bread)


def default_bandwidth(periods: int) -> int:
    """⌊4(T/100)^(2/9)⌋ (Newey and West 1994).

    >>> default_bandwidth(17)
    2
    """
    return int(np.floor(4 * (periods / 100) ** (2 / 9)))


def least_squares(parts: Ingredients) -> Array:
    """Information without a spatial coefficient: Z′Z/σ² and NT/2σ⁴."""
    k = len(parts.zz)
    matrix = np.zeros((k + 1, k + 1))
    matrix[:k, :k] = parts.zz / parts.sigma2
    matrix[k, k] = parts.n / (2 * parts.sigma2**2)
    return matrix

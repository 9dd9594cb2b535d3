"""Concentrated likelihoods of the spatial lag and the spatial error, and their maximum.

The data enter once, compressed to a small triangle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

import numpy as np
from scipy.linalg.lapack import dtrtrs
from scipy.optimize import brentq, minimize_scalar

from spillover.econometrics.spatialpanel.data import Array, SpatialPanelError
from spillover.econometrics.spatialpanel.determinant import LogDeterminant
from spillover.econometrics.spatialpanel.weights import SpatialWeights


def triangle(*blocks: Array) -> Array:
    """R of the QR decomposition of columns side by side: all their inner products."""
    stacked = np.concatenate([b if b.ndim == 2 else b[:, None] for b in blocks], axis=1)
    return np.asarray(np.linalg.qr(stacked, mode="r"))


def _back_substitute(R: Array, target: Array) -> Array:
    """R⁻¹v for an upper triangular R without zeros on its diagonal.

    LAPACK is called directly: the checks around it take ten times as long as a small solve.

    >>> _back_substitute(np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([4.0, 8.0]))
    array([1., 2.])
    """
    if not len(R):
        return np.zeros(0)
    solved, info = dtrtrs(R, target)
    if info:
        raise np.linalg.LinAlgError(f"zero on the diagonal of a triangle, at {info}")
    return np.asarray(solved)


@dataclass(frozen=True, eq=False)
class SpatialLag:
    """SSR(ρ) = ‖e₀ − ρe₁‖², e₀ = M_Z Qy and e₁ = M_Z ℓ (Elhorst 2014, ch. 3).

    Parameters
    ----------
    R : array, shape (k+2, k+2), triangle of [Z, Qy, ℓ]
    """

    R: Array

    @property
    def k(self) -> int:
        """Number of regressors."""
        return int(self.R.shape[1]) - 2

    @cached_property
    def _quadratic(self) -> tuple[float, float, float]:
        rest = self.R[self.k :, self.k :]
        e0, e1 = rest[:, 0], rest[:, 1]
        return float(e0 @ e0), float(e0 @ e1), float(e1 @ e1)

    def ssr(self, grid: Array) -> Array:
        """e₀′e₀ − 2ρe₀′e₁ + ρ²e₁′e₁."""
        a, b, c = self._quadratic
        return np.asarray(a - 2 * grid * b + grid**2 * c)

    def ssr_and_slope(self, coefficient: float) -> tuple[float, float]:
        """SSR(ρ) and SSR′(ρ)."""
        a, b, c = self._quadratic
        return a - 2 * coefficient * b + coefficient**2 * c, 2 * (coefficient * c - b)

    def slopes(self, coefficient: float) -> Array:
        """b = (Z′Z)⁻¹Z′(Qy − ρℓ)."""
        k = self.k
        target = self.R[:k, k] - coefficient * self.R[:k, k + 1]
        return _back_substitute(self.R[:k, :k], target)


@dataclass(frozen=True, eq=False)
class SpatialError:
    """SSR(λ) of the least-squares fit of y − λWy on Z − λWZ.

    Parameters
    ----------
    R : array, shape (≤ 2k+2, 2k+2), triangle of [Z, y, WZ, Wy], all within-transformed
    """

    R: Array

    @property
    def k(self) -> int:
        """Number of regressors."""
        return int(self.R.shape[1]) // 2 - 1

    def _filtered(self, coefficient: float) -> Array:
        """[Z − λWZ, y − λWy] in the coordinates of the triangle."""
        half = self.k + 1
        return np.asarray(self.R[:, :half] - coefficient * self.R[:, half:])

    @cached_property
    def _products(self) -> tuple[Array, Array, Array]:
        half = self.k + 1
        A, B = self.R[:, :half], self.R[:, half:]
        return A.T @ A, A.T @ B + B.T @ A, B.T @ B

    def ssr(self, grid: Array) -> Array:
        """By the Schur complement of the cross-products at each point."""
        p, q, r = self._products
        at = grid[:, None, None]
        gram = p - at * q + at**2 * r
        k = self.k
        if k == 0:
            return np.asarray(gram[:, 0, 0])
        solved = np.linalg.solve(gram[:, :k, :k], gram[:, :k, k:])[:, :, 0]
        return np.asarray(gram[:, k, k] - (gram[:, :k, k] * solved).sum(axis=1))

    def ssr_and_slope(self, coefficient: float) -> tuple[float, float]:
        """SSR(λ) and SSR′(λ) = −2v′e with v = Wy − WZb, by the envelope theorem."""
        weights = np.append(-self.slopes(coefficient), 1.0)
        e = self._filtered(coefficient) @ weights
        v = self.R[:, self.k + 1 :] @ weights
        return float(e @ e), float(-2 * (v @ e))

    def slopes(self, coefficient: float) -> Array:
        """Least squares of y − λWy on Z − λWZ."""
        columns = self._filtered(coefficient)
        k = self.k
        small = triangle(columns)
        return _back_substitute(small[:k, :k], small[:k, k])


@dataclass(frozen=True, eq=False)
class Likelihood:
    """lnL(ρ) = −n/2·[ln 2π + 1 + ln(SSR(ρ)/n)] + m·ln|I − ρW| − u·ln(1 − ρ).

    n is N·T and m is T in the ordinary likelihood; u is m where the transformation of Lee and
    Yu (2010) takes the unit eigenvalue out of W, and zero elsewhere.
    """

    problem: SpatialLag | SpatialError
    log_determinant: LogDeterminant
    n: int
    m: int
    u: int = 0

    def value(self, rho: float) -> float:
        """The log-likelihood at ρ."""
        ssr, _ = self.problem.ssr_and_slope(rho)
        jacobian = self.m * self.log_determinant.value(rho)
        if self.u:
            jacobian -= self.u * np.log1p(-rho)
        return float(gaussian(ssr, self.n) + jacobian)

    def score(self, rho: float) -> float:
        """Derivative of the concentrated log-likelihood."""
        ssr, slope = self.problem.ssr_and_slope(rho)
        jacobian = -self.m * self.log_determinant.trace(rho)
        if self.u:
            jacobian += self.u / (1 - rho)
        return -self.n / 2 * slope / ssr + jacobian

    def on_grid(self) -> Array:
        """The log-likelihood on the grid of the log-determinant."""
        grid = self.log_determinant.grid
        heights = -self.n / 2 * np.log(self.problem.ssr(grid)) + (
            self.m * self.log_determinant.on_grid
        )
        if self.u:
            heights = heights - self.u * np.log1p(-grid)
        return np.asarray(heights)

    def maximise(self) -> list[tuple[float, float]]:
        """Search the whole interval, then polish each local maximum.

        Returns
        -------
        Local maxima (log-likelihood, coefficient), the highest first

        Raises
        ------
        SpatialPanelError
            The likelihood rises towards an end of the interval, or is flat.
        """
        grid, heights = self.log_determinant.grid, self.on_grid()
        inner = np.flatnonzero((heights[1:-1] >= heights[:-2]) & (heights[1:-1] > heights[2:])) + 1
        if heights.argmax() in (0, len(grid) - 1):
            self._refuse_edge(float(grid[heights.argmax()]))
        peaks = [self._polish(grid[j - 1], grid[j], grid[j + 1]) for j in inner]
        return sorted(((self.value(rho), rho) for rho in peaks), reverse=True)

    def _polish(self, low: float, start: float, high: float) -> float:
        """The zero of the score near a peak of the grid."""
        edges = self.log_determinant.edges
        if edges is None:
            return self._zero(float(low), float(high))
        at, seen = int(np.searchsorted(edges, start)) - 1, set()
        while 0 <= at < len(edges) - 1 and at not in seen:
            seen.add(at)
            # a hair inside the stretch, so that the next one is not computed in vain
            margin = 1e-9 * (edges[at + 1] - edges[at])
            low, high = float(edges[at] + margin), float(edges[at + 1] - margin)
            step = int(self.score(high) > 0) - int(self.score(low) < 0)
            if step == 0:
                return self._zero(low, high)
            at += step
        if at in seen:
            # neighbouring stretches disagree by their rounding: the maximum is their border
            return float(edges[max(at, at - step)])
        self._refuse_edge(start)

    def _zero(self, low: float, high: float) -> float:
        if self.score(low) > 0 > self.score(high):
            return float(brentq(self.score, low, high, xtol=1e-14, rtol=1e-13))
        found = minimize_scalar(
            lambda rho: -self.value(rho),
            bounds=(low, high),
            method="bounded",
            options={"xatol": 1e-13},
        )
        return float(found.x)

    def _refuse_edge(self, rho: float) -> NoReturn:
        low, high = self.log_determinant.interval
        raise SpatialPanelError(
            f"the likelihood is highest at the edge of the interval ({low:.4f}, {high:.4f}) of the "
            f"spatial coefficient, near {rho:.4f}: the model does not fit; check W, the effects "
            "and the scale of the data"
        )


def gaussian(ssr: float, n: int) -> float:
    """−n/2·[ln 2π + 1 + ln(SSR/n)], the likelihood of residuals with σ² = SSR/n.

    >>> round(gaussian(2.0, 2), 6)
    -2.837877
    """
    return float(-n / 2 * (np.log(2 * np.pi) + 1 + np.log(ssr / n)))


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
        b = _back_substitute(R[:k, :k], R[:k, k])
        ssr = float(np.square(R[k:, k]).sum())
        return Estimate(b, None, ssr / n, gaussian(ssr, n), n, m)
    problem = SpatialLag(R) if spatial == "lag" else SpatialError(R)
    found = Likelihood(problem, weights.log_determinant, n, m, u).maximise()
    loglik, rho = found[0]
    others = tuple((r, height) for height, r in found[1:] if abs(r - rho) > 1e-6)
    ssr, _ = problem.ssr_and_slope(rho)
    return Estimate(problem.slopes(rho), rho, ssr / n, loglik, n, m, u, others)

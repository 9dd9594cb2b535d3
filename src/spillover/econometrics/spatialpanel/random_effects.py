"""Random entity effects: quasi-demeaning by θ = 1 − φ, estimated with the spatial coefficient.

y* = y − θȳ, φ² = σ²_ε/(Tσ²_μ + σ²_ε) (Elhorst 2014, ch. 3.3.2). For a spatial error the effects
pass through the same filter as the innovations (Kapoor, Kelejian and Prucha 2007).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.errors import SpatialPanelError
from spillover.econometrics.spatialpanel.estimation import Estimate, estimate
from spillover.econometrics.spatialpanel.information import Ingredients
from spillover.econometrics.spatialpanel.likelihood import triangle
from spillover.econometrics.spatialpanel.operator import SpatialWeights

Array = NDArray[np.float64]
_GRID = np.geomspace(1e-6, 1.0, 31)


@dataclass(frozen=True, eq=False)
class Split:
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
    def _triangles(self) -> tuple[Array, Array]:
        n, t = self.design.shape
        cube = self._columns.reshape(n, t, -1) - self.means[:, None, :]
        return triangle(cube.reshape(n * t, -1)), triangle(np.sqrt(t) * self.means)

    def between(self) -> Array:
        """Triangle of √T times the means."""
        return self._triangles[1]

    def within(self) -> Array:
        """Triangle of the deviations from the means."""
        return self._triangles[0]

    def at(self, phi: float) -> Array:
        """Triangle of the quasi-demeaned columns: within part and φ times the between part."""
        inner, outer = self._triangles
        return triangle(np.concatenate([inner, phi * outer]))

    def quasi_demeaned(self, phi: float) -> Design:
        """The design with v_it − (1 − φ)v_i· in place of v_it."""
        d = self.design
        n, t = d.shape
        moved = self._columns.reshape(n, t, -1) - (1 - phi) * self.means[:, None, :]
        flat = moved.reshape(n * t, -1)
        k = d.Z.shape[1]
        rest = flat[:, k + 1 :]
        return replace(
            d,
            Z=flat[:, :k],
            y=flat[:, k],
            lag_y=None if d.lag_y is None else rest[:, -1],
            lag_Z=None if d.lag_Z is None else rest[:, :-1],
        )


def estimate_random(
    design: Design, weights: SpatialWeights, spatial: str | None
) -> tuple[Estimate, Design]:
    """Maximise lnL(ρ, φ) = −NT/2·[ln 2π + 1 + ln(SSR/NT)] + T·ln|I − ρW| + N·ln φ.

    For each φ the rest is an ordinary spatial likelihood on quasi-demeaned data; φ follows from
    the sign of dlnL/dφ = N/φ − φ‖ē‖²/σ². φ = 1, no random effects, is the upper end.

    Raises
    ------
    SpatialPanelError
        T = 1, or φ → 0: the effects explain everything that varies between entities.
    """
    n, t = design.shape
    if t == 1:
        raise SpatialPanelError("the panel has one period (T = 1): no random effects exist")
    split = Split(design)

    def at(phi: float) -> Estimate:
        found = estimate(split.at(phi), weights, spatial, n * t, t)
        return replace(found, loglik=found.loglik + n * np.log(phi), phi=phi)

    def slope(phi: float) -> float:
        found = at(phi)
        e = _residual_coordinates(split.between(), spatial, found)
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


def _residual_coordinates(R: Array, spatial: str | None, at: Estimate) -> Array:
    """Residuals of the columns that R is the triangle of."""
    k = len(at.b)
    e = R[:, k] - R[:, :k] @ at.b
    if at.rho is None:
        return np.asarray(e)
    e -= at.rho * R[:, -1]
    if spatial == "error":
        e += at.rho * (R[:, k + 1 : -1] @ at.b)
    return np.asarray(e)


def border(hessian: Array, design: Design, spatial: str | None, at: Estimate) -> Array:
    """Add φ to an observed information, as its last row and column.

    H_φφ = N/φ² + ‖ē‖²/σ²; H_bφ = −2φZ̄′ē/σ²; H_ρφ = −2φℓ̄′ē/σ²; H_σφ = −φ‖ē‖²/σ⁴, where
    bars are √T times means over time of the columns before quasi-demeaning, and ē the residual
    of these means.

    Parameters
    ----------
    design : quasi-demeaned, so that its means are φ times those before
    """
    assert at.phi is not None
    n, t = design.shape
    mean = Split(design).means * (np.sqrt(t) / at.phi)
    e = _residual_coordinates(mean, spatial, at)
    k = len(at.b)
    z = mean[:, :k]
    if spatial == "error":
        z = z - (at.rho or 0.0) * mean[:, k + 1 : -1]
        v = mean[:, -1] - mean[:, k + 1 : -1] @ at.b
    else:
        v = mean[:, -1]
    cross = [*(z.T @ e)] if spatial is None else [*(z.T @ e), v @ e]
    edge = np.append(-2 * at.phi * np.array(cross) / at.sigma2, -at.phi * (e @ e) / at.sigma2**2)
    corner = n / at.phi**2 + float(e @ e) / at.sigma2
    return _bordered(hessian, edge, corner)


def border_expected(
    hessian: Array, design: Design, spatial: str | None, at: Estimate, parts: Ingredients
) -> Array:
    """Add φ to an expected information: I_φφ = 2N/φ², I_ρφ = −2tr(G)/φ, I_σφ = −N/φσ²."""
    assert at.phi is not None
    n = design.shape[0]
    edge = np.zeros(len(hessian))
    edge[-1] = -n / (at.phi * at.sigma2)
    if spatial is not None:
        edge[-2] = -2 * parts.trace / at.phi
    return _bordered(hessian, edge, 2 * n / at.phi**2)


def _bordered(matrix: Array, edge: Array, corner: float) -> Array:
    return np.block([[matrix, edge[:, None]], [edge[None, :], np.array([[corner]])]])


def score_phi(e: Array, shape: tuple[int, int], at: Estimate) -> Array:
    """Score of φ, spread evenly over an entity's rows: (1/φ − Tē_i²/φσ²)/T with ē_i of e*."""
    assert at.phi is not None
    n, t = shape
    mean = e.reshape(n, t).mean(axis=1)
    by_entity = (1 - t * mean**2 / at.sigma2) / at.phi
    return np.repeat(by_entity / t, t)

"""Direct, indirect and total effects of each regressor, with their standard errors.

Arithmetic on the estimates of one fit (LeSage and Pace 2009, ch. 2); it estimates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.special import ndtr

from spillover.econometrics.spatialpanel.errors import SpatialPanelError
from spillover.econometrics.spatialpanel.operator import SpatialWeights

Array = NDArray[np.float64]
Positions = NDArray[np.intp]
KINDS = ("direct", "indirect", "total")
_NODES = 24
COLUMNS = pd.MultiIndex.from_product([KINDS, ("effect", "std_error", "pvalue")])


@dataclass(frozen=True)
class Multipliers:
    """Averages of S = (I − ρW)⁻¹ and SW over the units, and their derivatives in ρ.

    direct_k = β_k·own + θ_k·own_lag; total_k = β_k·all + θ_k·all_lag, with
    own = tr(S)/N, own_lag = tr(SW)/N, all = 1′S1/N, all_lag = 1′SW1/N.
    """

    own: float
    own_lag: float
    all: float
    all_lag: float
    d_own: float = 0.0
    d_own_lag: float = 0.0
    d_all: float = 0.0
    d_all_lag: float = 0.0


def multipliers(weights: SpatialWeights, rho: float | None) -> Multipliers:
    """The averages for a spatial lag ρ, or without one (None: S = I).

    With S = I + ρG: tr(S) = N + ρtr(G), tr(SW) = tr(G), and dG/dρ = GG.
    """
    n = len(weights)
    if rho is None:
        return Multipliers(1.0, 0.0, 1.0, float(weights.row_sums.mean()))
    logdet = weights.log_determinant
    g, gg = logdet.trace(rho) / n, logdet.trace_square(rho) / n
    s1, ws1, sws1, wsws1 = _row_sums(weights, rho)
    return Multipliers(1 + rho * g, g, s1, ws1, g + rho * gg, gg, sws1, wsws1)


def _row_sums(weights: SpatialWeights, rho: float) -> tuple[float, float, float, float]:
    """Means of S1, WS1, SWS1 and WSWS1; powers of 1/(1 − ρ) where W is row-standardised."""
    if weights.row_standardised:
        a = 1 / (1 - rho)
        return a, a, a**2, a**2
    ones = np.ones((len(weights), 1))
    s = weights.multiplier(rho, ones)
    ws = weights.lag(s)
    sws = weights.multiplier(rho, ws)
    return float(s.mean()), float(ws.mean()), float(sws.mean()), float(weights.lag(sws).mean())


@dataclass(frozen=True, eq=False)
class EffectParts:
    """What the effects of one fit are made of.

    Attributes
    ----------
    weights : W
    params, cov : estimates with their covariance, ρ last where there is one
    own_of, lag_of : position of each β and θ in the parameters; −1 where X_k has no lag
    rho : spatial lag; None without one
    """

    weights: SpatialWeights
    params: Array
    cov: Array
    own_of: Positions
    lag_of: Positions
    rho: float | None

    @cached_property
    def multipliers(self) -> Multipliers:
        """Averages of S and SW at the estimates."""
        return multipliers(self.weights, self.rho)

    def coefficients(self, params: Array) -> tuple[Array, Array]:
        """β and θ of every regressor, θ = 0 where it is not lagged; last axis of params."""
        return params[..., self.own_of], np.where(self.lag_of >= 0, params[..., self.lag_of], 0.0)

    def point(self) -> Array:
        """Direct, indirect and total effects at the estimates, shape (K, 3)."""
        at = self.multipliers
        return combine(*self.coefficients(self.params), at.own, at.own_lag, at.all, at.all_lag)

    def gradient(self) -> Array:
        """Derivatives of the effects in the parameters, shape (K, 3, p)."""
        at = self.multipliers
        beta, theta = self.coefficients(self.params)
        rows = np.arange(len(beta))
        lagged = self.lag_of >= 0
        gradient = np.zeros((len(beta), 3, len(self.params)))
        gradient[rows, 0, self.own_of] = at.own
        gradient[rows, 2, self.own_of] = at.all
        gradient[rows[lagged], 0, self.lag_of[lagged]] = at.own_lag
        gradient[rows[lagged], 2, self.lag_of[lagged]] = at.all_lag
        if self.rho is not None:
            gradient[:, 0, -1] += beta * at.d_own + theta * at.d_own_lag
            gradient[:, 2, -1] += beta * at.d_all + theta * at.d_all_lag
        gradient[:, 1] = gradient[:, 2] - gradient[:, 0]
        return gradient

    def delta_errors(self) -> Array:
        """Standard errors of the effects by the delta method, shape (K, 3)."""
        gradient = self.gradient()
        variance = ((gradient @ self.cov) * gradient).sum(axis=2)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def simulate(self, draws: int, seed: int) -> Array:
        """Effects of parameters drawn from their joint normal, shape (draws, K, 3).

        Draws whose ρ falls outside its interval are drawn again.

        Raises
        ------
        SpatialPanelError
            Fewer than two draws, or most of them outside the interval of ρ.
        """
        if draws < 2:
            raise SpatialPanelError(f"draws={draws}; expected two or more")
        generator = np.random.default_rng(seed)
        drawn = generator.multivariate_normal(self.params, self.cov, size=2 * draws)
        if self.rho is not None:
            low, high = self.weights.interval
            drawn = drawn[(low < drawn[:, -1]) & (drawn[:, -1] < high)]
        drawn = drawn[:draws]
        if len(drawn) < draws:
            raise SpatialPanelError(
                "most draws of the spatial coefficient fall outside its interval: it is too "
                "imprecise for simulation; use method='delta'"
            )
        beta, theta = self.coefficients(drawn)
        if self.rho is None:
            at = self.multipliers
            return combine(beta, theta, at.own, at.own_lag, at.all, at.all_lag)
        own, own_lag, all_, all_lag = _averages(self.weights, drawn[:, -1])
        return combine(beta, theta, own, own_lag, all_, all_lag)


def combine(
    beta: Array,
    theta: Array,
    own: float | Array,
    own_lag: float | Array,
    all_: float | Array,
    all_lag: float | Array,
) -> Array:
    """Direct, indirect and total effects stacked on a last axis."""
    direct = beta * own + theta * own_lag
    total = beta * all_ + theta * all_lag
    return np.stack([direct, total - direct, total], axis=-1)


def _averages(weights: SpatialWeights, rhos: Array) -> tuple[Array, Array, Array, Array]:
    """own, own_lag, all and all_lag at many ρ, as columns; smooth in ρ, so interpolated."""
    middle, half = (rhos.max() + rhos.min()) / 2, max(np.ptp(rhos) / 2, 1e-8)
    nodes = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    found = [multipliers(weights, float(middle + half * node)) for node in nodes]
    values = np.array([[m.own, m.own_lag, m.all, m.all_lag] for m in found])
    weight = chebyshev.chebfit(nodes, values, _NODES - 1)
    own, own_lag, all_, all_lag = chebyshev.chebval((rhos - middle) / half, weight)
    return own[:, None], own_lag[:, None], all_[:, None], all_lag[:, None]


def effects_frame(effects: Array, errors: Array, names: pd.Index[Any]) -> pd.DataFrame:
    """Effects, errors and two-sided normal p-values side by side, one row for each regressor."""
    z = np.full(errors.shape, np.nan)
    np.divide(np.abs(effects), errors, out=z, where=errors > 0)
    table = np.stack([effects, errors, 2 * ndtr(-z)], axis=2)
    return pd.DataFrame(table.reshape(len(names), 9), index=names, columns=COLUMNS)

"""Direct, indirect and total effects of each regressor, with their standard errors.

Arithmetic on the estimates of one fit (LeSage and Pace 2009, ch. 2); it estimates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from spillover.spatialpanel.operator import SpatialWeights

Array = NDArray[np.float64]
Positions = NDArray[np.intp]
KINDS = ("direct", "indirect", "total")
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


def point_effects(beta: Array, theta: Array, at: Multipliers) -> Array:
    """Direct, indirect and total effects, shape (K, 3)."""
    direct = beta * at.own + theta * at.own_lag
    total = beta * at.all + theta * at.all_lag
    return np.stack([direct, total - direct, total], axis=1)


def coefficients(params: Array, own_of: Positions, lag_of: Positions) -> tuple[Array, Array]:
    """β and θ of every regressor, θ = 0 where it is not lagged; last axis of params."""
    return params[..., own_of], np.where(lag_of >= 0, params[..., lag_of], 0.0)


def delta_errors(
    params: Array, cov: Array, own_of: Positions, lag_of: Positions, at: Multipliers
) -> Array:
    """Standard errors of the effects by the delta method, shape (K, 3).

    Parameters
    ----------
    params, cov : estimates with their covariance, ρ last where there is one
    own_of, lag_of : position of each β and θ in the parameters; −1 where X_k has no lag
    """
    beta, theta = coefficients(params, own_of, lag_of)
    rows = np.arange(len(beta))
    lagged = lag_of >= 0
    gradient = np.zeros((len(beta), 3, len(cov)))
    gradient[rows, 0, own_of] = at.own
    gradient[rows, 2, own_of] = at.all
    gradient[rows[lagged], 0, lag_of[lagged]] = at.own_lag
    gradient[rows[lagged], 2, lag_of[lagged]] = at.all_lag
    gradient[:, 0, -1] += beta * at.d_own + theta * at.d_own_lag
    gradient[:, 2, -1] += beta * at.d_all + theta * at.d_all_lag
    gradient[:, 1] = gradient[:, 2] - gradient[:, 0]
    variance = ((gradient @ cov) * gradient).sum(axis=2)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def effects_frame(effects: Array, errors: Array, names: pd.Index[str]) -> pd.DataFrame:
    """Effects, errors and two-sided normal p-values side by side, one row for each regressor."""
    z = np.full(errors.shape, np.nan)
    np.divide(np.abs(effects), errors, out=z, where=errors > 0)
    table = np.stack([effects, errors, 2 * ndtr(-z)], axis=2)
    return pd.DataFrame(table.reshape(len(names), 9), index=names, columns=COLUMNS)

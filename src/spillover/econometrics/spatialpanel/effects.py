"""Direct, indirect and total effects of each regressor, with their standard errors.

Arithmetic on the estimates of one fit (LeSage and Pace 2009, ch. 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from spillover.econometrics.checks import whole
from spillover.econometrics.spatialpanel.data import Array, SpatialPanelError
from spillover.econometrics.spatialpanel.weights import SpatialWeights

KINDS = ("direct", "indirect", "total")
_LARGEST_MATRIX = 5000
_NODES = 24
# made once: as costly as a fit
_COLUMNS = pd.MultiIndex.from_product([KINDS, ("effect", "std_error", "pvalue")])


@dataclass(frozen=True)
class _Multipliers:
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


def _multipliers(weights: SpatialWeights, rho: float | None) -> _Multipliers:
    """The averages for a spatial lag ρ, or without one (None: S = I).

    With S = I + ρG: tr(S) = N + ρtr(G), tr(SW) = tr(G), and dG/dρ = GG.
    """
    n = len(weights)
    if rho is None:
        return _Multipliers(1.0, 0.0, 1.0, float(weights.row_sums.mean()))
    logdet = weights.log_determinant
    g, gg = logdet.trace(rho) / n, logdet.trace_square(rho) / n
    if weights.row_standardised:
        # S1 = WS1 = 1/(1 − ρ)
        s1 = ws1 = 1 / (1 - rho)
        sws1 = wsws1 = s1**2
    else:
        s = weights.multiplier(rho, np.ones((n, 1)))
        ws = weights.lag(s)
        sws = weights.multiplier(rho, ws)
        s1, ws1, sws1, wsws1 = (float(v.mean()) for v in (s, ws, sws, weights.lag(sws)))
    return _Multipliers(1 + rho * g, g, s1, ws1, g + rho * gg, gg, sws1, wsws1)


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
    own_of: NDArray[np.intp]
    lag_of: NDArray[np.intp]
    rho: float | None

    @cached_property
    def _at(self) -> _Multipliers:
        return _multipliers(self.weights, self.rho)

    def _coefficients(self, params: Array) -> tuple[Array, Array]:
        """β and θ of every regressor, θ = 0 where it is not lagged; last axis of params."""
        return params[..., self.own_of], np.where(self.lag_of >= 0, params[..., self.lag_of], 0.0)

    def point(self) -> Array:
        """Direct, indirect and total effects at the estimates, shape (K, 3)."""
        at = self._at
        return _combined(*self._coefficients(self.params), at.own, at.own_lag, at.all, at.all_lag)

    def gradient(self) -> Array:
        """Derivatives of the effects in the parameters, shape (K, 3, p)."""
        at = self._at
        beta, theta = self._coefficients(self.params)
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
        whole(draws, SpatialPanelError, "draws", 2)
        whole(seed, SpatialPanelError, "seed")
        if not np.isfinite(self.cov).all() or (np.diag(self.cov) < 0).any():
            raise SpatialPanelError(
                "the covariance of the estimates has missing or negative variances: there is "
                "nothing to draw from; use another cov_type"
            )
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
        beta, theta = self._coefficients(drawn)
        if self.rho is None:
            at = self._at
            return _combined(beta, theta, at.own, at.own_lag, at.all, at.all_lag)
        # the averages are smooth in ρ, so they are interpolated between Chebyshev points
        rhos = drawn[:, -1]
        middle, half = (rhos.max() + rhos.min()) / 2, max(np.ptp(rhos) / 2, 1e-8)
        nodes = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
        found = [_multipliers(self.weights, float(middle + half * node)) for node in nodes]
        values = np.array([[m.own, m.own_lag, m.all, m.all_lag] for m in found])
        series = chebyshev.chebfit(nodes, values, _NODES - 1)
        own, own_lag, all_, all_lag = chebyshev.chebval((rhos - middle) / half, series)
        return _combined(
            beta, theta, own[:, None], own_lag[:, None], all_[:, None], all_lag[:, None]
        )

    def matrix(self, k: int) -> Array:
        """∂y/∂x_k = (I − ρW)⁻¹(β_k I + θ_k W) at the estimates, shape (N, N)."""
        n = len(self.weights)
        self._check_size(n)
        beta, theta = (float(values[k]) for values in self._coefficients(self.params))
        own = beta * np.eye(n) + theta * self.weights.matrix.toarray()
        return own if self.rho is None else self.weights.multiplier(self.rho, own)

    def by_order(self, k: int, orders: int) -> list[tuple[float, float, float]]:
        """Direct, indirect and total effect of x_k through each power of W, from 0 to `orders`."""
        n = len(self.weights)
        self._check_size(n)
        beta, theta = (float(values[k]) for values in self._coefficients(self.params))
        rho, power = self.rho or 0.0, np.eye(n)
        rows = [(beta, 0.0, beta)]
        for order in range(1, orders + 1):
            power = self.weights.lag(power)
            scale = beta * rho**order + theta * rho ** (order - 1)
            direct, total = scale * np.trace(power) / n, scale * power.sum() / n
            rows.append((direct, total - direct, total))
        return rows

    @staticmethod
    def _check_size(n: int) -> None:
        if n > _LARGEST_MATRIX:
            raise SpatialPanelError(
                f"the matrix of effects would have {n} × {n} cells; it is made for up to "
                f"{_LARGEST_MATRIX} entities: use effects() for their averages"
            )


def _combined(
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


def two_sided(statistic: Array, df: int | None) -> Array:
    """Two-sided p-values from t(df), or from the normal distribution without df."""
    size = -np.abs(statistic)
    return np.asarray(2 * (ndtr(size) if df is None else stdtr(df, size)))


def quantile(share: float, df: int | None) -> float:
    """Quantile of t(df), or of the normal distribution without df."""
    return float(ndtri(share) if df is None else stdtrit(df, share))


def effects_frame(
    effects: Array, errors: Array, names: pd.Index[Any], df: int | None = None
) -> pd.DataFrame:
    """Effects, errors and two-sided p-values side by side, one row for each regressor.

    `attrs["df"]` keeps the degrees of freedom, for intervals.
    """
    z = np.full(errors.shape, np.nan)
    np.divide(np.abs(effects), errors, out=z, where=errors > 0)
    table = np.stack([effects, errors, two_sided(z, df)], axis=2)
    frame = pd.DataFrame(table.reshape(len(names), 9), index=names, columns=_COLUMNS)
    frame.attrs["df"] = df
    return frame

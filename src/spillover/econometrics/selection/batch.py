"""LM statistics and maxima of likelihoods of many outcomes at once, for tests and bootstraps.

All outcomes share W, X and effects, so that what depends on these alone is computed once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spillover.econometrics.spatialpanel import SpatialPanel
from spillover.econometrics.spatialpanel.corrections import likelihood_counts
from spillover.econometrics.spatialpanel.data import Array, absorbed, within
from spillover.econometrics.spatialpanel.design import Design


class Scores(NamedTuple):
    """What LM statistics are made of; one value for each outcome.

    Attributes
    ----------
    lag, error : e′Wy/σ² and e′We/σ², less their expectations where standardised
    spread : variance of `error`
    signal : (WZb)′M(WZb)/σ², which `spread` lacks of the variance of `lag`
    """

    lag: Array
    error: Array
    spread: float
    signal: Array

    def statistics(self) -> Array:
        """LM lag, error, robust lag, robust error and joint, shape (5, B)."""
        whole = self.signal + self.spread
        share = self.spread / whole
        error = self.error**2 / self.spread
        robust_lag = (self.lag - self.error) ** 2 / self.signal
        robust_error = (self.error - share * self.lag) ** 2 / (self.spread * (1 - share))
        return np.array([self.lag**2 / whole, error, robust_lag, robust_error, error + robust_lag])


def lagrange_scores(design: Design, outcomes: Array, *, standardised: bool) -> Scores:
    """Scores of ρ and λ at zero, see `lagrange_tests` for both versions.

    Parameters
    ----------
    design : of a model without spatial coefficient
    outcomes : array, shape (N·T, B), as the panel's rows
    """
    weights, (n, t), effects = design.weights, design.shape, design.spec.fixed_effects
    basis = np.linalg.qr(design.Z)[0]
    y = within(outcomes, (n, t), effects)
    fitted = basis @ (basis.T @ y)
    e = y - fitted
    # e is orthogonal to the effects, so that e′Wy needs no demeaning of Wy
    lag_e, lag_fitted = weights.lag(e), weights.lag(fitted)
    error = (e * lag_e).sum(axis=0)
    lag = (e * weights.lag(np.ascontiguousarray(outcomes))).sum(axis=0)
    square = (e * e).sum(axis=0)
    if not standardised:
        sigma2 = square / (n * t)
        # M = I − Z(Z′Z)⁻¹Z′ over all N·T rows
        moved = lag_fitted - basis @ (basis.T @ lag_fitted)
        signal = (moved * moved).sum(axis=0) / sigma2
        return Scores(lag / sigma2, error / sigma2, t * sum(weights.trace_moments), signal)
    rows = n * t - absorbed((n, t), effects) - design.Z.shape[1]
    sigma2 = square / rows
    mean, spread = residual_moments(design, basis, rows)
    moved = within(weights.lag(np.ascontiguousarray(outcomes)) - lag_e, (n, t), effects)
    moved = moved - basis @ (basis.T @ moved)
    signal = (moved * moved).sum(axis=0) / sigma2
    return Scores(lag / sigma2 - mean, error / sigma2 - mean, spread, signal)


def residual_moments(design: Design, basis: Array, rows: int) -> tuple[float, float]:
    """Mean and variance of e′We/(e′e/rows) for normal errors, e = Mu (Cliff and Ord 1981).

    With A = MWM and symmetric part S: tr(A) and
    rows²·[2 tr(SS) + tr(A)²]/[rows(rows + 2)] − tr(A)², M = Q − BB′, B an orthonormal `basis` of
    the demeaned regressors, Q the within transformation.
    """
    weights, (n, t), effects = design.weights, design.shape, design.spec.fixed_effects
    W = weights.matrix
    periods = t - 1 if effects in ("entity", "twoway") else t
    square, cross = weights.trace_moments
    trace = 0.0
    if effects in ("time", "twoway"):
        # without the mean over entities: W − JW − WJ + JWJ, J = 11′/N
        row, column = weights.row_sums, np.asarray(W.sum(axis=0)).ravel()
        total = float(row.sum())
        trace -= total / n
        square += (total / n) ** 2 - 2 * float(column @ row) / n
        cross += (total / n) ** 2 - (float(row @ row) + float(column @ column)) / n
    lagged = within(weights.lag(basis), (n, t), effects)
    back = _transposed_lag(design, basis)
    inner = basis.T @ lagged
    mean = periods * trace - float(np.trace(inner))
    own = periods * square - 2 * float((back * lagged).sum()) + float((inner * inner.T).sum())
    sizes = float((lagged * lagged).sum()) + float((back * back).sum())
    both = periods * cross - sizes + float((inner * inner).sum())
    spread = rows / (rows + 2) * (own + both + mean**2) - mean**2
    return mean, spread


def _transposed_lag(design: Design, columns: Array) -> Array:
    """Q(I_T ⊗ W′)V for entity-major columns."""
    wide = columns.reshape(design.shape[0], -1)
    lagged = np.asarray(design.weights.matrix.T @ wide).reshape(columns.shape)
    return within(lagged, design.shape, design.spec.fixed_effects)


def maxima(model: SpatialPanel, outcomes: Array, rows: int | None = None) -> Array:
    """Maximum of a model's log-likelihood for each outcome, shape (B,).

    The likelihood is computed on the grid of the log-determinant, and its highest point taken
    from a cubic spline through it.

    Parameters
    ----------
    model : without random effects
    outcomes : array, shape (N·T, B), as the panel's rows
    rows : n of the likelihood; None: the model's own. Without a spatial coefficient, that of the
        model to compare with
    """
    design, spec = model.design, model.spec
    weights, shape, effects = design.weights, design.shape, spec.fixed_effects
    own, m, u = likelihood_counts(design)
    n = own if rows is None else rows
    y = within(outcomes, shape, effects)
    if spec.spatial is None:
        return _gaussian(_unexplained(design.Z, y), n)
    if spec.lag_after_demeaning:
        lagged = weights.lag(np.ascontiguousarray(y))
    else:
        lagged = within(weights.lag(np.ascontiguousarray(outcomes)), shape, effects)
    determinant = weights.log_determinant
    grid = determinant.grid
    if design.lag_Z is None:
        basis = np.linalg.qr(design.Z)[0]
        e0, e1 = (v - basis @ (basis.T @ v) for v in (y, lagged))
        a, b, c = ((v * w).sum(axis=0) for v, w in ((e0, e0), (e0, e1), (e1, e1)))
        ssr = a - 2 * grid[:, None] * b + grid[:, None] ** 2 * c
    else:
        ssr = _filtered_ssr(design.Z, design.lag_Z, y, lagged, grid)
    jacobian = m * determinant.on_grid - (u * np.log1p(-grid) if u else 0.0)
    return _peaks(grid, _gaussian(ssr, n) + jacobian[:, None])


def _gaussian(ssr: Array, n: int) -> Array:
    return np.asarray(-n / 2 * (np.log(2 * np.pi) + 1 + np.log(ssr / n)))


def _unexplained(Z: Array, y: Array) -> Array:
    basis = np.linalg.qr(Z)[0]
    e = y - basis @ (basis.T @ y)
    return np.asarray((e * e).sum(axis=0))


def _filtered_ssr(Z: Array, lag_Z: Array, y: Array, lag_y: Array, grid: Array) -> Array:
    """SSR(λ) of y − λWy on Z − λWZ at each point of the grid, shape (points, B)."""
    k = Z.shape[1]
    basis, R = np.linalg.qr(np.concatenate([Z, lag_Z], axis=1))
    inside, lag_inside = basis.T @ y, basis.T @ lag_y
    a, b, c = ((v * w).sum(axis=0) for v, w in ((y, y), (y, lag_y), (lag_y, lag_y)))
    found = np.empty((len(grid), y.shape[1]))
    for place, rho in enumerate(grid):
        span = np.linalg.qr(R[:, :k] - rho * R[:, k:])[0]
        explained = span.T @ (inside - rho * lag_inside)
        found[place] = a - 2 * rho * b + rho**2 * c - (explained * explained).sum(axis=0)
    return found


def _peaks(grid: Array, heights: Array) -> Array:
    """Highest value of a cubic spline through each column."""
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(grid, heights)
    best = np.clip(heights.argmax(axis=0), 1, len(grid) - 2)
    column = np.arange(heights.shape[1])
    top = heights.max(axis=0)
    for piece in (best - 1, best):
        c3, c2, c1, c0 = (part[piece, column] for part in spline.c)
        width = grid[piece + 1] - grid[piece]
        # zero of the slope 3c₃x² + 2c₂x + c₁ where it falls, written so that c₃ may be zero
        root = np.sqrt(np.maximum(c2**2 - 3 * c3 * c1, 0.0))
        x = np.clip(c1 / np.where(root - c2 == 0, 1.0, root - c2), 0.0, width)
        top = np.maximum(top, c0 + x * (c1 + x * (c2 + x * c3)))
    return np.asarray(top)

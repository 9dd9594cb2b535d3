"""One unknown border: Hansen's threshold regression for panels, with a bootstrap test.

The exposure has one coefficient below a value of the ranking figure and another above it; whether
there is a border at all is tested first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.heterogeneity.fitting import Fit, HeterogeneityError, least_squares
from spillover.econometrics.heterogeneity.groups import counted, read, units
from spillover.econometrics.spatialpanel.data import PanelData, within

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Threshold:
    """A threshold regression.

    Attributes
    ----------
    value : float
        Estimated border: the largest value of the figure in the lower regime.
    coefficients : DataFrame
        "below" and "above": estimate, std_error, pvalue, low, high, clustered by entity and
        conditional on the border.
    statistic, pvalue : float
        sup F of no border, and its bootstrap p-value.
    interval : tuple of float
        Smallest and largest border that the likelihood ratio does not reject at `level`.
    profile : DataFrame
        By candidate border: ssr, likelihood_ratio, units_below.
    draws, seed : int
        Of the bootstrap.
    """

    value: float
    coefficients: pd.DataFrame
    statistic: float
    pvalue: float
    interval: tuple[float, float]
    profile: pd.DataFrame
    draws: int
    seed: int


def threshold(
    y: pd.Series,
    X: pd.DataFrame,
    exposure: str,
    by: pd.Series,
    fixed_effects: str = "twoway",
    trim: float = 0.15,
    draws: int = 499,
    seed: int = 0,
    level: float = 0.95,
) -> Threshold:
    """Search a border in the exposure's coefficient (Hansen 1999, Journal of Econometrics 93).

    y = β₁·x·1(z ≤ γ) + β₂·x·1(z > γ) + controls + effects + e, γ̂ by least squares over the values
    of z. F = (S₀ − S(γ̂))/σ̂² has no tabulated distribution, as γ does not exist without a border:
    its p-value comes from samples made without one, in which each entity gets the whole residual
    vector of an entity drawn at random. The interval holds the γ with (S(γ) − S(γ̂))/σ̂² at most
    −2·ln(1 − √level); it supposes errors independent over time, and is too short without entity
    effects.

    Parameters
    ----------
    by : Series
        The figure z by entity.
    trim : float
        Least share of the entities on either side.

    Raises
    ------
    HeterogeneityError
        Nothing to search.
    """
    data, z = read(y, X, exposure, by, fixed_effects)
    z = z.astype(float)
    x = data.X[:, data.names.index(exposure)]
    candidates = _candidates(by, trim)
    below = np.column_stack([x * (z <= c) for c in candidates])
    constant = [np.ones(len(x))] if fixed_effects == "none" else []
    moved = within(np.column_stack([data.X, *constant, data.y]), data.shape, fixed_effects)
    Q, _ = np.linalg.qr(moved[:, :-1])
    e = moved[:, -1] - Q @ (Q.T @ moved[:, -1])
    D = within(below, data.shape, fixed_effects)
    D = D - Q @ (Q.T @ D)
    gains = _gains(D, e[:, None])[:, 0]
    if not np.isfinite(gains).any():
        raise HeterogeneityError("no candidate border can be estimated; lower trim")
    best, s0 = int(np.nanargmax(gains)), float(e @ e)
    taken = counted(data.shape, fixed_effects, "heteroskedastic")
    left = len(e) - moved.shape[1] - taken
    variance = (s0 - gains[best]) / left
    statistic = float(gains[best] / variance)
    drawn = _bootstrap(e, Q, D, data, fixed_effects, left, draws, seed)
    profile = _profile(candidates, s0 - gains, variance, by)
    kept = profile.index[profile["likelihood_ratio"] <= -2 * np.log(1 - np.sqrt(level))]
    return Threshold(
        float(candidates[best]),
        _regimes(data, z, x, exposure, float(candidates[best]), fixed_effects, level),
        statistic,
        float((1 + (drawn >= statistic).sum()) / (1 + draws)),
        (float(kept.min()), float(kept.max())),
        profile,
        draws,
        seed,
    )


def _profile(candidates: Array, ssr: Array, variance: float, by: pd.Series) -> pd.DataFrame:
    """Fit of every candidate border."""
    table = {
        "ssr": ssr,
        "likelihood_ratio": (ssr - np.nanmin(ssr)) / variance,
        "units_below": [int((by <= c).sum()) for c in candidates],
    }
    return pd.DataFrame(table, pd.Index(candidates, name="border"))


def _candidates(by: pd.Series, trim: float) -> Array:
    """Values of the figure that leave at least `trim` of the entities on either side."""
    values = np.unique(by.to_numpy(dtype=float))
    share = np.array([(by <= v).mean() for v in values])
    inside = values[(share >= trim - 1e-12) & (share <= 1 - trim + 1e-12)]
    if not len(inside):
        raise HeterogeneityError(f"trim={trim} leaves no candidate border; lower it")
    return inside


def _gains(D: Array, e: Array) -> Array:
    """Fall in the sum of squares when a column of D is added, for every column of e."""
    norm = (D**2).sum(axis=0)
    usable = norm > 1e-10 * norm.max()
    gains = np.full((D.shape[1], e.shape[1]), np.nan)
    gains[usable] = (D[:, usable].T @ e) ** 2 / norm[usable, None]
    return gains


def _bootstrap(
    e: Array,
    Q: Array,
    D: Array,
    data: PanelData,
    fixed_effects: str,
    left: int,
    draws: int,
    seed: int,
) -> Array:
    """sup F of samples without a border; regressors and their coefficients drop out of it."""
    rng = np.random.default_rng(seed)
    n, t = data.shape
    whom = rng.integers(n, size=(draws, n))
    made = e.reshape(n, t)[whom].reshape(draws, n * t).T
    made = within(np.ascontiguousarray(made), data.shape, fixed_effects)
    made = made - Q @ (Q.T @ made)
    best = np.nanmax(_gains(D, made), axis=0)
    return np.asarray(best / (((made**2).sum(axis=0) - best) / left))


def _regimes(
    data: PanelData,
    z: Array,
    x: Array,
    exposure: str,
    value: float,
    fixed_effects: str,
    level: float,
) -> pd.DataFrame:
    """Coefficients on both sides of a border."""
    controls = np.delete(data.X, data.names.index(exposure), axis=1)
    constant = [np.ones(len(x))] if fixed_effects == "none" else []
    columns = np.column_stack([x * (z <= value), x * (z > value), controls, *constant, data.y])
    moved = within(columns, data.shape, fixed_effects)
    taken = counted(data.shape, fixed_effects, "clustered")
    fit: Fit = least_squares(moved[:, -1], moved[:, :-1], units(data), "clustered", taken)
    estimate, error = fit.linear(np.eye(len(fit.b))[:2])
    reach = fit.reach(level) * error
    return pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": error,
            "pvalue": fit.pvalues(estimate, error),
            "low": estimate - reach,
            "high": estimate + reach,
        },
        index=["below", "above"],
    )

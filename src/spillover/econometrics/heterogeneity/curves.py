"""The exposure's coefficient over the figure that ranks the entities: smooth, or with one jump.

A line, a natural cubic spline, or local regressions with kernel weights, each with a band; and
Hansen's threshold regression, one unknown border with a bootstrap test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spillover.econometrics.heterogeneity.groups import (
    HeterogeneityError,
    demeaned,
    least_squares,
    numbered,
    read,
    taken_by,
)
from spillover.econometrics.spatialpanel.data import Array, within


@dataclass(frozen=True, eq=False)
class Curve:
    """A coefficient over the range of a figure.

    Attributes
    ----------
    points : DataFrame
        Indexed by the figure's value: estimate, std_error, low, high (pointwise).
    test : dict or None
        F test that the coefficient is constant; None for local regressions.
    kind : str
        "linear", "spline" or "local".
    """

    points: pd.DataFrame
    test: dict[str, float] | None
    kind: str


def natural_spline(values: Array, knots: Array) -> Array:
    """Natural cubic spline without its constant, linear beyond the outer knots.

    z and d_j(z) − d_{K−1}(z), d_j = [(z − ξ_j)₊³ − (z − ξ_K)₊³]/(ξ_K − ξ_j) for j < K − 1 (Hastie,
    Tibshirani and Friedman 2009, eq. 5.4), shape (n, K − 1); knots are ascending.
    """
    cubes = np.maximum(values[:, None] - knots, 0.0) ** 3
    d = (cubes[:, :-1] - cubes[:, [-1]]) / (knots[-1] - knots[:-1])
    return np.column_stack([values, d[:, :-1] - d[:, [-1]]])


def varying(
    y: pd.Series,
    X: pd.DataFrame,
    exposure: str,
    by: pd.Series,
    fixed_effects: str = "twoway",
    basis: str = "linear",
    knots: int = 4,
    points: int = 41,
    level: float = 0.95,
) -> Curve:
    """Estimate β(z) = b₀ + Σ b_j B_j(z) with controls in common, errors clustered by entity.

    Parameters
    ----------
    by : Series
        The figure z by entity; ranks spread evenly make the fewest assumptions.
    fixed_effects : str
        Where they leave differences between entities, B_j(z) enter on their own too.
    basis : str
        "linear" or "spline" with `knots` knots at even quantiles.

    Raises
    ------
    HeterogeneityError
        Unknown basis, an entity without a value, too many knots.
    """
    if basis not in ("linear", "spline"):
        raise HeterogeneityError(f"basis={basis!r}; choose from ['linear', 'spline']")
    places = np.quantile(by, np.linspace(0.05, 0.95, knots))

    def B(z: Array) -> Array:
        return natural_spline(z, places) if basis == "spline" else z[:, None]

    data, z = read(y, X, exposure, by, fixed_effects)
    own = B(z.astype(float))
    at, q = data.names.index(exposure), own.shape[1]
    x = data.X[:, [at]]
    parts = [x, x * own, np.delete(data.X, at, axis=1)]
    if fixed_effects in ("none", "time"):
        parts.append(own)
    fit = least_squares(
        within(data.y[:, None], data.shape, fixed_effects)[:, 0],
        demeaned(np.column_stack(parts), data.shape, fixed_effects),
        numbered(data.shape),
        taken=taken_by(data.shape, fixed_effects, "clustered"),
    )
    grid = np.linspace(float(by.min()), float(by.max()), points)
    rows = np.zeros((points, len(fit.b)))
    rows[:, 0], rows[:, 1 : 1 + q] = 1.0, B(grid)
    band = fit.combinations(rows, pd.Index(grid, name="value"), level)
    test = fit.wald(np.eye(len(fit.b))[1 : 1 + q])
    return Curve(band.drop(columns=["tstat", "pvalue"]), test, basis)


def local(
    y: pd.Series,
    X: pd.DataFrame,
    exposure: str,
    by: pd.Series,
    fixed_effects: str = "twoway",
    bandwidth: float = 0.2,
    points: int = 41,
    level: float = 0.95,
) -> Curve:
    """Estimate the whole regression anew at each z₀, entities weighted by exp(−½((z − z₀)/h)²).

    Parameters
    ----------
    bandwidth : float
        h, in units of the figure.

    Returns
    -------
    Curve
        ``points`` also has ``effective_units`` = (Σw)²/Σw²: how many entities a point rests on.

    Raises
    ------
    HeterogeneityError
        A bandwidth that is not positive, or so small that regressors become collinear.
    """
    if bandwidth <= 0:
        raise HeterogeneityError(f"bandwidth={bandwidth}; expected a positive number")
    data, z = read(y, X, exposure, by, fixed_effects)
    z = z.astype(float)
    at, taken = data.names.index(exposure), taken_by(data.shape, fixed_effects, "clustered")
    # weights are constant within an entity: entity means need none, year means are weighted ones
    entity = "entity" if fixed_effects in ("entity", "twoway") else "none"
    cube = within(np.column_stack([data.X, data.y]), data.shape, entity).reshape(*data.shape, -1)
    constant = [np.ones(len(z))] if fixed_effects == "none" else []
    lines = []
    for value in np.linspace(float(by.min()), float(by.max()), points):
        w = np.exp(-0.5 * ((z - value) / bandwidth) ** 2)
        moved = cube
        if fixed_effects in ("time", "twoway"):
            mass = w.reshape(data.shape)[:, :1, None]
            moved = cube - (cube * mass).sum(axis=0) / mass.sum()
        columns = moved.reshape(len(z), -1)
        Z = np.column_stack([columns[:, :-1], *constant])
        fit = least_squares(columns[:, -1], Z, numbered(data.shape), taken=taken, weights=w)
        line = fit.combinations(np.eye(len(fit.b))[[at]], [value], level)
        lines.append(line.assign(effective_units=w.sum() ** 2 / (w**2).sum() / data.shape[1]))
    table = pd.concat(lines).rename_axis("value").drop(columns=["tstat", "pvalue"])
    return Curve(table, None, "local")


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
    (n, t), z = data.shape, z.astype(float)
    at = data.names.index(exposure)
    x, controls = data.X[:, at], np.delete(data.X, at, axis=1)
    values = np.unique(by.to_numpy(dtype=float))
    share = np.array([(by <= v).mean() for v in values])
    borders = values[(share >= trim - 1e-12) & (share <= 1 - trim + 1e-12)]
    if not len(borders):
        raise HeterogeneityError(f"trim={trim} leaves no candidate border; lower it")

    # S₀ − S(γ): the squared projection of e on the part of x·1(z ≤ γ) that is new beside X
    Z = demeaned(data.X, data.shape, fixed_effects)
    Q, _ = np.linalg.qr(Z)
    e = within(data.y[:, None], data.shape, fixed_effects)[:, 0]
    e = e - Q @ (Q.T @ e)
    D = within(np.column_stack([x * (z <= c) for c in borders]), data.shape, fixed_effects)
    D = D - Q @ (Q.T @ D)
    norm = (D**2).sum(axis=0)
    usable = norm > 1e-10 * norm.max()

    def gains(residuals: Array) -> Array:
        out = np.full((D.shape[1], residuals.shape[1]), np.nan)
        out[usable] = (D[:, usable].T @ residuals) ** 2 / norm[usable, None]
        return out

    gain, s0 = gains(e[:, None])[:, 0], float(e @ e)
    if not np.isfinite(gain).any():
        raise HeterogeneityError("no candidate border can be estimated; lower trim")
    best = int(np.nanargmax(gain))
    value = float(borders[best])
    # one more coefficient than Z has: the exposure's on the other side of the border
    left = len(e) - Z.shape[1] - 1 - taken_by(data.shape, fixed_effects, "heteroskedastic")
    variance = (s0 - gain[best]) / left
    statistic = float(gain[best] / variance)

    # samples without a border; regressors and their coefficients drop out of sup F
    whom = np.random.default_rng(seed).integers(n, size=(draws, n))
    made = e.reshape(n, t)[whom].reshape(draws, n * t).T
    made = within(np.ascontiguousarray(made), data.shape, fixed_effects)
    made = made - Q @ (Q.T @ made)
    largest = np.nanmax(gains(made), axis=0)
    drawn = largest / (((made**2).sum(axis=0) - largest) / left)

    ratio = (gain[best] - gain) / variance
    profile = pd.DataFrame(
        {
            "ssr": s0 - gain,
            "likelihood_ratio": ratio,
            "units_below": [int((by <= c).sum()) for c in borders],
        },
        pd.Index(borders, name="border"),
    )
    kept = borders[ratio <= -2 * np.log(1 - np.sqrt(level))]
    regimes = np.column_stack([x * (z <= value), x * (z > value), controls])
    fit = least_squares(
        within(data.y[:, None], data.shape, fixed_effects)[:, 0],
        demeaned(regimes, data.shape, fixed_effects),
        numbered(data.shape),
        taken=taken_by(data.shape, fixed_effects, "clustered"),
    )
    coefficients = fit.combinations(np.eye(len(fit.b))[:2], ["below", "above"], level)
    return Threshold(
        value,
        coefficients.drop(columns="tstat"),
        statistic,
        float((1 + (drawn >= statistic).sum()) / (1 + draws)),
        (float(kept.min()), float(kept.max())),
        profile,
        draws,
        seed,
    )

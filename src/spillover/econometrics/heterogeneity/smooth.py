"""The exposure's coefficient as a smooth function of the figure that ranks the provinces.

A line, a natural cubic spline, or local regressions with kernel weights, each with a band; groups
with borders are in :mod:`.groups`, one unknown border in :mod:`.threshold`.
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
BASES = ("linear", "spline")


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
    Tibshirani and Friedman 2009, eq. 5.4).

    Parameters
    ----------
    values : array, shape (n,)
    knots : array, shape (K,), ascending

    Returns
    -------
    array, shape (n, K − 1)
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
        The figure z by entity; ranks spread evenly (:func:`.rankings.percentile`) make the
        fewest assumptions.
    fixed_effects : str
        Where they leave differences between entities, B_j(z) enter on their own too.
    basis : str
        "linear" or "spline" with `knots` knots at even quantiles.

    Raises
    ------
    HeterogeneityError
        Unknown basis, an entity without a value, too many knots.
    """
    if basis not in BASES:
        raise HeterogeneityError(f"basis={basis!r}; choose from {list(BASES)}")
    data, z = read(y, X, exposure, by, fixed_effects)
    z = z.astype(float)
    at = np.quantile(by, np.linspace(0.05, 0.95, knots)) if basis == "spline" else None
    B = _basis(z, at)
    x = data.X[:, [data.names.index(exposure)]]
    parts = [x, x * B, np.delete(data.X, data.names.index(exposure), axis=1)]
    if fixed_effects in ("none", "time"):
        parts.append(B)
    fit = _clustered(data, np.column_stack(parts), fixed_effects)
    grid = np.linspace(float(by.min()), float(by.max()), points)
    extra = np.zeros((points, len(fit.b) - 1 - B.shape[1]))
    rows = np.column_stack([np.ones(points), _basis(grid, at), extra])
    restriction = np.eye(len(fit.b))[1 : 1 + B.shape[1]]
    return Curve(_band(fit, rows, grid, level), fit.wald(restriction), basis)


def _basis(z: Array, knots: Array | None) -> Array:
    return z[:, None] if knots is None else natural_spline(z, knots)


def _clustered(data: PanelData, X: Array, fixed_effects: str) -> Fit:
    moved = within(np.column_stack([X, data.y]), data.shape, fixed_effects)
    X = moved[:, :-1]
    X = np.column_stack([X, np.ones(len(X))]) if fixed_effects == "none" else X
    taken = counted(data.shape, fixed_effects, "clustered")
    return least_squares(moved[:, -1], X, units(data), "clustered", taken)


def _band(fit: Fit, rows: Array, grid: Array, level: float) -> pd.DataFrame:
    estimate, error = fit.linear(rows)
    reach = fit.reach(level) * error
    table = {"estimate": estimate, "std_error": error}
    return pd.DataFrame(
        {**table, "low": estimate - reach, "high": estimate + reach}, pd.Index(grid, name="value")
    )


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
        ``points`` also has ``effective_units`` = (Σw)²/Σw²: how many provinces a point rests on.

    Raises
    ------
    HeterogeneityError
        A bandwidth that is not positive, or so small that regressors become collinear.
    """
    if bandwidth <= 0:
        raise HeterogeneityError(f"bandwidth={bandwidth}; expected a positive number")
    data, z = read(y, X, exposure, by, fixed_effects)
    z = z.astype(float)
    grid = np.linspace(float(by.min()), float(by.max()), points)
    place = data.names.index(exposure)
    rows = []
    for value in grid:
        w = np.exp(-0.5 * ((z - value) / bandwidth) ** 2)
        fit = _weighted(data, w, fixed_effects)
        one = np.eye(len(fit.b))[[place]]
        point = _band(fit, one, np.array([value]), level).iloc[0]
        rows.append({**point, "effective_units": w.sum() ** 2 / (w**2).sum() / data.shape[1]})
    return Curve(pd.DataFrame(rows, pd.Index(grid, name="value")), None, "local")


def _weighted(data: PanelData, w: Array, fixed_effects: str) -> Fit:
    """Weighted regression with effects; weights are constant within an entity.

    Entity means then need no weights, and year means of what is left are weighted ones.
    """
    columns = np.column_stack([data.X, data.y])
    if fixed_effects in ("entity", "twoway"):
        columns = within(columns, data.shape, "entity")
    if fixed_effects in ("time", "twoway"):
        cube = columns.reshape(*data.shape, -1)
        mass = w.reshape(data.shape)[:, :1, None]
        columns = (cube - (cube * mass).sum(axis=0) / mass.sum()).reshape(columns.shape)
    X = columns[:, :-1]
    X = np.column_stack([X, np.ones(len(X))]) if fixed_effects == "none" else X
    taken = counted(data.shape, fixed_effects, "clustered")
    return least_squares(columns[:, -1], X, units(data), "clustered", taken, w)

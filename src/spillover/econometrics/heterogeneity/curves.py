"""The exposure's coefficient over the figure that ranks the entities: smooth, or with one jump.

A line, a natural cubic spline, or local regressions with kernel weights, each with a band; and
Hansen's threshold regression, one unknown border with a bootstrap test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spillover.econometrics import checks, wild
from spillover.econometrics.heterogeneity.groups import (
    HeterogeneityError,
    columns,
    figure,
    least_squares,
    numbered,
    outcome,
    read,
    wild_cluster_test,
)
from spillover.econometrics.spatialpanel.data import Array


@dataclass(frozen=True, eq=False)
class Curve:
    """A coefficient over the range of a figure.

    Attributes
    ----------
    points : DataFrame
        Indexed by the figure's value: estimate, std_error, low, high (pointwise).
    test : dict or None
        That the coefficient is constant: statistic (F with CR3 errors), df and the p-value of a
        bootstrap; None for local regressions.
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
    draws: int = 999,
    seed: int = 0,
) -> Curve:
    """Estimate β(z) = b₀ + Σ b_j B_j(z) with controls in common.

    The band is pointwise, with CR3 errors clustered by entity and t of the entities less one; the
    test is by :func:`.wild_cluster_test`. In simulations as those of :func:`.by_group` the test
    rejects a constant in 2 to 7 % of samples, and the band leaves it out in 2 to 6 %.

    Parameters
    ----------
    by : Series
        The figure z by entity; ranks spread evenly make the fewest assumptions.
    fixed_effects : str
        Where they leave differences between entities, B_j(z) enter on their own too.
    basis : str
        "linear" or "spline" with `knots` knots at even quantiles.
    draws, seed : int
        Samples of the bootstrap, and where its random numbers start.

    Raises
    ------
    HeterogeneityError
        Unknown basis, an entity without a value, too many knots.
    SpatialPanelError
        y and X that are no balanced panel of numbers.
    """
    checks.one_of(basis, ("linear", "spline"), HeterogeneityError, "basis")
    checks.whole(knots, HeterogeneityError, "knots", low=3)
    checks.whole(points, HeterogeneityError, "points", low=1)
    checks.whole(draws, HeterogeneityError, "draws", low=19)
    checks.whole(seed, HeterogeneityError, "seed")
    checks.confidence(level, HeterogeneityError)
    data, of_entity = read(y, X, exposure, by, fixed_effects, "by")
    values = figure(of_entity)
    places = np.quantile(values, np.linspace(0.05, 0.95, knots))
    if basis == "spline" and len(np.unique(places)) < knots:
        raise HeterogeneityError(
            f"knots={knots} for a figure with {len(np.unique(values))} different values; some "
            "knots coincide: use fewer, or ranks"
        )

    def B(z: Array) -> Array:
        return natural_spline(z, places) if basis == "spline" else z[:, None]

    own = B(np.repeat(values, data.shape[1]))
    at, q = data.names.index(exposure), own.shape[1]
    x = data.X[:, [at]]
    parts = [x, x * own, np.delete(data.X, at, axis=1)]
    if fixed_effects in ("none", "time"):
        parts.append(own)
    Z = columns(np.column_stack(parts), data.shape, fixed_effects)
    target = outcome(data.y, data.shape, fixed_effects)
    fit = least_squares(target, Z, numbered(data.shape))
    grid = np.linspace(values.min(), values.max(), points)
    rows = np.zeros((points, len(fit.b)))
    rows[:, 0], rows[:, 1 : 1 + q] = 1.0, B(grid)
    band = fit.combinations(rows, pd.Index(grid, name="value"), level)
    restriction = np.eye(q, len(fit.b), 1)
    test = wild_cluster_test(target, Z, restriction, data.shape[0], draws, seed)
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
    level : float
        Of the band: pointwise, CR3 errors clustered by entity, t of the entities less one; it
        leaves a constant coefficient out in 2 to 5 % of samples such as those of
        :func:`.by_group`.

    Returns
    -------
    Curve
        ``points`` also has ``effective_units`` = (Σw)²/Σw²: how many entities a point rests on.

    Raises
    ------
    HeterogeneityError
        A bandwidth that is not positive, or so small that regressors become collinear.
    """
    if checks.number(bandwidth, HeterogeneityError, "bandwidth") <= 0:
        raise HeterogeneityError(f"bandwidth={bandwidth}; expected a positive number")
    checks.whole(points, HeterogeneityError, "points", low=1)
    checks.confidence(level, HeterogeneityError)
    data, of_entity = read(y, X, exposure, by, fixed_effects, "by")
    values = figure(of_entity)
    z = np.repeat(values, data.shape[1])
    # weights are constant within an entity: taking out its means needs none
    Z = columns(data.X, data.shape, fixed_effects)
    target = outcome(data.y, data.shape, fixed_effects)
    row = np.eye(1, Z.shape[1], data.names.index(exposure))
    lines = []
    for value in np.linspace(values.min(), values.max(), points):
        w = np.exp(-0.5 * ((z - value) / bandwidth) ** 2)
        fit = least_squares(target, Z, numbered(data.shape), weights=w)
        units = w.sum() ** 2 / (w**2).sum() / data.shape[1]
        line = fit.combinations(row, [value], level)
        lines.append(line.assign(effective_units=units))
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
        "below" and "above": estimate, std_error, pvalue, low, high, conditional on the border;
        CR3 errors clustered by entity, with t of the regime's entities less one.
    statistic, pvalue : float
        sup F of no border in the slope, and its bootstrap p-value.
    interval : tuple of float
        Smallest and largest border that the likelihood ratio does not reject at `level`.
    profile : DataFrame
        By candidate border: ssr, likelihood_ratio, f, units_below.
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

    y = α₁·1(z ≤ γ) + β₁·x·1(z ≤ γ) + β₂·x·1(z > γ) + controls + effects + e, with γ̂ by least
    squares over the values of z. The regime's own intercept α₁ is there unless entity effects
    contain it: without it a mere jump of the level would be taken for one of the slope.

    The test of β₁ = β₂ is the largest F over the borders, with errors clustered by entity. As γ
    does not exist without a border, it has no tabulated distribution: the p-value comes from a
    wild cluster bootstrap that imposes β₁ = β₂ (and keeps the jump of the level that fits best),
    the residuals of a whole entity changing sign together. In simulations as those of
    :func:`.by_group` it rejects in 2 to 5 % of samples without a border, whether or not the level
    jumps.

    The interval holds the γ with (S(γ) − S(γ̂))/σ̂² at most −2·ln(1 − √level), S the sum of
    squares; it supposes independent errors of one variance, and is too short otherwise.

    Parameters
    ----------
    by : Series
        The figure z by entity.
    trim : float
        Least share of the entities on either side.
    draws, seed : int
        Samples of the bootstrap, and where its random numbers start.

    Raises
    ------
    HeterogeneityError
        Nothing to search.
    SpatialPanelError
        y and X that are no balanced panel of numbers.
    """
    checks.number(trim, HeterogeneityError, "trim", low=0.0)
    checks.whole(draws, HeterogeneityError, "draws", low=19)
    checks.whole(seed, HeterogeneityError, "seed")
    checks.confidence(level, HeterogeneityError)
    data, of_entity = read(y, X, exposure, by, fixed_effects, "by")
    (n, t), values = data.shape, figure(of_entity)
    at, z = data.names.index(exposure), np.repeat(values, t)
    x = data.X[:, [at]]
    found = np.unique(values)
    share = np.array([(values <= v).mean() for v in found])
    # two entities on either side, for errors clustered by entity
    least = max(trim, 2 / n) - 1e-12
    borders = found[(share >= least) & (share <= 1 - least)]
    if not len(borders):
        raise HeterogeneityError(f"trim={trim} leaves no candidate border; lower it")
    jump = fixed_effects in ("none", "time")
    target = outcome(data.y, data.shape, fixed_effects)[:, None]

    def regressors(border: float, slope: bool) -> Array:
        below = (z <= border)[:, None].astype(float)
        first = [x * below, x * (1 - below)] if slope else [x]
        last = [below] if jump else []
        parts = [*first, np.delete(data.X, at, axis=1), *last]
        return columns(np.column_stack(parts), data.shape, fixed_effects)

    search = _Borders([(regressors(c, False), regressors(c, True)) for c in borders], n)
    f, ssr, of_level = search(target)
    best = int(np.nanargmin(ssr))
    value, statistic = float(borders[best]), float(np.nanmax(f))

    level_only = regressors(borders[int(np.argmin(of_level))], False)
    fitted = level_only @ np.linalg.lstsq(level_only, target)[0]
    signs, every = wild.draws(n, draws, seed=seed, fault=HeterogeneityError)
    largest = np.nanmax(search(fitted + (target - fitted) * np.repeat(signs, t, axis=0))[0], axis=0)

    variance = ssr[best, 0] / search.left
    ratio = (ssr[:, 0] - ssr[best, 0]) / variance
    profile = pd.DataFrame(
        {
            "ssr": ssr[:, 0],
            "likelihood_ratio": ratio,
            "f": f[:, 0],
            "units_below": [int((values <= c).sum()) for c in borders],
        },
        pd.Index(borders, name="border"),
    )
    kept = borders[ratio <= -2 * np.log(1 - np.sqrt(level))]
    Z = regressors(value, True)
    fit = least_squares(target[:, 0], Z, numbered(data.shape))
    below = int((values <= value).sum())
    coefficients = fit.combinations(
        np.eye(2, len(fit.b)), ["below", "above"], level, [below - 1, n - below - 1]
    )
    return Threshold(
        value,
        coefficients.drop(columns="tstat"),
        statistic,
        wild.pvalue(statistic, largest, every),
        (float(kept.min()), float(kept.max())),
        profile,
        draws,
        seed,
    )


class _Borders:
    """What each candidate border does for many outcomes at once.

    With d the part of x·1(z ≤ γ) that is new beside the regressors of one slope, the difference
    of the slopes is d′y/d′d, its clustered variance Σ_g (d_g′e_g)²/(d′d)² times the usual factor.
    """

    def __init__(self, pairs: list[tuple[Array, Array]], entities: int) -> None:
        self.entities = entities
        self.parts = []
        rows = len(pairs[0][0])
        for one, two in pairs:
            Q = np.linalg.qr(one)[0]
            d = two[:, 0] - Q @ (Q.T @ two[:, 0])
            self.parts.append((Q, d, bool(d @ d > 1e-10 * (two[:, 0] @ two[:, 0]))))
        if not any(usable for *_, usable in self.parts):
            raise HeterogeneityError("no candidate border can be estimated; lower trim")
        k = pairs[0][1].shape[1]
        self.left = rows - k
        self.factor = entities / (entities - 1) * (rows - 1) / (rows - k)

    def __call__(self, Y: Array) -> tuple[Array, Array, Array]:
        """F of equal slopes, and sums of squares of two slopes and of one; borders by outcomes."""
        f, ssr, of_level = (np.full((len(self.parts), Y.shape[1]), np.nan) for _ in range(3))
        for row, (Q, d, usable) in enumerate(self.parts):
            e = Y - Q @ (Q.T @ Y)
            of_level[row] = (e**2).sum(axis=0)
            if usable:
                gap = d @ e
                e = e - np.outer(d, gap / (d @ d))
                ssr[row] = (e**2).sum(axis=0)
                scores = (d[:, None] * e).reshape(self.entities, -1, Y.shape[1]).sum(axis=1)
                f[row] = gap**2 / (self.factor * (scores**2).sum(axis=0))
        return f, ssr, of_level

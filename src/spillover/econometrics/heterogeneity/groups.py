"""Regressions by group, and whether the groups differ at all.

Separate regressions as papers print them, and the same thing as one model in which equality can
be tested, by a bootstrap that keeps its size with groups of ten entities.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from spillover.econometrics import checks, wild
from spillover.econometrics.regression import CLUSTERED, COV_TYPES, clustered_covariance, design
from spillover.econometrics.spatialpanel.data import (
    FIXED_EFFECTS,
    Array,
    PanelData,
    read_panel,
    within,
)


class HeterogeneityError(ValueError):
    """A ranking, grouping or model that cannot be used as asked; the message says why."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients with their covariance, degrees of freedom of t, and residuals."""

    b: Array
    cov: Array
    df: int
    residuals: Array

    def combinations(
        self, rows: Array, names: Any, level: float, df: ArrayLike | None = None
    ) -> pd.DataFrame:
        """Linear combinations of the coefficients, one for each row, with their inference.

        `df` gives each row degrees of freedom of its own.
        """
        df = self.df if df is None else df
        estimate = rows @ self.b
        variance = np.einsum("ij,jk,ik->i", rows, self.cov, rows)
        error = np.sqrt(np.maximum(variance, 0.0))
        # no error at all where so few entities fit exactly: then no t either
        t = np.divide(estimate, error, out=np.full(len(error), np.nan), where=error > 0)
        reach = stdtrit(df, 0.5 + level / 2) * error
        columns = {
            "estimate": estimate,
            "std_error": error,
            "tstat": t,
            "pvalue": 2 * stdtr(df, -np.abs(t)),
            "low": estimate - reach,
            "high": estimate + reach,
        }
        return pd.DataFrame(columns, index=names)


def least_squares(
    y: Array,
    X: Array,
    entities: NDArray[np.intp],
    cov_type: str = "cr3",
    taken: int = 0,
    weights: Array | None = None,
) -> Fit:
    """Weighted least squares; `entities` number the clusters.

    `taken` parameters were taken out by demeaning; they lie within clusters, so that the
    covariances clustered by entity (:func:`.clustered_covariance`) do not count them.
    """
    if cov_type not in COV_TYPES:
        raise HeterogeneityError(f"cov_type={cov_type!r}; choose from {list(COV_TYPES)}")
    w = np.ones(len(y)) if weights is None else weights
    n, k = X.shape
    if np.linalg.matrix_rank(X * np.sqrt(w)[:, None]) < k:
        raise HeterogeneityError(
            f"the regressors ({k} columns with constant and years) are collinear, in some group or "
            "under these effects; drop one, or use fewer groups, knots or effects"
        )
    bread = np.linalg.inv((X * w[:, None]).T @ X)
    b = bread @ X.T @ (w * y)
    e = y - X @ b
    if cov_type in CLUSTERED:
        root = np.sqrt(w)
        cov = clustered_covariance(X * root[:, None], root * e, entities, cov_type)
        return Fit(b, cov, len(np.unique(entities)) - 1, e)
    left = n - k - taken
    if left < 1:
        raise HeterogeneityError(
            f"{n} observations for {k + taken} coefficients and effects; use larger groups, or "
            "fewer regressors or effects"
        )
    if cov_type == "unadjusted":
        return Fit(b, bread * float(w @ e**2) / left, left, e)
    rows = X * (w * e)[:, None]
    return Fit(b, n / left * bread @ rows.T @ rows @ bread, left, e)


def joint_columns(
    X: Array,
    at: int,
    labels: NDArray[Any],
    names: list[Any],
    shape: tuple[int, int],
    fixed_effects: str,
    full: bool,
) -> tuple[Array, Array]:
    """Columns of the model of all groups, and rows that pick slopes from its coefficients.

    Returns
    -------
    columns : array, shape (N·T, k)
        `full`: block-diagonal, every group with its own slopes, constant and effects; else the
        exposure, column `at` of X, by group, controls and effects in common. Groups differ in
        level too, which entity effects contain.
    rows : array, shape (groups, slopes, k)
        By group, the exposure first; no other slopes where they are in common.
    """
    members = [labels == name for name in names]
    if not full:
        dummies = np.column_stack(members).astype(float)
        parts = [dummies * X[:, [at]], np.delete(X, at, axis=1)]
        if fixed_effects in ("none", "time"):
            parts.append(dummies[:, 1:])
        Z = columns(np.column_stack(parts), shape, fixed_effects)
        return Z, np.eye(len(names), Z.shape[1])[:, None]
    blocks = [columns(X[m], (int(m.sum()) // shape[1], shape[1]), fixed_effects) for m in members]
    k = blocks[0].shape[1]
    Z = np.zeros((len(X), k * len(names)))
    for place, (member, block) in enumerate(zip(members, blocks, strict=True)):
        Z[np.ix_(member, np.arange(place * k, (place + 1) * k))] = block
    order = [at, *(j for j in range(X.shape[1]) if j != at)]
    return Z, np.eye(k * len(names)).reshape(len(names), k, -1)[:, order]


def wild_cluster_test(
    y: Array, X: Array, restriction: Array, entities: int, draws: int, seed: int
) -> dict[str, float]:
    """Test restriction @ b = 0 by a wild cluster bootstrap that imposes it.

    F = (Rb)′(RVR′)⁻¹(Rb)/q with V the CR3 covariance. Its distribution comes from samples
    y* = Xb̃ + s_g ũ_g, where b̃ obeys the restriction, ũ_g are its residuals of entity g multiplied
    by (I − H̃_gg)^(−½), and s_g is −1 or 1 for the whole entity (Cameron, Gelbach and Miller 2008;
    with enlarged residuals as in MacKinnon, Nielsen and Webb 2023).

    Parameters
    ----------
    y, X : arrays, shape (n,) and (n, k)
        Entity-major and balanced; all columns, less what belongs to single entities.
    restriction : array, shape (q, k)
    entities : int

    Returns
    -------
    dict
        statistic, df (q) and pvalue.
    """
    test = wild.restriction_test(X, restriction, numbered((entities, len(y) // entities)))
    signs, every = wild.draws(entities, draws, seed=seed, fault=HeterogeneityError)
    try:
        with np.errstate(divide="raise", invalid="raise"):
            statistic, drawn = test.statistic(y), test.drawn(y, signs, "cr2")
    except (np.linalg.LinAlgError, FloatingPointError):
        raise HeterogeneityError(
            f"{len(restriction)} restrictions cannot be tested with so few entities: some "
            "coefficient rests on one or two; use larger groups or full=False"
        ) from None
    return {
        "statistic": statistic,
        "df": len(restriction),
        "pvalue": wild.pvalue(statistic, drawn, every),
    }


def columns(X: Array, shape: tuple[int, int], fixed_effects: str) -> Array:
    """Regressors of a balanced panel with its constant and year dummies (:func:`.design`)."""
    return design(X, numbered(shape), np.tile(np.arange(shape[1]), shape[0]), fixed_effects)


def outcome(y: Array, shape: tuple[int, int], fixed_effects: str) -> Array:
    """The outcome as `columns` has the regressors: less entity means, where they have effects."""
    if fixed_effects not in ("entity", "twoway"):
        return y
    return np.asarray(within(y[:, None], shape, "entity")[:, 0] + y.mean())


def taken_by(shape: tuple[int, int], fixed_effects: str) -> int:
    """Parameters that `columns` takes out by demeaning."""
    return shape[0] - 1 if fixed_effects in ("entity", "twoway") else 0


def numbered(shape: tuple[int, int]) -> NDArray[np.intp]:
    """Number of the entity of each row."""
    return np.repeat(np.arange(shape[0]), shape[1])


def read(
    y: pd.Series, X: pd.DataFrame, exposure: str, by: pd.Series, fixed_effects: str, name: str
) -> tuple[PanelData, pd.Series[Any]]:
    """Arrays of a panel, and the group or value of every entity in the panel's order."""
    checks.one_of(fixed_effects, FIXED_EFFECTS, HeterogeneityError, "fixed_effects")
    data = read_panel(y, X)
    if np.ptp(data.y) == 0:
        raise HeterogeneityError("y has the same value everywhere; expected values that differ")
    if not isinstance(exposure, str) or exposure not in data.names:
        raise HeterogeneityError(
            f"exposure={checks.shown(exposure)} is no column of X, which has "
            f"{checks.some(data.names, 20)}"
        )
    return data, checks.by_label(by, data.entities, HeterogeneityError, name)


def figure(values: pd.Series[Any]) -> Array:
    """Values by entity as numbers, of which there are two or more."""
    checks.columns_of_numbers(values.to_frame("by"), HeterogeneityError, "the figure")
    numbers = values.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        place = values.index[~np.isfinite(numbers)][0]
        raise HeterogeneityError(f"by is infinite at {place!r}; expected a finite number")
    if np.ptp(numbers) == 0:
        raise HeterogeneityError(f"by is {numbers[0]:g} everywhere; expected values that differ")
    return numbers


@dataclass(frozen=True, eq=False)
class ByGroup:
    """Regressions by group and tests that they are the same.

    Attributes
    ----------
    coefficients : DataFrame
        Indexed by (group, regressor): estimate, std_error, tstat, pvalue; the constant, where
        there are no effects, is "const".
    fit : DataFrame
        By group: nobs, units, r_squared (within, where there are effects).
    exposure : DataFrame
        The exposure's coefficient by group in the joint model: estimate, std_error, pvalue, low,
        high; CR3 errors clustered by entity, with t of the group's entities less one.
    tests : DataFrame
        "exposure" (its coefficient is the same in all groups), "all slopes" where every regressor
        is interacted, and each pair of groups: statistic (F with CR3 errors), df (restrictions)
        and the p-value of the bootstrap.
    members : Series
        Group by unit.
    """

    coefficients: pd.DataFrame
    fit: pd.DataFrame
    exposure: pd.DataFrame
    tests: pd.DataFrame
    members: pd.Series


def by_group(
    y: pd.Series,
    X: pd.DataFrame,
    exposure: str,
    groups: pd.Series,
    fixed_effects: str = "none",
    cov_type: str = "cr3",
    full: bool = True,
    level: float = 0.95,
    draws: int = 999,
    seed: int = 0,
) -> ByGroup:
    """Estimate by group, and jointly with a test of equality.

    Parameters
    ----------
    y, X : Series, DataFrame
        A balanced panel indexed by (entity, time).
    exposure : str
        A column of `X`.
    groups : Series
        Label by entity; ordered categories give the order of the results.
    fixed_effects : str
        "none", "entity", "time" or "twoway"; the separate regressions have their own.
    cov_type : str
        Of the separate regressions, as in :func:`.regression.ols`: "unadjusted",
        "heteroskedastic" (White), or clustered by entity: "clustered" (also "robust"), "cr2",
        "cr3"; the joint model has "cr3" always.
    full : bool
        Joint model with every regressor (and the effects) interacted, which has the same
        estimates as the separate ones; False interacts the exposure alone, controls and effects
        in common, which is far less demanding of groups of ten units.
    draws, seed : int
        Samples of the bootstrap of the tests, and where its random numbers start.

    Raises
    ------
    HeterogeneityError
        An entity without a group, a group of one entity, an unknown exposure, collinear
        regressors in a group.
    SpatialPanelError
        y and X that are no balanced panel of numbers.

    Notes
    -----
    The tests are by :func:`wild_cluster_test`. With the regressors of the book's first study,
    three groups of ten entities, ten years and equal slopes, they reject at 5 % in 4 to 6 % of
    samples, whether errors are independent, heteroskedastic by entity, autocorrelated (.6) or
    both, with and without effects, `full` or not; F with clustered errors rejects in 10 to 37 %.
    The t of one group's slope with CR3 errors rejects zero in 1 to 4 %
    (benchmarks/sizes_of_groups.py: 600 samples each).
    """
    data, of_entity = read(y, X, exposure, groups, fixed_effects, "groups")
    if cov_type not in COV_TYPES:
        raise HeterogeneityError(f"cov_type={cov_type!r}; choose from {list(COV_TYPES)}")
    checks.flag(full, HeterogeneityError, "full")
    checks.confidence(level, HeterogeneityError)
    checks.whole(draws, HeterogeneityError, "draws", low=19)
    checks.whole(seed, HeterogeneityError, "seed")
    ordered = isinstance(of_entity.dtype, pd.CategoricalDtype)
    present = list(dict.fromkeys(of_entity))
    names = [c for c in of_entity.cat.categories if c in present] if ordered else present
    if len(names) < 2:
        raise HeterogeneityError(f"groups has {len(names)} group; give two or more to compare")
    if single := [name for name in names if (of_entity == name).sum() < 2]:
        raise HeterogeneityError(
            f"group {checks.some(single)} has one entity; errors clustered by entity need two or "
            "more: join it to another"
        )
    labels = np.repeat(np.asarray(of_entity), data.shape[1])
    tables, fits, own = {}, {}, {}
    at = data.names.index(exposure)
    for name in names:
        rows = labels == name
        shape = (int(rows.sum()) // data.shape[1], data.shape[1])
        Z = columns(data.X[rows], shape, fixed_effects)
        target = outcome(data.y[rows], shape, fixed_effects)
        fit = least_squares(target, Z, numbered(shape), cov_type, taken_by(shape, fixed_effects))
        terms = [*data.names, *(["const"] if fixed_effects == "none" else [])]
        table = fit.combinations(np.eye(len(terms), len(fit.b)), terms, level)
        tables[name] = table.drop(columns=["low", "high"])
        if cov_type != "cr3":
            fit = least_squares(target, Z, numbered(shape))
        own[name] = fit.combinations(np.eye(1, len(fit.b), at), [name], level)
        centred = within(target[:, None], shape, fixed_effects)[:, 0]
        spread = float(((centred - centred.mean()) ** 2).sum())
        r_squared = 1 - float(fit.residuals @ fit.residuals) / spread
        fits[name] = {"nobs": len(target), "units": shape[0], "r_squared": r_squared}

    X_all, by_slope = joint_columns(data.X, at, labels, names, data.shape, fixed_effects, full)
    y_all, rows = outcome(data.y, data.shape, fixed_effects), by_slope[:, 0]
    if full:
        coefficients = pd.concat(own.values())
    else:
        joint = least_squares(y_all, X_all, numbered(data.shape))
        less_one = [int((of_entity == name).sum()) - 1 for name in names]
        coefficients = joint.combinations(rows, names, level, less_one)

    def test(restriction: Array) -> dict[str, float]:
        return wild_cluster_test(y_all, X_all, restriction, data.shape[0], draws, seed)

    tests = {"exposure": test(rows[1:] - rows[0])}
    if full:
        tests["all slopes"] = test((by_slope[1:] - by_slope[0]).reshape(-1, X_all.shape[1]))
    for a, b in combinations(range(len(names)), 2):
        tests[f"{names[a]} = {names[b]}"] = test((rows[a] - rows[b])[None])
    return ByGroup(
        pd.concat(tables, names=["group", "regressor"]),
        pd.DataFrame(fits).T.astype({"nobs": int, "units": int}),
        coefficients.drop(columns="tstat"),
        pd.DataFrame(tests).T.astype({"df": int}),
        of_entity,
    )

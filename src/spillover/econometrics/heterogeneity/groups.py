"""Regressions by group, and whether the groups differ at all.

Separate regressions as papers print them, and the same thing as one model in which equality can
be tested. Small-sample conventions are those of linearmodels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from spillover.econometrics.regression import COV_TYPES
from spillover.econometrics.spatialpanel.data import (
    FIXED_EFFECTS,
    Array,
    PanelData,
    absorbed,
    read_panel,
    within,
)


class HeterogeneityError(ValueError):
    """A ranking, grouping or model that cannot be used as asked; the message says why."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients with their covariance, degrees of freedom of t and F, and residuals."""

    b: Array
    cov: Array
    df: int
    residuals: Array

    def combinations(self, rows: Array, names: Any, level: float) -> pd.DataFrame:
        """Linear combinations of the coefficients, one for each row, with their inference."""
        estimate = rows @ self.b
        variance = np.einsum("ij,jk,ik->i", rows, self.cov, rows)
        error = np.sqrt(np.maximum(variance, 0.0))
        t, reach = estimate / error, float(stats.t.ppf(0.5 + level / 2, self.df)) * error
        columns = {
            "estimate": estimate,
            "std_error": error,
            "tstat": t,
            "pvalue": 2 * stats.t.sf(np.abs(t), self.df),
            "low": estimate - reach,
            "high": estimate + reach,
        }
        return pd.DataFrame(columns, index=names)

    def wald(self, restriction: Array) -> dict[str, float]:
        """F test of restriction @ b = 0."""
        gap = restriction @ self.b
        q = len(gap)
        value = float(gap @ np.linalg.solve(restriction @ self.cov @ restriction.T, gap)) / q
        pvalue = float(stats.f.sf(value, q, self.df))
        return {"statistic": value, "df": q, "df_denom": self.df, "pvalue": pvalue}


def least_squares(
    y: Array,
    X: Array,
    entities: NDArray[np.intp],
    cov_type: str = "clustered",
    taken: int = 0,
    weights: Array | None = None,
) -> Fit:
    """Weighted least squares; `entities` number the clusters, demeaning has `taken` parameters.

    Small-sample factors: n/(n − k) for "heteroskedastic", (G/(G − 1))·(n − 1)/(n − k) for
    "clustered", the sandwich being that of the weighted scores.
    """
    if cov_type not in COV_TYPES:
        raise HeterogeneityError(f"cov_type={cov_type!r}; choose from {list(COV_TYPES)}")
    w = np.ones(len(y)) if weights is None else weights
    n, k = X.shape
    if np.linalg.matrix_rank(X * np.sqrt(w)[:, None]) < k:
        raise HeterogeneityError(
            f"{k} regressors are collinear, in some group or under these effects; drop one, or "
            "use fewer groups, knots or effects"
        )
    bread = np.linalg.inv((X * w[:, None]).T @ X)
    b = bread @ X.T @ (w * y)
    e = y - X @ b
    left = n - k - taken
    if cov_type == "unadjusted":
        return Fit(b, bread * float(w @ e**2) / left, left, e)
    rows = X * (w * e)[:, None]
    if cov_type == "heteroskedastic":
        return Fit(b, n / left * bread @ rows.T @ rows @ bread, left, e)
    sums = np.zeros((int(entities.max()) + 1, k))
    np.add.at(sums, entities, rows)
    g = len(np.unique(entities))
    factor = g / (g - 1) * (n - 1) / left
    return Fit(b, factor * bread @ sums.T @ sums @ bread, g - 1, e)


def demeaned(columns: Array, shape: tuple[int, int], fixed_effects: str) -> Array:
    """Columns without their effects; where there are none, with a constant added."""
    moved = within(columns, shape, fixed_effects)
    return np.column_stack([moved, np.ones(len(moved))]) if fixed_effects == "none" else moved


def taken_by(shape: tuple[int, int], fixed_effects: str, cov_type: str) -> int:
    """Absorbed parameters as linearmodels' PanelOLS counts them in a covariance.

    Entity effects lie within their own cluster, so that clustered errors count one constant.
    """
    clustered = cov_type in ("clustered", "robust")
    return 1 if clustered and fixed_effects == "entity" else absorbed(shape, fixed_effects)


def numbered(shape: tuple[int, int]) -> NDArray[np.intp]:
    """Number of the entity of each row."""
    return np.repeat(np.arange(shape[0]), shape[1])


def read(
    y: pd.Series, X: pd.DataFrame, exposure: str, by: pd.Series, fixed_effects: str
) -> tuple[PanelData, Array]:
    """Arrays of a panel and the group or value of every row."""
    if fixed_effects not in FIXED_EFFECTS:
        raise HeterogeneityError(
            f"fixed_effects={fixed_effects!r}; choose from {list(FIXED_EFFECTS)}"
        )
    if exposure not in X.columns:
        raise HeterogeneityError(f"the exposure {exposure!r} is no column of X")
    data = read_panel(y, X)
    of_entity = by.reindex(data.entities)
    if of_entity.isna().any():
        raise HeterogeneityError(f"{of_entity.index[of_entity.isna()][0]} has no group or value")
    return data, np.repeat(np.asarray(of_entity), data.shape[1])


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
        high; errors there share one covariance.
    tests : DataFrame
        F tests: "exposure" (its coefficient is the same in all groups), "all slopes" where every
        regressor is interacted, and each pair of groups.
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
    cov_type: str = "heteroskedastic",
    full: bool = True,
    level: float = 0.95,
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
        Of the separate regressions: "unadjusted", "heteroskedastic" (White), or "clustered" by
        entity, which is also "robust"; the joint model is clustered by entity always.
    full : bool
        Joint model with every regressor (and the effects) interacted, which has the same
        estimates as the separate ones; False interacts the exposure alone, controls and effects
        in common, which is far less demanding of groups of ten units.

    Raises
    ------
    HeterogeneityError
        An entity without a group, an unknown exposure, collinear regressors in a group.
    """
    data, labels = read(y, X, exposure, groups, fixed_effects)
    ordered = isinstance(groups.dtype, pd.CategoricalDtype)
    names = list(groups.cat.categories if ordered else dict.fromkeys(groups))
    if len(names) < 2:
        raise HeterogeneityError(f"groups has {len(names)} group; give two or more to compare")
    constant = ["const"] if fixed_effects == "none" else []
    blocks, tables, fits = {}, {}, {}
    for name in names:
        rows = labels == name
        shape = (int(rows.sum()) // data.shape[1], data.shape[1])
        Z = demeaned(data.X[rows], shape, fixed_effects)
        target = within(data.y[rows][:, None], shape, fixed_effects)[:, 0]
        taken = taken_by(shape, fixed_effects, cov_type)
        fit = least_squares(target, Z, numbered(shape), cov_type, taken)
        blocks[name] = (rows, shape, Z, target)
        columns = [*data.names, *constant]
        table = fit.combinations(np.eye(len(columns)), columns, level)
        tables[name] = table.drop(columns=["low", "high"])
        spread = float(((target - target.mean()) ** 2).sum())
        r_squared = 1 - float(fit.residuals @ fit.residuals) / spread
        fits[name] = {"nobs": len(target), "units": shape[0], "r_squared": r_squared}

    if full:
        # block-diagonal: every group with its own slopes, constant and effects
        order = [(name, column) for name in names for column in [*data.names, *constant]]
        k = len(order) // len(names)
        X_all, y_all, taken = np.zeros((len(data.y), len(order))), data.y.copy(), 0
        for place, (rows, shape, Z, target) in enumerate(blocks.values()):
            X_all[np.ix_(rows, np.arange(place * k, (place + 1) * k))] = Z
            y_all[rows] = target
            taken += taken_by(shape, fixed_effects, "clustered")
    else:
        # exposure by group, controls and effects in common; groups differ in level too
        at = data.names.index(exposure)
        dummies = np.column_stack([(labels == name).astype(float) for name in names])
        parts = [dummies * data.X[:, [at]], np.delete(data.X, at, axis=1)]
        order = [(name, exposure) for name in names]
        order += [("all", name) for name in data.names if name != exposure]
        if fixed_effects in ("none", "time"):
            # entity effects contain the groups' levels; year effects contain one of them
            first = int(fixed_effects == "time")
            parts.append(dummies[:, first:])
            order += [(name, "const") for name in names[first:]]
        moved = within(np.column_stack([*parts, data.y]), data.shape, fixed_effects)
        X_all, y_all = moved[:, :-1], moved[:, -1]
        taken = taken_by(data.shape, fixed_effects, "clustered")
    joint = least_squares(y_all, X_all, numbered(data.shape), "clustered", taken)
    rows = np.array([[float(o == (name, exposure)) for o in order] for name in names])
    tests = {"exposure": joint.wald(rows[1:] - rows[0])}
    if full:
        unit = dict(zip(order, np.eye(len(order)), strict=True))
        differences = [unit[n, c] - unit[names[0], c] for n in names[1:] for c in data.names]
        tests["all slopes"] = joint.wald(np.array(differences))
    for a, b in combinations(range(len(names)), 2):
        tests[f"{names[a]} = {names[b]}"] = joint.wald((rows[a] - rows[b])[None])
    return ByGroup(
        pd.concat(tables, names=["group", "regressor"]),
        pd.DataFrame(fits).T.astype({"nobs": int, "units": int}),
        joint.combinations(rows, names, level).drop(columns="tstat"),
        pd.DataFrame(tests).T.astype({"df": int, "df_denom": int}),
        groups,
    )

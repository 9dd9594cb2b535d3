"""Regressions by group, and whether the groups differ at all.

Separate regressions as the paper prints them, and the same thing as one model in which equality
can be tested; group borders are chosen in :mod:`.rankings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.heterogeneity.fitting import Fit, HeterogeneityError, least_squares
from spillover.econometrics.spatialpanel.data import (
    FIXED_EFFECTS,
    PanelData,
    absorbed,
    read_panel,
    within,
)

Array = NDArray[np.float64]


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
        Of the separate regressions; the joint model is clustered by entity always.
    full : bool
        Joint model with every regressor (and the effects) interacted, which has the same
        estimates as the separate ones; False interacts the exposure alone, controls and effects
        in common, which is far less demanding of ten provinces.

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
    parts = {name: _one(data, labels == name, fixed_effects, cov_type) for name in names}
    joint, order = (_full if full else _partial)(data, labels, names, exposure, fixed_effects)
    rows = np.array([[float(o == (name, exposure)) for o in order] for name in names])
    return ByGroup(
        pd.concat({n: p[0] for n, p in parts.items()}, names=["group", "regressor"]),
        pd.DataFrame({n: p[1] for n, p in parts.items()}).T.astype({"nobs": int, "units": int}),
        _estimates(joint, rows, names, level),
        _tests(joint, rows, names, order if full else []),
        groups,
    )


def read(
    y: pd.Series, X: pd.DataFrame, exposure: str, groups: pd.Series, fixed_effects: str
) -> tuple[PanelData, Array]:
    """Arrays of a panel and the label of every row."""
    if fixed_effects not in FIXED_EFFECTS:
        raise HeterogeneityError(
            f"fixed_effects={fixed_effects!r}; choose from {list(FIXED_EFFECTS)}"
        )
    if exposure not in X.columns:
        raise HeterogeneityError(f"the exposure {exposure!r} is no column of X")
    data = read_panel(y, X)
    of_unit = groups.reindex(data.entities)
    if of_unit.isna().any():
        raise HeterogeneityError(f"{of_unit.index[of_unit.isna()][0]} has no group or value")
    return data, np.repeat(np.asarray(of_unit), data.shape[1])


def units(data: PanelData) -> NDArray[np.intp]:
    """Number of the entity of each row."""
    return np.repeat(np.arange(data.shape[0]), data.shape[1])


def counted(shape: tuple[int, int], fixed_effects: str, cov_type: str) -> int:
    """Absorbed parameters as linearmodels' PanelOLS counts them in a covariance."""
    return (
        1
        if cov_type == "clustered" and fixed_effects == "entity"
        else absorbed(shape, fixed_effects)
    )


def _with_constant(X: Array, fixed_effects: str) -> Array:
    return np.column_stack([X, np.ones(len(X))]) if fixed_effects == "none" else X


def _one(
    data: PanelData, rows: Array, fixed_effects: str, cov_type: str
) -> tuple[pd.DataFrame, dict[str, float]]:
    """One group's regression: table of coefficients, numbers of the fit."""
    count = int(rows.sum()) // data.shape[1]
    shape = (count, data.shape[1])
    X = _with_constant(within(data.X[rows], shape, fixed_effects), fixed_effects)
    y = within(data.y[rows][:, None], shape, fixed_effects)[:, 0]
    number = np.repeat(np.arange(count), data.shape[1])
    fit = least_squares(y, X, number, cov_type, counted(shape, fixed_effects, cov_type))
    error = np.sqrt(np.diag(fit.cov))
    table = pd.DataFrame(
        {
            "estimate": fit.b,
            "std_error": error,
            "tstat": fit.b / error,
            "pvalue": fit.pvalues(fit.b, error),
        },
        index=[*data.names, *(["const"] if fixed_effects == "none" else [])],
    )
    r2 = 1 - float(fit.residuals @ fit.residuals) / float(((y - y.mean()) ** 2).sum())
    return table, {"nobs": len(y), "units": count, "r_squared": r2}


def _full(
    data: PanelData, labels: Array, names: Sequence[str], exposure: str, fixed_effects: str
) -> tuple[Fit, list[tuple[str, str]]]:
    """Block-diagonal model: every group with its own slopes, constant and effects."""
    columns = [*data.names, *(["const"] if fixed_effects == "none" else [])]
    k = len(columns)
    X = np.zeros((len(data.y), k * len(names)))
    y = data.y.copy()
    taken = 0
    for place, name in enumerate(names):
        rows = labels == name
        shape = (int(rows.sum()) // data.shape[1], data.shape[1])
        block = _with_constant(within(data.X[rows], shape, fixed_effects), fixed_effects)
        X[np.ix_(rows, np.arange(place * k, (place + 1) * k))] = block
        y[rows] = within(data.y[rows][:, None], shape, fixed_effects)[:, 0]
        taken += counted(shape, fixed_effects, "clustered")
    order = [(name, column) for name in names for column in columns]
    return least_squares(y, X, units(data), "clustered", taken), order


def _partial(
    data: PanelData, labels: Array, names: Sequence[str], exposure: str, fixed_effects: str
) -> tuple[Fit, list[tuple[str, str]]]:
    """Exposure by group, controls and effects in common; groups differ in level too."""
    at = data.names.index(exposure)
    dummies = np.column_stack([(labels == name).astype(float) for name in names])
    controls = np.delete(data.X, at, axis=1)
    parts = [dummies * data.X[:, [at]], controls]
    order = [(name, exposure) for name in names]
    order += [("all", name) for name in data.names if name != exposure]
    if fixed_effects in ("none", "time"):
        # entity effects contain the groups' levels; year effects contain one of them
        kept = dummies if fixed_effects == "none" else dummies[:, 1:]
        parts.append(kept)
        order += [(name, "const") for name in names[len(names) - kept.shape[1] :]]
    moved = within(np.column_stack([*parts, data.y]), data.shape, fixed_effects)
    taken = counted(data.shape, fixed_effects, "clustered")
    return least_squares(moved[:, -1], moved[:, :-1], units(data), "clustered", taken), order


def _estimates(fit: Fit, rows: Array, names: Sequence[str], level: float) -> pd.DataFrame:
    estimate, error = fit.linear(rows)
    reach = fit.reach(level) * error
    return pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": error,
            "pvalue": fit.pvalues(estimate, error),
            "low": estimate - reach,
            "high": estimate + reach,
        },
        index=list(names),
    )


def _tests(
    fit: Fit, rows: Array, names: Sequence[str], order: list[tuple[str, str]]
) -> pd.DataFrame:
    """Wald tests of equality; all slopes only in the fully interacted model."""
    tests = {"exposure": fit.wald(rows[1:] - rows[0])}
    slopes = list(dict.fromkeys(c for _, c in order if c != "const"))
    if slopes:
        place = {pair: i for i, pair in enumerate(order)}
        identity = np.eye(len(order))
        restriction = np.array(
            [
                identity[place[name, c]] - identity[place[names[0], c]]
                for name in names[1:]
                for c in slopes
            ]
        )
        tests["all slopes"] = fit.wald(restriction)
    for a, b in combinations(range(len(names)), 2):
        tests[f"{names[a]} = {names[b]}"] = fit.wald((rows[a] - rows[b])[None])
    return pd.DataFrame(tests).T.astype({"df": int, "df_denom": int})

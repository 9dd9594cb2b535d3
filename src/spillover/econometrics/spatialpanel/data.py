"""Reading a balanced panel into arrays, refusing what is not one, and demeaning it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.checks import columns_of_numbers, shown
from spillover.econometrics.checks import some as some

Array = NDArray[np.float64]
FIXED_EFFECTS = ("none", "entity", "time", "twoway")
_LARGEST = 1e120


class SpatialPanelError(ValueError):
    """The data, the weights or the specification cannot be estimated as given."""


class LikelihoodWarning(UserWarning):
    """The likelihood has a shape that the reader of an estimate must know of."""


class SmallSampleWarning(UserWarning):
    """The panel is too small for the approximation that was asked for."""


@dataclass(frozen=True, eq=False)
class PanelData:
    """A balanced panel, entity-major: all periods of the first entity, then of the second.

    Attributes
    ----------
    y : array, shape (N·T,)
    X : array, shape (N·T, K)
    outcome, names : name of y, names of the columns of X
    columns : of X, as given
    index : MultiIndex of the N·T rows, in the order of the arrays
    entities, periods : labels, N and T of them
    notes : what was done to the data on the way, in words
    """

    y: Array
    X: Array
    outcome: str
    names: tuple[str, ...]
    columns: pd.Index[Any]
    index: pd.MultiIndex
    entities: pd.Index[Any]
    periods: pd.Index[Any]
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Number of entities N and of periods T."""
        return len(self.entities), len(self.periods)

    def with_regressors(self, X: pd.DataFrame) -> PanelData:
        """The same panel with other values of the same regressors."""
        X = _as_frame(X)
        if tuple(str(name) for name in X.columns) != self.names:
            raise SpatialPanelError(
                f"X has columns {some(X.columns, 20)}; expected {some(self.names, 20)}"
            )
        if not X.index.equals(self.index):
            index = _as_multiindex(X.index, "X")
            _check_duplicates(index, "X")
            missing, surplus = self.index.difference(index), index.difference(self.index)
            if len(missing) or len(surplus):
                raise SpatialPanelError(
                    "X has other rows than the panel that was estimated: missing "
                    f"{some(missing) or 'none'}; unknown {some(surplus) or 'none'}"
                )
            X = X.loc[self.index]
        return replace(self, X=_numeric(X, self.index))


def read_panel(y: pd.Series | pd.DataFrame, X: pd.DataFrame | pd.Series) -> PanelData:
    """Check an outcome and its regressors and read them into arrays.

    Parameters
    ----------
    y : Series, N·T rows, MultiIndex (entity, time)
    X : DataFrame with the same rows, one numeric column for each regressor

    Raises
    ------
    SpatialPanelError
        No MultiIndex; duplicated or missing (entity, time); times of mixed types; rows of y and X
        that differ; NaN, infinite or non-numeric values; constant columns; columns without a
        name, named twice or named "const".
    """
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if not isinstance(y, pd.Series):
        found = f"{y.shape[1]} columns" if isinstance(y, pd.DataFrame) else shown(y)
        raise SpatialPanelError(
            f"y is a {type(y).__name__} ({found}); expected a pandas Series indexed by "
            "(entity, time)"
        )
    X = _as_frame(X)
    notes = _notes_on_flags(y, X)
    if X.index is not y.index and not X.index.equals(y.index):
        _check_duplicates(_as_multiindex(y.index, "y"), "y")
        _check_duplicates(_as_multiindex(X.index, "X"), "X")
        _check_rows(y, X)
        X = X.loc[y.index]
        notes.append("rows of X were put in the order of y")
    layout = _layout_if_sorted(_as_multiindex(y.index, "y"))
    if layout is None:
        order = _sorting_order(_as_multiindex(y.index, "y"))
        y, X = y.iloc[order], X.iloc[order]
        notes.append("rows were sorted by entity and time")
        layout = _layout_if_sorted(_as_multiindex(y.index, "y"))
        assert layout is not None
    index = _as_multiindex(y.index, "y")
    name = "y" if y.name is None else str(y.name)
    outcome, values = _numeric(y.to_frame(name), index)[:, 0], _numeric(X, index)
    span = np.ptp(values, axis=0)
    _check_scale(np.append(span, np.ptp(outcome)), (*X.columns, name))
    constant = X.columns[span == 0]
    if len(constant):
        raise SpatialPanelError(
            f"X has constant columns: {some(constant)}; drop them: the model adds its own "
            "constant where there are no effects"
        )
    return PanelData(
        y=outcome,
        X=values,
        outcome=name,
        names=tuple(str(name) for name in X.columns),
        columns=X.columns,
        index=index,
        entities=layout[0],
        periods=layout[1],
        notes=tuple(notes),
    )


def side_by_side(y: PanelData, X: Sequence[PanelData]) -> PanelData:
    """A panel from variables that were read one by one from the same rows.

    Parameters
    ----------
    y : the outcome, its name and notes
    X : panels whose regressors are put together, in this order; their index must be y's own
    """
    return replace(
        y,
        X=np.concatenate([part.X for part in X], axis=1),
        names=tuple(name for part in X for name in part.names),
        columns=pd.Index([label for part in X for label in part.columns]),
        notes=tuple(dict.fromkeys(note for part in (y, *X) for note in part.notes)),
    )


def read_rows(y: pd.Series | pd.DataFrame, X: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Check an outcome and its regressors for a regression, whose panel need not be balanced.

    Returns
    -------
    y and X as floats, the rows of X in the order of y

    Raises
    ------
    SpatialPanelError
        As `read_panel`, but for an unbalanced panel; collinear columns.
    """
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if not isinstance(y, pd.Series):
        raise SpatialPanelError(
            f"y is {shown(y)}; expected a pandas Series indexed by (entity, time)"
        )
    X = _as_frame(X)
    for table, name in ((y, "y"), (X, "X")):
        _check_duplicates(_as_multiindex(table.index, name), name)
    if not len(y):
        raise SpatialPanelError("y has no rows")
    _check_rows(y, X)
    index = _as_multiindex(y.index, "y")
    times = index.get_level_values(1)
    _check_times(times.unique())
    if times.dtype.kind not in "iufM":
        raise SpatialPanelError(
            f"the labels of time are {some(times.unique(), 3)}; expected numbers or dates"
        )
    name = "y" if y.name is None else str(y.name)
    outcome = _numeric(y.to_frame(name), index)[:, 0]
    values = _numeric(X.loc[y.index], index)
    span = np.ptp(values, axis=0)
    _check_scale(np.append(span, np.ptp(outcome)), (*X.columns, name))
    if np.ptp(outcome) == 0:
        raise SpatialPanelError("y has the same value everywhere; expected values that differ")
    if (span == 0).any():
        raise SpatialPanelError(
            f"X has constant columns: {some(X.columns[span == 0])}; drop them: a constant is added"
        )
    centred = values - values.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    upper = np.abs(np.diag(np.linalg.qr(centred / lengths, mode="r")))
    if len(upper) < X.shape[1] or (upper <= 1e-10).any():
        found = X.columns[[*(upper <= 1e-10), *[True] * (X.shape[1] - len(upper))]]
        raise SpatialPanelError(
            f"columns of X are collinear: {some(found)} and those before; drop one of them"
        )
    return (
        pd.Series(outcome, index=y.index, name=y.name),
        pd.DataFrame(values, index=y.index, columns=X.columns),
    )


def _check_rows(y: pd.Series, X: pd.DataFrame) -> None:
    only_y, only_x = y.index.difference(X.index), X.index.difference(y.index)
    if len(only_y) or len(only_x):
        raise SpatialPanelError(
            f"y and X have different rows: only in y {some(only_y) or 'none'}; "
            f"only in X {some(only_x) or 'none'}; keep the same (entity, time) in both"
        )


def _as_frame(X: pd.DataFrame | pd.Series) -> pd.DataFrame:
    if isinstance(X, pd.Series):
        if X.name is None:
            raise SpatialPanelError("X is a Series without a name; give it one: X.rename('x')")
        X = X.to_frame()
    if not isinstance(X, pd.DataFrame):
        raise SpatialPanelError(
            f"X is a {type(X).__name__}; expected a pandas DataFrame indexed by (entity, time)"
        )
    if X.shape[1] == 0:
        raise SpatialPanelError("X has no columns; expected at least one regressor")
    if X.columns.nlevels > 1:
        raise SpatialPanelError(
            f"the columns of X have {X.columns.nlevels} levels of names; expected one name each: "
            "X.columns = ['_'.join(name) for name in X.columns]"
        )
    names = [str(name) for name in X.columns]
    if X.columns.isna().any() or not all(name.strip() for name in names):
        raise SpatialPanelError(f"X has a column without a name: {some(X.columns)}; give it one")
    if len(set(names)) < len(names):
        twice = dict.fromkeys(name for name in names if names.count(name) > 1)
        raise SpatialPanelError(f"X has columns named twice: {some(twice)}; rename one of each")
    if "const" in names:
        raise SpatialPanelError(
            "X has a column named 'const', the name of the constant that models add; rename it, "
            "or drop it if it is a constant"
        )
    return X


def _notes_on_flags(y: pd.Series, X: pd.DataFrame) -> list[str]:
    """Say which columns were true or false and are read as 1 and 0."""
    kinds = {**X.dtypes.to_dict(), "y" if y.name is None else y.name: y.dtype}
    flags = [name for name, kind in kinds.items() if kind.kind == "b"]
    return [f"{some(flags)}: true and false were read as 1 and 0"] if flags else []


def _check_scale(span: Array, names: tuple[Any, ...]) -> None:
    """Refuse columns whose squares would overflow, or vanish."""
    for size, name in zip(span, names, strict=True):
        if size > _LARGEST or 0 < size < 1 / _LARGEST:
            raise SpatialPanelError(
                f"{name!r} has values that span {size:.1e}; their squares cannot be computed: "
                "choose another unit"
            )


def _as_multiindex(index: pd.Index[Any], name: str) -> pd.MultiIndex:
    if not isinstance(index, pd.MultiIndex) or index.nlevels != 2:
        raise SpatialPanelError(
            f"{name} has no two-level index; expected a MultiIndex (entity, time): "
            "use data.set_index([entity, time])"
        )
    return index


def _check_duplicates(index: pd.MultiIndex, name: str) -> None:
    if not index.is_unique:
        twice = index[index.duplicated()].unique()
        raise SpatialPanelError(
            f"{name} has (entity, time) more than once: {some(twice)}; keep one row of each"
        )


def _layout_if_sorted(index: pd.MultiIndex) -> tuple[pd.Index[Any], pd.Index[Any]] | None:
    """Entities and periods of a balanced, entity-major index; None where it is not one."""
    entity, period = (np.asarray(code) for code in index.codes)
    if not len(entity):
        raise SpatialPanelError("y has no rows")
    length = int(np.argmax(entity != entity[0])) or len(entity)
    if len(entity) % length or entity.min() < 0 or period.min() < 0:
        return None
    entity, period = entity.reshape(-1, length), period.reshape(-1, length)
    periods = index.levels[1].take(period[0])
    sorted_once = (
        (entity == entity[:, :1]).all()
        and (period == period[0]).all()
        and len(np.unique(entity[:, 0])) == len(entity)
        and periods.is_monotonic_increasing
        and periods.is_unique
    )
    return (index.levels[0].take(entity[:, 0]), periods) if sorted_once else None


def _sorting_order(index: pd.MultiIndex) -> NDArray[np.intp]:
    """Row order that sorts by entity (as first met) and time; refuses an unbalanced panel."""
    _check_duplicates(index, "y")
    labels = [index.get_level_values(level) for level in (0, 1)]
    if any(label.isna().any() for label in labels):
        raise SpatialPanelError("y has missing labels in its (entity, time) index; fill them in")
    _check_times(labels[1].unique())
    entity, entities = pd.factorize(labels[0])
    period, periods = pd.factorize(labels[1], sort=True)
    if len(index) != len(entities) * len(periods):
        full = pd.MultiIndex.from_product([entities, periods])
        missing = full.difference(index, sort=False)
        raise SpatialPanelError(
            f"unbalanced panel: {len(index)} rows for {len(entities)} entities × {len(periods)} "
            f"periods; missing {some(missing)}; complete them or keep the entities and periods "
            "that are complete"
        )
    return np.lexsort((period, entity))


def _check_times(times: pd.Index[Any]) -> None:
    """Refuse labels of time that have no order, or another one than a reader would think."""
    first = {type(label): label for label in reversed(times)}
    if times.dtype == object and len(first) > 1:
        found = ", ".join(f"{label!r} ({kind.__name__})" for kind, label in first.items())
        raise SpatialPanelError(
            f"the labels of time are of several types: {found}; use one type, as whole numbers"
        )
    if isinstance(times[0], str) and not isinstance(times, pd.CategoricalIndex):
        lengths = {len(label) for label in times}
        if len(lengths) > 1 and all(label.strip().isdigit() for label in times):
            longest, shortest = max(times, key=len), min(times, key=len)
            raise SpatialPanelError(
                f"the labels of time are text, which sorts {longest!r} and {shortest!r} by their "
                "letters; use whole numbers"
            )


def _numeric(data: pd.DataFrame, index: pd.MultiIndex) -> Array:
    """Columns as finite floats; refuses text, missing and infinite values by name and row."""
    columns_of_numbers(data, SpatialPanelError)
    values = np.ascontiguousarray(data.to_numpy(dtype=np.float64, na_value=np.nan))
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        raise SpatialPanelError(
            f"{len(bad)} missing or infinite values; the first is {values[row, column]} in "
            f"{data.columns[column]!r} at {index[row]}; a spatial lag needs every cell: fill it, "
            "or leave that entity or year out"
        )
    return values


def read_formula(formula: str, data: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Outcome and regressors of a formula, without the constant.

    Categorical columns become dummies with the first level left out.

    Raises
    ------
    SpatialPanelError
        No outcome on the left, several of them, or columns that are not in data; effects or
        instruments in the formula, as other programs have them.

    Examples
    --------
    >>> data = pd.DataFrame({"y": [1.0, 2.0], "x": [3.0, 4.0]})
    >>> read_formula("y ~ x", data)[1]
         x
    0  3.0
    1  4.0
    """
    _check_formula(formula, data)
    left, right = formula.split("~")
    y = _matrix(f"{left} - 1", data, formula)
    X = _matrix(f"1 + {right}", data, formula)
    if y.shape[1] != 1:
        raise SpatialPanelError(f"formula {formula!r} has {y.shape[1]} outcomes; expected one")
    return y.iloc[:, 0], X.drop(columns="Intercept", errors="ignore")


def _check_formula(formula: object, data: object) -> None:
    """Refuse what other programs' formulae mean and this one's does not."""
    if not isinstance(formula, str):
        raise SpatialPanelError(f"formula is {shown(formula)}; expected text, as 'y ~ x1 + x2'")
    if not isinstance(data, pd.DataFrame):
        raise SpatialPanelError(
            f"data is a {type(data).__name__}; expected a pandas DataFrame indexed by "
            "(entity, time)"
        )
    if "|" in formula or re.search(r"\b(Entity|Time)Effects\b", formula):
        raise SpatialPanelError(
            f"formula {formula!r} names effects or instruments; here effects are an argument, "
            "fixed_effects='entity', 'time' or 'twoway', and instruments are for two_stage: keep "
            "'y ~ x1 + x2'"
        )
    if formula.count("~") != 1:
        raise SpatialPanelError(f"formula {formula!r}; expected one '~', as in 'y ~ x1 + x2'")
    outside = formula
    while (inner := re.sub(r"\([^()]*\)", "", outside)) != outside:
        outside = inner
    power = re.search(r"\b([A-Za-z_]\w*)\s*(?:\*\*|\^)\s*\d+", outside)
    if power:
        raise SpatialPanelError(
            f"formula {formula!r}: {power[0]!r} means interactions, of one variable itself; for "
            f"its power write I({power[0].replace('^', '**')})"
        )


def _matrix(terms: str, data: pd.DataFrame, formula: str) -> pd.DataFrame:
    """Columns of some terms; dummies become numbers, other types are left to be refused."""
    from formulaic import Formula

    try:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            context = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt}
            made = Formula(terms).get_model_matrix(data, na_action="ignore", context=context)
    except Exception as fault:
        # a formula runs what its author wrote, which may fail in any way
        why = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise SpatialPanelError(f"formula {formula!r} cannot be read: {why}") from None
    table = pd.DataFrame(made)
    flags = table.select_dtypes(bool).columns.difference(data.columns)
    return table.astype(dict.fromkeys(flags, float))


def within(columns: Array, shape: tuple[int, int], fixed_effects: str) -> Array:
    """Demean columns of a balanced panel.

    Entity: v_it − v_i·; time: v_it − v_·t; two-way: v_it − v_i· − v_·t + v··
    (Baltagi, *Econometric Analysis of Panel Data*, ch. 2–3).

    Parameters
    ----------
    columns : array, shape (N·T, C), entity-major
    shape : (N, T)
    fixed_effects : "none", "entity", "time" or "twoway"

    Examples
    --------
    >>> within(np.array([[1.0], [3.0], [5.0], [9.0]]), (2, 2), "entity").ravel()
    array([-1.,  1., -2.,  2.])
    """
    if fixed_effects == "none":
        return columns
    cube = columns.reshape(*shape, -1)
    if fixed_effects == "entity":
        cube = cube - cube.mean(axis=1, keepdims=True)
    else:
        cube = cube - cube.mean(axis=0, keepdims=True)
        if fixed_effects == "twoway":
            # the mean over time of time-demeaned values is v_i· − v··
            cube -= cube.mean(axis=1, keepdims=True)
    return np.asarray(cube.reshape(columns.shape))


def absorbed(shape: tuple[int, int], fixed_effects: str) -> int:
    """Number of parameters that the effects take up, the constant included.

    >>> absorbed((30, 10), "twoway")
    39
    """
    entities, periods = shape
    counts = {"none": 0, "entity": entities, "time": periods, "twoway": entities + periods - 1}
    return counts[fixed_effects]

"""Arguments checked at the public face: what was found, what was expected, how to mend it.

Each function returns the argument as it is used, or raises the caller's own error in one line.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Fault = type[ValueError]


def some(labels: object, limit: int = 5) -> str:
    """Name the first few of many labels.

    >>> some(["a", "b", "c"], limit=2)
    "'a', 'b' and 1 more"
    """
    items = [str(label) if isinstance(label, tuple) else repr(label) for label in list(labels)]  # type: ignore[call-overload]
    text = ", ".join(items[:limit])
    return text if len(items) <= limit else f"{text} and {len(items) - limit} more"


def shown(value: object, limit: int = 60) -> str:
    """Write a value in one short line; of tables and arrays, what they are.

    >>> shown(95), shown(np.zeros((3, 2)))
    ('95', 'an array of shape (3, 2)')
    """
    if isinstance(value, pd.DataFrame | pd.Series):
        return f"a {type(value).__name__} of shape {value.shape}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else f"{text[:limit]}…"


def confidence(level: object, fault: Fault, name: str = "level") -> float:
    """A confidence level, as a share: at least one half and below one.

    >>> confidence(95, ValueError)
    Traceback (most recent call last):
    ValueError: level=95; expected a confidence level as a share, 0.95 for 95 %
    """
    if not _is_number(level) or not 0.5 <= level < 1:  # type: ignore[operator]
        hint = f"{level / 100:g} for {level:g} %" if _is_percent(level) else "0.95 for 95 %"  # type: ignore[operator]
        raise fault(f"{name}={shown(level)}; expected a confidence level as a share, {hint}")
    return float(level)  # type: ignore[arg-type]


def significance(level: object, fault: Fault, name: str = "level") -> float:
    """A level of significance, as a share: above zero and at most one half.

    >>> significance(5, ValueError)
    Traceback (most recent call last):
    ValueError: level=5; expected a level of significance as a share, 0.05 for 5 %
    """
    if not _is_number(level) or not 0 < level <= 0.5:  # type: ignore[operator]
        raise fault(
            f"{name}={shown(level)}; expected a level of significance as a share, 0.05 for 5 %"
        )
    return float(level)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    real = isinstance(value, int | float | np.integer | np.floating)
    return real and not isinstance(value, bool)


def _is_percent(value: object) -> bool:
    return _is_number(value) and 50 <= value < 100  # type: ignore[operator]


def number(value: object, fault: Fault, name: str, low: float = -np.inf) -> float:
    """A finite number, not below `low`."""
    if not _is_number(value) or not np.isfinite(value) or value < low:  # type: ignore[operator, call-overload]
        least = f", {low:g} or more" if np.isfinite(low) else ""
        raise fault(f"{name}={shown(value)}; expected a finite number{least}")
    return float(value)  # type: ignore[arg-type]


def whole(value: object, fault: Fault, name: str, low: int = 0, high: int | None = None) -> int:
    """A whole number from `low` to `high`.

    >>> whole(2.5, ValueError, "draws", low=2)
    Traceback (most recent call last):
    ValueError: draws=2.5; expected a whole number, 2 or more
    """
    fits = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not fits or value < low or (high is not None and value > high):  # type: ignore[operator]
        span = f"{low} or more" if high is None else f"{low} to {high}"
        raise fault(f"{name}={shown(value)}; expected a whole number, {span}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def processes(value: object, fault: Fault, name: str = "jobs") -> int:
    """A number of processes; −1 for all processors."""
    return -1 if value == -1 and _is_number(value) else whole(value, fault, name, 1)


def flag(value: object, fault: Fault, name: str) -> bool:
    """True or False and nothing that only counts as one of them.

    >>> flag("no", ValueError, "small_sample")
    Traceback (most recent call last):
    ValueError: small_sample='no'; expected True or False
    """
    if not isinstance(value, bool | np.bool_):
        raise fault(f"{name}={shown(value)}; expected True or False")
    return bool(value)


def one_of(value: object, allowed: Iterable[object], fault: Fault, name: str) -> None:
    """One of the allowed values, of the same type.

    >>> one_of("both", ("entity", "time"), ValueError, "fixed_effects")
    Traceback (most recent call last):
    ValueError: fixed_effects='both'; expected one of 'entity', 'time'
    """
    known = tuple(allowed)
    if not any(_same(value, item) for item in known):
        raise fault(f"{name}={shown(value)}; expected one of {some(known, 12)}")


def _same(value: object, item: object) -> bool:
    if isinstance(item, bool):
        return isinstance(value, bool | np.bool_) and bool(value) == item
    return isinstance(value, type(item)) and bool(value == item)


def names(
    value: object, known: Iterable[Hashable], fault: Fault, name: str, owner: str = "X"
) -> tuple[str, ...]:
    """One name, or a list of different ones, that the owner has.

    A set will do where order does not matter. A dict or a table is refused, as its values would
    be dropped without a word.

    >>> names(["x", "z"], ["x", "y"], ValueError, "lagged")
    Traceback (most recent call last):
    ValueError: lagged= names 'z'; X has 'x', 'y'
    """
    if isinstance(value, str):
        chosen: tuple[Any, ...] = (value,)
    elif isinstance(value, Mapping | pd.DataFrame) or not isinstance(value, Iterable):
        raise fault(f"{name}={shown(value)}; expected a list of names, as ['x1', 'x2'], or None")
    else:
        chosen = tuple(value)
    held = [str(label) for label in known]
    found = [str(label) if isinstance(label, int | np.integer) else label for label in chosen]
    unknown = [label for label in found if not isinstance(label, str) or label not in held]
    if unknown:
        raise fault(f"{name}= names {some(unknown)}; {owner} has {some(held, 20)}")
    if len(set(found)) < len(found):
        twice = dict.fromkeys(label for label in found if found.count(label) > 1)
        raise fault(f"{name}= names {some(twice)} more than once; name each once")
    return tuple(str(label) for label in found)


def columns_of_numbers(data: pd.DataFrame, fault: Fault, what: str = "column") -> None:
    """Refuse columns that are not of a numeric type, naming the first cell that is no number.

    >>> columns_of_numbers(pd.DataFrame({"x": [1, "high"]}, ["a", "b"]), ValueError)
    Traceback (most recent call last):
    ValueError: column 'x' has 'high' at 'b'; expected numbers in every cell
    """
    plain = []
    for position, (label, kind) in enumerate(data.dtypes.items()):
        if isinstance(kind, pd.CategoricalDtype):
            raise fault(
                f"{what} {label!r} is {kind}; expected numbers: make dummies with "
                "pandas.get_dummies"
            )
        if kind.kind in "fiub":
            continue
        if kind.kind != "O":
            raise fault(f"{what} {label!r} is {kind}; expected numbers: convert it")
        column = data.iloc[:, position]
        strange = [not _is_number(cell) and not isinstance(cell, bool) for cell in column]
        if any(strange):
            row = int(np.argmax(strange))
            cell, where = column.iloc[row], column.index[row]
            found = "no value" if np.ndim(cell) == 0 and pd.isna(cell) else shown(cell)
            raise fault(
                f"{what} {label!r} has {found} at {where!r}; expected numbers in every cell"
            )
        plain.append(label)
    if plain:
        raise fault(f"{what} {some(plain)} is of type object; expected numbers: use .astype(float)")


def by_label(
    values: object, labels: pd.Index[Any], fault: Fault, name: str, of: str = "entity"
) -> pd.Series[Any]:
    """One value for each label, in their order, from a Series or dict keyed by the labels.

    Raises
    ------
    ValueError
        Of the caller's class: not keyed by label; a label twice; one of the labels without a
        value.
    """
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    if isinstance(values, Mapping):
        values = pd.Series(dict(values), dtype=None if len(values) else float)
    if not isinstance(values, pd.Series):
        raise fault(f"{name} is {shown(values)}; expected a Series with one value for each {of}")
    if values.index.nlevels != labels.nlevels:
        raise fault(
            f"{name} is keyed by {values.index.nlevels} levels of labels; expected one value for "
            f"each {of}: where it does not change over time, {name}.groupby(level=0).first()"
        )
    if not values.index.is_unique:
        twice = values.index[values.index.duplicated()].unique()
        raise fault(f"{name} has {some(twice)} more than once; keep one value for each {of}")
    missing = labels[~labels.isin(values.index)]
    if len(missing):
        raise fault(f"{name} has no value for {some(missing)}; give one for each {of}")
    ordered = values.reindex(labels)
    empty = labels[np.asarray(ordered.isna())]
    if len(empty):
        raise fault(f"{name} is missing for {some(empty)}; give a value for each {of}")
    return ordered


def is_graph(W: object) -> bool:
    """Whether W is a libpysal Graph.

    libpysal takes seconds to import and is not imported to answer: whoever made a Graph has
    imported it.
    """
    return isinstance(W, getattr(sys.modules.get("libpysal.graph"), "Graph", ()))


def square(matrix: object, fault: Fault, name: str = "W") -> NDArray[np.float64]:
    """Values of a square table of finite numbers with the same unique labels on both sides.

    Raises
    ------
    ValueError
        Of the caller's class, naming what is wrong and where.
    """
    if not isinstance(matrix, pd.DataFrame):
        hint = ""
        if isinstance(matrix, np.ndarray) or type(matrix).__module__.startswith("scipy.sparse"):
            dense = "W" if isinstance(matrix, np.ndarray) else "W.toarray()"
            hint = f": name its units with pandas.DataFrame({dense}, index=units, columns=units)"
        elif type(matrix).__module__.startswith("libpysal"):
            hint = ": use libpysal.graph.Graph.from_W(W)"
        raise fault(
            f"{name} is a {type(matrix).__name__}; expected a libpysal Graph or a square "
            f"DataFrame keyed by entity{hint}"
        )
    if matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise fault(f"{name} has shape {matrix.shape}; expected a square DataFrame")
    if matrix.index.nlevels > 1 or matrix.columns.nlevels > 1:
        raise fault(f"{name} is keyed by two or more levels; expected one label for each entity")
    for labels in (matrix.index, matrix.columns):
        if labels.isna().any():
            raise fault(f"{name} has a missing label; name every entity")
        if not labels.is_unique:
            raise fault(f"{name} has entities twice: {some(labels[labels.duplicated()].unique())}")
    if not matrix.index.equals(matrix.columns):
        only = matrix.index.symmetric_difference(matrix.columns, sort=False)
        found = f"in one axis only: {some(only)}" if len(only) else "in different orders"
        raise fault(
            f"rows and columns of {name} are keyed differently ({found}); use W.loc[names, names]"
        )
    columns_of_numbers(matrix, fault, f"{name}, column")
    values = matrix.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        pair = f"{matrix.index[row]} → {matrix.columns[column]}"
        raise fault(
            f"{pair}: found a weight that is not finite ({values[row, column]}), one of {len(bad)} "
            f"NaN or infinite weights in {name}; every weight must be a number"
        )
    return values

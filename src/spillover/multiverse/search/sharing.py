"""What the nearest specifications have in common: means by choice, shares among the nearest.

It summarises tables of :func:`spillover.multiverse.search.search`, failures counted; conclusions are the
reader's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from spillover.multiverse.curve import choices_of
from spillover.replication.lag_structure import SearchError


def _held(table: pd.DataFrame, by: str) -> pd.DataFrame:
    if by not in table:
        raise SearchError(f"the table has no column {by!r}; pass a table made by search()")
    return table[table["reason"] == ""]


def _cells(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for name in choices_of(table):
        for value in table[name].cat.categories:
            yield name, str(value), table[table[name] == value]


def _framed(keys: list[tuple[str, str]], rows: list[dict[str, float]]) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples(keys, names=["choice", "value"])
    return pd.DataFrame(rows, index=index)


def nearest(table: pd.DataFrame, n: int = 10, by: str = "distance_sd") -> pd.DataFrame:
    """Return the `n` specifications nearest to the target; ties in the order of the grid."""
    return _held(table, by).sort_values(by, kind="stable").head(n)


def marginal_means(table: pd.DataFrame, by: str = "distance_sd") -> pd.DataFrame:
    """Distance for every value of every choice, the others varying freely.

    Returns
    -------
    DataFrame
        By choice and value: specifications, failed, mean, median, best (the smallest).
    """
    held = _held(table, by)
    keys, rows = [], []
    for name, value, part in _cells(table):
        distance = held.loc[held[name] == part[name].iloc[0], by] if len(part) else held[by][:0]
        keys.append((name, value))
        rows.append(
            {
                "specifications": len(part),
                "failed": len(part) - len(distance),
                "mean": float(distance.mean()),
                "median": float(distance.median()),
                "best": float(distance.min()),
            }
        )
    return _framed(keys, rows)


def shared(table: pd.DataFrame, n: int = 25, by: str = "distance_sd") -> pd.DataFrame:
    """Share of every value of every choice among the `n` nearest and among all.

    Returns
    -------
    DataFrame
        By choice and value: among_nearest, among_all (of those that could be estimated), and
        lift, the ratio of the two.
    """
    held, near = _held(table, by), nearest(table, n, by)
    keys, rows = [], []
    for name, value, _ in _cells(table):
        close = float((near[name].astype(str) == value).mean())
        all_ = float((held[name].astype(str) == value).mean())
        keys.append((name, value))
        lift = close / all_ if all_ else np.nan
        rows.append({"among_nearest": close, "among_all": all_, "lift": lift})
    return _framed(keys, rows)


def importance(table: pd.DataFrame, by: str = "distance_sd") -> pd.Series:
    """Share of the variance of the log distance that each choice's means explain, alone.

    Shares need not add to one: the choices interact, and failures make the grid uneven.
    """
    held = _held(table, by)
    logs = np.log(held[by])
    total = float(((logs - logs.mean()) ** 2).sum())
    shares = {}
    for name in choices_of(table):
        means = logs.groupby(held[name], observed=True).transform("mean")
        shares[name] = float(((means - logs.mean()) ** 2).sum()) / total
    return pd.Series(shares, name="share of variance")

"""Several estimations side by side, as papers print them: coefficients, errors, stars.

It arranges results that were estimated elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spillover.book.tables.cells import Cell, estimate

NOTE = "Standard errors in parentheses. Stars: p below 0.01 (three), 0.05 (two), 0.10 (one)."

_NEEDED = ("estimate", "std_error", "pvalue")


def regression_table(
    columns: Mapping[str, pd.DataFrame],
    *,
    labels: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
    footer: Mapping[str, Mapping[str, Any]] | None = None,
    decimals: int = 3,
) -> pd.DataFrame:
    """Arrange estimations in columns, ready for :func:`numbered`.

    Parameters
    ----------
    columns
        By heading, a frame indexed by parameter with columns estimate, std_error, pvalue.
    labels
        Row headings by parameter name; others keep their name.
    order
        Parameters to show, in order; by default all, as they first appear.
    footer
        Further rows by heading, each with a value per column: observations, fixed effects.
    decimals
        Digits after the point.

    Returns
    -------
    pandas.DataFrame
        One row per parameter and footer line; a parameter absent from an estimation is empty.

    Raises
    ------
    KeyError
        When a frame lacks a column, or ``order`` or ``footer`` names what no estimation has.

    Examples
    --------
    >>> ols = pd.DataFrame({"estimate": [-0.5], "std_error": [0.1], "pvalue": [0.0]}, index=["gia"])
    >>> print(regression_table({"OLS": ols}, footer={"N": {"OLS": 300}}).to_string())
                     OLS
    gia  −0.500*** (0.100)
    N                  300
    """
    for heading, frame in columns.items():
        missing = [name for name in _NEEDED if name not in frame.columns]
        if missing:
            raise KeyError(f"column {heading!r} lacks {missing}, expected {list(_NEEDED)}")
    known = list(dict.fromkeys(name for frame in columns.values() for name in frame.index))
    unknown = [name for name in order or () if name not in known]
    if unknown:
        raise KeyError(f"order names {unknown}, which no estimation has; they have {known}")
    shown = list(order) if order is not None else known
    cells = {
        heading: [_estimate(frame, name, decimals) for name in shown]
        for heading, frame in columns.items()
    }
    titles = [(labels or {}).get(str(name), str(name)) for name in shown]
    table = pd.DataFrame(cells, index=titles, dtype=object)
    return pd.concat([table, _footer(footer or {}, list(columns))]) if footer else table


def _estimate(frame: pd.DataFrame, name: str, decimals: int) -> Cell:
    if name not in frame.index:
        return ""
    value, error, p = frame[list(_NEEDED)].astype(float).loc[[name]].to_numpy()[0]
    return estimate(value, error, p, decimals)


def _footer(footer: Mapping[str, Mapping[str, Any]], headings: list[str]) -> pd.DataFrame:
    for title, values in footer.items():
        unknown = [heading for heading in values if heading not in headings]
        if unknown:
            raise KeyError(f"footer {title!r} names {unknown}; the columns are {headings}")
    rows = [[values.get(heading, "") for heading in headings] for values in footer.values()]
    return pd.DataFrame(rows, index=list(footer), columns=headings, dtype=object)

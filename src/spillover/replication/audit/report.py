"""All checks in one run: the findings, what was found fine, and how many numbers were asked.

It reads ``data/published`` and nothing else; candidate weights come from the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray

from spillover.replication.audit import (
    autocorrelation,
    diagnostics,
    effects,
    lags,
    magnitudes,
    plausible,
    significance,
    stars,
    statements,
    wording,
)
from spillover.replication.audit.cells import CERTAINTIES, Cells, Outcome, Page
from spillover.replication.published import claims, load, tables

CHECKS: tuple[Callable[[Page], Iterator[Outcome]], ...] = (
    stars.coefficient_stars,
    stars.star_rule,
    stars.test_stars,
    *autocorrelation.CHECKS,
    effects.sums,
    effects.errors,
    effects.repeats,
    effects.means,
    *lags.CHECKS,
    *diagnostics.CHECKS,
    *plausible.CHECKS,
    *significance.CHECKS,
    *statements.CHECKS,
    *magnitudes.CHECKS,
)

COLUMNS = ["table", "row", "column", "check", "printed", "implied", "finding", "certainty"]

Weights = Mapping[str, Graph | pd.DataFrame]


def _matrices(weights: Weights | None) -> dict[str, NDArray[np.float64]]:
    """Candidate weights as arrays; raise on a name or a size that no table has."""
    out = {}
    for name, given in (weights or {}).items():
        matrix = given.sparse.toarray() if isinstance(given, Graph) else given.to_numpy()
        if name not in autocorrelation.MORAN.values():
            raise ValueError(f"found weights named {name!r}; expected 'rook' or 'distance'")
        if matrix.shape != (autocorrelation.UNITS, autocorrelation.UNITS):
            raise ValueError(
                f"weights {name!r}: found {matrix.shape[0]} × {matrix.shape[1]}; expected 30 × 30, "
                "the provinces of the printed tables"
            )
        out[name] = np.asarray(matrix, dtype=float)
    return out


def outcomes(
    printed: pd.DataFrame | None = None,
    weights: Weights | None = None,
    folder: Path | None = None,
) -> list[Outcome]:
    """Run every check; words and notes are read only together with the papers' own tables.

    Parameters
    ----------
    printed : DataFrame, optional
        Numbers in the form of `spillover.replication.published.load`; the papers' own by default.
    weights : mapping, optional
        Candidate weights, N×N row-standardised, by the name "rook" or "distance".
    folder : Path, optional
        Where the published tables stand.
    """
    cells = Cells(load(folder=folder) if printed is None else printed)
    page = Page(cells, _matrices(weights))
    found = [outcome for check in CHECKS for outcome in check(page)]
    if printed is None:
        found += plausible.notes(page, tables(folder))
        found += wording.contradictions(claims(folder=folder))
    return found


def _frame(found: list[Outcome]) -> pd.DataFrame:
    lines = [
        (o.table, *o.where, o.check, o.printed, o.implied, o.finding, o.certainty) for o in found
    ]
    frame = pd.DataFrame(lines, columns=COLUMNS).astype({"table": "Int64"})
    return frame.sort_values("table", kind="stable", ignore_index=True)


def audit(
    printed: pd.DataFrame | None = None,
    weights: Weights | None = None,
    full: bool = False,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Return what does not fit in the printed tables, one line per check and number.

    Parameters
    ----------
    printed, weights, folder
        As for `outcomes`.
    full : bool
        Also the lines of what was checked and found fine; their finding is empty.

    Returns
    -------
    DataFrame
        table (missing for claims in words alone), row, column, check, printed, implied, finding,
        certainty ("certain", "likely", "possible"), by table.

    Examples
    --------
    >>> found = audit()
    >>> found.query("table == 12 and row == 'Constant'")["printed"].to_list()
    ['9.883** (1.730)']
    """
    found = outcomes(printed, weights, folder)
    return _frame([o for o in found if full or o.finding])


def summary(
    printed: pd.DataFrame | None = None,
    weights: Weights | None = None,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Count by check: questions asked, answered well, and findings by certainty.

    Examples
    --------
    >>> int(summary().loc["effects add up", "fine"])
    50
    """
    found = outcomes(printed, weights, folder)
    order = list(dict.fromkeys(o.check for o in found))
    lines = _frame(found)
    counts = pd.crosstab(lines["check"], lines["certainty"].replace("", "fine"))
    counts = counts.reindex(index=order, columns=["fine", *CERTAINTIES], fill_value=0)
    counts.columns.name = None
    counts.insert(0, "asked", counts.sum(axis=1))
    return counts


def coverage(
    printed: pd.DataFrame | None = None,
    weights: Weights | None = None,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Return each printed number with the count of checks it took part in and of findings.

    Examples
    --------
    >>> bool((coverage()["checks"] > 0).all())
    True
    """
    base = load(folder=folder) if printed is None else printed
    key = ["table", "row", "column", "statistic"]
    found = outcomes(printed, weights, folder)
    parts = [
        (n.table, n.row, n.column, n.statistic, bool(o.finding)) for o in found for n in o.numbers
    ]
    parts_frame = pd.DataFrame(parts, columns=[*key, "finding"])
    counts = parts_frame.groupby(key)["finding"].agg(checks="size", findings="sum").reset_index()
    out = base[[*key, "printed", "stars"]].merge(counts, on=key, how="left", validate="1:1")
    return out.fillna({"checks": 0, "findings": 0}).astype({"checks": int, "findings": int})


def implied_variances(
    printed: pd.DataFrame | None = None,
    weights: Weights | None = None,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Return the null variance behind each printed Moran's I, and the kurtosis it needs.

    Returns
    -------
    DataFrame
        table, row (year), column (variable), variance = ((I − E)/z)² with its ends before
        rounding (low, high), normal (the variance under normality on the weights given for that
        table) and kurtosis (b₂ that gives the variance under randomisation), NaN without weights.

    Examples
    --------
    >>> round(float(implied_variances()["variance"][0]), 5)
    0.01562
    """
    cells = Cells(load(folder=folder) if printed is None else printed)
    matrices = _matrices(weights)
    lines = []
    for table, name in autocorrelation.MORAN.items():
        null = autocorrelation.null_variance(matrices[name]) if name in matrices else None
        for index, z in autocorrelation.pairs(cells, table):
            span = autocorrelation.implied(index, z)
            lines.append(
                {
                    "table": table,
                    "row": index.row,
                    "column": index.column,
                    "variance": span.middle,
                    "low": span.low,
                    "high": span.high,
                    "normal": null.normal if null else np.nan,
                    "kurtosis": null.kurtosis(span).middle if null else np.nan,
                }
            )
    return pd.DataFrame(lines)

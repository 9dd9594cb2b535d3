"""The official figures as a balanced province-by-year panel, with the quality of every cell.

It reads and verifies the tables below ``data/official`` and describes panels; it computes no
measure and fills nothing that the codebook does not name.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from spillover.data import files
from spillover.data.codebook import Codebook, Column, codebook
from spillover.data.files import official, touched
from spillover.data.reader import (
    Panel,
    PanelError,
    check_header,
    fault,
    provinces,
    read_rows,
    read_table,
)

__all__ = ["Panel", "PanelError", "describe", "load", "national", "provinces", "read_official"]


def _check_coverage(path: Path, panel: Panel, columns: Iterable[Column]) -> None:
    for column in columns:
        held = panel.values[column.name].dropna()
        if len(held) != column.cells:
            where = f"column {column.name}: all provinces, all years"
            raise fault(path, where, f"{len(held)} values", f"{column.cells} by the codebook")


def _check_totals(path: Path, table: str, panel: Panel) -> None:
    """Locate a changed digit: sums by province and by year must equal the control totals."""
    totals = pd.read_csv(path.parent / "control_totals.csv", dtype={"of": str})
    totals = totals[totals["table"] == table]
    for (name, along), part in totals.groupby(["column", "along"], sort=False):
        sums = panel.values[name].groupby(level=along).sum(min_count=1)
        sums.index = sums.index.astype(str)
        wanted = part.set_index("of")["total"].reindex(sums.index)
        wrong = ~np.isclose(sums, wanted, rtol=1e-9, atol=1e-9, equal_nan=True)
        if wrong.any() and along == "province":
            unit = sums.index[wrong][0]
            year = _year_that_differs(panel.values[name], totals[totals["column"] == name])
            where = f"column {name}: province {unit}, year {year}"
            raise fault(path, where, f"a sum of {sums[unit]:.10g}", f"{wanted[unit]:.10g}")


def _year_that_differs(values: pd.Series, totals: pd.DataFrame) -> str:
    wanted = totals[totals["along"] == "year"].set_index("of")["total"]
    sums = values.groupby(level="year").sum(min_count=1)
    sums.index = sums.index.astype(str)
    wrong = ~np.isclose(sums, wanted.reindex(sums.index), rtol=1e-9, atol=1e-9, equal_nan=True)
    return ", ".join(sums.index[wrong]) or "several that cancel out"


def _check_sum(path: Path) -> None:
    if wrong := files.checksum_problem(path):
        raise PanelError(wrong)


def read_official(table: str, folder: Path | None = None) -> Panel:
    """Read one official table and check it against codebook, control totals and checksum.

    Parameters
    ----------
    table : str
        Its name in the codebook, for example "gdp".
    folder : Path, optional
        Another folder with the same tables, their control totals and checksums.
    """
    folder = folder or official()
    path = folder / f"{table}.csv"
    columns = list(codebook().of(table).values())
    panel = read_table(path, columns, years=range(2011, 2023))
    _check_coverage(path, panel, columns)
    _check_totals(path, table, panel)
    _check_sum(path)
    return panel


@cache
def _official() -> Panel:
    book = codebook()
    tables = [read_official(t) for t in book.tables if t != "national"]
    files = {name: official() / f"{c.table}.csv" for name, c in book.columns.items()}
    return _fill(
        Panel(
            pd.concat([t.values for t in tables], axis=1),
            pd.concat([t.flags for t in tables], axis=1),
            files,
        )
    )


def _fill(panel: Panel) -> Panel:
    """Apply the codebook's rules; every filled cell carries the rule's flag."""
    values, flags = panel.values.copy(), panel.flags.copy()
    for rule in codebook().rules.values():
        wide = np.log(values[rule.column].unstack("year"))
        for year in rule.years:
            filled = np.exp((wide[year - 1] + wide[year + 1]) / 2)
            rows = values.index.get_level_values("year") == year
            values.loc[rows, rule.column] = filled.reindex(provinces()).to_numpy()
            flags.loc[rows, rule.column] = rule.flag
    return Panel(values, flags, panel.files)


def load(first: int = 2011, last: int = 2022) -> Panel:
    """Load all official figures of the thirty provinces, checked, with their flags.

    Parameters
    ----------
    first, last : int
        First and last year, both included.

    Returns
    -------
    Panel
        30·(last − first + 1) rows.

    Examples
    --------
    >>> float(load(2013, 2022)["population_10k"]["Beijing", 2013])
    2125.0
    """
    whole = _official()
    return Panel(whole.values.copy(), whole.flags.copy(), whole.files).years(first, last)


@cache
def _national() -> pd.DataFrame:
    path = official() / "national.csv"
    columns = codebook().of("national")
    header, _ = read_rows(path)
    check_header(path, header, ["year", *columns])
    _check_sum(path)
    table: pd.DataFrame = pd.read_csv(path, index_col="year")
    for name, column in columns.items():
        outside = table[name].notna() & ~table[name].between(*column.range)
        if outside.any():
            year = table.index[outside][0]
            raise fault(
                path, f"column {name}: year {year}", str(table[name][year]), str(column.range)
            )
        if int(table[name].notna().sum()) != column.cells:
            raise fault(path, f"column {name}", str(table[name].notna().sum()), str(column.cells))
    return table


def national() -> pd.DataFrame:
    """National series indexed by year (exchange rate, new-energy vehicles, charging piles)."""
    touched(official() / "national.csv")
    return _national().copy()


def describe(panel: pd.DataFrame) -> pd.DataFrame:
    """Descriptive statistics as papers print them: observations, mean, sd, min, max.

    The standard deviation has N·T − 1 in the denominator, as Stata's ``summarize``.
    """
    table: pd.DataFrame = panel.agg(["count", "mean", "std", "min", "max"]).T
    return table.astype({"count": int})


def flag_counts(panel: Panel, book: Codebook) -> pd.DataFrame:
    """Number of cells by quality flag, with the codebook's words for each."""
    counts = panel.flags.stack().value_counts()
    order = [flag for flag in book.flags if flag in counts.index]
    table = pd.DataFrame({"Cells": counts[order], "Meaning": [book.flags[flag] for flag in order]})
    return table.set_axis([f"`{flag}`" for flag in order]).rename_axis("Flag")

"""Series of your own: one CSV file that takes the place of the second paper's missing figures.

It reads the file with the same checks as the official tables and says what it holds;
which variables run on it is declared in :mod:`spillover.studies.growth`.
"""

from __future__ import annotations

import difflib
import os
from functools import cache
from pathlib import Path

import pandas as pd

from spillover.data import files
from spillover.data.codebook import Column
from spillover.data.panel import FIRST, KEYS, LAST, Panel, fault, read_rows, read_table


def _column(name: str, label: str, unit: str, highest: float) -> Column:
    """One series that the file may hold; its provenance is its owner's to know."""
    return Column(
        name, "series", label, unit, "you", "yours", (FIRST, LAST), 0, (0.0, highest),
        read_at="data/own/series.csv", checked="ranges, codes, balance", rights="yours",
    )  # fmt: skip


COLUMNS = {
    c.name: c
    for c in (
        _column("nev_output", "New-energy vehicles made", "10,000 vehicles", 1000),
        _column("nev_revenue", "Revenue of new-energy vehicle makers", "100 million yuan", 50000),
        _column("nev_patents", "New-energy vehicle patents granted", "items", 200000),
        _column("nev_firms", "New-energy vehicle firms", "firms", 200000),
    )
}
"""The series that the file may hold, any of them, in any order."""


def path() -> Path:
    """Where your series stand: ``data/own/series.csv``, or what ``SPILLOVER_OWN`` names."""
    named = os.environ.get("SPILLOVER_OWN")
    return Path(named) if named else files.root() / "data" / "own" / "series.csv"


def _present() -> bool:
    """Whether there is a file. One that ``SPILLOVER_OWN`` names must be there, and is read."""
    return path().is_file() or "SPILLOVER_OWN" in os.environ


def read(file: Path) -> Panel:
    """Read a file of your own series and check it like an official table.

    Parameters
    ----------
    file : Path
        UTF-8 CSV: province_code, province, year, then one or more of :data:`COLUMNS`; a row per
        province and year, provinces in the order of their codes, consecutive years within 2011
        to 2022. A series may lack whole years at either end, but no single province of a year.

    Returns
    -------
    Panel

    Raises
    ------
    PanelError
        At the first fault, naming file, column, province, year, what was found and expected.
    """
    if not file.is_file():
        raise fault(file, "whole file", "no such file", "a CSV file like data/own/template.csv")
    header, rows = read_rows(file)
    columns = _columns(file, header)
    table = read_table(file, columns, _years(file, header, rows))
    for column in columns:
        _span(file, table[column.name])
    return table


def _columns(file: Path, header: list[str]) -> list[Column]:
    """Columns of the file beyond the keys; unknown ones are refused with the nearest name."""
    named = [name for name in header if name not in KEYS]
    for name in named:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise fault(file, "header", f"column {name!r}", f"some of {list(COLUMNS)}{hint}")
    if not named:
        raise fault(file, "header", "no series", f"at least one of {list(COLUMNS)}")
    return [COLUMNS[name] for name in named]


def _years(file: Path, header: list[str], rows: list[list[str]]) -> list[int]:
    """Years of the file, consecutive and within the official figures; text is left alone."""
    at = header.index("year") if "year" in header else 0
    years = sorted({int(row[at]) for row in rows if row[at].isdigit()})
    if not years:
        return list(range(FIRST, LAST + 1))
    for year in (years[0], years[-1]):
        if "year" in header and len(str(year)) == 4 and not FIRST <= year <= LAST:
            raise fault(file, "column year", str(year), f"years within {FIRST} to {LAST}")
    return list(range(years[0], years[-1] + 1))


def _span(file: Path, series: pd.Series) -> tuple[int, int]:
    """First and last year of a series, which must be whole in each year between."""
    held = series.notna().groupby(level="year").sum()
    some = held.index[held > 0]
    where = f"column {series.name}"
    if not len(some):
        raise fault(file, where, "no value", "values; leave the column out if you have none")
    units = series.index.unique("province")
    inside = series[series.index.get_level_values("year").isin(range(some[0], some[-1] + 1))]
    if inside.isna().any():
        unit, year = inside.index[inside.isna()][0]
        count = f"a number: the other years have all {len(units)} provinces, 0 where there is none"
        raise fault(file, f"{where}: province {unit}, year {year}", "nothing", count)
    return int(some[0]), int(some[-1])


@cache
def _read(file: Path, _changed: tuple[int, int]) -> Panel:
    return read(file)


def panel() -> Panel | None:
    """Your series, checked, or None where there is no file; read again when the file changes."""
    if not _present():
        return None
    file = path()
    stamp = file.stat() if file.is_file() else None
    return _read(file, (stamp.st_mtime_ns, stamp.st_size) if stamp else (0, 0))


def series(column: str) -> pd.Series:
    """One of your series, missing outside its years.

    Raises
    ------
    PanelError
        When your file does not hold it.
    """
    table = panel()
    if table is None or column not in table.values:
        raise fault(path(), "header", f"no column {column}", f"{column} beside the others")
    files.touched(path())
    return table[column]


def spans() -> dict[str, tuple[int, int]]:
    """First and last year of each of your series, by column; empty where there is no file."""
    table = panel()
    if table is None:
        return {}
    return {str(name): _span(path(), table[str(name)]) for name in table.values.columns}


def window(first: int, last: int) -> tuple[int, int]:
    """Years from `first` to `last` that all of your series have; all years where there are none.

    Raises
    ------
    PanelError
        When there is no such year.

    Examples
    --------
    >>> window(2011, 2022)
    (2011, 2022)
    """
    held = spans()
    begin = max([first, *(a for a, _ in held.values())])
    end = min([last, *(b for _, b in held.values())])
    if begin > end:
        listed = ", ".join(f"{n} {a} to {b}" for n, (a, b) in held.items())
        raise fault(path(), "column year", listed, f"years in common within {first} to {last}")
    return begin, end


def note() -> str:
    """Return a sentence that names your series and their years; empty where there are none.

    Examples
    --------
    >>> note()
    ''
    """
    held = spans()
    if not held:
        return ""
    parts = [f"{COLUMNS[n].label.lower()} ({a} to {b})" for n, (a, b) in held.items()]
    listed = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    file = files.short(path())
    return f"This page runs on series of your own from `{file}` in place of the proxies: {listed}."

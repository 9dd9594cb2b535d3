"""The tables of public data as a balanced province-by-year panel, with the quality of each cell.

A table is checked twice: that it is what its codebook says (:func:`read_table`, for official
tables and series of your own alike), and that it is unchanged (control totals and checksum).
After a deliberate change, ``python -m spillover.data.panel`` writes these two anew.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from spillover.data.codebook import Codebook, Column, read_codebook
from spillover.data.files import checksum_problem, official, short, touched, write_checksums

FIRST, LAST = 2011, 2022
"""The years of the tables."""

KEYS = ["province_code", "province", "year"]
INDEX = ["province", "year"]


class PanelError(ValueError):
    """A table is not what its codebook says; the message names file, column, province, year."""


@dataclass(frozen=True)
class Panel:
    """Values and the quality of each of them.

    Attributes
    ----------
    values : DataFrame
        N·T rows indexed by (province, year), provinces in the order of their codes; one column
        per series.
    flags : DataFrame
        The same shape; the codebook's word for how each value came about.
    files : mapping
        Column to the file it was read from, so that its use can be recorded.
    unit : str
        What messages call a unit.
    """

    values: pd.DataFrame
    flags: pd.DataFrame
    files: Mapping[str, Path] = field(default_factory=dict)
    unit: str = "province"

    def __getitem__(self, column: str) -> pd.Series:
        if column in self.files:
            touched(self.files[column])
        return self.values[column]

    def years(self, first: int, last: int) -> Panel:
        """Return the panel from `first` to `last`, both included."""
        year = self.values.index.get_level_values("year")
        keep = (year >= first) & (year <= last)
        return Panel(self.values[keep], self.flags[keep], self.files)

    def with_flags(self) -> pd.DataFrame:
        """Return one table: each column, and beside it ``<name>_flag``."""
        self.not_official(*self.values)
        flags = self.flags.add_suffix("_flag")
        order = [name for column in self.values for name in (column, f"{column}_flag")]
        return self.values.join(flags)[order]

    def not_official(self, *columns: str) -> pd.Series:
        """Return True where any of `columns` is not published as such by an official source."""
        for column in columns:
            self[column]
        return (self.flags[list(columns)] != "official").any(axis=1)


@cache
def provinces() -> pd.Series:
    """Names of the thirty provinces, indexed by GB/T 2260 code, in the order of the codes.

    Examples
    --------
    >>> provinces().iloc[0], len(provinces())
    ('Beijing', 30)
    """
    table = pd.read_csv(official() / "provinces.csv", index_col="province_code")
    return table["province"]


def _codebook() -> Codebook:
    return read_codebook(official() / "codebook.yml")


def fault(path: Path, where: str, found: str, expected: str) -> PanelError:
    """One line that says which file, where in it, what was found and what was expected."""
    return PanelError(f"{short(path)}: {where}: found {found}; expected {expected}")


def _at(column: str, key: Sequence[object]) -> str:
    return f"column {column}: province {key[0]}, year {key[1]}"


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file as text, or a PanelError."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"0x{raw[error.start]:02x}"
        raise fault(path, f"byte {error.start}", found, "UTF-8 text; save it as UTF-8") from None
    if not text.strip():
        raise fault(path, "whole file", "an empty file", "a header and one row per unit and year")
    header, *rows = csv.reader(io.StringIO(text))
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise fault(path, f"line {number}", f"{len(row)} fields", f"{len(header)}")
    return header, rows


def check_header(path: Path, header: list[str], expected: list[str]) -> None:
    """Raise when the header is not exactly `expected`."""
    missing = [c for c in expected if c not in header]
    extra = [c for c in header if c not in expected]
    if missing or extra:
        found = f"columns without {missing}" if missing else "all of them"
        raise fault(path, "header", f"{found}, and unknown {extra}", f"{expected}")
    if header != expected:
        raise fault(path, "header", f"the order {header}", f"{expected}")


def _index(path: Path, frame: pd.DataFrame, years: Sequence[int]) -> pd.MultiIndex:
    """Province and year of each row; every known province has each year once, in order."""
    known = provinces()
    for code, name, year in frame[KEYS].itertuples(index=False):
        where = f"province {code} ({name}), year {year}"
        if not str(code).isdigit() or int(code) not in known.index:
            raise fault(path, f"column province_code: {where}", str(code), "a GB/T 2260 code")
        if (right := known[int(code)]) != name:
            raise fault(path, f"column province: {where}", name, f"{right}, which has this code")
        if not (year.isdigit() and len(year) == 4):
            raise fault(path, _at("year", (name, year)), repr(year), "four digits")
    index = pd.MultiIndex.from_arrays([frame["province"], frame["year"].astype(int)], names=INDEX)
    wanted = pd.MultiIndex.from_product([known, years], names=INDEX)
    if index.has_duplicates:
        raise fault(path, _at("year", index[index.duplicated()][0]), "two rows", "one")
    if len(gone := wanted.difference(index, sort=False)):
        more = f" ({len(gone)} rows are missing)" if len(gone) > 1 else ""
        raise fault(path, _at("year", gone[0]), f"no row{more}", "one")
    if len(extra := index.difference(wanted, sort=False)):
        span = f"years {years[0]} to {years[-1]}"
        raise fault(path, _at("year", extra[0]), "an extra row", span)
    if not index.equals(wanted):
        line = int(np.argmax([a != b for a, b in zip(index, wanted, strict=True)]))
        where = f"line {line + 2}: province {index[line][0]}, year {index[line][1]}"
        raise fault(path, where, "a row out of order", f"{wanted[line][0]}, {wanted[line][1]}")
    return index


def _numbers(path: Path, column: Column, text: pd.Series) -> pd.Series:
    """Text as numbers within the plausible range; blanks become missing values."""
    filled = text.where(text != "")
    numbers = pd.to_numeric(filled, errors="coerce").astype(float)
    wrong = numbers.isna() & filled.notna() | np.isinf(numbers)
    if wrong.any():
        found = repr(text[wrong].iloc[0])
        raise fault(path, _at(column.name, text.index[wrong][0]), found, "a number or nothing")
    low, high = column.range
    outside = (numbers < low) | (numbers > high)
    if outside.any():
        value = numbers[outside].iloc[0]
        side = f"below the plausible {low:g}" if value < low else f"above the plausible {high:g}"
        where = _at(column.name, text.index[outside][0])
        raise fault(path, where, f"{value:g}, {side}", f"{low:g} to {high:g}")
    return numbers


def read_table(
    path: Path, columns: Sequence[Column], years: Sequence[int], book: Codebook | None = None
) -> Panel:
    """Read a table of province-by-year data and check everything the codebook knows of it.

    Parameters
    ----------
    path : Path
        A UTF-8 CSV file: province_code, province, year, then `columns` (each followed by its
        flag column where it is flagged), one row per province and year in the order of the codes.
    columns : sequence of Column
        What the table must hold.
    years : sequence of int
        The years that every province must have.
    book : Codebook, optional
        Supplies the words that flags may use; the official codebook by default.

    Raises
    ------
    PanelError
        At the first fault: encoding, header, field count, code and name, balance, order, text in
        a number column, plausible range, flag.
    """
    words = (book or _codebook()).flags
    header, rows = read_rows(path)
    names = [[c.name, f"{c.name}_flag"] if c.flagged else [c.name] for c in columns]
    check_header(path, header, KEYS + [name for pair in names for name in pair])
    frame = pd.DataFrame(rows, columns=header, dtype=object)
    text = frame.set_axis(_index(path, frame, years), axis=0)
    values, flags = {}, {}
    for column in columns:
        name = column.name
        values[name] = _numbers(path, column, text[name])
        flags[name] = pd.Series(np.where(text[name] == "", "none", column.flag), text.index)
        if column.flagged:
            flags[name] = text[f"{name}_flag"]
            if (unknown := ~flags[name].isin(list(words))).any():
                where = _at(f"{name}_flag", text.index[unknown][0])
                found = repr(flags[name][unknown].iloc[0])
                raise fault(path, where, found, f"one of {sorted(words)}")
    return Panel(pd.DataFrame(values), pd.DataFrame(flags))


def read_official(table: str, folder: Path | None = None) -> Panel:
    """Read one official table and check it against codebook, control totals and checksum.

    Parameters
    ----------
    table : str
        Its name in the codebook, for example "gdp".
    folder : Path, optional
        Another folder with the same tables, their control totals and checksums.
    """
    path = (folder or official()) / f"{table}.csv"
    columns = list(_codebook().of(table).values())
    panel = read_table(path, columns, range(FIRST, LAST + 1))
    for column in columns:
        if (held := int(panel.values[column.name].notna().sum())) != column.cells:
            where = f"column {column.name}: all provinces, all years"
            raise fault(path, where, f"{held} values", f"{column.cells} by the codebook")
    if wrong := checksum_problem(path):
        _locate_change(path, table, panel)
        raise PanelError(wrong)
    return panel


def _locate_change(path: Path, table: str, panel: Panel) -> None:
    """Name the cell that was changed: its sums by province and by year are not those on record."""
    record = pd.read_csv(path.parent / "control_totals.csv", dtype={"of": str})
    record = record[record["table"] == table]
    totals = record.set_index(["column", "along", "of"])["total"].to_dict()
    for column, values in panel.values.items():
        wrong: dict[str, list[tuple[str, float, float]]] = {"province": [], "year": []}
        for along, found in wrong.items():
            for of, total in values.groupby(level=along, sort=False).sum(min_count=1).items():
                wanted = totals[column, along, str(of)]
                if not np.isclose(total, wanted, rtol=1e-9, atol=1e-9, equal_nan=True):
                    found.append((str(of), total, wanted))
        if wrong["province"]:
            unit, total, wanted = wrong["province"][0]
            years = ", ".join(of for of, *_ in wrong["year"]) or "several that cancel out"
            where = _at(str(column), (unit, years))
            raise fault(path, where, f"a sum of {total:.10g}", f"{wanted:.10g}")


@cache
def _official() -> Panel:
    """All official tables beside one another, the gaps that the codebook names filled."""
    book = _codebook()
    tables = [read_official(t) for t in book.tables if t != "national"]
    values = pd.concat([t.values for t in tables], axis=1)
    flags = pd.concat([t.flags for t in tables], axis=1)
    for rule in book.rules.values():
        logs = np.log(values[rule.column].unstack("year"))
        for year in rule.years:
            rows = values.index.get_level_values("year") == year
            filled = np.exp((logs[year - 1] + logs[year + 1]) / 2)
            values.loc[rows, rule.column] = filled.reindex(provinces()).to_numpy()
            flags.loc[rows, rule.column] = rule.flag
    files = {name: official() / f"{book.columns[name].table}.csv" for name in map(str, values)}
    return Panel(values, flags, files)


def load(first: int = FIRST, last: int = LAST) -> Panel:
    """Load all data of the thirty provinces, checked, with their flags.

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
    columns = _codebook().of("national")
    check_header(path, read_rows(path)[0], ["year", *columns])
    if wrong := checksum_problem(path):
        raise PanelError(wrong)
    table: pd.DataFrame = pd.read_csv(path, index_col="year")
    for name, column in columns.items():
        held = table[name].dropna()
        if not (inside := held.between(*column.range)).all():
            year = held.index[~inside][0]
            where = f"column {name}: year {year}"
            raise fault(path, where, str(held[year]), str(column.range))
        if len(held) != column.cells:
            raise fault(path, f"column {name}", f"{len(held)} values", f"{column.cells}")
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
    panel.not_official(*panel.files)
    counts = panel.flags.stack().value_counts()
    order = [flag for flag in book.flags if flag in counts.index]
    table = pd.DataFrame({"Cells": counts[order], "Meaning": [book.flags[flag] for flag in order]})
    return table.set_axis([f"`{flag}`" for flag in order]).rename_axis("Flag")


def _totals(table: str, panel: Panel) -> Iterator[tuple[str, str, str, str, str]]:
    for column in panel.values:
        for along in ("province", "year"):
            sums = panel.values[column].groupby(level=along, sort=False).sum(min_count=1)
            for of, total in sums.items():
                yield table, str(column), along, str(of), "" if pd.isna(total) else f"{total:.10g}"


def write_controls(folder: Path) -> None:
    """Write control totals and checksums of the tables in `folder` after a deliberate change.

    Raises
    ------
    PanelError
        When a table is not what the codebook says; nothing is written then.
    """
    book, lines = _codebook(), []
    for table in book.tables:
        if table != "national":
            columns = list(book.of(table).values())
            panel = read_table(folder / f"{table}.csv", columns, range(FIRST, LAST + 1))
            lines += list(_totals(table, panel))
    frame = pd.DataFrame(lines, columns=["table", "column", "along", "of", "total"])
    frame.to_csv(folder / "control_totals.csv", index=False, lineterminator="\n")
    write_checksums(folder, folder.glob("*.csv"))


if __name__ == "__main__":
    write_controls(official())

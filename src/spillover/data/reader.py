"""The checked door: a table of province-by-year figures becomes a Panel or one line of error.

The official figures and a researcher's own series come through it alike; it knows no series by
name, computes nothing and fills nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from spillover.data.codebook import Codebook, Column, codebook
from spillover.data.files import official, short, touched

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
    """

    values: pd.DataFrame
    flags: pd.DataFrame
    files: Mapping[str, Path] = field(default_factory=dict)

    def __getitem__(self, column: str) -> pd.Series:
        if column in self.files:
            touched(self.files[column])
        return self.values[column]

    def years(self, first: int, last: int) -> Panel:
        """Return the panel from `first` to `last`, both included."""
        year = self.values.index.get_level_values("year")
        keep = (year >= first) & (year <= last)
        return Panel(self.values[keep], self.flags[keep], self.files)

    def not_official(self, *columns: str) -> pd.Series:
        """Return True where any of `columns` is anything but an official figure."""
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


def fault(path: Path, where: str, found: str, expected: str) -> PanelError:
    """One line that says which file, where in it, what was found and what was expected."""
    return PanelError(f"{short(path)}: {where}: found {found}; expected {expected}")


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file as text, or a PanelError."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise fault(
            path, f"byte {error.start}", f"0x{raw[error.start]:02x}", "UTF-8 text; save it as UTF-8"
        ) from None
    if not text.strip():
        raise fault(path, "whole file", "an empty file", "a header and one row per unit and year")
    header, *rows = csv.reader(io.StringIO(text))
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise fault(path, f"line {number}", f"{len(row)} fields", f"{len(header)}")
    return header, rows


def check_header(path: Path, header: list[str], expected: list[str]) -> None:
    """Raise when the header is not exactly `expected`."""
    if header == expected:
        return
    missing = [c for c in expected if c not in header]
    extra = [c for c in header if c not in expected]
    if missing or extra:
        found = f"columns without {missing}" if missing else "all of them"
        raise fault(path, "header", f"{found}, and unknown {extra}", f"{expected}")
    raise fault(path, "header", f"the order {header}", f"{expected}")


def _check_units(path: Path, frame: pd.DataFrame, known: pd.Series) -> None:
    """Codes and names belong together, and every province is one we know."""
    for code, name, year in frame[KEYS].itertuples(index=False):
        where = f"province {code} ({name}), year {year}"
        if not str(code).isdigit() or int(code) not in known.index:
            raise fault(path, f"column province_code: {where}", str(code), "a GB/T 2260 code")
        if known.loc[int(code)] != name:
            right = known.loc[int(code)]
            raise fault(path, f"column province: {where}", name, f"{right}, which has this code")


def _check_balance(
    path: Path, index: pd.MultiIndex, units: Sequence[str], years: Sequence[int]
) -> None:
    """Each unit has each year once, and there is nothing else."""
    if index.has_duplicates:
        unit, year = index[index.duplicated()][0]
        raise fault(path, f"column year: province {unit}, year {year}", "two rows", "one")
    wanted = pd.MultiIndex.from_product([units, years], names=INDEX)
    if len(gone := wanted.difference(index, sort=False)):
        unit, year = gone[0]
        more = f" ({len(gone)} rows are missing)" if len(gone) > 1 else ""
        raise fault(path, f"column year: province {unit}, year {year}", f"no row{more}", "one")
    if len(more_rows := index.difference(wanted, sort=False)):
        unit, year = more_rows[0]
        span = f"years {years[0]} to {years[-1]}"
        raise fault(path, f"column year: province {unit}, year {year}", "an extra row", span)
    if not index.equals(wanted):
        at = int(np.argmax([a != b for a, b in zip(index, wanted, strict=True)]))
        unit, year = index[at]
        where = f"line {at + 2}: province {unit}, year {year}"
        raise fault(path, where, "a row out of order", f"{wanted[at][0]}, {wanted[at][1]}")


def _number(path: Path, name: str, text: pd.Series) -> pd.Series:
    """Turn text into float64; blanks become NaN, anything else that is no number an error."""
    filled = text.where(text != "")
    numbers = pd.to_numeric(filled, errors="coerce")
    wrong = numbers.isna() & filled.notna() | np.isinf(numbers)
    if wrong.any():
        unit, year = text.index[wrong][0]
        where = f"column {name}: province {unit}, year {year}"
        raise fault(path, where, repr(text[wrong].iloc[0]), "a number or nothing")
    return numbers.astype(float)


def _check_ranges(path: Path, values: pd.DataFrame, columns: Iterable[Column]) -> None:
    """Every value lies in the range that its codebook entry calls plausible (a pandera schema)."""
    import pandera.pandas as pa

    by_name = {c.name: c for c in columns}
    schema = pa.DataFrameSchema(
        {
            n: pa.Column(float, pa.Check.in_range(*c.range), nullable=True)
            for n, c in by_name.items()
        },
        strict=True,
    )
    try:
        schema.validate(values, lazy=True)
    except pa.errors.SchemaErrors as error:
        case = error.failure_cases.iloc[0]
        low, high = by_name[case["column"]].range
        bad = values[case["column"]]
        unit, year = bad.index[(bad < low) | (bad > high)][0]
        side = (
            f"below the plausible {low:g}"
            if bad[unit, year] < low
            else f"above the plausible {high:g}"
        )
        where = f"column {case['column']}: province {unit}, year {year}"
        raise fault(path, where, f"{bad[unit, year]:g}, {side}", f"{low:g} to {high:g}") from None


def _flags(path: Path, text: pd.DataFrame, column: Column, book: Codebook) -> pd.Series:
    """Quality of each value of `column`: its flag column, or official where there is a value."""
    if not column.flagged:
        return pd.Series(np.where(text[column.name] == "", "none", "official"), index=text.index)
    flags = text[f"{column.name}_flag"]
    unknown = ~flags.isin(book.flags.keys())
    if unknown.any():
        unit, year = flags.index[unknown][0]
        where = f"column {column.name}_flag: province {unit}, year {year}"
        raise fault(path, where, repr(flags[unknown].iloc[0]), f"one of {sorted(book.flags)}")
    return flags


def read_table(
    path: Path,
    columns: Sequence[Column],
    years: Sequence[int],
    book: Codebook | None = None,
) -> Panel:
    """Read one table of province-by-year figures and check everything the codebook knows.

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
        a number column, flag, plausible range.
    """
    book = book or codebook()
    header, rows = read_rows(path)
    expected = KEYS + [
        n for c in columns for n in ([c.name, f"{c.name}_flag"] if c.flagged else [c.name])
    ]
    check_header(path, header, expected)
    frame = pd.DataFrame(rows, columns=header, dtype=object)
    _check_units(path, frame, provinces())
    if not (digits := frame["year"].str.fullmatch(r"\d{4}")).all():
        bad = frame[~digits].iloc[0]
        where = f"column year: province {bad['province']}, year {bad['year']}"
        raise fault(path, where, repr(bad["year"]), "four digits")
    text = frame.assign(year=frame["year"].astype(int)).set_index(INDEX)
    _check_balance(path, cast(pd.MultiIndex, text.index), list(provinces()), years)
    values = pd.DataFrame({c.name: _number(path, c.name, text[c.name]) for c in columns})
    flags = pd.DataFrame({c.name: _flags(path, text, c, book) for c in columns})
    _check_ranges(path, values, columns)
    return Panel(values, flags)

"""The codebook: what every column of the official tables is, where it comes from, what it may be.

The tables themselves are read and checked by :mod:`spillover.data.panel`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from spillover.data.files import official, touched


class CodebookError(ValueError):
    """The codebook itself is incomplete or contradicts the tables."""


@dataclass(frozen=True)
class Column:
    """One column of an official table.

    Attributes
    ----------
    years : tuple of int
        First and last year with values.
    cells : int
        Number of values in the table.
    range : tuple of float
        Plausible lowest and highest value, in `unit`.
    flagged : bool
        Whether a column ``<name>_flag`` stands beside it.
    flag : str
        The flag of all its values where there is no such column.
    """

    name: str
    table: str
    label: str
    unit: str
    publisher: str
    vintage: str
    years: tuple[int, int]
    cells: int
    range: tuple[float, float]
    read_at: str
    checked: str
    rights: str
    caveat: str = ""
    flagged: bool = False
    flag: str = "official"


@dataclass(frozen=True)
class Rule:
    """A named rule that fills a gap, with the flag that filled cells carry."""

    name: str
    column: str
    years: tuple[int, ...]
    method: str
    flag: str
    why: str


@dataclass(frozen=True)
class Rights:
    """What may be done with some columns; `restricted` ones are outside the book's licence."""

    name: str
    restricted: bool
    terms: str


@dataclass(frozen=True)
class Codebook:
    """Columns, flags, rules and rights of a folder of tables."""

    columns: dict[str, Column]
    flags: dict[str, str]
    rules: dict[str, Rule] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    rights: dict[str, Rights] = field(default_factory=dict)

    def of(self, table: str) -> dict[str, Column]:
        """Columns of one table, in the codebook's order."""
        return {name: c for name, c in self.columns.items() if c.table == table}

    def frame(self) -> pd.DataFrame:
        """The codebook as a table, one row per column."""
        return pd.DataFrame([vars(c) for c in self.columns.values()]).set_index("name")


def _column(name: str, entry: dict[str, Any], where: Path) -> Column:
    known = {f.name for f in fields(Column)} - {"name"}
    if unknown := sorted(set(entry) - known):
        raise CodebookError(f"{where}: column {name}: unknown entries {unknown}")
    for key in ("years", "range"):
        if key in entry:
            entry = entry | {key: tuple(entry[key])}
    try:
        return Column(name=name, **entry)
    except TypeError as error:
        raise CodebookError(f"{where}: column {name}: {error}") from None


@cache
def read_codebook(path: Path) -> Codebook:
    """Read a codebook.

    Parameters
    ----------
    path : Path
        A YAML file with the sections columns, flags, rules, tables and rights.

    Raises
    ------
    CodebookError
        When an entry is missing or unknown, or a column's rights are none of the section rights;
        the message names the column.
    """
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    rights = {name: Rights(name=name, **entry) for name, entry in raw["rights"].items()}
    columns = {name: _column(name, entry, path) for name, entry in raw["columns"].items()}
    for name, column in columns.items():
        if column.rights not in rights:
            known = ", ".join(rights)
            raise CodebookError(
                f"{path}: column {name}: rights are {column.rights!r}; expected one of {known}"
            )
    rules = {
        name: Rule(name=name, **(entry | {"years": tuple(entry["years"])}))
        for name, entry in raw.get("rules", {}).items()
    }
    flags = {str(name): text for name, text in raw.get("flags", {}).items()}
    return Codebook(columns, flags, rules, raw.get("tables", {}), rights)


def codebook() -> Codebook:
    """Return the codebook of the tables in ``data/official``.

    Examples
    --------
    >>> codebook().columns["population_10k"].unit
    '10,000 persons'
    """
    touched(official() / "codebook.yml")
    return read_codebook(official() / "codebook.yml")


def for_readers(book: Codebook) -> pd.DataFrame:
    """Columns, units, publishers and years, as a table for a page."""
    table = book.frame()
    years = [f"{first}–{last}" for first, last in table["years"]]
    shown = table[["label", "unit", "publisher"]].assign(years=years)
    return shown.set_axis(["What", "Unit", "Publisher", "Years"], axis=1).rename_axis("Column")


def tables_for_readers(book: Codebook) -> pd.DataFrame:
    """Tables of the panel, what they hold, and how many columns our licence does not cover."""
    rows = {
        f"`{table}.csv`": (
            subject,
            len(held := book.of(table).values()),
            sum(c.cells for c in held),
            sum(book.rights[c.rights].restricted for c in held),
        )
        for table, subject in book.tables.items()
        if table != "national"
    }
    columns = ["Subject", "Columns", "Values", "Not covered by CC BY"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("File")


def rights_for_readers(book: Codebook) -> pd.DataFrame:
    """What may be done with which columns, restricted ones first, as a table for a page."""
    held = sorted(book.rights.values(), key=lambda r: not r.restricted)
    columns = {r.name: [c.name for c in book.columns.values() if c.rights == r.name] for r in held}
    return pd.DataFrame(
        {
            "Columns": [
                ", ".join(f"`{name}`" for name in columns[r.name]) if r.restricted
                else f"the other {len(columns[r.name])}"
                for r in held
            ],
            "Covered by CC BY": ["no" if r.restricted else "not needed: facts" for r in held],
            "Terms": [r.terms for r in held],
        }
    )  # fmt: skip

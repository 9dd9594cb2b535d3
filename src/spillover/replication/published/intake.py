"""Checks that a file of transcribed numbers passes before anyone sees it.

A fault is one line with file, row, column, what was found and what was expected; nothing is
repaired here.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from spillover.data import files
from spillover.data.reader import PanelError, check_header, fault, read_rows

COLUMNS = ["table", "row", "column", "statistic", "printed", "value", "stars", "decimals"]
KEY = ["row", "column", "statistic"]
STATISTICS = [
    "moran_i",
    "z",
    "chi2",
    "observations",
    "mean",
    "sd",
    "min",
    "max",
    "coefficient",
    "std_error",
    "r_squared",
    "kp_rk_lm",
    "kp_rk_wald_f",
]
CLAIMS = [
    "id",
    "paper",
    "section",
    "kind",
    "text",
    "subject",
    "sign",
    "significance",
    "magnitude",
    "unit",
    "tables",
]
TABLE_COLUMNS = ["table", "title", "outcome", "weights", "numbers", "note_errors", "note_stars"]
NUMBER = r"-?\d+(\.\d+)?"


class PublishedError(PanelError):
    """A transcribed table is damaged, or a comparison was asked for that it cannot make."""


def read_text(name: str, header: list[str], folder: Path) -> pd.DataFrame:
    """Rows of one file as text, every field present and no header but `header`."""
    path = folder / name
    try:
        found, rows = read_rows(path)
        check_header(path, found, header)
    except FileNotFoundError:
        raise PublishedError(f"{files.short(path)}: no such file; restore it") from None
    except PanelError as error:
        raise PublishedError(str(error)) from None
    return pd.DataFrame(rows, columns=header, dtype=object)


def _schema(table: int) -> pa.DataFrameSchema:
    """Every field of a table of numbers, as text, matches what it may be."""
    matches = pa.Check.str_matches
    return pa.DataFrameSchema(
        {
            "table": pa.Column(object, pa.Check.isin([str(table)])),
            "row": pa.Column(object, matches(r"^\S.*$")),
            "column": pa.Column(object, matches(r"^\S.*$")),
            "statistic": pa.Column(object, pa.Check.isin(STATISTICS)),
            "printed": pa.Column(object, matches(f"^{NUMBER}$")),
            "value": pa.Column(object, matches(f"^{NUMBER}$")),
            "stars": pa.Column(object, matches(r"^\*{0,3}$")),
            "decimals": pa.Column(object, matches(r"^\d$")),
        },
        strict=True,
    )


WANTED = {
    "row": "a label",
    "column": "a label",
    "statistic": "one of " + ", ".join(STATISTICS),
    "printed": "a number with a plain minus sign and no spaces",
    "value": "a number",
    "stars": "up to three stars",
    "decimals": "one digit",
}


def _where(line: int, row: pd.Series, field: str) -> str:
    return f"line {line + 2}: row {row['row']}, column {row['column']}: {field}"


def check_fields(path: Path, text: pd.DataFrame, table: int) -> None:
    """Raise at the first field that the schema refuses."""
    try:
        _schema(table).validate(text, lazy=True)
    except pa.errors.SchemaErrors as error:
        case = error.failure_cases.sort_values("index", kind="stable").iloc[0]
        field, line = str(case["column"]), int(case["index"])
        wanted = WANTED.get(field, str(table))
        row = text.iloc[line]
        found = repr(row[field])
        raise PublishedError(str(fault(path, _where(line, row, field), found, wanted))) from None


def check_precision(path: Path, text: pd.DataFrame) -> None:
    """`value` and `decimals` say what `printed` says."""
    for line in range(len(text)):
        row = text.iloc[line]
        decimals = len(row["printed"].partition(".")[2])
        for field, wanted in (("value", row["printed"]), ("decimals", str(decimals))):
            if row[field] != wanted:
                where = _where(line, row, field)
                raise PublishedError(str(fault(path, where, row[field], f"{wanted}, as printed")))


def check_rows(path: Path, text: pd.DataFrame, numbers: int) -> None:
    """No cell twice, and as many numbers as the table prints."""
    twice = text.duplicated(KEY)
    if twice.any():
        line = int(twice.to_numpy().argmax())
        where = _where(line, text.iloc[line], text.iloc[line]["statistic"])
        raise PublishedError(str(fault(path, where, "a second line for this number", "one")))
    if len(text) != numbers:
        raise PublishedError(
            str(fault(path, "whole file", f"{len(text)} numbers", f"the {numbers} printed"))
        )


def check_sum(path: Path) -> None:
    """The bytes of the file are those that the list of checksums vouches for."""
    if wrong := files.checksum_problem(path):
        raise PublishedError(wrong)

"""What a paper prints: the numbers of its tables and its claims in words, read and checked.

A folder holds ``tables.csv`` (one line a table), ``tableNN.csv`` (one line a number),
``claims.csv`` (one line a claim) and ``SHA256SUMS``; ``data/published/README.md`` describes the
columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from spillover.data import files
from spillover.data.panel import PanelError, check_header, fault, read_rows

KEY = ["row", "column", "statistic"]
STATISTICS = (
    "moran_i", "z", "chi2", "observations", "mean", "sd", "min", "max", "coefficient",
    "std_error", "r_squared", "kp_rk_lm", "kp_rk_wald_f",
)  # fmt: skip
_NUMBER = r"-?\d+(\.\d+)?"
_REFERENCE = r"[^|;]+ \| [^|;]+ \| [^|;]+"
_LABEL = (r"\S.*", "a label")

Fields = Mapping[str, tuple[str, str]]
"""What each field of a file may hold: as a pattern, and in words ("" for the pattern itself)."""

_NUMBERS: Fields = {
    "table": (r"\d+", ""),
    "row": _LABEL,
    "column": _LABEL,
    "statistic": ("|".join(STATISTICS), "one of " + ", ".join(STATISTICS)),
    "printed": (_NUMBER, "a number with a plain minus sign and no spaces"),
    "value": (_NUMBER, "a number"),
    "stars": (r"\*{0,3}", "up to three stars"),
    "decimals": (r"\d", "one digit"),
}
_TABLES: Fields = {
    "table": (r"\d+", "a number"),
    "paper": (r"\S+", "the key of a study"),
    "title": _LABEL,
    "outcome": (".*", ""),
    "weights": (".*", ""),
    "numbers": (r"\d+", "a count"),
    "note_errors": (".*", ""),
    "note_stars": (".*", ""),
    "units": (r"\d+", "the number of units"),
    "observations": (r"\d+", "the observations of the whole sample"),
    "counterpart": (".*", ""),
    "chapter": (".*", ""),
    "no_counterpart": (".*", ""),
}
_CLAIMS: Fields = {
    "id": (r"[A-Z]+\d\d", "letters and two digits"),
    "paper": (r"\S+", "the key of a study"),
    "section": (".*", ""),
    "kind": _LABEL,
    "text": _LABEL,
    "subject": _LABEL,
    "sign": ("|positive|negative|mixed|none", ""),
    "significance": ("|1%|5%|10%|significant|not significant", ""),
    "magnitude": (".*", ""),
    "unit": (".*", ""),
    "tables": (r"(\d+( \d+)*)?", "numbers of tables"),
    "rule": ("|sign|sign only|sign of the first|size|not testable", ""),
    "numbers": (rf"({_REFERENCE}(; {_REFERENCE})*)?", "source | row | columns; …"),
    "words": (".*", ""),
    "variables": (".*", ""),
}


class PublishedError(PanelError):
    """A transcribed table is damaged, or a comparison was asked for that it cannot make."""


def _read(path: Path, fields: Fields, name: Callable[[pd.Series], str]) -> pd.DataFrame:
    """Rows of a file as text, each field as `fields` allows, vouched for by its checksum."""
    try:
        found, rows = read_rows(path)
        check_header(path, found, list(fields))
        text = pd.DataFrame(rows, columns=list(fields), dtype=object)
        for field, (pattern, wanted) in fields.items():
            if (wrong := ~text[field].str.fullmatch(pattern).astype(bool)).any():
                line = int(wrong.to_numpy().argmax())
                where = f"line {line + 2}: {name(text.iloc[line])}: {field}"
                raise fault(path, where, repr(text[field].iloc[line]), wanted or pattern)
    except FileNotFoundError:
        raise PublishedError(f"{files.short(path)}: no such file; restore it") from None
    except PanelError as error:
        raise PublishedError(str(error)) from None
    return text


def _vouched(path: Path, text: pd.DataFrame) -> pd.DataFrame:
    if wrong := files.checksum_problem(path):
        raise PublishedError(wrong)
    return text


def _cell(line: pd.Series) -> str:
    return f"row {line['row']}, column {line['column']}"


@cache
def _table(table: int, folder: Path) -> pd.DataFrame:
    path = folder / f"table{table:02d}.csv"
    text = _read(path, {**_NUMBERS, "table": (str(table), "")}, _cell)
    decimals = text["printed"].str.partition(".")[2].str.len().astype(str)
    for field, wanted in (("value", text["printed"]), ("decimals", decimals)):
        if (wrong := text[field] != wanted).any():
            line = int(wrong.to_numpy().argmax())
            where = f"line {line + 2}: {_cell(text.iloc[line])}: {field}"
            expected = f"{wanted.iloc[line]}, as printed"
            raise PublishedError(str(fault(path, where, text[field].iloc[line], expected)))
    if (twice := text.duplicated(KEY)).any():
        line = int(twice.to_numpy().argmax())
        where = f"line {line + 2}: {_cell(text.iloc[line])}: {text['statistic'].iloc[line]}"
        raise PublishedError(str(fault(path, where, "a second line for this number", "one")))
    if len(text) != (numbers := int(tables(folder)["numbers"][table])):
        found, expected = f"{len(text)} numbers", f"the {numbers} printed"
        raise PublishedError(str(fault(path, "whole file", found, expected)))
    return _vouched(path, text).astype({"table": int, "value": float, "decimals": int})


@cache
def _tables(folder: Path) -> pd.DataFrame:
    path = folder / "tables.csv"
    text = _vouched(path, _read(path, _TABLES, lambda line: f"table {line['table']}"))
    whole = ["table", "numbers", "units", "observations"]
    return text.astype(dict.fromkeys(whole, int)).set_index("table")


@cache
def _claims(folder: Path) -> pd.DataFrame:
    path = folder / "claims.csv"
    text = _read(path, _CLAIMS, lambda line: f"claim {line['id']}")
    if (twice := text["id"].duplicated()).any():
        where = f"claim {text['id'][twice].iloc[0]}"
        raise PublishedError(str(fault(path, where, "its id twice", "an id of its own")))
    return _vouched(path, text).set_index("id")


def load(table: int | None = None, folder: Path | None = None, noted: bool = True) -> pd.DataFrame:
    """Return the numbers that a table prints, or those of all tables.

    Parameters
    ----------
    table : int, optional
        All tables by default.
    folder : Path, optional
        Where the files stand; ``data/published`` by default.
    noted : bool
        Whether the files count as used for what is being computed.

    Returns
    -------
    DataFrame
        One line per number: table, row, column, statistic, printed (text), value (float), stars,
        decimals. Units are those of the printed table.

    Raises
    ------
    PublishedError
        When a file is missing or damaged, naming file, row, column, what was found and expected.

    Examples
    --------
    >>> load(8).query("row == 'GIA' and statistic == 'coefficient'")["printed"].to_list()
    ['0.090', '0.138', '0.228']
    >>> len(load())
    581
    """
    where = (folder or files.published()).resolve()
    known = [int(t) for t in tables(where).index]
    if table is None:
        return pd.concat([load(t, where, noted) for t in known], ignore_index=True)
    if table not in known:
        raise PublishedError(f"Table {table} prints no numbers; ask for one of {known}")
    if noted:
        files.touched(where / f"table{table:02d}.csv")
    return _table(table, where).copy()


def tables(folder: Path | None = None) -> pd.DataFrame:
    """Return by table its title, outcome, weights, count of numbers, notes, sample and chapter.

    Examples
    --------
    >>> int(tables()["numbers"].sum())
    581
    """
    return _tables((folder or files.published()).resolve()).copy()


def about(table: int, folder: Path | None = None) -> dict[str, Any]:
    """Return what :func:`tables` says of one table."""
    return {str(k): v for k, v in tables(folder).to_dict("index")[table].items()}


def claims(paper: str | None = None, folder: Path | None = None) -> pd.DataFrame:
    """Return what the papers claim in words, by id; `paper` is the key of a study.

    Examples
    --------
    >>> claims("growth").loc["G14", "sign"]
    'positive'
    """
    where = (folder or files.published()).resolve()
    files.touched(where / "claims.csv")
    every = _claims(where)
    if paper is None:
        return every.copy()
    if paper not in (known := list(every["paper"].unique())):
        raise PublishedError(f"there is no paper {paper!r}; ask for one of {known}")
    return every[every["paper"] == paper].copy()

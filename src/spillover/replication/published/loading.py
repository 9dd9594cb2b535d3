"""The papers' printed numbers and their claims in words, as data frames.

It hands out what is printed and nothing else; comparing belongs to :mod:`.comparing`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pandas as pd

from spillover.data import files
from spillover.data.reader import fault
from spillover.replication.published.intake import (
    CLAIMS,
    COLUMNS,
    TABLE_COLUMNS,
    PublishedError,
    check_fields,
    check_precision,
    check_rows,
    check_sum,
    read_text,
)

TABLES = (1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12)
"""The tables that print numbers; Table 4 defines variables."""

NUMBERS = 581
"""How many numbers those tables print."""


@cache
def _read(table: int, folder: Path) -> pd.DataFrame:
    name = f"table{table:02d}.csv"
    path = folder / name
    text = read_text(name, COLUMNS, folder)
    check_fields(path, text, table)
    check_precision(path, text)
    check_rows(path, text, int(_tables(folder)["numbers"][table]))
    check_sum(path)
    return text.astype({"table": int, "value": float, "decimals": int})


@cache
def _tables(folder: Path) -> pd.DataFrame:
    text = read_text("tables.csv", TABLE_COLUMNS, folder)
    check_sum(folder / "tables.csv")
    return text.astype({"table": int, "numbers": int}).set_index("table")


@cache
def _claims(folder: Path) -> pd.DataFrame:
    path = folder / "claims.csv"
    text = read_text("claims.csv", CLAIMS, folder)
    for field, allowed in {
        "id": r"[CG]\d\d",
        "paper": "carbon|growth",
        "text": ".+",
        "subject": ".+",
        "sign": "|positive|negative|mixed|none",
        "significance": "|1%|5%|10%|significant|not significant",
    }.items():
        wrong = [not re.fullmatch(allowed, cell) for cell in text[field]]
        if any(wrong):
            line = wrong.index(True)
            where = f"line {line + 2}: claim {text['id'].iloc[line]}: {field}"
            raise PublishedError(str(fault(path, where, repr(text[field].iloc[line]), allowed)))
    if text["id"].duplicated().any():
        twice = text["id"][text["id"].duplicated()].iloc[0]
        raise PublishedError(str(fault(path, f"claim {twice}", "its id twice", "an id of its own")))
    check_sum(path)
    return text.set_index("id")


def load(table: int | None = None, folder: Path | None = None) -> pd.DataFrame:
    """Return the numbers that a table prints, or all 581.

    Parameters
    ----------
    table : int, optional
        1 to 12 without 4; all tables by default.
    folder : Path, optional
        Where the files stand; ``data/published`` by default.

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
    if table is not None:
        if table not in TABLES:
            raise PublishedError(f"Table {table} prints no numbers; ask for one of {list(TABLES)}")
        return _read(table, where).copy()
    return pd.concat([_read(t, where) for t in TABLES], ignore_index=True)


def tables(folder: Path | None = None) -> pd.DataFrame:
    """Return title, outcome, weights, count of numbers and the note's promises by table.

    Examples
    --------
    >>> int(tables()["numbers"].sum())
    581
    """
    return _tables((folder or files.published()).resolve()).copy()


def claims(paper: str | None = None, folder: Path | None = None) -> pd.DataFrame:
    """Return what the papers claim in words, by id; `paper` is "carbon" or "growth".

    Examples
    --------
    >>> claims("growth").loc["G14", "sign"]
    'positive'
    """
    every = _claims((folder or files.published()).resolve())
    if paper is None:
        return every.copy()
    if paper not in set(every["paper"]):
        raise PublishedError(f"there is no paper {paper!r}; ask for 'carbon' or 'growth'")
    return every[every["paper"] == paper].copy()

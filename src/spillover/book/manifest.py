"""The manifest of a built book, every number on its pages, and what differs between two of them."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import IO

import pandas as pd

from spillover.econometrics.formats import MINUS

NAME = "manifest.csv"
COLUMNS = (
    "page", "key", "printed", "value", "chapter", "number", "functions", "data", "download",
)  # fmt: skip
"""Columns of a manifest.

`page` and `key` together name a number: the key of a fact in prose, or the label of a table or
figure with row and column. `printed` is what the page shows, `value` the number before rounding
where there is one; of a column of numbers drawn, their mean. `chapter` is the page's title,
`number` that of the table or figure; `functions` made it, `data` are the files behind it,
`download` has the numbers of the table or figure.
"""

_CHANGES = ("changed", "only in the old", "only in the new")
_ONE_NUMBER = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][-+]?\d+)?")


class ManifestError(ValueError):
    """There is no manifest where one was expected, or it is none."""


def read(place: Path) -> pd.DataFrame:
    """Read the manifest of a built book, indexed by page and key.

    Parameters
    ----------
    place
        The site's folder, a zip file of it, or the manifest itself.

    Raises
    ------
    ManifestError
        When the place has no manifest, or the file is none.
    """
    if place.is_dir():
        found = sorted(place.rglob(NAME))
        if len(found) != 1:
            raise ManifestError(f"{place}: found {len(found)} files {NAME}, expected one")
        return _table(found[0], found[0])
    if not place.is_file():
        raise ManifestError(f"{place}: found nothing there, expected a site, its zip or {NAME}")
    if not zipfile.is_zipfile(place):
        return _table(place, place)
    with zipfile.ZipFile(place) as archive:
        names = [name for name in archive.namelist() if Path(name).name == NAME]
        if len(names) != 1:
            raise ManifestError(f"{place}: found {len(names)} files {NAME}, expected one")
        with archive.open(names[0]) as file:
            return _table(file, place)


def _table(file: Path | IO[bytes], place: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ManifestError(f"{place}: {error}; expected a CSV file") from None
    if tuple(table.columns) != COLUMNS:
        raise ManifestError(f"{place}: columns are {list(table)}, expected {list(COLUMNS)}")
    table["value"] = pd.to_numeric(table["value"])
    if (twice := table.duplicated(["page", "key"])).any():
        page, key = table.loc[twice, ["page", "key"]].iloc[0]
        raise ManifestError(f"{place}: {page}, {key} stands there twice")
    return table.set_index(["page", "key"])


def compare(
    old: pd.DataFrame, new: pd.DataFrame, tolerance: float = 1e-6, skip: Sequence[str] = ()
) -> pd.DataFrame:
    """List the numbers that changed from one build to another.

    A number has changed when the page shows another text, or when the number before rounding
    differs by more than the tolerance; processors may differ in the last digits.

    Parameters
    ----------
    old, new : DataFrame
        As :func:`read` returns them.
    tolerance
        Largest difference of unrounded numbers that counts as none, relative to the larger of them.
    skip
        Pages that are left out, as patterns: ``"chapters/appendix/*"``.

    Returns
    -------
    DataFrame
        Indexed by page and key: `change` ("changed", "only in the old", "only in the new", in this
        order), `old`, `new` as printed, `difference` (new less old, of unrounded numbers where both
        are known).
        Its ``attrs`` say how many numbers were `compared`, and how far apart before rounding,
        relative to their size, the `farthest` of those lie that have not changed.
    """
    held = [
        table.loc[[not any(fnmatch(page, p) for p in skip) for page, _ in table.index]]
        for table in (old, new)
    ]
    both = held[0].join(held[1], how="outer", lsuffix="_old", rsuffix="_new", sort=False)
    exact = both["value_new"] - both["value_old"]
    rounded = both["printed_new"].map(_number) - both["printed_old"].map(_number)
    size = both[["value_old", "value_new"]].abs().max(axis=1)
    apart = (exact.abs() / size).where(size > 0, exact.abs())
    changed = (both["printed_old"] != both["printed_new"]) | (apart > tolerance)
    both["change"] = _CHANGES[0]
    both.loc[both["printed_new"].isna(), "change"] = _CHANGES[1]
    both.loc[both["printed_old"].isna(), "change"] = _CHANGES[2]
    both["difference"] = exact.fillna(rounded)
    named = both[changed].rename(columns={"printed_old": "old", "printed_new": "new"})
    named = named.sort_values("change", kind="stable", key=lambda c: c.map(_CHANGES.index))
    named.attrs = {"compared": len(both), "farthest": apart[~changed].max()}
    return named[["change", "old", "new", "difference"]]


def _number(text: object) -> float:
    """Return the one number that a text shows, NaN if it shows none or several."""
    found = _ONE_NUMBER.findall(str(text).replace(MINUS, "-"))
    return float(found[0].replace(",", "")) if len(found) == 1 else math.nan

"""Sizes of tests as seeded simulations at the panels' own size found them, stored with the data."""

from __future__ import annotations

import io

import pandas as pd

from spillover.data import files
from spillover.econometrics.formats import percent


def sizes(name: str) -> pd.DataFrame:
    """Read a stored run of ``data/simulated``.

    Parameters
    ----------
    name : str
        File without its ending: "regressions".

    Returns
    -------
    DataFrame
        One row a test, version (of its errors or draws), fixed_effects and design of the errors:
        size (share of samples in which a true null is rejected at 5 %), replications, seed.

    Examples
    --------
    >>> sorted(sizes("regressions")["design"].unique())
    ['ar', 'both', 'het', 'iid']
    """
    content = files.read(files.root() / "data" / "simulated" / f"{name}.csv")
    return pd.read_csv(io.BytesIO(content), keep_default_na=False)


def size_range(table: pd.DataFrame, test: str, version: str) -> str:
    """Smallest and largest size of a test over the designs and effects, in words.

    Parameters
    ----------
    table : DataFrame
        Of :func:`sizes`, or some of its rows.
    test : str
        A test, or its beginning: "two stages" takes all sets of instruments.
    version : str

    Examples
    --------
    >>> row = {"test": "coefficient", "version": "cr3"}
    >>> size_range(pd.DataFrame([row | {"size": 0.03}, row | {"size": 0.061}]), "coef", "cr3")
    '3% to 6%'
    """
    held = table[table["test"].str.startswith(test) & (table["version"] == version)]["size"]
    if held.empty:
        raise ValueError(f"no sizes of {test!r}, {version!r}; the table has {len(table)} rows")
    low, high = percent(held.min(), 0), percent(held.max(), 0)
    return low if low == high else f"{low} to {high}"

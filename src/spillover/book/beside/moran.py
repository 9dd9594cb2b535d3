"""Moran's I, printed and ours, year by year.

It arranges numbers that other rooms computed; it computes none of its own.
"""

from __future__ import annotations

import pandas as pd


def moran_lines(compared: pd.DataFrame, symbol: str) -> pd.DataFrame:
    """Moran's I of one variable by year, printed and ours, from a comparison of Table 1 or 2.

    Returns
    -------
    DataFrame
        Index year; columns here, printed.
    """
    rows = compared[(compared["statistic"] == "moran_i") & (compared["column"] == symbol)]
    years = pd.Index(rows["row"].astype(int), name="year")
    lines = {"here": rows["ours"].to_numpy(), "printed": rows["printed"].astype(float).to_numpy()}
    return pd.DataFrame(lines, index=years)


def moran_table(by_year: pd.DataFrame) -> pd.DataFrame:
    """Moran's I by year with its three tests, under headings for a page."""
    headings = {
        "I": "I", "z_rand": "z, random.", "p_rand": "p, random.", "z_norm": "z, normal",
        "p_norm": "p, normal", "p_perm": "p, permut.",
    }  # fmt: skip
    return by_year[list(headings)].rename(columns=headings).rename_axis("Year")

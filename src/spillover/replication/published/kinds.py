r"""What each kind of printed statistic is measured by: its standard error and its significance.

It holds the rules alone, one per kind, and applies them to no number of ours.

=================  ==============================  ===========================================
kind               published standard error        significance at 10 %
=================  ==============================  ===========================================
coefficient        printed beside it               its stars
std_error          s/√(2n)                         that of its coefficient
moran_i            (I − E)/z, E = −1/29            its stars
z                  1                               the stars of its I
mean               sd/√n                           none: nothing is tested
sd                 sd/√(2n)                        none
r_squared          2R(1 − R²)/√n                   none
min, max           none                            none
observations       none                            none
chi2, kp_rk_lm     none                            its stars
kp_rk_wald_f       none                            printed value against χ²(1)
=================  ==============================  ===========================================

The derived errors are those of independent normal draws. Panel data vary more, so they are the
smaller ones, and a verdict of *close* is the harder to get.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

UNITS = 30
SAMPLE = 300
LEVEL = 0.10

TESTS = ("chi2", "kp_rk_lm", "kp_rk_wald_f")
"""Statistics that are judged by the decision at 10 %: they have no standard error."""

ONE_DEGREE = ("LM error", "robust LM error", "LM lag", "robust LM lag", "model")
"""Rows whose test statistic is χ² with one degree of freedom, so that its value gives p."""

REFERENCES = {
    "coefficient": "printed",
    "std_error": "s/√(2n)",
    "moran_i": "(I + 1/29)/z",
    "z": "1 under the null",
    "mean": "sd/√n",
    "sd": "sd/√(2n)",
    "r_squared": "2R(1 − R²)/√n",
}
"""Where the published standard error of each kind comes from; kinds not named have none."""


def _lookup(printed: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    keys = printed[["row", "column", "statistic"]].itertuples(index=False, name=None)
    return dict(zip(keys, printed["value"].astype(float), strict=True))


def _observations(cells: dict[tuple[str, str, str], float], row: str, column: str) -> float:
    """Sample behind a cell: its own row's, its column's, its window's, else the full panel."""
    for key in ((row, column), ("model", column), ("model", column.partition(" ")[0])):
        if (*key, "observations") in cells:
            return cells[(*key, "observations")]
    return SAMPLE


def _one(cells: dict[tuple[str, str, str], float], row: str, column: str, kind: str) -> float:
    value = cells[row, column, kind]
    n = _observations(cells, row, column)
    if kind == "coefficient":
        return cells[row, column, "std_error"]
    if kind == "moran_i":
        return (value + 1 / (UNITS - 1)) / cells[row, column, "z"]
    if kind == "z":
        return 1.0
    if kind == "mean":
        return cells[row, column, "sd"] / math.sqrt(n)
    if kind in ("std_error", "sd"):
        return value / math.sqrt(2 * n)
    if kind == "r_squared":
        return 2 * math.sqrt(value) * (1 - value) / math.sqrt(n)
    return float("nan")


def published_error(printed: pd.DataFrame) -> pd.Series:
    """Standard error of each printed number, as printed or as theory gives it; NaN where none is.

    Parameters
    ----------
    printed : DataFrame
        One whole table, as `load` returns it.

    Examples
    --------
    >>> from spillover.replication.published import load
    >>> moran = load(1)
    >>> round(float(published_error(moran)[0]), 4)
    0.125
    """
    cells = _lookup(printed)
    keys = printed[["row", "column", "statistic"]].itertuples(index=False, name=None)
    return pd.Series([_one(cells, *key) for key in keys], index=printed.index, dtype=float)


def printed_significance(printed: pd.DataFrame) -> pd.Series:
    """Whether the paper calls each number significant at 10 %; None where nothing is tested.

    Stars are taken at their word, also where the audit finds them impossible.
    """
    starred = {
        (row, column): bool(stars)
        for row, column, kind, stars in printed[["row", "column", "statistic", "stars"]].itertuples(
            index=False, name=None
        )
        if kind in ("coefficient", "moran_i", "chi2", "kp_rk_lm")
    }
    critical = float(stats.chi2.ppf(1 - LEVEL, 1))
    out: list[bool | None] = []
    for row, column, kind, value in printed[["row", "column", "statistic", "value"]].itertuples(
        index=False, name=None
    ):
        if kind == "kp_rk_wald_f":
            out.append(float(value) > critical)
        elif kind in ("coefficient", "std_error", "moran_i", "z", "chi2", "kp_rk_lm"):
            out.append(starred[row, column])
        else:
            out.append(None)
    return pd.Series(out, index=printed.index, dtype=object)


def own_pvalue(
    ours: Mapping[tuple[str, str, str], float], row: str, column: str, kind: str
) -> float:
    """p-value of ours: the one supplied, else that of our own statistic, else NaN.

    Two-tailed and normal for a coefficient over its error and for Moran's z, χ²(1) for the tests
    that have one degree of freedom.
    """
    supplied = ours.get((row, column, f"{kind}_p_value"), ours.get((row, column, "p_value")))
    if supplied is not None and not math.isnan(supplied):
        return supplied
    if kind in TESTS:
        value = ours.get((row, column, kind), math.nan)
        return float(stats.chi2.sf(value, 1)) if row in ONE_DEGREE else math.nan
    z = ours.get((row, column, "z"))
    if z is None:
        error = ours.get((row, column, "std_error"), math.nan)
        z = ours.get((row, column, "coefficient"), math.nan) / error if error else math.nan
    return float(2 * stats.norm.sf(np.abs(z)))

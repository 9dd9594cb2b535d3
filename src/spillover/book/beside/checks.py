"""Robustness checks one by one: a group of them as a table, and its signs in words.

It arranges what :mod:`spillover.multiverse` computed; it computes none of its own.
"""

from __future__ import annotations

import pandas as pd

from spillover.book import tables
from spillover.book.beside.wording import counted
from spillover.replication.tables import EFFECTS


def checks_table(checks: pd.DataFrame, *groups: str, heading: str = "Check") -> pd.DataFrame:
    """Effects under every check of some groups, with errors and stars."""
    held = checks[checks["group"].isin(groups) & (checks["reason"] == "")]
    columns = {
        effect.capitalize(): [
            tables.estimate(*line)
            for line in held[[effect, f"{effect}_std_error", f"{effect}_pvalue"]].to_numpy()
        ]
        for effect in EFFECTS
    }
    return pd.DataFrame(columns, index=pd.Index(held["label"], name=heading))


def signs(checks: pd.DataFrame, group: str, effect: str) -> str:
    """How often an effect is negative and positive in a group of checks, in words."""
    held = checks[checks["group"] == group]
    return counted(held[effect], held[f"{effect}_pvalue"])


def not_estimated(checks: pd.DataFrame) -> str:
    """Labels of the checks that could not be estimated; "none" if all could."""
    failed = checks.loc[checks["reason"] != "", "label"]
    return "; ".join(failed) or "none"

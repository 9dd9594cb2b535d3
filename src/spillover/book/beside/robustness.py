"""Robustness checks for a page.

It arranges numbers that other rooms computed; it computes none of its own.
"""

from __future__ import annotations

import pandas as pd

from spillover import multiverse
from spillover.studies.study import Study


def first_reason(checks: pd.DataFrame) -> str:
    """Why the first specification that could not be estimated failed; "none failed" if none did."""
    failed = checks.loc[checks["reason"] != "", "reason"]
    return "none failed" if failed.empty else str(failed.iloc[0]).rstrip(".")


def robustness_table(checks: pd.DataFrame, effect: str = "direct") -> pd.DataFrame:
    """Range and signs of an effect by group of checks, as a table for a page."""
    table = multiverse.by_choice(checks, effect).droplevel("choice")
    shown = pd.DataFrame(
        {
            "Checks": table["specifications"] - table["failed"],
            "Lowest": table["lowest"],
            "Median": table["median"],
            "Highest": table["highest"],
            "Positive": [f"{100 * share:.0f}%" for share in table["positive_significant"]],
        }
    )
    return shown.rename_axis("Group")


def significantly_positive(checks: pd.DataFrame, effect: str = "direct") -> str:
    """Groups and labels of the checks in which an effect is positive at five per cent."""
    found = checks[(checks[effect] > 0) & (checks[f"{effect}_pvalue"] < 0.05)]
    names = [f"{group}: {label}" for group, label in found[["group", "label"]].to_numpy()]
    return "; ".join(names) or "none"


def exposure_checks(study: Study) -> pd.DataFrame:
    """Robustness checks of a study that keep its estimator and effects, estimated ones alone."""
    groups = ["window", "weights", "province", "year", "outcome", "vintage", "controls"]
    checks = multiverse.robustness(study, groups)
    return checks[checks["reason"] == ""]

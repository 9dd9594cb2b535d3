"""What an abstract claims beside what is found, for one chapter's claims or all of them.

Evidence comes from :mod:`spillover.replication.evidence`; a page asks for the claims it is about.
"""

from __future__ import annotations

import pandas as pd

from spillover.replication.scorecard import claims_evidence, claims_summary
from spillover.studies import GROWTH, Study


def examined(first: str, last: str, study: Study = GROWTH) -> pd.DataFrame:
    """Claims from one number to another with verdict and evidence, without examining the others.

    Returns
    -------
    DataFrame
        Index id; section, kind, text, tables, verdict, evidence, and proxy: whether the evidence
        rests on a stand-in.
    """
    return claims_evidence(study, first, last)


def tally(claims: pd.DataFrame) -> str:
    """Count the verdicts as text.

    Examples
    --------
    >>> tally(pd.DataFrame({"verdict": ["upheld", "not upheld", "not upheld"]}))
    '1 upheld, 2 not upheld'
    """
    counts = claims["verdict"].value_counts()
    names = [n for n in ("upheld", "not upheld", "cannot be tested") if n in counts.index]
    return ", ".join(f"{counts[name]} {name}" for name in names)


def summary(claims: pd.DataFrame) -> pd.DataFrame:
    """Verdicts by kind of claim, and how many claims rest on a stand-in, for a page."""
    counts = claims_summary(claims)
    stand_in = claims.groupby("kind", sort=False)["proxy"].sum()
    stand_in.loc["all"] = stand_in.sum()
    shown = (
        counts.drop(columns="cannot be tested") if not counts["cannot be tested"].any() else counts
    )
    shown = shown.assign(**{"by proxy": stand_in.astype(int)})
    return shown.rename(columns=lambda name: str(name).capitalize()).rename_axis("Kind")

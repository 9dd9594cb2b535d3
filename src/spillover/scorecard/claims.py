"""Every claim of a paper with its verdict and the evidence.

The functions stand in modules by subject, :mod:`.description`, :mod:`.models` and :mod:`.checks`;
here they are run over the list of claims.
"""

from __future__ import annotations

import pandas as pd

from spillover import published

# importing them registers their functions
from spillover.scorecard import checks, description, models  # noqa: F401
from spillover.scorecard.evidence import (
    NOT_UPHELD,
    UNTESTABLE,
    UPHELD,
    CannotBeTestedError,
    Evidence,
    Finding,
)
from spillover.scorecard.registry import Examine, examiners
from spillover.study import CARBON, Study

VERDICTS = (UPHELD, NOT_UPHELD, UNTESTABLE)


def _examined(examine: Examine, evidence: Evidence) -> Finding:
    try:
        return examine(evidence)
    except CannotBeTestedError as reason:
        return Finding(UNTESTABLE, str(reason))


def claims_evidence(paper: str = "carbon", study: Study = CARBON) -> pd.DataFrame:
    """Every claim of a paper in words, upheld, not upheld or not testable, and why.

    Returns
    -------
    DataFrame
        Index id; section, kind, text, tables, verdict, evidence (a sentence with numbers).

    Raises
    ------
    ScorecardError
        A claim has no function that gives evidence on it.
    """
    evidence, functions = Evidence(study), examiners(paper)
    found = {name: _examined(examine, evidence) for name, examine in functions.items()}
    listed = published.claims(paper)[["section", "kind", "text", "tables"]]
    return listed.assign(
        verdict=[found[name].verdict for name in listed.index],
        evidence=[found[name].evidence for name in listed.index],
    )


def claims_summary(claims: pd.DataFrame) -> pd.DataFrame:
    """Count the verdicts on claims by kind, with a last row of totals."""
    counts = pd.crosstab(claims["kind"], claims["verdict"])
    counts = counts.reindex(index=list(dict.fromkeys(claims["kind"])), columns=list(VERDICTS))
    counts = counts.fillna(0).astype(int).rename_axis(columns=None)
    counts.loc["all"] = counts.sum()
    return counts.assign(total=counts.sum(axis=1))

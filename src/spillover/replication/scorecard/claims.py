"""Every claim of a paper with its verdict and the evidence.

The functions stand in modules by subject, :mod:`.description`, :mod:`.models` and :mod:`.checks`;
here they are run over the list of claims.
"""

from __future__ import annotations

from importlib import import_module

import pandas as pd

from spillover.replication import published

# importing them registers their functions
from spillover.replication.scorecard import checks, description, models  # noqa: F401
from spillover.replication.scorecard.evidence import (
    NOT_UPHELD,
    UNTESTABLE,
    UPHELD,
    CannotBeTestedError,
    Evidence,
    Finding,
)
from spillover.replication.scorecard.registry import Examine, examiners
from spillover.studies.study import Study
from spillover.studies.study import study as declared

VERDICTS = (UPHELD, NOT_UPHELD, UNTESTABLE)


def _examined(examine: Examine, evidence: Evidence) -> Finding:
    try:
        return examine(evidence)
    except CannotBeTestedError as reason:
        return Finding(UNTESTABLE, str(reason))


def claims_evidence(paper: str = "carbon", study: Study | None = None) -> pd.DataFrame:
    """Every claim of a paper in words, upheld, not upheld or not testable, and why.

    Parameters
    ----------
    paper : str
        "carbon" or "growth".
    study : Study, optional
        The study that gives the evidence; the paper's own by default.

    Returns
    -------
    DataFrame
        Index id; section, kind, text, tables, verdict, evidence (a sentence with numbers; it
        says first where a variable stands in for the paper's).

    Raises
    ------
    ScorecardError
        A claim has no function that gives evidence on it.
    """
    import_module(
        "spillover.replication.growth_claims"
    )  # its functions rest on this package, and register
    evidence, functions = Evidence(study or declared(paper)), examiners(paper)
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

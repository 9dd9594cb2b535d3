"""The scorecard for readers: totals, claims with badges, and what another model would score.

Verdicts come from :mod:`spillover.replication.scorecard`; here they only find their place on a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pandas as pd

from spillover.book.tables.cells import Marked
from spillover.replication import scorecard, verdicts
from spillover.replication import tables as replication
from spillover.replication.verdicts import VERDICTS
from spillover.studies import STUDIES, Study

BADGES: Mapping[str, str] = MappingProxyType(
    {"upheld": "reproduced", "not upheld": "opposite", "cannot be tested": "not-comparable"}
)
"""The badge, among those of verdicts on numbers, that a verdict on a claim wears."""

STATISTICS: Mapping[str, str] = MappingProxyType(
    {
        "coefficient": "coefficients and effects",
        "std_error": "standard errors",
        "moran_i": "Moran's I",
        "z": "z of Moran's I",
        "chi2": "χ² statistics",
        "kp_rk_lm": "rank tests",
        "kp_rk_wald_f": "first-stage F",
        "mean": "means",
        "sd": "standard deviations",
        "min": "minima",
        "max": "maxima",
        "observations": "observations",
        "r_squared": "R²",
    }
)


def totals(numbers: pd.DataFrame, by: str = "table") -> pd.DataFrame:
    """Verdicts by table or by kind of number, narrow enough for a page, with a row of totals.

    Parameters
    ----------
    numbers : DataFrame
        Of :func:`spillover.replication.scorecard.scorecard`.
    by
        "table" or "statistic".
    """
    counts = verdicts.totals(numbers, by)
    if by == "statistic":
        counts = counts.loc[[s for s in STATISTICS if s in counts.index]]
        counts.index = pd.Index([STATISTICS[str(s)] for s in counts.index])
    else:
        counts.index = pd.Index([f"Table {t}" for t in counts.index])
    counts.loc["all"] = counts.sum()
    return counts.rename(columns={"not comparable": "–", "total": "All"}).rename_axis("Printed")


def claims(paper: str) -> pd.DataFrame:
    """Every claim of a paper with verdict and evidence."""
    return scorecard.claims_evidence(STUDIES[paper]).drop(columns="proxy")


def claims_table(listed: pd.DataFrame, ids: Iterable[str] = ()) -> pd.DataFrame:
    """Claims for a page: the claim with its number, a badge, the evidence.

    Parameters
    ----------
    listed : DataFrame
        Of :func:`claims`.
    ids
        First and last number of a run of claims; all by default.

    Examples
    --------
    >>> one = pd.DataFrame({"text": ["Up"], "verdict": ["upheld"], "evidence": ["so"]}, ["C01"])
    >>> claims_table(one).iloc[0].astype(str).to_list()
    ['C01 · Up', 'upheld', 'so']
    """
    ends = list(ids)
    held = listed.loc[ends[0] : ends[1]] if ends else listed
    return pd.DataFrame(
        {
            "Claim": [f"{name} · {text}" for name, text in held["text"].items()],
            "Verdict": [Marked(str(v), BADGES[str(v)]) for v in held["verdict"]],
            "Evidence": held["evidence"].to_list(),
        }
    )


def variants(
    studies: Mapping[str, Study], table: int, statistic: str = "coefficient"
) -> pd.DataFrame:
    """Verdicts that several variants of the study earn on one printed table.

    Parameters
    ----------
    studies : mapping
        Name to variant.
    table
        A printed table.
    statistic
        Which of its numbers count.
    """
    rows = {}
    for name, study in studies.items():
        compared = replication.compare(table, study)
        held = compared[compared["statistic"] == statistic]["verdict"]
        rows[name] = held.value_counts().reindex(list(VERDICTS[:4]), fill_value=0)
    return pd.DataFrame(rows).T.rename_axis("Model")

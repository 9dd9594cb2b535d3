"""The scorecard: every printed number and every claim in words beside what is found here.

It collects comparisons and states evidence; nothing is estimated that other rooms do not estimate,
and a number without a counterpart stays in the table with its reason.
"""

from spillover.replication.scorecard.claims import claims_evidence, claims_summary
from spillover.replication.scorecard.evidence import Evidence, Finding
from spillover.replication.scorecard.numbers import CHAPTERS, scorecard, summary, write_csv
from spillover.replication.scorecard.registry import ScorecardError

__all__ = [
    "CHAPTERS",
    "Evidence",
    "Finding",
    "ScorecardError",
    "claims_evidence",
    "claims_summary",
    "scorecard",
    "summary",
    "write_csv",
]

"""The printed tables asked whether they can be: stars, sums, identities, statements.

Only ``data/published`` is read; it re-estimates nothing and compares with nothing of ours.
"""

from spillover.replication.audit.autocorrelation import Line, NullVariance, null_variance
from spillover.replication.audit.report import audit, coverage, implied_variances, outcomes, summary

__all__ = [
    "Line",
    "NullVariance",
    "audit",
    "coverage",
    "implied_variances",
    "null_variance",
    "outcomes",
    "summary",
]

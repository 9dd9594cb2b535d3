"""Audit of the printed tables: can the numbers be right, by arithmetic on print alone?

Only ``data/published`` is read, and weights that the caller supplies; nothing is estimated and
nothing is compared with numbers of ours. Each rule is one function, registered by
:func:`spillover.replication.audit.rules.rule` in one of the modules below.
"""

from spillover.replication.audit import effects, moran, statements, statistics
from spillover.replication.audit.moran import implied_variances, null_variance, variance_lines
from spillover.replication.audit.report import (
    RESULTS,
    audit,
    coverage,
    example,
    findings,
    questions,
    summary,
)

__all__ = [
    "RESULTS",
    "audit",
    "coverage",
    "effects",
    "example",
    "findings",
    "implied_variances",
    "moran",
    "null_variance",
    "questions",
    "statements",
    "statistics",
    "summary",
    "variance_lines",
]

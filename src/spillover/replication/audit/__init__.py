"""Audit of the published tables: do the numbers fit together, by arithmetic on them alone?

Only ``data/published`` is read; nothing is estimated and nothing is compared with numbers of ours.
Each check is one function, registered by :func:`spillover.replication.audit.rules.rule`.
"""

from spillover.replication.audit import moran, numbers, words
from spillover.replication.audit.moran import implied_variances, null_variance, variance_lines
from spillover.replication.audit.numbers import rounded_p
from spillover.replication.audit.report import example, findings, for_readers, questions, summary
from spillover.replication.audit.rules import RESULTS, Published

__all__ = [
    "RESULTS",
    "Published",
    "example",
    "findings",
    "for_readers",
    "implied_variances",
    "moran",
    "null_variance",
    "numbers",
    "questions",
    "rounded_p",
    "summary",
    "variance_lines",
    "words",
]

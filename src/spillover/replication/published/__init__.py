"""The papers' printed numbers and claims, and the verdict on ours beside them.

It reads ``data/published/`` and compares; it estimates nothing and doubts nothing, which is the
business of :mod:`spillover.replication.audit`.
"""

from spillover.replication.published.comparing import compare, totals
from spillover.replication.published.intake import PublishedError
from spillover.replication.published.kinds import REFERENCES, published_error
from spillover.replication.published.loading import (
    NUMBERS,
    TABLES,
    claims,
    load,
    tables,
)
from spillover.replication.published.rounding import equal_as_printed
from spillover.replication.published.verdicts import VERDICTS

__all__ = [
    "NUMBERS",
    "REFERENCES",
    "TABLES",
    "VERDICTS",
    "PublishedError",
    "claims",
    "compare",
    "equal_as_printed",
    "load",
    "published_error",
    "tables",
    "totals",
]

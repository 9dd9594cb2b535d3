"""The papers' printed numbers and claims, and the verdict on ours beside them.

It reads ``data/published/`` and compares; it estimates nothing and doubts nothing, which is the
business of :mod:`spillover.audit`.
"""

from spillover.published.comparing import compare, totals
from spillover.published.intake import PublishedError
from spillover.published.kinds import REFERENCES, published_error
from spillover.published.loading import (
    NUMBERS,
    TABLES,
    claims,
    load,
    tables,
)
from spillover.published.rounding import equal_as_printed
from spillover.published.verdicts import VERDICTS

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

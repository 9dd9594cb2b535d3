"""The last part of the book for its readers: audit, search and scorecard as tables and pictures.

It arranges what :mod:`spillover.replication.audit`, :mod:`spillover.multiverse.search` and the comparison found; it
finds nothing itself.
"""

from spillover.book.beyond.nearness import (
    HEADINGS,
    across,
    best_by_kind,
    in_words,
    nearest_table,
    ratios_by_lag,
    recovered,
    zeros_of,
)
from spillover.book.beyond.scores import claims, claims_table, totals, variants

__all__ = [
    "HEADINGS",
    "across",
    "best_by_kind",
    "claims",
    "claims_table",
    "in_words",
    "nearest_table",
    "ratios_by_lag",
    "recovered",
    "totals",
    "variants",
    "zeros_of",
]

"""The last part of the book for its readers: audit, search and scorecard as tables and pictures.

It arranges what :mod:`spillover.replication.audit`, :mod:`spillover.multiverse.search` and the comparison found; it
finds nothing itself.
"""

from spillover.book.beyond.autocorrelation import (
    kurtosis_by_year,
    kurtosis_table,
    outside_print,
    weights_pairs,
)
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
from spillover.book.beyond.pictures import distances_by_choice, questions_overview
from spillover.book.beyond.questions import (
    GROUPS,
    by_check,
    example,
    findings,
    implied_rhos,
    squares,
)
from spillover.book.beyond.scores import claims, claims_table, totals, variants

__all__ = [
    "GROUPS",
    "HEADINGS",
    "across",
    "best_by_kind",
    "by_check",
    "claims",
    "claims_table",
    "distances_by_choice",
    "example",
    "findings",
    "implied_rhos",
    "in_words",
    "kurtosis_by_year",
    "kurtosis_table",
    "nearest_table",
    "outside_print",
    "questions_overview",
    "ratios_by_lag",
    "recovered",
    "squares",
    "totals",
    "variants",
    "weights_pairs",
    "zeros_of",
]

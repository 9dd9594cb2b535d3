"""The last part of the book for its readers: audit, search and scorecard as tables and pictures.

It arranges what :mod:`spillover.audit`, :mod:`spillover.search` and the comparison found; it
finds nothing itself.
"""

from spillover.beyond.autocorrelation import (
    kurtosis_by_year,
    kurtosis_table,
    outside_print,
    weights_pairs,
)
from spillover.beyond.nearness import (
    HEADINGS,
    across,
    best_by_kind,
    in_words,
    nearest_table,
    ratios_by_lag,
    recovered,
    zeros_of,
)
from spillover.beyond.pictures import distances_by_choice, questions_overview
from spillover.beyond.questions import (
    GROUPS,
    by_check,
    example,
    findings,
    implied_rhos,
    squares,
)
from spillover.beyond.scores import claims, claims_table, totals, variants

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

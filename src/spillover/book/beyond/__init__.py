"""The scorecard as tables of a page."""

from spillover.book.beyond.scores import claims, claims_table, totals, variants

__all__ = [
    "claims",
    "claims_table",
    "totals",
    "variants",
]

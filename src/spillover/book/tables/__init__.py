"""Publication tables: numbered and captioned on the page, as LaTeX and CSV beside it.

They lay out and format numbers that other modules computed; they compute none.
"""

from spillover.book.tables.cells import estimate
from spillover.book.tables.comparison import badge, claims_table, published_vs_here, tally
from spillover.book.tables.layout import numbered, to_latex, to_myst
from spillover.book.tables.regression import NOTE, regression_table

__all__ = [
    "NOTE",
    "badge",
    "claims_table",
    "estimate",
    "numbered",
    "published_vs_here",
    "regression_table",
    "tally",
    "to_latex",
    "to_myst",
]

"""Results arranged for the pages of the second part."""

from spillover.book.beside.effects import effects_table
from spillover.book.beside.instruments import instruments_table
from spillover.book.layouts import robustness_table

__all__ = ["effects_table", "instruments_table", "robustness_table"]

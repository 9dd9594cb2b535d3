"""Effects of spatial models as tables."""

from spillover.book.layouts import estimates_table as effects_table

__all__ = ["effects_table"]

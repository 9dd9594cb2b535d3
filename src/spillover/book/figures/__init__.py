"""Publication figures from plain pandas objects: ``from spillover.book import figures``.

Each function returns a matplotlib Figure and computes no statistics; :func:`save` writes it with
the numbers behind it.
"""

from spillover.book.figures.audit import distances_by_choice, questions_overview
from spillover.book.figures.coverage import coverage_plot
from spillover.book.figures.crossing import sign_tiles
from spillover.book.figures.description import (
    bars_and_line,
    candidates_plot,
    heatmap,
    verdict_overview,
)
from spillover.book.figures.diagram import mechanism
from spillover.book.figures.estimates import (
    coefficient_plot,
    decay_plot,
    effects_plot,
    marginal_effect_plot,
    specification_curve,
)
from spillover.book.figures.maps import class_map, lisa_map, map_small_multiples
from spillover.book.figures.moran import moran_by_year, moran_scatter
from spillover.book.figures.style import FigureError, PaperFigure, save

__all__ = [
    "FigureError",
    "PaperFigure",
    "bars_and_line",
    "candidates_plot",
    "class_map",
    "coefficient_plot",
    "coverage_plot",
    "decay_plot",
    "distances_by_choice",
    "effects_plot",
    "heatmap",
    "lisa_map",
    "map_small_multiples",
    "marginal_effect_plot",
    "mechanism",
    "moran_by_year",
    "moran_scatter",
    "questions_overview",
    "save",
    "sign_tiles",
    "specification_curve",
    "verdict_overview",
]

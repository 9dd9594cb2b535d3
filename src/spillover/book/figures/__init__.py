"""Publication figures from plain pandas objects: ``from spillover import figures``.

Each function returns a matplotlib Figure and computes no statistics; :func:`save` writes it with
the numbers behind it.
"""

from spillover.book.figures.audit import distances_by_choice, questions_overview
from spillover.book.figures.classes import Classes, classify
from spillover.book.figures.curves import specification_curve
from spillover.book.figures.effects import coefficient_plot, effects_plot
from spillover.book.figures.flows import largest_flows, spillover_map, spillover_totals_map
from spillover.book.figures.maps import class_map, lisa_map, map_small_multiples
from spillover.book.figures.moran import moran_by_year, moran_scatter
from spillover.book.figures.responses import decay_plot, marginal_effect_plot
from spillover.book.figures.style import FigureError, PaperFigure, save
from spillover.book.figures.trends import bars_and_line, heatmap
from spillover.book.figures.verdicts import candidates_plot, verdict_overview

__all__ = [
    "Classes",
    "FigureError",
    "PaperFigure",
    "bars_and_line",
    "candidates_plot",
    "class_map",
    "classify",
    "coefficient_plot",
    "decay_plot",
    "distances_by_choice",
    "effects_plot",
    "heatmap",
    "largest_flows",
    "lisa_map",
    "map_small_multiples",
    "marginal_effect_plot",
    "moran_by_year",
    "moran_scatter",
    "questions_overview",
    "save",
    "specification_curve",
    "spillover_map",
    "spillover_totals_map",
    "verdict_overview",
]

"""Publication figures from plain pandas objects: ``from spillover import figures``.

Each function returns a matplotlib Figure and computes no statistics; :func:`save` writes it with
the numbers behind it.
"""

from spillover.figures.classes import Classes, classify
from spillover.figures.maps import class_map, lisa_map, map_small_multiples
from spillover.figures.moran import moran_by_year, moran_scatter
from spillover.figures.style import FigureError, PaperFigure, save
from spillover.figures.trends import bars_and_line, heatmap

__all__ = [
    "Classes",
    "FigureError",
    "PaperFigure",
    "bars_and_line",
    "class_map",
    "classify",
    "heatmap",
    "lisa_map",
    "map_small_multiples",
    "moran_by_year",
    "moran_scatter",
    "save",
]

"""Diagrams of an argument: which variable is said to act on which, at home and next door."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from spillover.book.figures.style import (
    HERE,
    INK,
    MUTED,
    NO_DATA,
    PAPER,
    PRINTED,
    RULE,
    SERIES,
    FigureError,
    PaperFigure,
    narrow,
    require,
    styled,
    width,
)

# Centres of the boxes, in inches.
_PLACES = {
    "exposure": (1.15, 2.75),
    "mediator": (3.5, 4.0),
    "outcome": (5.85, 2.75),
    "mediator next door": (3.0, 0.65),
    "outcome next door": (5.85, 0.65),
}
_NARROW = {
    "exposure": (0.95, 2.75),
    "mediator": (2.25, 4.0),
    "outcome": (3.55, 2.75),
    "mediator next door": (0.95, 0.65),
    "outcome next door": (3.55, 0.65),
}
_HEIGHT = 4.75
_BORDER = 1.55


@styled
def mechanism(
    arrows: pd.DataFrame, names: Mapping[str, str], areas: tuple[str, str]
) -> PaperFigure:
    """Draw how an exposure is said to act on an outcome: directly, by a mediator, next door.

    Parameters
    ----------
    arrows
        One row an arrow: ``source`` and ``target`` (keys of `names`) and ``label``; arrows with the
        same label have the same colour.
    names
        Text of the boxes, by "exposure", "mediator", "outcome", "mediator next door" and
        "outcome next door".
    areas
        Names of the upper part and of the lower one.

    Raises
    ------
    FigureError
        A column is lacking, or an arrow leads from or to a box that has no name or place.
    """
    require(arrows, ("source", "target", "label"), "mechanism")
    for key in [*names, *arrows["source"], *arrows["target"]]:
        if key not in _PLACES or key not in names:
            raise FigureError(f"mechanism: no box {key!r}; there are {', '.join(names)}")
    places, box = (_NARROW, (1.7, 0.62)) if narrow() else (_PLACES, (1.75, 0.62))
    figure = PaperFigure(width(), _HEIGHT)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width()), ylim=(0, _HEIGHT))
    axes.axis("off")
    for bottom, top, area in ((_BORDER, _HEIGHT, areas[0]), (0.0, _BORDER, areas[1])):
        axes.text(0.15, top - 0.12, area, color=MUTED, va="top", fontsize=10.5, style="italic")
        if bottom:
            axes.axhline(bottom, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
    colours = dict(zip(dict.fromkeys(arrows["label"]), (HERE, PRINTED, SERIES[1]), strict=False))
    for source, target, label in arrows[["source", "target", "label"]].itertuples(index=False):
        start, end = np.array(places[source]), np.array(places[target])
        colour = colours[label]
        axes.add_patch(
            FancyArrowPatch(
                _edge(start, end, box), _edge(end, start, box), arrowstyle="-|>", mutation_scale=15,
                linewidth=2, color=colour, shrinkA=0, shrinkB=1,
            )
        )  # fmt: skip
        x, y = (np.array(_edge(start, end, box)) + np.array(_edge(end, start, box))) / 2
        behind = {"boxstyle": "round,pad=0.25", "facecolor": PAPER, "edgecolor": "none"}
        axes.text(x, y, label, color=colour, weight="bold", ha="center", va="center", bbox=behind)
    for key, text in names.items():
        x, y = places[key]
        corner = (x - box[0] / 2, y - box[1] / 2)
        style = "round,pad=0,rounding_size=0.08"
        axes.add_patch(
            FancyBboxPatch(corner, *box, boxstyle=style, facecolor=NO_DATA, edgecolor=RULE)
        )
        axes.text(x, y, text, ha="center", va="center", color=INK, fontsize=10, linespacing=1.3)
    return figure


def _edge(start: np.ndarray, end: np.ndarray, box: tuple[float, float]) -> tuple[float, float]:
    """Where the line from the centre of a box to another one leaves the box, and a little on."""
    way = end - start
    reach = np.array(box) / 2 + 0.06
    with np.errstate(divide="ignore"):
        step = np.min(reach / np.abs(way))
    x, y = start + way * step
    return float(x), float(y)

"""Keys of classed maps and heat maps: the bar of classes, and swatches for special cells.

It explains colours that others chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from spillover.book.figures.classes import Classes
from spillover.book.figures.numbers import decimals
from spillover.book.figures.style import INK, NO_DATA, PAPER, Look
from spillover.econometrics.formats import fmt

MARK = "partly modelled or derived"
HATCH = "#b4afa2"
DOTS = "..."


def stepped_key(axes: Axes, classes: Classes, label: str, special: Sequence[Artist] = ()) -> None:
    """Fill `axes` with a key, centred in its height.

    From top to bottom: the label, a bar of the classes, their bounds, the swatches of `special`.
    """
    figure = cast(Figure, axes.get_figure(root=True))
    inches = float(axes.get_position().height * figure.get_figheight())
    lines = label.count("\n") + 1
    bar, line = 0.17, 0.2
    total = lines * line + 0.05 + bar + 1.2 * line + (1.2 * line if special else 0)
    bottom = (inches + total) / 2 - lines * line - 0.05 - bar
    left, right = 0.06, 0.94
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, inches)
    edges = np.linspace(left, right, len(classes.upper) + 1)
    for start, stop, colour in zip(edges[:-1], edges[1:], classes.colours, strict=True):
        axes.add_patch(Rectangle((start, bottom), stop - start, bar, facecolor=colour, gid="class"))
    bounds = [classes.lowest, *classes.upper]
    for x, bound in zip(edges, bounds, strict=True):
        text = fmt(bound, decimals(bounds), thousands=True)
        axes.text(x, bottom - 0.04, text, ha="center", va="top", fontsize=9.5, gid="bound")
    axes.text(left, bottom + bar + 0.05, label, ha="left", va="bottom", fontsize=9.5)
    if special:
        axes.legend(
            handles=list(special),
            loc="upper left",
            bbox_to_anchor=(left, (bottom - 1.4 * line) / inches),
            ncols=2,
            borderaxespad=0,
            borderpad=0,
            handlelength=1.6,
            columnspacing=1.2,
        )


def swatches(mark: str = "", no_data: bool = True, dot: bool = False) -> list[Artist]:
    """Return the entries of a key that are not classes.

    Parameters
    ----------
    mark
        What a mark says; empty where nothing is marked.
    no_data
        Whether anything is hatched as "no data".
    dot
        The mark is one dot (in a table), not a field of dots (on a map).
    """
    handles: list[Artist] = []
    if no_data:
        handles.append(Patch(facecolor=NO_DATA, edgecolor=HATCH, hatch="////", label="no data"))
    if mark and dot:
        handles.append(Line2D([], [], linestyle="", marker="o", ms=3, color=INK, label=mark))
    elif mark:
        handles.append(Patch(facecolor="none", edgecolor=INK, linewidth=0, hatch=DOTS, label=mark))
    return handles


def group_key(axes: Axes, looks: Mapping[str, Look]) -> None:
    """Name the groups in one line at the top left of the figure, each beside its mark."""
    figure = cast(Figure, axes.get_figure(root=True))
    handles = [
        Line2D(
            [],
            [],
            color=style.colour,
            marker=style.marker,
            markerfacecolor=PAPER if style.hollow else style.colour,
            markeredgewidth=1.5,
            markersize=6.5,
            linewidth=1.6,
            label=str(name),
        )
        for name, style in looks.items()
    ]
    above = 0.36 / float(figure.get_figheight() * axes.get_position().height)
    left = -axes.get_position().x0 / axes.get_position().width
    axes.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(left, 1 + above if axes.texts else 1 + above / 4),
        ncols=len(handles),
        borderaxespad=0.2,
        handlelength=2.2,
    )

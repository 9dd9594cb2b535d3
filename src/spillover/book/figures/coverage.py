"""Coverage of intervals by estimator, covariance and the errors that samples were drawn with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from spillover.book.figures.style import (
    MARKERS,
    MUTED,
    RULE,
    SERIES,
    FigureError,
    PaperFigure,
    margin,
    narrow,
    require,
    styled,
    width,
    wrapped,
)

BAND = "#dfe8dc"
_ROW = 0.46


@styled
def coverage_plot(
    table: pd.DataFrame,
    *,
    band: tuple[float, float] = (0.92, 0.97),
    level: float = 0.95,
    xlabel: str = "Share of intervals that hold the true value",
) -> PaperFigure:
    """Draw the coverage of intervals: one row an estimator, a line and dots for each design.

    Parameters
    ----------
    table
        Columns ``column`` and ``panel`` (titles of the panels across and down), ``row`` (an
        estimator), ``design`` (one colour each) and ``coverage``; all in the order in which they
        first appear. Several values of one design are dots on a line from the lowest to the
        highest.
    band
        Coverage that counts as near enough to `level`; shaded.
    level
        What coverage should be; a thin line.
    xlabel
        What the axes measure.

    Raises
    ------
    FigureError
        A column is lacking, or there are more designs than colours.
    """
    require(table, ("column", "panel", "row", "design", "coverage"), "coverage_plot")
    across, down, rows, designs = (
        list(dict.fromkeys(table[name])) for name in ("column", "panel", "row", "design")
    )
    if len(designs) > len(SERIES):
        raise FigureError(f"coverage_plot: {len(designs)} designs; at most {len(SERIES)}")
    left, right = margin(rows), 1 - 0.12 / width()
    room = (right - left) * width() / len(across) - 0.15
    titles = {(c, p): f"{c}: {p}" if len(across) > 1 else str(p) for c in across for p in down}
    if narrow():
        titles = {place: wrapped(title, room) for place, title in titles.items()}
    head = 0.17 * max(title.count("\n") for title in titles.values())
    each, apart = _ROW * len(rows), 0.4 + head
    height = 1.35 + len(down) * (each + apart)
    edges = {"left": left, "right": right, "wspace": 0.06, "hspace": apart / each}
    edges |= {"bottom": 0.55 / height, "top": 1 - (0.85 + head) / height}
    figure = PaperFigure(width(), height)
    panels = figure.subplots(
        len(down), len(across), sharex=True, sharey=True, squeeze=False, gridspec_kw=edges
    )
    low = float(np.floor(table["coverage"].min() * 20) / 20)
    for i, panel in enumerate(down):
        for j, column in enumerate(across):
            axes = panels[i, j]
            held = table[(table["panel"] == panel) & (table["column"] == column)]
            axes.axvspan(*band, color=BAND, linewidth=0, zorder=0)
            axes.axvline(level, color=MUTED, linewidth=0.7, zorder=1)
            _panel(axes, held, rows, designs)
            axes.set_xlim(low, 1.005)
            # none at the left edge, where the label would meet that of the next panel
            step = 2 if narrow() else 1
            ticks = np.arange(10, 4, -step) / 10
            axes.set_xticks([tick for tick in ticks[::-1] if tick > low + 0.02])
            title = titles[column, panel]
            axes.text(0, 1.015, title, transform=axes.transAxes, va="bottom", fontweight="bold")
    figure.supxlabel(xlabel, fontsize=10, y=0.1 / height)
    _key(figure, designs, band)
    return figure


def _panel(axes: Axes, held: pd.DataFrame, rows: Sequence[str], designs: Sequence[str]) -> None:
    step = 0.8 / len(designs)
    for place, row in enumerate(rows):
        if place:
            axes.axhline(place - 0.5, color=RULE, linewidth=0.6, zorder=0)
        for order, design in enumerate(designs):
            chosen = held[(held["row"] == row) & (held["design"] == design)]
            values = chosen["coverage"].to_numpy(float)
            if not len(values):
                continue
            y = place + step * (order - (len(designs) - 1) / 2)
            colour = SERIES[order]
            axes.hlines(y, values.min(), values.max(), color=colour, linewidth=1.0, alpha=0.7)
            axes.plot(
                values,
                np.full(len(values), y),
                MARKERS[order],
                color=colour,
                markersize=3.2,
                markeredgewidth=0,
                linestyle="none",
            )
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _key(figure: PaperFigure, designs: Sequence[str], band: tuple[float, float]) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=SERIES[i], marker=MARKERS[i], markersize=5, linewidth=1, label=design)
        for i, design in enumerate(designs)
    ]
    handles.append(Patch(facecolor=BAND, label=f"{100 * band[0]:.0f} to {100 * band[1]:.0f} %"))
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        columnspacing=1.4,
        handletextpad=0.5,
        handlelength=1.4,
        borderaxespad=0.4,
    )

"""Figures over the years: bars with a line, and the province-by-year heat map.

Maps by year are in :mod:`spillover.book.figures.maps`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from spillover.book.figures.classes import Classes, classify
from spillover.book.figures.keys import HATCH, MARK, stepped_key, swatches
from spillover.book.figures.numbers import decimals, digits
from spillover.book.figures.style import (
    BAR,
    HERE,
    INK,
    MUTED,
    NO_DATA,
    PAPER,
    PRINTED,
    WIDTH,
    FigureError,
    PaperFigure,
    head,
    ink_on,
    styled,
)
from spillover.econometrics.formats import fmt


@styled
def bars_and_line(
    bars: pd.Series,
    line: pd.Series,
    *,
    bar_label: str,
    line_label: str,
    title: str = "",
) -> PaperFigure:
    """Draw one series as bars and another as a line, each on its own axis.

    The bars start at zero and fill the lower part, the line runs above them on its own scale; the
    value of each bar, and the line's first and last, are written out. Axis, label and mark share
    a colour.

    Parameters
    ----------
    bars, line
        Year → value, over the same years.
    bar_label, line_label
        Quantity and unit, at the axes.
    title
        Above the figure; empty for none.

    Raises
    ------
    FigureError
        The two series do not cover the same years.
    """
    if list(bars.index) != list(line.index):
        odd = sorted(set(bars.index) ^ set(line.index)) or "their order"
        raise FigureError(f"bars_and_line: the two series differ in years: {odd}")
    figure = PaperFigure(WIDTH, 4.1 if title else 3.8)
    left = figure.add_axes((0.075, 0.085, 0.85, 0.71 if title else 0.77))
    years = np.arange(len(bars))
    left.bar(years, bars, width=0.7, color=BAR, gid="bar")
    left.set_ylim(0, float(bars.max()) * 1.75)
    right = left.twinx()
    right.plot(years, line, color=PRINTED, marker="o", markersize=5.5, markeredgecolor=PAPER)
    spread = float(line.max() - line.min()) or 1.0
    right.set_ylim(float(line.min()) - 1.9 * spread, float(line.max()) + 0.3 * spread)
    left.set_xticks(years, [str(year) for year in bars.index])
    left.tick_params(axis="x", length=0)
    _axis(left, bar_label, HERE, 0.0, float(bars.max()) * 1.1)
    _axis(right, line_label, PRINTED, float(line.min()) - 0.3 * spread, np.inf)
    _values(left, bars, HERE, (0, -4), "top")
    _values(right, line.iloc[[0, -1]], PRINTED, (0, 7), "bottom", years[[0, -1]])
    head(figure, title)
    return figure


def _axis(axes: Axes, label: str, colour: str, lowest: float, highest: float) -> None:
    """Colour one axis as its marks, name it above, and keep ticks only where its series lies."""
    right = axes.yaxis.get_ticks_position() == "right"
    axes.text(
        1.08 if right else -0.08,
        1.03,
        label.replace(" (", "\n("),
        transform=axes.transAxes,
        ha="right" if right else "left",
        va="bottom",
        multialignment="right" if right else "left",
        color=colour,
    )
    axes.spines[["left", "right"]].set_visible(False)
    axes.tick_params(axis="y", colors=colour, labelcolor=colour, length=0)
    low, high = axes.get_ylim()
    bottom, top = max(low, lowest), min(high, highest)
    ticks = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(bottom, top)
    axes.set_yticks([t for t in ticks if bottom <= t <= top])
    axes.set_ylim(low, high)


def _values(
    axes: Axes,
    series: pd.Series,
    colour: str,
    offset: tuple[int, int],
    va: str,
    at: np.ndarray | None = None,
) -> None:
    """Write each value at its mark."""
    places = digits(series)
    for x, y in zip(range(len(series)) if at is None else at, series, strict=True):
        axes.annotate(
            fmt(y, places, thousands=True),
            (x, y),
            offset,
            textcoords="offset points",
            ha="center",
            va=va,
            color=colour,
            fontsize=9.5,
        )


@styled
def heatmap(
    values: pd.DataFrame,
    *,
    label: str,
    k: int = 5,
    scheme: str = "quantiles",
    bins: Sequence[float] | None = None,
    flagged: pd.DataFrame | None = None,
    mark: str = MARK,
    sort: bool = True,
) -> PaperFigure:
    """Draw a table of provinces by years, coloured in classes, with every value written in.

    Parameters
    ----------
    values
        Rows provinces, columns years; NaN for no data.
    label
        Title of the key: the quantity and its unit.
    k, scheme, bins
        The classes of all values together; see :func:`spillover.book.figures.classify`.
    flagged
        The same shape, True where a cell is derived or modelled: it gets a dot.
    mark
        What the dot says in the key.
    sort
        Order rows by their mean, largest first; else as given.

    Raises
    ------
    FigureError
        `flagged` has other rows or columns than `values`.
    """
    if flagged is not None:
        _same_cells(values, flagged)
    table = values.loc[values.mean(axis=1).sort_values(ascending=False).index] if sort else values
    classes = classify(table.to_numpy(), k, scheme, bins)
    key_height, row_height = 0.9, 0.215
    height = key_height + 0.3 + row_height * len(table)
    figure = PaperFigure(WIDTH, height)
    axes = figure.add_axes((0.165, 0.05 / height, 0.825, row_height * len(table) / height))
    _cells(axes, table, classes, flagged)
    key = figure.add_axes((0.1, 1 - key_height / height, 0.88, key_height / height))
    marked = flagged is not None and bool(flagged.to_numpy().any())
    special = swatches(mark if marked else "", bool(table.isna().any(axis=None)), dot=True)
    stepped_key(key, classes, label, special)
    return figure


def _same_cells(values: pd.DataFrame, flagged: pd.DataFrame) -> None:
    for what, mine, theirs in (
        ("row", values.index, flagged.index),
        ("column", values.columns, flagged.columns),
    ):
        if lacking := [name for name in mine if name not in theirs]:
            raise FigureError(f"heatmap: flagged has no {what} {lacking[0]}")


def _cells(axes: Axes, table: pd.DataFrame, classes: Classes, flagged: pd.DataFrame | None) -> None:
    """Draw the cells, their values and dots, the names of rows and columns."""
    places = decimals([classes.lowest, *classes.upper])
    for i, (name, row) in enumerate(table.iterrows()):
        for j, (year, value) in enumerate(row.items()):
            missing = bool(pd.isna(value))
            fill = NO_DATA if missing else classes.colour(float(value))
            axes.add_patch(Rectangle((j, i), 1, 1, facecolor=fill, edgecolor=PAPER, linewidth=0.8))
            if missing:
                axes.add_patch(
                    Rectangle((j, i), 1, 1, fill=False, edgecolor=HATCH, linewidth=0, hatch="////")
                )
                continue
            ink = ink_on(fill)
            text = fmt(float(value), places, thousands=True)
            axes.text(j + 0.5, i + 0.53, text, ha="center", va="center", fontsize=9, color=ink)
            if flagged is not None and bool(flagged.at[name, year]):
                axes.plot(j + 0.92, i + 0.22, "o", color=ink, markersize=2.4, gid="flag")
    axes.set_xlim(0, table.shape[1])
    axes.set_ylim(len(table), 0)
    axes.set_yticks(np.arange(len(table)) + 0.5, [str(name) for name in table.index])
    axes.set_xticks(np.arange(table.shape[1]) + 0.5, [str(year) for year in table.columns])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, colors=MUTED, labelcolor=INK, pad=2)
    axes.spines[:].set_visible(False)

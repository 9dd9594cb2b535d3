"""One estimate under many specifications: the specification curve.

The specifications are run elsewhere; this room sorts and draws them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from spillover.book.figures.style import (
    HERE,
    INK,
    MUTED,
    PRINTED,
    RULE,
    WIDTH,
    FigureError,
    PaperFigure,
    head,
    margin,
    require,
    styled,
)
from spillover.econometrics.formats import fmt

INSIGNIFICANT = "#a3a8ad"
RASTER_ABOVE = 400
GAP = 0.35
"""Rows left free between two groups of choices."""


@styled
def specification_curve(
    table: pd.DataFrame,
    choices: Sequence[str],
    *,
    ylabel: str = "Estimate with 95 % interval",
    printed: float | None = None,
    highlight: pd.Series | None = None,
    title: str = "",
) -> PaperFigure:
    """Draw sorted estimates above, and below which choices made each of them.

    Blue: the interval lies above zero; red-brown: below; grey: it includes zero (Simonsohn,
    Simmons and Nelson 2020).

    Parameters
    ----------
    table
        One row a specification: ``estimate``, ``low``, ``high``, and the columns `choices`.
    choices
        Columns of categories (or booleans), each drawn as a group of rows; categories in the
        order of their first appearance in `table`.
    ylabel
        What the upper panel measures.
    printed
        A printed value, drawn as a line.
    highlight
        True for specifications to be marked by a ring, such as the paper's own.
    title
        Above the figure; empty for none.

    Raises
    ------
    FigureError
        A column is lacking, or `highlight` has another index than `table`.
    """
    require(table, ("estimate", "low", "high", *choices), "specification_curve")
    if highlight is not None and not highlight.index.equals(table.index):
        raise FigureError("specification_curve: highlight and table have different indices")
    order = table["estimate"].argsort(kind="stable").to_numpy()
    ordered = table.iloc[order].reset_index(drop=True)
    categories = {choice: list(dict.fromkeys(table[choice])) for choice in choices}
    figure, above, below = _two_panels(categories, title)
    colours = _colours(ordered)
    _curve(above, ordered, colours, printed)
    if highlight is not None:
        _ring(above, ordered[highlight.iloc[order].to_numpy(bool)])
    above.set_ylabel(ylabel)
    _choices(below, ordered, categories, colours)
    return figure


def _two_panels(categories: dict[str, list[object]], title: str) -> tuple[PaperFigure, Axes, Axes]:
    """Return a figure with room for the curve above and the rows of all categories below."""
    rows = sum(len(values) + 1 + GAP for values in categories.values())
    upper, lower = 2.6, 0.19 * rows
    height = upper + lower + 0.6 + 0.3 * bool(title)
    words = [_word(value) for values in categories.values() for value in values]
    left = max(margin(words), 1.15 * margin(categories), 0.115)
    width = 0.985 - left
    figure = PaperFigure(WIDTH, height)
    below = figure.add_axes((left, 0.1 / height, width, lower / height))
    above = figure.add_axes((left, (lower + 0.15) / height, width, upper / height), sharex=below)
    head(figure, title)
    return figure, above, below


def _ring(axes: Axes, chosen: pd.DataFrame) -> None:
    """Mark specifications by a ring."""
    axes.plot(
        chosen.index,
        chosen["estimate"],
        "o",
        markersize=9,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=1.4,
        zorder=5,
        gid="highlight",
    )


def _colours(ordered: pd.DataFrame) -> np.ndarray:
    positive, negative = ordered["low"] > 0, ordered["high"] < 0
    return np.select([positive, negative], [HERE, PRINTED], INSIGNIFICANT)


def _curve(axes: Axes, ordered: pd.DataFrame, colours: np.ndarray, printed: float | None) -> None:
    """Draw intervals and estimates; thousands of them as pixels, to keep the file small."""
    n = len(ordered)
    width = float(np.clip(240 / n, 0.4, 2.0))
    pixels = n > RASTER_ABOVE
    axes.vlines(
        ordered.index,
        ordered["low"],
        ordered["high"],
        colors=list(colours),
        linewidth=width,
        alpha=0.45,
        rasterized=pixels,
        gid="interval",
    )
    axes.scatter(
        ordered.index,
        ordered["estimate"],
        s=float(np.clip(4000 / n, 3, 26)),
        c=list(colours),
        linewidths=0,
        zorder=3,
        rasterized=pixels,
        gid="estimate",
    )
    axes.axhline(0, color=MUTED, linewidth=0.9)
    if printed is not None:
        _printed_line(axes, printed, on_left=printed > ordered["estimate"].median())
    shares = [(colours == c).mean() for c in (HERE, INSIGNIFICANT, PRINTED)]
    words = ["above zero", "not told from zero", "below zero"]
    note = ", ".join(f"{fmt(100 * s, 0)} % {w}" for s, w in zip(shares, words, strict=True))
    axes.text(
        0.985,
        1.02,
        f"{fmt(n, 0, thousands=True)} specifications: {note}",
        transform=blended_transform_factory(axes.figure.transFigure, axes.transAxes),
        ha="right",
        va="bottom",
    )
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlim(-0.5 - 0.01 * n, n - 0.5 + 0.01 * n)


def _printed_line(axes: Axes, printed: float, on_left: bool) -> None:
    """Draw the printed value, named at the end where the curve is away from it."""
    axes.axhline(printed, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        "printed",
        (0.01 if on_left else 0.99, printed),
        (0, 3),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        ha="left" if on_left else "right",
    )


def _choices(
    axes: Axes, ordered: pd.DataFrame, categories: dict[str, list[object]], colours: np.ndarray
) -> None:
    """Draw a tick where a specification made a choice, one row a category, groups apart."""
    y, ticks, names = 0.0, [], []
    size = float(np.clip(900 / len(ordered), 1.0, 6.5))
    for choice, values in categories.items():
        axes.text(
            -0.01,
            y,
            choice,
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontweight="bold",
            fontsize=9.5,
        )
        for value in values:
            y += 1
            made = (ordered[choice] == value).to_numpy()
            axes.axhline(y, color=RULE, linewidth=0.5, zorder=0)
            axes.scatter(
                ordered.index[made],
                np.full(made.sum(), y),
                s=30,
                marker="|",
                linewidths=size / 3,
                c=list(colours[made]),
                rasterized=len(ordered) > RASTER_ABOVE,
                gid="choice",
            )
            ticks.append(y)
            names.append(_word(value))
        y += 1 + GAP
    axes.set_yticks(ticks, names)
    axes.set_ylim(y - 0.4 - GAP, -0.6)
    axes.tick_params(length=0, labelbottom=False)
    axes.spines[:].set_visible(False)


def _word(value: object) -> str:
    """Return how a category is named: booleans as yes and no."""
    return (
        {True: "yes", False: "no"}[bool(value)]
        if isinstance(value, bool | np.bool_)
        else str(value)
    )

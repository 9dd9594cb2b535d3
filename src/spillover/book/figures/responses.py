"""How one effect changes: with the order of neighbours, and with a moderator.

The effects and their intervals are estimated elsewhere.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from spillover.book.figures.style import (
    BAR,
    HERE,
    INK,
    MUTED,
    WIDTH,
    FigureError,
    PaperFigure,
    head,
    require,
    styled,
)
from spillover.econometrics.formats import fmt


@styled
def decay_plot(
    table: pd.DataFrame,
    *,
    column: str = "effect",
    whole: float | None = None,
    xlabel: str = "Order of neighbours (0: the province itself)",
    ylabel: str = "Effect",
    title: str = "",
) -> PaperFigure:
    """Draw how an effect fades with the order of neighbours, and how much has been reached.

    Parameters
    ----------
    table
        Index the order (0, 1, 2 …), a column of effects and, if known, ``low`` and ``high``. Takes
        what :meth:`PanelResults.effects_by_order` returns.
    column
        Which column holds the effects.
    whole
        The effect over all orders, of which the cumulated share stands under each order; by
        default the sum of the rows.
    xlabel, ylabel, title
        Words.

    Raises
    ------
    FigureError
        The column is lacking, or the whole is zero, so that there are no shares.
    """
    require(table, (column,), "decay_plot")
    effect = table[column].astype(float)
    whole = float(effect.sum()) if whole is None else whole
    if whole == 0:
        raise FigureError("decay_plot: the effects sum to zero, so that there are no shares of it")
    figure = PaperFigure(WIDTH, 3.9)
    axes = figure.add_axes((0.115, 0.22, 0.865, 0.68 if title else 0.75))
    orders = np.arange(len(table))
    axes.bar(orders, effect, width=0.55, color=BAR, gid="bar")
    if {"low", "high"} <= set(table.columns):
        axes.vlines(orders, table["low"], table["high"], color=HERE, linewidth=1.8, gid="interval")
        axes.scatter(orders, effect, s=30, color=HERE, zorder=3)
    axes.axhline(0, color=MUTED, linewidth=0.9)
    share = effect.cumsum() / whole
    names = [f"{order}\n{fmt(100 * s, 0)} %" for order, s in zip(table.index, share, strict=True)]
    axes.set_xticks(orders, names)
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel(f"{xlabel}; below, share of the whole reached so far")
    axes.set_ylabel(ylabel)
    head(figure, title)
    return figure


@styled
def marginal_effect_plot(
    table: pd.DataFrame,
    *,
    xlabel: str,
    ylabel: str = "Marginal effect with 95 % interval",
    rug: pd.Series | None = None,
    title: str = "",
) -> PaperFigure:
    """Draw an effect that changes with a moderator, with its band and where the data lie.

    Parameters
    ----------
    table
        Columns ``x`` (ascending), ``effect``, ``low``, ``high``.
    xlabel, ylabel, title
        Words; `xlabel` names the moderator.
    rug
        The moderator's values in the data, as ticks along the foot.

    Raises
    ------
    FigureError
        A column is lacking, or x does not ascend.
    """
    require(table, ("x", "effect", "low", "high"), "marginal_effect_plot")
    if not table["x"].is_monotonic_increasing:
        raise FigureError("marginal_effect_plot: x must ascend; sort the table by x")
    figure = PaperFigure(WIDTH, 3.9)
    axes = figure.add_axes((0.11, 0.14, 0.87, 0.77 if title else 0.84))
    x = table["x"].to_numpy(float)
    axes.fill_between(x, table["low"], table["high"], color=HERE, alpha=0.18, linewidth=0)
    for bound in ("low", "high"):
        axes.plot(x, table[bound], color=HERE, linewidth=0.7, alpha=0.6)
    axes.plot(x, table["effect"], color=HERE, linewidth=2.2, gid="effect")
    axes.axhline(0, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_xlim(x[0], x[-1])
    if rug is not None:
        axes.plot(
            rug,
            np.full(len(rug), 0.012),
            "|",
            transform=axes.get_xaxis_transform(),
            color=INK,
            alpha=0.35,
            markersize=8,
            markeredgewidth=0.8,
            gid="rug",
            clip_on=True,
        )
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    head(figure, title)
    return figure

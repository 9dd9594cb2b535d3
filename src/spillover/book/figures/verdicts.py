"""Ours beside the printed, at a glance: all verdicts, and the candidates for one measure.

The verdicts are given by :mod:`spillover.replication.verdicts`; here they only get a colour.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from spillover.book.figures.numbers import digits
from spillover.book.figures.style import (
    HERE,
    INK,
    MUTED,
    PAPER,
    PRINTED,
    VERDICTS,
    WIDTH,
    FigureError,
    PaperFigure,
    head,
    margin,
    require,
    styled,
)
from spillover.econometrics.formats import fmt

DEEP = 4
"""Squares stacked in a column of a table's strip."""


@styled
def verdict_overview(table: pd.DataFrame, *, sort: bool = True, title: str = "") -> PaperFigure:
    """Draw every printed number as one square, a strip for each table, coloured by verdict.

    Parameters
    ----------
    table
        One row a printed number: ``table`` and ``verdict``; further columns (row, column,
        statistic) are not looked at.
    sort
        Order squares by verdict within a table, so that a strip reads as a bar; else in the order
        of the rows.
    title
        Above the figure; empty for none.

    Raises
    ------
    FigureError
        A column is lacking or a verdict unknown.
    """
    require(table, ("table", "verdict"), "verdict_overview")
    if not (odd := table[~table["verdict"].isin(VERDICTS)]).empty:
        raise FigureError(
            f"verdict_overview: table {odd['table'].iloc[0]} has the verdict "
            f"{odd['verdict'].iloc[0]!r}; expected {', '.join(VERDICTS)}"
        )
    names = list(dict.fromkeys(table["table"]))
    step = 0.128
    strip = DEEP * step + 0.075
    extra = 0.3 * bool(title)
    height = 0.62 + strip * len(names) + extra
    figure = PaperFigure(WIDTH, height)
    axes = figure.add_axes((0, 0, 1, 1 - (0.6 + extra) / height))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(strip * len(names), 0)
    ranks = {verdict: i for i, verdict in enumerate(VERDICTS)}
    for i, name in enumerate(names):
        verdicts = table.loc[table["table"] == name, "verdict"]
        ordered = sorted(verdicts, key=lambda v: ranks[v]) if sort else list(verdicts)
        _strip(axes, ordered, str(name), i * strip, step)
    _verdict_key(axes, table["verdict"], height - extra)
    head(figure, title)
    return figure


def _strip(axes: Axes, verdicts: list[str], name: str, top: float, step: float) -> None:
    """Draw one table's squares, column by column, between its name and its score."""
    middle = top + DEEP * step / 2
    left = 0.95
    text = f"Table {name}" if name.isdigit() else name
    axes.text(0.08, middle, text, va="center", fontweight="bold")
    for k, verdict in enumerate(verdicts):
        x, y = left + (k // DEEP) * step, top + (k % DEEP) * step
        axes.add_patch(
            Rectangle((x, y), step * 0.86, step * 0.86, facecolor=VERDICTS[verdict], gid="number")
        )
        if verdict == "opposite":
            axes.plot(
                x + step * 0.43,
                y + step * 0.43,
                "x",
                color=PAPER,
                markersize=3.6,
                markeredgewidth=1.1,
            )
    agree = sum(verdict in ("reproduced", "close") for verdict in verdicts)
    right = left + -(-len(verdicts) // DEEP) * step + 0.08
    axes.text(right, middle, f"{agree} of {len(verdicts)}", va="center", color=MUTED)


def _verdict_key(axes: Axes, verdicts: pd.Series, height: float) -> None:
    counts = verdicts.value_counts()
    handles = [
        Patch(facecolor=colour, label=f"{verdict} {counts.get(verdict, 0)}")
        for verdict, colour in VERDICTS.items()
    ]
    axes.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=5,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.1,
        handletextpad=0.5,
        borderaxespad=0.3,
        title=f"{len(verdicts)} printed numbers; beside each strip, how many came out "
        "reproduced or close",
        alignment="left",
    )


@styled
def candidates_plot(
    table: pd.DataFrame, printed: pd.Series, *, xlabel: str, title: str = ""
) -> PaperFigure:
    """Draw the spread of each candidate series against the printed moments.

    A thin line runs from the smallest to the largest value, a thick one one standard deviation
    to each side of the mean, which is the dot.

    Parameters
    ----------
    table
        Index the candidates' names; columns ``mean``, ``sd``, ``min``, ``max``.
    printed
        The same four moments as printed: a row of its own on top, and a band (mean ± sd) with
        dashed ends (min, max) behind all rows.
    xlabel
        Quantity and unit.
    title
        Above the figure; empty for none.

    Raises
    ------
    FigureError
        A moment is lacking.
    """
    moments = ("mean", "sd", "min", "max")
    require(table, moments, "candidates_plot")
    require(printed.to_frame().T, moments, "candidates_plot, printed")
    rows = pd.concat([printed.rename("printed").to_frame().T, table])[list(moments)].astype(float)
    extra = 0.3 * bool(title)
    height = 0.75 + 0.46 * len(rows) + extra
    left, right = margin(rows.index), 0.775
    figure = PaperFigure(WIDTH, height)
    axes = figure.add_axes((left, 0.5 / height, right - left, 1 - (0.75 + extra) / height))
    low, high = (float(printed["mean"] + s * printed["sd"]) for s in (-1, 1))
    axes.axvspan(low, high, color=PRINTED, alpha=0.1, linewidth=0)
    for end in ("min", "max"):
        axes.axvline(float(printed[end]), color=PRINTED, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.axvline(float(printed["mean"]), color=PRINTED, linewidth=0.9)
    places = digits([float(rows["mean"].abs().min())])
    for i, (name, row) in enumerate(rows.iterrows()):
        _spread(axes, i, row, PRINTED if name == "printed" else HERE, places)
    axes.set_ylim(len(rows) - 0.5, -0.6)
    axes.set_yticks(range(len(rows)), [str(name) for name in rows.index])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(xlabel)
    axes.text(
        1.03, 1.0, "mean ± sd", transform=axes.transAxes, va="bottom", color=MUTED, fontsize=9.5
    )
    head(figure, title)
    return figure


def _spread(axes: Axes, y: int, row: pd.Series, colour: str, places: int) -> None:
    mean, sd = float(row["mean"]), float(row["sd"])
    axes.hlines(y, row["min"], row["max"], color=colour, linewidth=1.3, gid="range")
    axes.hlines(y, mean - sd, mean + sd, color=colour, linewidth=7, alpha=0.55, gid="sd")
    axes.plot(mean, y, "o", color=colour, markeredgecolor=PAPER, markersize=7)
    text = f"{fmt(mean, places)} ± {fmt(sd, places)}"
    axes.text(1.03, y, text, transform=axes.get_yaxis_transform(), va="center", color=INK)

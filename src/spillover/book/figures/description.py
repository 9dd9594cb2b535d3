"""The data and their printed description: trends, heat map, candidate series, verdicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from spillover.book.figures.classes import MARK, classify, stepped_key, swatches
from spillover.book.figures.style import (
    BAR,
    DASHED,
    HATCH,
    HERE,
    MUTED,
    NO_DATA,
    PAPER,
    PRINTED,
    VERDICTS,
    WIDTH,
    FigureError,
    PaperFigure,
    decimals,
    digits,
    ink_on,
    margin,
    require,
    styled,
)
from spillover.econometrics.formats import fmt
from spillover.replication import verdicts

DEEP, STEP = 2, 0.128
"""Squares stacked in a column of a table's strip, and the inches from one to the next."""

DRAWN = {
    "coefficients": "distinct coefficients and effects",
    "descriptives": "descriptive statistics and R²",
    "tests": "test statistics and Moran's I",
}
"""Groups of statistics in the overview, and their headings."""


@styled
def bars_and_line(
    bars: pd.Series, line: pd.Series, *, bar_label: str, line_label: str
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

    Raises
    ------
    FigureError
        The two series do not cover the same years.
    """
    if list(bars.index) != list(line.index):
        odd = sorted(set(bars.index) ^ set(line.index)) or "their order"
        raise FigureError(f"bars_and_line: the two series differ in years: {odd}")
    figure = PaperFigure(WIDTH, 3.8)
    left = figure.add_axes((0.075, 0.085, 0.85, 0.77))
    years = np.arange(len(bars))
    left.bar(years, bars, width=0.7, color=BAR)
    left.set_ylim(0, float(bars.max()) * 1.75)
    right = left.twinx()
    right.plot(years, line, color=PRINTED, marker="o", markersize=5.5, markeredgecolor=PAPER)
    spread = float(line.max() - line.min()) or 1.0
    right.set_ylim(float(line.min()) - 1.9 * spread, float(line.max()) + 0.3 * spread)
    left.set_xticks(years, [str(year) for year in bars.index])
    left.tick_params(axis="x", length=0)
    _half_axis(left, bar_label, HERE, 0.0, float(bars.max()) * 1.1)
    _half_axis(right, line_label, PRINTED, float(line.min()) - 0.3 * spread, np.inf)
    ends = [0, len(line) - 1]
    for axes, series, at, colour, offset, va in (
        (left, bars, years, HERE, -4, "top"),
        (right, line.iloc[ends], ends, PRINTED, 7, "bottom"),
    ):
        style: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": va}
        for x, y in zip(at, series, strict=True):
            text = fmt(y, digits(series), thousands=True)
            axes.annotate(text, (x, y), (0, offset), color=colour, fontsize=9.5, **style)
    return figure


def _half_axis(axes: Axes, label: str, colour: str, lowest: float, highest: float) -> None:
    """Colour one axis as its marks, name it above, and keep ticks only where its series lies."""
    right = axes.yaxis.get_ticks_position() == "right"
    side = "right" if right else "left"
    name = axes.text(1.08 if right else -0.08, 1.03, label.replace(" (", "\n("), color=colour)
    name.set(transform=axes.transAxes, ha=side, va="bottom", multialignment=side)
    axes.spines[["left", "right"]].set_visible(False)
    axes.tick_params(axis="y", labelcolor=colour, length=0)
    low, high = axes.get_ylim()
    bottom, top = max(low, lowest), min(high, highest)
    ticks = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(bottom, top)
    axes.set_yticks([t for t in ticks if bottom <= t <= top])
    axes.set_ylim(low, high)


@styled
def heatmap(
    values: pd.DataFrame,
    *,
    label: str,
    k: int = 5,
    scheme: str = "quantiles",
    flagged: pd.DataFrame | None = None,
    mark: str = MARK,
) -> PaperFigure:
    """Draw a table of units by years, coloured in classes, with every value written in.

    Parameters
    ----------
    values
        Rows units, columns years; NaN for no data. Rows are drawn by their mean, largest first.
    label
        Title of the key: the quantity and its unit of measurement.
    k, scheme
        Classes of all values together: their number, and any scheme of mapclassify.
    flagged
        The same shape, True where a cell is derived or modelled: it gets a dot.
    mark
        What the dot says in the key.

    Raises
    ------
    FigureError
        `flagged` has other rows or columns than `values`, or the classes are impossible.
    """
    table = values.loc[values.mean(axis=1).sort_values(ascending=False).index]
    if flagged is None:
        flagged = pd.DataFrame(False, table.index, table.columns)
    for what, mine, theirs in (
        ("row", values.index, flagged.index),
        ("column", values.columns, flagged.columns),
    ):
        if not (lacking := mine.difference(theirs)).empty:
            raise FigureError(f"heatmap: flagged has no {what} {lacking[0]}")
    dots = flagged.loc[table.index, table.columns].to_numpy(bool) & table.notna().to_numpy()
    classes = classify(table, k, scheme)
    n, years = table.shape
    height = 1.2 + 0.215 * n
    figure = PaperFigure(WIDTH, height)
    axes = figure.add_axes((0.165, 0.05 / height, 0.825, 0.215 * n / height))
    places = decimals(classes.bounds)
    numbers = table.to_numpy(float)
    for (i, j), fill in np.ndenumerate(classes.fills(numbers)):
        cell = Rectangle((j, i), 1, 1, facecolor=fill or NO_DATA, edgecolor=PAPER, linewidth=0.8)
        axes.add_patch(cell)
        if fill is None:
            hatched = Rectangle((j, i), 1, 1, fill=False, edgecolor=HATCH, lw=0, hatch="////")
            axes.add_patch(hatched)
            continue
        text = fmt(float(numbers[i, j]), places, thousands=True)
        ink = ink_on(fill)
        axes.text(j + 0.5, i + 0.53, text, ha="center", va="center", fontsize=9, color=ink)
        if dots[i, j]:
            axes.plot(j + 0.92, i + 0.22, "o", color=ink, markersize=2.4, gid="flag")
    axes.set_xlim(0, years)
    axes.set_ylim(n, 0)
    axes.set_yticks(np.arange(n) + 0.5, [str(name) for name in table.index])
    axes.set_xticks(np.arange(years) + 0.5, [str(year) for year in table.columns])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=2)
    axes.spines[:].set_visible(False)
    special = swatches(mark if dots.any() else "", bool(table.isna().any(axis=None)), dot=True)
    stepped_key(figure, (1.07, WIDTH - 0.5, height - 0.42), classes, label, special)
    return figure


@styled
def candidates_plot(table: pd.DataFrame, printed: pd.Series, *, xlabel: str) -> PaperFigure:
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

    Raises
    ------
    FigureError
        A moment is lacking.
    """
    moments = ["mean", "sd", "min", "max"]
    require(table, moments, "candidates_plot")
    require(printed.to_frame().T, moments, "candidates_plot, printed")
    rows = pd.concat([printed.rename("published").to_frame().T, table])[moments].astype(float)
    height = 0.75 + 0.46 * len(rows)
    left, right = margin(rows.index), 0.775
    figure = PaperFigure(WIDTH, height)
    axes = figure.add_axes((left, 0.5 / height, right - left, 1 - 0.75 / height))
    centre, sd = float(printed["mean"]), float(printed["sd"])
    axes.axvspan(centre - sd, centre + sd, color=PRINTED, alpha=0.1, linewidth=0)
    for end, style in (("min", DASHED), ("max", DASHED), ("mean", "solid")):
        axes.axvline(float(printed[end]), color=PRINTED, linewidth=0.9, linestyle=style)
    places = digits([float(rows["mean"].abs().min())])
    edge = axes.get_yaxis_transform()
    for i, (name, row) in enumerate(rows.iterrows()):
        colour = PRINTED if name == "published" else HERE
        mean, sd = float(row["mean"]), float(row["sd"])
        axes.hlines(i, row["min"], row["max"], color=colour, linewidth=1.3, gid="range")
        axes.hlines(i, mean - sd, mean + sd, color=colour, linewidth=7, alpha=0.55, gid="sd")
        axes.plot(mean, i, "o", color=colour, markeredgecolor=PAPER, markersize=7)
        text = f"{fmt(mean, places)} ± {fmt(sd, places)}"
        axes.text(1.03, i, text, transform=edge, va="center")
    axes.set_ylim(len(rows) - 0.5, -0.6)
    axes.set_yticks(range(len(rows)), [str(name) for name in rows.index])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(xlabel)
    heading = axes.text(1.03, 1.0, "mean ± sd", transform=axes.transAxes, va="bottom")
    heading.set(color=MUTED, fontsize=9.5)
    return figure


@styled
def verdict_overview(numbers: pd.DataFrame) -> PaperFigure:
    """Draw every judged number as one square: coefficients, descriptives and tests apart.

    A strip for each table, coloured by verdict, best first, so that it reads as a bar. A number
    that stands in several tables is drawn in each; the keys count it once.

    Parameters
    ----------
    numbers
        Of :func:`spillover.replication.scorecard.scorecard`. Sample sizes, standard errors and
        the z of Moran's I are left out.

    Raises
    ------
    FigureError
        A column is lacking or a verdict is none of its group.
    """
    needed = ("table", "row", "column", "statistic", "printed", "ours", "standard_error")
    require(numbers, (*needed, "group", "verdict"), "verdict_overview")
    blocks = {name: numbers[numbers["group"] == name] for name in DRAWN}
    for name, block in blocks.items():
        if not (odd := block[~block["verdict"].isin(verdicts.VERDICTS[name])]).empty:
            raise FigureError(
                f"verdict_overview: table {odd['table'].iloc[0]} has the verdict "
                f"{odd['verdict'].iloc[0]!r}; expected {', '.join(verdicts.VERDICTS[name])}"
            )
    strip, left = DEEP * STEP + 0.1, 0.95
    keys = {
        name: [v for v in verdicts.VERDICTS[name] if v in set(blocks[name]["verdict"])]
        for name in blocks
    }
    lines = {name: -(-len(keys[name]) // 4) for name in blocks}
    strips = sum(block["table"].nunique() for block in blocks.values())
    height = strip * strips + sum(0.36 + 0.2 * n for n in lines.values())
    figure = PaperFigure(WIDTH, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    top, side = 0.0, STEP * 0.86
    for name, block in blocks.items():
        once = verdicts.distinct(block)["verdict"].value_counts()
        columns = -(-len(keys[name]) // lines[name])
        across = [v for i in range(columns) for v in keys[name][i::columns]]
        key = figure.legend(
            handles=[Patch(facecolor=VERDICTS[v], label=f"{v} {once[v]}") for v in across],
            loc="upper left",
            bbox_to_anchor=(0.004, 1 - top / height),
            ncols=columns,
            title=f"{int(once.sum())} {DRAWN[name]}",
            alignment="left",
            handlelength=0.9,
            handleheight=0.9,
            columnspacing=1.1,
            handletextpad=0.5,
            borderaxespad=0.3,
        )
        key.get_title().set_fontweight("bold")
        top += 0.36 + 0.2 * lines[name]
        for table, held in block.groupby("table", sort=False)["verdict"]:
            middle = top + DEEP * STEP / 2
            heading = f"Table {table}" if str(table).isdigit() else str(table)
            axes.text(0.08, middle, heading, va="center")
            for k, verdict in enumerate(sorted(held, key=verdicts.VERDICTS[name].index)):
                x, y = left + (k // DEEP) * STEP, top + (k % DEEP) * STEP
                axes.add_patch(Rectangle((x, y), side, side, facecolor=VERDICTS[verdict]))
                if verdict == "contradicts":
                    axes.plot(x + side / 2, y + side / 2, "x", color=PAPER, ms=3.6, mew=1.1)
            top += strip
    return figure

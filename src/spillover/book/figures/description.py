"""The data and their printed description: trends, heat map, candidate series, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
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
    FigureError,
    PaperFigure,
    decimals,
    digits,
    ink_on,
    margin,
    narrow,
    require,
    styled,
    width,
    wrapped,
)
from spillover.econometrics.formats import fmt
from spillover.replication import scorecard, verdicts

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
    figure = PaperFigure(width(), 3.8)
    edge = 0.53 / width()
    left = figure.add_axes((edge, 0.085, 1 - 2 * edge, 0.73 if narrow() else 0.77))
    years = np.arange(len(bars))
    left.bar(years, bars, width=0.7, color=BAR)
    left.set_ylim(0, float(bars.max()) * 1.75)
    right = left.twinx()
    right.plot(years, line, color=PRINTED, marker="o", markersize=5.5, markeredgecolor=PAPER)
    spread = float(line.max() - line.min()) or 1.0
    right.set_ylim(float(line.min()) - 1.9 * spread, float(line.max()) + 0.3 * spread)
    every = 1 if width() / len(bars) > 0.5 else 2
    left.set_xticks(years[::every], [str(year) for year in bars.index[::every]])
    left.tick_params(axis="x", length=0)
    _half_axis(left, bar_label, HERE, 0.0, float(bars.max()) * 1.1)
    _half_axis(right, line_label, PRINTED, float(line.min()) - 0.3 * spread, np.inf)
    ends = [0, len(line) - 1]
    for axes, series, at, colour, offset, va in (
        (left, bars.iloc[::every], years[::every], HERE, -4, "top"),
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
    words = wrapped(label, 0.46 * width()) if narrow() else label.replace(" (", "\n(")
    name = axes.text(1.08 if right else -0.08, 1.03, words, color=colour)
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
        The same shape, True where a cell is derived or modelled: it gets a dot. Where most cells
        are, the others get one; where all are, none does, and the key says so.
    mark
        What a flagged cell is, for the key.

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
    known = table.notna().to_numpy()
    if (all_flagged := bool((dots == known).all())) or dots.sum() > known.sum() / 2:
        dots, mark = known & ~dots, f"all cells{'' if all_flagged else ' but these'}: {mark}"
    classes = classify(table, k, scheme)
    n, years = table.shape
    height = 1.2 + 0.215 * n
    figure = PaperFigure(width(), height)
    left = 1.155 if not narrow() else 1.1
    axes = figure.add_axes(
        (left / width(), 0.05 / height, 1 - (left + 0.05) / width(), 0.215 * n / height)
    )
    # Where cells are narrower than their numbers, these have fewer decimals.
    room = (width() - left - 0.05) / years
    places = decimals(classes.bounds)
    longest = len(f"{np.nanmax(np.abs(table.to_numpy(float))):,.{places}f}")
    places = max(0, places - max(0, longest - int(room / 0.079)))
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
    every = 1 if room > 0.38 else 2
    axes.set_xticks(np.arange(0, years, every) + 0.5, [str(y) for y in table.columns[::every]])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=2)
    axes.spines[:].set_visible(False)
    special = swatches(mark if dots.any() else "", not known.all(), dot=True)
    if all_flagged and known.any() and flagged.to_numpy().any():
        special.append(Line2D([], [], linestyle="", label=mark))
    stepped_key(
        figure,
        (left if not narrow() else 0.3, width() - 0.5, height - 0.42),
        classes,
        label,
        special,
    )
    return figure


@styled
def candidates_plot(
    table: pd.DataFrame,
    printed: pd.Series,
    *,
    xlabel: str,
    apart: Mapping[str, str] | None = None,
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
    apart
        Candidates in another unit and the label of their axis: each has a panel of its own below,
        without the printed moments, which do not compare.

    Raises
    ------
    FigureError
        A moment is lacking.
    """
    moments = ["mean", "sd", "min", "max"]
    require(table, moments, "candidates_plot")
    require(printed.to_frame().T, moments, "candidates_plot, printed")
    rows = pd.concat([printed.rename("published").to_frame().T, table])[moments].astype(float)
    apart = {name: label for name, label in (apart or {}).items() if name in table.index}
    names = {name: wrapped(str(name), 0.25 * width(), 9.5) for name in rows.index}
    panels = {xlabel: rows.drop(index=list(apart))}
    panels |= {label: rows.loc[[name]] for name, label in apart.items()}
    labels = [wrapped(label, width() - 0.3) for label in panels]
    feet = [0.42 + 0.165 * (label.count("\n") + 1) for label in labels]
    heights = [0.42 * len(panel) for panel in panels.values()]
    height = 0.3 + sum(heights) + sum(feet)
    left, right = margin(names.values()), 1 - 1.5 / width()
    figure = PaperFigure(width(), height)
    top = height - 0.3
    for (label, panel), tall, foot in zip(panels.items(), heights, feet, strict=True):
        box = (left, (top - tall) / height, right - left, tall / height)
        axes = figure.add_axes(box)
        _spread(axes, panel, printed if label == xlabel else None)
        axes.set_yticks(range(len(panel)), [names[name] for name in panel.index])
        text = wrapped(label, width() - 0.3)
        longest = 0.078 * max(map(len, text.split("\n"))) / 2
        middle = min(max((left + right) / 2, longest / width()), 1 - longest / width())
        figure.text(middle, (top - tall - 0.27) / height, text, ha="center", va="top")
        top -= tall + foot
    heading = figure.text(right + 0.14 / width(), 1 - 0.28 / height, "mean ± sd", va="bottom")
    heading.set(color=MUTED, fontsize=9.5)
    return figure


def _spread(axes: Axes, rows: pd.DataFrame, printed: pd.Series | None) -> None:
    """Draw range, standard deviation and mean of each row, before the printed ones if given."""
    if printed is not None:
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
        inset = axes.annotate(text, (1, i), (10, 0), xycoords=edge, textcoords="offset points")
        inset.set(va="center")
    axes.set_xlim(left=min(0.0, float(rows["min"].min())))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


@styled
def verdict_overview(numbers: pd.DataFrame) -> PaperFigure:
    """Draw every judged number as one square: coefficients, descriptives and tests apart.

    A strip for each table, coloured by verdict, best first, so that it reads as a bar. A number
    that stands in several tables is drawn in each; the keys count it once. Each square is named
    as its number is on the page of all numbers.

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
    left = 0.95
    most = max(int(block["table"].value_counts().max()) for block in blocks.values() if len(block))
    deep = max(DEEP, -(-most // int((width() - left) / STEP)))
    strip = deep * STEP + 0.1
    names = scorecard.anchors(numbers)
    keys = {
        name: [v for v in verdicts.VERDICTS[name] if v in set(blocks[name]["verdict"])]
        for name in blocks
    }
    lines = {name: -(-len(keys[name]) // (2 if narrow() else 4)) for name in blocks}
    strips = sum(block["table"].nunique() for block in blocks.values())
    height = strip * strips + sum(0.36 + 0.2 * n for n in lines.values())
    figure = PaperFigure(width(), height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width())
    axes.set_ylim(height, 0)
    top, side = 0.0, STEP * 0.86
    for name, block in blocks.items():
        once = verdicts.distinct(block)["verdict"].value_counts()
        columns = -(-len(keys[name]) // max(lines[name], 1))
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
        for table, held in block.groupby("table", sort=False):
            middle = top + deep * STEP / 2
            heading = f"Table {table}" if str(table).isdigit() else str(table)
            axes.text(0.08, middle, heading, va="center")
            rank = held["verdict"].map(verdicts.VERDICTS[name].index)
            for k, row in enumerate(rank.sort_values(kind="stable").index):
                verdict = held.loc[row, "verdict"]
                x, y = left + (k // deep) * STEP, top + (k % deep) * STEP
                axes.add_patch(
                    Rectangle((x, y), side, side, facecolor=VERDICTS[verdict], gid=names[row])
                )
                if verdict == "contradicts":
                    axes.plot(x + side / 2, y + side / 2, "x", color=PAPER, ms=3.6, mew=1.1)
            top += strip
    return figure

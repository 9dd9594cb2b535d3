"""Every question of the audit as a square, every specification's distance as a tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from spillover.book.figures.style import (
    HERE,
    INK,
    MUTED,
    PRINTED,
    RULE,
    FigureError,
    PaperFigure,
    margin,
    narrow,
    require,
    styled,
    width,
    wrapped,
)
from spillover.econometrics.formats import fmt
from spillover.multiverse.curve import choices_of
from spillover.replication.audit import RESULTS

RESULT_COLOURS = dict(zip(RESULTS, ("#a9cbd9", "#f0cf8a", "#e39a3e", "#a8321a"), strict=True))
DEEP, STEP = 6, 0.1
QUIET = "#b4b8ba"


@styled
def questions_overview(table: pd.DataFrame) -> PaperFigure:
    """Draw every question as one square, a strip for each group, findings first.

    Parameters
    ----------
    table
        Columns ``group`` and ``result``, of :func:`spillover.replication.audit.questions`.

    Raises
    ------
    FigureError
        A column is lacking or a result unknown.
    """
    require(table, ("group", "result"), "questions_overview")
    if not (odd := table[~table["result"].isin(RESULTS)]).empty:
        found = odd["result"].iloc[0]
        raise FigureError(f"questions_overview: result {found!r}; expected {', '.join(RESULTS)}")
    names = list(dict.fromkeys(table["group"]))
    deep = DEEP * (2 if narrow() else 1)
    strip, head = deep * STEP + 0.13, 1.0 if narrow() else 0.62
    height = head + strip * len(names)
    figure = PaperFigure(width(), height)
    axes = figure.add_axes((0, 0, 1, 1 - (head - 0.02) / height))
    axes.set_axis_off()
    axes.set_xlim(0, width())
    axes.set_ylim(strip * len(names), 0)
    for i, name in enumerate(names):
        _strip(axes, list(table.loc[table["group"] == name, "result"]), str(name), i * strip, deep)
    counts = table["result"].value_counts()
    handles = [
        Patch(facecolor=c, label=f"{r} {counts.get(r, 0)}") for r, c in RESULT_COLOURS.items()
    ]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0),
        ncols=2 if narrow() else 4, handlelength=0.9,
        handleheight=0.9, columnspacing=1.4, handletextpad=0.5, borderaxespad=0.3,
        alignment="left",
        title=wrapped(
            f"{len(table)} questions; beside each strip, how many came out fine", width()
        ),
    )  # fmt: skip
    return figure


def _strip(axes: Axes, results: list[str], name: str, top: float, deep: int) -> None:
    """Draw the squares of one group, column by column, between its name and its score."""
    middle, left = top + deep * STEP / 2, 1.42 if narrow() else 1.62
    axes.text(0.08, middle, name, va="center", fontweight="bold")
    ordered = sorted(results, key=RESULTS.index, reverse=True)
    for k, result in enumerate(ordered):
        corner = (left + (k // deep) * STEP, top + (k % deep) * STEP)
        axes.add_patch(
            Rectangle(
                corner, STEP * 0.86, STEP * 0.86, facecolor=RESULT_COLOURS[result], gid="question"
            )
        )
    right = left + -(-len(results) // deep) * STEP + 0.08
    fine = results.count(RESULTS[0])
    axes.text(right, middle, f"{fine} of {len(results)}", va="center", color=MUTED)


@styled
def distances_by_choice(
    table: pd.DataFrame,
    headings: Mapping[str, str],
    *,
    by: str = "distance_sd",
    lines: Mapping[str, float] | None = None,
    marked: pd.Series | None = None,
    mark_label: str = "",
) -> PaperFigure:
    """Draw every specification's distance as a tick, once in each row of a choice it made.

    Parameters
    ----------
    table
        Of :func:`spillover.multiverse.search.search`; what could not be estimated is left out.
    headings
        Headings by name of a choice; every choice is drawn as a group of rows.
    by
        Column of distances; the axis is logarithmic.
    lines
        Distances to be marked across all rows, by name.
    marked
        True for specifications drawn in blue; the others are grey.
    mark_label
        What the blue ones have in common.

    Raises
    ------
    FigureError
        A column is lacking.
    """
    require(table, (by, "reason"), "distances_by_choice")
    choices = {name: headings.get(name, name) for name in choices_of(table)}
    held = table[table["reason"] == ""]
    blue = (marked if marked is not None else held[by] < 0).reindex(held.index).to_numpy(bool)
    groups = {c: [v for v in held[c].cat.categories if (held[c] == v).any()] for c in choices}
    rows = sum(len(values) + 1.25 for values in groups.values())
    height = 1.3 + 0.2 * rows
    words = [str(v) for values in groups.values() for v in values]
    left = max(margin(words), 1.1 * margin(choices.values()))
    figure = PaperFigure(width(), height)
    axes = figure.add_axes((left, 0.5 / height, 0.975 - left, 1 - 1.28 / height))
    _ticks(axes, held, groups, choices, held[by].to_numpy(float), blue)
    _across(axes, lines or {})
    _logarithmic(axes, held[by])
    axes.set_xlabel("Distance in published standard errors; thick: median", loc="right")
    if mark_label:
        _key(axes, mark_label)
    return figure


def _ticks(
    axes: Axes,
    held: pd.DataFrame,
    groups: Mapping[str, Sequence[object]],
    titles: Mapping[str, str],
    distance: np.ndarray,
    blue: np.ndarray,
) -> None:
    """One row of ticks for each value of each choice, under the choice's heading."""
    y, at, names = 0.0, [], []
    edge = axes.get_yaxis_transform()
    for choice, values in groups.items():
        axes.text(
            -0.012, y, titles[choice], transform=edge, ha="right", va="center", fontweight="bold"
        )
        for value in values:
            y += 1
            made = (held[choice] == value).to_numpy()
            axes.axhline(y, color=RULE, linewidth=0.5, zorder=0)
            for which, colour in ((made & ~blue, QUIET), (made & blue, HERE)):
                axes.vlines(
                    distance[which], y - 0.33, y + 0.33, color=colour, linewidth=0.9, gid="tick"
                )
            middle = float(np.median(distance[made]))
            axes.vlines(middle, y - 0.42, y + 0.42, color=INK, linewidth=2.6, gid="median")
            at.append(y)
            names.append(str(value))
        y += 1.25
    axes.set_yticks(at, names)
    axes.set_ylim(y - 0.6, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _across(axes: Axes, lines: Mapping[str, float]) -> None:
    for name, value in lines.items():
        axes.axvline(value, color=PRINTED, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(
            name, (value, 1.0), (0, 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", color=PRINTED, fontsize=9.5,
        )  # fmt: skip


def _logarithmic(axes: Axes, distance: pd.Series) -> None:
    axes.set_xscale("log")
    low, high = float(distance.min()), float(distance.max())
    axes.set_xlim(min(low, 2) * 0.9, high * 1.08)
    shown = [v for v in (0.5, 1, 2, 3, 5, 10, 20, 50, 100) if low * 0.7 <= v <= high]
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_major_formatter(lambda value, _: fmt(value, 0 if value >= 1 else 1))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _key(axes: Axes, label: str) -> None:
    words = wrapped(label, width() - 1.3)
    handles = [Patch(facecolor=HERE, label=words), Patch(facecolor=QUIET, label="other")]
    figure = axes.figure
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 1), ncols=2, handlelength=0.5,
        columnspacing=1.4, handletextpad=0.5, borderaxespad=0.5,
    )  # fmt: skip

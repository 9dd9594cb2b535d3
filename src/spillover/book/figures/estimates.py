"""Estimates with their intervals: coefficients, effects, decay, moderators, specifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from spillover.book.figures.style import (
    BAR,
    DASHED,
    HERE,
    INK,
    MUTED,
    PAPER,
    PRINTED,
    RULE,
    FigureError,
    PaperFigure,
    digits,
    look,
    margin,
    narrow,
    require,
    styled,
    width,
    wrapped,
)
from spillover.econometrics.formats import fmt
from spillover.econometrics.spatialpanel.effects import quantile

KINDS = ("direct", "indirect", "total")
INSIGNIFICANT = "#a3a8ad"
RASTER_ABOVE = 400
GAP = 0.35
"""Rows left free between two groups of choices."""
ENDLESS = 3.0
"""Times by which all intervals together may be longer than most of them, before they are cut."""
FAR = 4.0
"""Times the median reach from zero up to which a row of estimates decides how long the axis is."""
ARROW = "an arrow: beyond the axis, up to the number"


@styled
def coefficient_plot(
    table: pd.DataFrame, *, xlabel: str = "Estimate with 95 % interval"
) -> PaperFigure:
    """Draw estimates with intervals, one row a term, groups side by side.

    Parameters
    ----------
    table
        Columns ``term``, ``group`` (``replication``, ``published``, …), ``estimate``, ``low``
        and ``high``; terms and groups in the order in which they first appear. A missing bound
        draws the estimate alone.
    xlabel
        What the axis measures.

    Raises
    ------
    FigureError
        A column is lacking, or a term stands twice in a group.
    """
    require(table, ("term", "group", "estimate", "low", "high"), "coefficient_plot")
    if (twice := table.duplicated(["term", "group"])).any():
        term, group = table.loc[twice, ["term", "group"]].iloc[0]
        raise FigureError(f"coefficient_plot: {term!r} stands twice in group {group!r}")
    terms = list(dict.fromkeys(table["term"]))
    groups = list(dict.fromkeys(table["group"]))
    words = [wrapped(str(term), 0.33 * width(), 9.5) if narrow() else str(term) for term in terms]
    deepest = max(word.count("\n") + 1 for word in words)
    names = groups if len(groups) > 1 else []
    ends = _ends(table)
    label = wrapped(f"{xlabel} ({ARROW})" if ends else xlabel, width() - 0.3)
    foot = 0.4 + 0.165 * (label.count("\n") + 1)
    top = 0.15 + 0.22 * _lines(names)
    rows = len(terms) * max(0.3, 0.2 * len(groups), 0.17 * deepest + 0.06)
    height, left = foot + rows + top, margin(words)
    figure = PaperFigure(width(), height)
    axes = figure.add_axes((left, foot / height, 0.98 - left, rows / height))
    _intervals(axes, table, terms, groups, 4 if narrow() else 6)
    axes.set_yticks(range(len(words)), words)
    figure.text(
        min(0.5 + left / 2, 1 - 0.004 - 0.038 * len(max(label.split("\n"), key=len)) / width()),
        0.08 / height,
        label,
        ha="center",
        va="bottom",
    )
    _group_key(figure, names)
    return figure


@styled
def effects_plot(
    effects: Mapping[str, pd.DataFrame],
    *,
    scale: pd.Series | None = None,
    level: float = 0.95,
    xlabel: str = "Effect on the outcome",
) -> PaperFigure:
    """Draw direct, indirect and total effects, one panel a regressor, each on its own scale.

    Effects of one regressor compare within its panel; zero is marked in each. An interval that
    reaches much farther than the others of its panel runs on in an arrow with its bound beside it.

    Parameters
    ----------
    effects
        Name of the source (for example ``replication``, ``published``) → what ``results.effects()``
        returns: one row a regressor, columns (direct | indirect | total) × (effect, std_error).
        A missing error draws the effect alone. The first names the rows; the others may lack
        some of them.
    scale
        Regressor → factor for its effects and errors, such as its standard deviation, so that
        effects in different units can be compared.
    level
        Of the intervals, normal or t with the degrees of freedom in a table's ``attrs["df"]``.
    xlabel
        What the axes measure.

    Raises
    ------
    FigureError
        A kind of effect is lacking, or a source has a regressor that the first has not.
    """
    terms, groups = list(next(iter(effects.values())).index), list(effects)
    parts = []
    for group, table in effects.items():
        z = quantile((1 + level) / 2, table.attrs.get("df"))
        if odd := [term for term in table.index if term not in terms]:
            raise FigureError(f"effects_plot: {group!r} has {odd[0]!r}, the first source has not")
        factor = pd.Series(1.0, table.index) if scale is None else scale.reindex(table.index)
        if factor.isna().any():
            raise FigureError(f"effects_plot: scale has no {factor.index[factor.isna()][0]!r}")
        for kind in KINDS:
            if (kind, "effect") not in table.columns:
                raise FigureError(f"effects_plot: {group!r} has no column {(kind, 'effect')}")
            estimate = table[kind, "effect"].astype(float) * factor
            known = (kind, "std_error") in table.columns
            error = table[kind, "std_error"].astype(float) * factor if known else estimate * np.nan
            part = {"estimate": estimate, "low": estimate - z * error, "high": estimate + z * error}
            parts.append(pd.DataFrame({"term": table.index, "group": group, "kind": kind, **part}))
    rows = pd.concat(parts, ignore_index=True)
    names = groups if len(groups) > 1 else []
    across = min(len(terms), 2 if narrow() else 3)
    down = -(-len(terms) // across)
    each, apart = len(KINDS) * max(0.24, 0.17 * len(groups)), 0.62
    panels = {term: rows[rows["term"] == term].assign(term=rows["kind"]) for term in terms}
    cut_off = any(_ends(panel) for panel in panels.values())
    label = wrapped(
        f"{xlabel}, each regressor on its own scale" + f" ({ARROW})" * cut_off, width() - 0.3
    )
    foot, head = 0.42 + 0.165 * (label.count("\n") + 1), 0.34 + 0.22 * _lines(names)
    height = head + down * each + (down - 1) * apart + foot
    figure = PaperFigure(width(), height)
    first, gap = 0.72, 0.2
    wide = (width() - first - 0.12 - (across - 1) * gap) / across
    for i, (term, panel) in enumerate(panels.items()):
        x = first + i % across * (wide + gap)
        y = height - head - i // across * (each + apart) - each
        axes = figure.add_axes((x / width(), y / height, wide / width(), each / height))
        _intervals(axes, panel, list(KINDS), groups, ticks=3)
        axes.tick_params(axis="y", labelleft=i % across == 0)
        axes.text(0, 1.02, str(term), transform=axes.transAxes, va="bottom", fontweight="bold")
    figure.text(0.5, 0.08 / height, label, ha="center", va="bottom", fontsize=10)
    _group_key(figure, names)
    return figure


def _ends(table: pd.DataFrame) -> tuple[float, float] | None:
    """Return the ends of an axis that a few rows would stretch; None where there are none.

    The axis is as long as all other rows and zero need, and holds the estimates of the few if that
    makes it no more than half as long again.
    """
    values = table[["estimate", "low", "high"]].to_numpy(float)
    reach = np.fmax.reduce(np.abs(values), axis=1)
    held = values[reach <= FAR * np.nanmedian(reach)]
    if len(held) == len(values):
        return None
    low, high = min(0.0, float(np.nanmin(held))), max(0.0, float(np.nanmax(held)))
    room = 0.5 * (high - low)
    near = [float(v) for v in values[:, 0] if low - room <= v <= high + room]
    low, high = min([low, *near]), max([high, *near])
    if low <= float(np.nanmin(values)) and float(np.nanmax(values)) <= high:
        return None
    return low - 0.06 * (high - low), high + 0.06 * (high - low)


def _intervals(
    axes: Axes, table: pd.DataFrame, terms: list[str], groups: list[str], ticks: int = 6
) -> None:
    """Draw one row a term from the top, the groups apart in it, with zero marked."""
    spread = min(0.4, 0.8 / len(groups))
    for i, group in enumerate(groups):
        style, rows = look(str(group), i), table[table["group"] == group]
        at = np.array([terms.index(t) for t in rows["term"]]) + (i - (len(groups) - 1) / 2) * spread
        known = (rows["low"].notna() & rows["high"].notna()).to_numpy()
        axes.hlines(at[known], rows["low"][known], rows["high"][known], color=style.colour, lw=1.6)
        axes.scatter(
            rows["estimate"],
            at,
            s=40,
            marker=style.marker,
            c=style.face,
            edgecolors=style.colour,
            linewidths=1.5,
            zorder=3,
            gid="estimate",
        )
        if ends := _ends(table):
            axes.set_xlim(*ends)
            for y, row in zip(at, rows[["estimate", "low", "high"]].to_numpy(float), strict=True):
                _run_on(axes, y, row, ends, style.colour)
    axes.set_ylim(len(terms) - 0.5, -0.5)
    axes.set_yticks(range(len(terms)), [str(term) for term in terms])
    axes.tick_params(axis="y", length=0, pad=6)
    axes.spines["left"].set_visible(False)
    for y in np.arange(len(terms) - 1) + 0.5:
        axes.axhline(y, color=RULE, linewidth=0.6, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))


def _run_on(axes: Axes, y: float, row: np.ndarray, ends: tuple[float, float], colour: str) -> None:
    """Mark with an arrow each end of the axis that a row runs over, and write its numbers there."""
    estimate, low, high = row
    box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}
    inches = axes.get_position().width * width() / (ends[1] - ends[0])
    for side, end, bound in ((1, ends[0], low), (-1, ends[1], high)):
        off = side * (estimate - end) < 0
        if not off and not side * (bound - end) < 0:
            continue
        elsewhere = -side * (estimate - ends[side > 0]) < 0
        axes.plot(end, y, "<" if side > 0 else ">", color=colour, ms=6, clip_on=False, zorder=5)
        if elsewhere:
            continue
        numbers = [estimate, low, high] if off else [bound]
        text, *bounds = [fmt(v, digits([v])) for v in numbers if not np.isnan(v)]
        text += f" [{', '.join(bounds)}]" if bounds else ""
        # Inwards of the mark of the estimate where this stands next to the end.
        near = not off and side * (estimate - end) * inches < 0.6
        axes.annotate(
            text, (estimate if near else end, y), (side * (8 if near else 6), 0), fontsize=9,
            textcoords="offset points", ha="left" if side > 0 else "right", va="center",
            color=colour, bbox=box, zorder=4, gid="beyond",
        )  # fmt: skip


def _columns(groups: Sequence[str]) -> int:
    """Return how many groups fit into one line of their key."""
    longest = max((len(str(group)) for group in groups), default=1)
    return max(1, min(len(groups), int(width() / (0.62 + 0.084 * longest))))


def _lines(groups: Sequence[str]) -> int:
    """Return the number of lines of the key to the groups."""
    return -(-len(groups) // _columns(groups)) if groups else 0


def _group_key(figure: PaperFigure, groups: Sequence[str]) -> None:
    """Name the groups at the top left of the figure, each with its mark."""
    handles = []
    for i, group in enumerate(groups):
        colour, marker, face = look(str(group), i)
        handle = Line2D([], [], color=colour, marker=marker, mfc=face, mew=1.5, ms=6.5, lw=1.6)
        handle.set_label(str(group))
        handles.append(handle)
    if handles:
        figure.legend(
            handles=handles, loc="upper left", ncols=_columns(groups), borderaxespad=0.2,
            handlelength=2.2, columnspacing=1.2, labelspacing=0.35,
        )  # fmt: skip


@styled
def decay_plot(
    table: pd.DataFrame,
    *,
    column: str = "effect",
    whole: float | None = None,
    xlabel: str = "Order of neighbours (0: the province itself)",
    ylabel: str = "Effect",
) -> PaperFigure:
    """Draw how an effect fades with the order of neighbours, and how much has been reached.

    Parameters
    ----------
    table
        Index the order (0, 1, 2 …), a column of effects and, if known, ``low`` and ``high``, as
        :meth:`PanelResults.effects_by_order` returns them.
    column
        Which column holds the effects.
    whole
        The effect over all orders, of which the cumulated share stands under each order; by
        default the sum of the rows.
    xlabel, ylabel
        Words at the axes.

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
    label = wrapped(f"{xlabel}; below, share of the whole reached so far", width() - 0.9)
    figure = PaperFigure(width(), 3.9)
    left, foot = 0.8 / width(), 0.225 + 0.044 * (label.count("\n") + 1)
    axes = figure.add_axes((left, foot, 0.98 - left, 0.97 - foot))
    orders = np.arange(len(table))
    axes.bar(orders, effect, width=0.55, color=BAR)
    if {"low", "high"} <= set(table.columns):
        axes.vlines(orders, table["low"], table["high"], color=HERE, linewidth=1.8)
        axes.scatter(orders, effect, s=30, color=HERE, zorder=3)
    axes.axhline(0, color=MUTED, linewidth=0.9)
    share = effect.cumsum() / whole
    names = [f"{order}\n{fmt(100 * s, 0)} %" for order, s in zip(table.index, share, strict=True)]
    axes.set_xticks(orders, names)
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel(label)
    axes.set_ylabel(ylabel)
    return figure


@styled
def marginal_effect_plot(
    table: pd.DataFrame,
    *,
    xlabel: str,
    ylabel: str = "Marginal effect with 95 % interval",
    rug: pd.Series | None = None,
) -> PaperFigure:
    """Draw an effect that changes with a moderator, with its band and where the data lie.

    Parameters
    ----------
    table
        Columns ``x`` (ascending), ``effect``, ``low``, ``high``.
    xlabel, ylabel
        Words at the axes; `xlabel` names the moderator.
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
    label = wrapped(xlabel, width() - 0.9)
    figure = PaperFigure(width(), 3.9)
    left, foot = 0.77 / width(), 0.1 + 0.042 * (label.count("\n") + 1)
    axes = figure.add_axes((left, foot, 0.98 - left, 0.98 - foot))
    x = table["x"].to_numpy(float)
    axes.fill_between(x, table["low"], table["high"], color=HERE, alpha=0.18, linewidth=0)
    axes.plot(x, table[["low", "high"]], color=HERE, linewidth=0.7, alpha=0.6)
    axes.plot(x, table["effect"], color=HERE, linewidth=2.2)
    axes.axhline(0, color=INK, linewidth=0.9, linestyle=DASHED)
    axes.set_xlim(x[0], x[-1])
    if rug is not None:
        low, edge = np.full(len(rug), 0.012), axes.get_xaxis_transform()
        axes.plot(rug, low, "|", transform=edge, color=INK, alpha=0.35, ms=8, mew=0.8, gid="rug")
    axes.set_xlabel(label)
    axes.set_ylabel(ylabel)
    return figure


@styled
def specification_curve(
    table: pd.DataFrame,
    choices: Sequence[str],
    *,
    ylabel: str = "Estimate with 95 % interval",
    printed: float | None = None,
    highlight: pd.Series | None = None,
    named: Mapping[str, int] | None = None,
    labels: pd.Series | None = None,
) -> PaperFigure:
    """Draw sorted estimates above, and below which choices made each of them.

    Blue: the interval lies above zero; red-brown: below; grey: it includes zero (Simonsohn,
    Simmons and Nelson 2020). Where a few intervals are so long that the others would be flattened,
    they run off the axis in an arrow.

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
        True for specifications to be marked by a ring, such as the study's own; one alone is
        named "the study's own".
    named
        Words to the place of a specification in the index of `table`: a ring with these words.
    labels
        What each specification is: written beside the lowest and the highest estimate.

    Raises
    ------
    FigureError
        A column is lacking, `highlight` or `labels` has another index than `table`, or a named
        specification is not on the curve.
    """
    require(table, ("estimate", "low", "high", *choices), "specification_curve")
    for label, place in (named or {}).items():
        if place not in table.index:
            raise FigureError(f"specification_curve: no specification {place!r} ({label})")
    for what, given in (("highlight", highlight), ("labels", labels)):
        if given is not None and not given.index.equals(table.index):
            raise FigureError(f"specification_curve: {what} and table have different indices")
    order = table["estimate"].argsort(kind="stable").to_numpy()
    ordered, n = table.iloc[order].reset_index(drop=True), len(table)
    categories = {choice: list(dict.fromkeys(table[choice])) for choice in choices}
    colours = np.select([ordered["low"] > 0, ordered["high"] < 0], [HERE, PRINTED], INSIGNIFICANT)

    # A few endless intervals would flatten all others: the axis then ends where most of them do.
    shortest = ordered["low"].quantile(0.05), ordered["high"].quantile(0.95)
    inner = [*ordered["estimate"], *shortest, 0.0, *([] if printed is None else [printed])]
    bottom, top = min(inner), max(inner)
    whole = min(ordered["low"].min(), bottom), max(ordered["high"].max(), top)
    if whole[1] - whole[0] <= ENDLESS * (top - bottom):
        bottom, top = whole
    bottom, top = bottom - 0.04 * (top - bottom), top + 0.04 * (top - bottom)

    words = [_word(value) for values in categories.values() for value in values]
    left = max(margin(words), 1.15 * margin(categories), 0.8 / width())
    right = 1 - (0.82 if printed is not None else 0.1) / width()
    under, over = _named(ordered, order, highlight, labels, 0.48 * (right - left) * width())
    bands = [0.06 + 0.155 * (text.count("\n") + 1) if text else 0.0 for text in (*under, over[1])]
    upper, low_band, high_band = 2.4, max(bands[:2]), bands[2]
    note = _shares(colours, n)
    lower = 0.19 * sum(len(values) + 1 + GAP for values in categories.values())
    height = upper + low_band + high_band + lower + 0.28 + 0.17 * (note.count("\n") + 1)
    figure = PaperFigure(width(), height)
    below = figure.add_axes((left, 0.1 / height, right - left, lower / height))
    tall = upper + low_band + high_band
    above = figure.add_axes(
        (left, (lower + 0.15) / height, right - left, tall / height), sharex=below
    )

    # Thousands of estimates are drawn as pixels, to keep the file small.
    pixels, x = n > RASTER_ABOVE, ordered.index
    ends = ordered[["low", "high"]].clip(bottom, top)
    bars = above.vlines(x, ends["low"], ends["high"], colors=list(colours), alpha=0.45)
    bars.set(linewidth=float(np.clip(240 / n, 0.4, 2.0)), rasterized=pixels)
    dots = above.scatter(x, ordered["estimate"], c=list(colours), linewidths=0, zorder=3)
    dots.set(sizes=[float(np.clip(4000 / n, 3, 26))], rasterized=pixels, gid="estimate")
    for beyond, end, marker in (
        (ordered["low"] < bottom, bottom, "v"),
        (ordered["high"] > top, top, "^"),
    ):
        above.plot(x[beyond], np.full(beyond.sum(), end), marker, color=MUTED, ms=3.5, gid="beyond")
    above.axhline(0, color=MUTED, linewidth=0.9)
    if printed is not None:
        above.axhline(printed, color=INK, linewidth=1, linestyle=DASHED)
        text = f"published\n{fmt(printed, min(3, digits([printed])))}"
        edge = above.get_yaxis_transform()
        above.text(1.015, printed, text, transform=edge, va="center", fontsize=9.5)
    if highlight is not None:
        chosen = ordered["estimate"][highlight.iloc[order].to_numpy(bool)]
        above.plot(chosen, "o", ms=9, mfc="none", mec=INK, mew=1.4, zorder=5, gid="highlight")
    for step, (label, place) in enumerate((named or {}).items()):
        at = int(np.flatnonzero(order == table.index.get_loc(place))[0])
        value = float(ordered["estimate"].iloc[at])
        above.plot(at, value, "o", ms=9, mfc="none", mec=INK, mew=1.4, zorder=5, gid="named")
        left_half, side = at < n / 2, -1 if step % 2 else 1
        above.annotate(
            wrapped(label, 1.1, 9) if narrow() else label,
            (at, value),
            (14 if left_half else -14, 44 * side),
            textcoords="offset points",
            ha="left" if left_half else "right",
            va="center",
            arrowprops={"arrowstyle": "-", "color": INK, "lw": 0.8},
            bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
            zorder=6,
        )
    unit = (top - bottom) / upper
    above.set_ylim(bottom - low_band * unit, top + high_band * unit)
    ticks = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(bottom, top)
    above.set_yticks([tick for tick in ticks if bottom <= tick <= top])
    above.set_xlim(-0.5 - 0.01 * n, n - 0.5 + 0.01 * n)
    third = "left" if over[0] < n / 3 else "right" if over[0] > 2 * n / 3 else "center"
    inches = (right - left) * width()
    # Where it would not fit beside the line, our name ends with the axis.
    short = 0.075 * len(over[1]) > inches * (1 - over[0] / n if third == "left" else 0.9)
    for place, at, text, end, align in (
        (0, 0, under[0], bottom - 0.04 * unit, "left"),
        (n - 1, n - 1, under[1], bottom - 0.04 * unit, "right"),
        (over[0], n - 1 if short else over[0], over[1], top + 0.04 * unit,
         "right" if short else third),
    ):  # fmt: skip
        if text:
            heights = [ordered["estimate"].iloc[place], end]
            above.plot([place, place], heights, color=INK, lw=0.9, zorder=4, gid="leader")
            va = "bottom" if end > top else "top"
            above.text(at, end, text, ha=align, va=va, fontsize=9, gid="name")
    above.text(
        1 - 0.1 / width(),
        1.02,
        note,
        transform=blended_transform_factory(figure.transFigure, above.transAxes),
        ha="right",
        va="bottom",
    )
    above.tick_params(axis="x", length=0, labelbottom=False)
    above.spines["bottom"].set_visible(False)
    above.set_ylabel(ylabel)
    _choices(below, ordered, categories, colours)
    return figure


def _named(
    ordered: pd.DataFrame,
    order: np.ndarray,
    highlight: pd.Series | None,
    labels: pd.Series | None,
    inches: float,
) -> tuple[tuple[str, str], tuple[int, str]]:
    """Return what stands at the lowest and the highest estimate, and place and name of ours."""
    value = [fmt(v, min(3, digits([v]))) for v in ordered["estimate"]]
    under = ("", "")
    if labels is not None:
        sorted_names = labels.iloc[order].astype(str).to_numpy()
        under = (
            wrapped(f"lowest, {value[0]}: {sorted_names[0]}", inches, 9),
            wrapped(f"highest, {value[-1]}: {sorted_names[-1]}", inches, 9),
        )
    if highlight is None or highlight.sum() != 1:
        return under, (0, "")
    place = int(np.flatnonzero(highlight.iloc[order].to_numpy(bool))[0])
    return under, (place, f"the study’s own, {value[place]}")


def _shares(colours: np.ndarray, n: int) -> str:
    """Return how many specifications there are, and the shares of each colour."""
    note = ", ".join(
        f"{fmt(100 * (colours == colour).mean(), 0)} % {word}"
        for colour, word in (
            (HERE, "above zero"),
            (INSIGNIFICANT, "include zero"),
            (PRINTED, "below zero"),
        )
    )
    return wrapped(f"{fmt(n, 0, thousands=True)} specifications: {note}", width() - 0.3)


def _choices(
    axes: Axes, ordered: pd.DataFrame, categories: dict[str, list[object]], colours: np.ndarray
) -> None:
    """Draw a tick where a specification made a choice, one row a category, groups apart."""
    y, ticks, edge = 0.0, {}, axes.get_yaxis_transform()
    size = float(np.clip(900 / len(ordered), 1.0, 6.5))
    for choice, values in categories.items():
        heading = axes.text(-0.01, y, choice, transform=edge, ha="right", va="center")
        heading.set(fontweight="bold", fontsize=9.5)
        for value in values:
            y += 1
            made = (ordered[choice] == value).to_numpy()
            axes.axhline(y, color=RULE, linewidth=0.5, zorder=0)
            marks = axes.scatter(
                ordered.index[made],
                np.full(made.sum(), y),
                s=30,
                marker="|",
                linewidths=size / 3,
                c=list(colours[made]),
                gid="choice",
            )
            marks.set_rasterized(len(ordered) > RASTER_ABOVE)
            ticks[y] = _word(value)
        y += 1 + GAP
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.set_ylim(y - 0.4 - GAP, -0.6)
    axes.tick_params(length=0, labelbottom=False)
    axes.spines[:].set_visible(False)


def _word(value: object) -> str:
    """Return how a category is named: booleans as yes and no."""
    return ("yes" if value else "no") if isinstance(value, bool | np.bool_) else str(value)

"""Estimates with their intervals: coefficients, spatial effects, their decay, marginal effects.

It draws numbers that were estimated elsewhere; the only arithmetic is estimate ± z·error.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from scipy.special import ndtri

from spillover.book.figures.keys import group_key
from spillover.book.figures.style import (
    MUTED,
    PAPER,
    RULE,
    WIDTH,
    FigureError,
    Look,
    PaperFigure,
    head,
    look,
    margin,
    require,
    styled,
)

KINDS = ("direct", "indirect", "total")


@styled
def coefficient_plot(
    table: pd.DataFrame,
    *,
    xlabel: str = "Estimate with 95 % interval",
    title: str = "",
) -> PaperFigure:
    """Draw estimates with intervals, one row a term, groups side by side.

    Parameters
    ----------
    table
        Columns ``term``, ``group`` (for example ``here`` and ``printed``), ``estimate``, ``low``
        and ``high``; terms and groups in the order in which they first appear. A missing bound
        draws the estimate alone.
    xlabel
        What the axis measures.
    title
        Above the figure; empty for none.

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
    looks = {group: look(str(group), i) for i, group in enumerate(groups)}
    height = 1.15 + len(terms) * max(0.3, 0.2 * len(groups)) + 0.3 * bool(title)
    left = margin(terms)
    figure = PaperFigure(WIDTH, height)
    axes = figure.add_axes(
        (left, 0.55 / height, 0.98 - left, 1 - (0.95 + 0.3 * bool(title)) / height)
    )
    for group, rows in table.groupby("group", sort=False):
        at = [terms.index(t) for t in rows["term"]]
        intervals(axes, rows, np.array(at) + _dodge(groups.index(group), len(groups)), looks[group])
    _rows(axes, terms)
    axes.set_xlabel(xlabel)
    if len(groups) > 1:
        group_key(axes, looks)
    head(figure, title)
    return figure


def intervals(axes: Axes, rows: pd.DataFrame, at: np.ndarray, style: Look) -> None:
    """Draw ``estimate`` with ``low`` to ``high`` at the heights `at`."""
    known = rows["low"].notna() & rows["high"].notna()
    axes.hlines(at[known], rows["low"][known], rows["high"][known], color=style.colour, lw=1.6)
    axes.scatter(
        rows["estimate"],
        at,
        s=40,
        marker=style.marker,
        c=PAPER if style.hollow else style.colour,
        edgecolors=style.colour,
        linewidths=1.5,
        zorder=3,
        gid="estimate",
    )


def _dodge(i: int, n: int) -> float:
    """Return how far group `i` of `n` stands below the middle of its row."""
    return 0.0 if n == 1 else (i - (n - 1) / 2) * min(0.4, 0.8 / n)


def _rows(axes: Axes, names: list[str], ticks: int = 6) -> None:
    """Name the rows from the top, rule them lightly, mark zero."""
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), [str(name) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for y in np.arange(len(names) - 1) + 0.5:
        axes.axhline(y, color=RULE, linewidth=0.6, zorder=0)
    axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))


@styled
def effects_plot(
    effects: Mapping[str, pd.DataFrame],
    *,
    scale: pd.Series | None = None,
    level: float = 0.95,
    xlabel: str = "Effect on the outcome",
    title: str = "",
) -> PaperFigure:
    """Draw direct, indirect and total effects in three panels that share their scale and rows.

    Parameters
    ----------
    effects
        Name of the source (for example ``here``, ``printed``) → what ``results.effects()``
        returns: one row a regressor, columns (direct | indirect | total) × (effect, std_error).
        A missing error draws the effect alone. The first names the rows; the others may lack
        some of them.
    scale
        Regressor → factor for its effects and errors, such as its standard deviation, so that
        effects in different units can be compared.
    level
        Of the intervals effect ± z·error.
    xlabel
        What the axes measure.
    title
        Above the figure; empty for none.

    Raises
    ------
    FigureError
        A kind of effect is lacking, or a source has a regressor that the first has not.
    """
    tables = {name: _tidy_effects(name, table, scale, level) for name, table in effects.items()}
    terms = list(next(iter(effects.values())).index)
    for name, tidy in tables.items():
        if odd := [term for term in tidy["term"] if term not in terms]:
            raise FigureError(f"effects_plot: {name!r} has {odd[0]!r}, the first source has not")
    looks = {name: look(name, i) for i, name in enumerate(tables)}
    figure, panels = _panels(len(terms) * max(0.3, 0.2 * len(tables)), margin(terms), title)
    for kind, axes in zip(KINDS, panels, strict=True):
        for j, (name, tidy) in enumerate(tables.items()):
            rows = tidy[tidy["kind"] == kind]
            at = np.array([terms.index(t) for t in rows["term"]]) + _dodge(j, len(tables))
            intervals(axes, rows, at, looks[name])
        _rows(axes, terms, ticks=3)
        axes.tick_params(axis="y", labelleft=axes is panels[0])
        axes.text(0, 1.02, kind, transform=axes.transAxes, va="bottom", fontweight="bold")
    panels[1].set_xlabel(xlabel)
    if len(tables) > 1:
        group_key(panels[0], looks)
    return figure


def _panels(inches: float, left: float, title: str) -> tuple[PaperFigure, list[Axes]]:
    """Return a figure with one panel of this height a kind of effect, all on one scale."""
    extra = 0.3 * bool(title)
    height = inches + 1.3 + extra
    figure = PaperFigure(WIDTH, height)
    axes = figure.subplots(
        1,
        len(KINDS),
        sharex=True,
        gridspec_kw={
            "left": left,
            "right": 0.985,
            "wspace": 0.08,
            "bottom": 0.55 / height,
            "top": 1 - (0.72 + extra) / height,
        },
    )
    head(figure, title)
    return figure, list(axes)


def _tidy_effects(
    name: str, table: pd.DataFrame, scale: pd.Series | None, level: float
) -> pd.DataFrame:
    """Return rows of term, kind, estimate, low, high."""
    z = float(ndtri((1 + level) / 2))
    parts = []
    for kind in KINDS:
        if (kind, "effect") not in table.columns:
            raise FigureError(f"effects_plot: {name!r} has no column {(kind, 'effect')}")
        effect = table[(kind, "effect")].astype(float)
        has_error = (kind, "std_error") in table.columns
        error = table[(kind, "std_error")].astype(float) if has_error else effect * np.nan
        if scale is not None:
            if lacking := [term for term in table.index if term not in scale.index]:
                raise FigureError(f"effects_plot: scale has no {lacking[0]!r}")
            factor = scale.reindex(table.index)
            effect, error = effect * factor, error * factor
        part = pd.DataFrame({"estimate": effect, "low": effect - z * error})
        part = part.assign(high=effect + z * error, kind=kind, term=table.index)
        parts.append(part.reset_index(drop=True))
    return pd.concat(parts, ignore_index=True)

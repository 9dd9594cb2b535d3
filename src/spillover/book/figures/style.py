"""How every figure looks: paper, ink, colours, type, and how it is written to disk.

One place for what figures share; it knows no chart type and no data.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure

PAPER = "#fbfaf6"
INK = "#20252b"
MUTED = "#5a636c"
RULE = "#d9d6ce"
NO_DATA = "#efede6"

HERE = "#1d5f8a"
PRINTED = "#b5500f"
BAR = "#9fc3d6"

SEQUENCE = LinearSegmentedColormap.from_list(
    "tide", ["#e6eccb", "#a9d1ae", "#66b0a6", "#3b8c9f", "#2f668f", "#2a4074", "#211c45"]
)
"""Light to dark in even steps of lightness, so that grey print and colour-blind eyes keep order."""

CLUSTERS: Mapping[str, str] = MappingProxyType(
    {"HH": "#b3262e", "HL": "#f2a98c", "LH": "#8fbfe0", "LL": "#1f5fa8", "ns": "#e4e1d9"}
)
VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "reproduced": "#173f5f",
        "close": "#3f93a8",
        "same sign": "#b5d99c",
        "opposite": "#c43c17",
        "not comparable": "#dedbd6",
    }
)

SERIES = (HERE, PRINTED, "#4f7d33", "#7456a3", "#666c72", "#8f6f12")
MARKERS = ("o", "D", "s", "^", "v", "P")
"""Colours and marks of series, in this order; ``printed`` always has the second, hollow."""

WIDTH = 7.0
"""Width of a figure in inches; at 9 points and more, type stays legible at 500 pixels."""

STYLE: Mapping[Any, Any] = MappingProxyType(
    {
        "font.family": ["DejaVu Sans"],
        "font.size": 10,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 10,
        "axes.labelcolor": INK,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.7,
        "axes.facecolor": PAPER,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": 9.5,
        "ytick.labelsize": 9.5,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "grid.color": RULE,
        "grid.linewidth": 0.7,
        "legend.frameon": False,
        "legend.fontsize": 9.5,
        "legend.title_fontsize": 9.5,
        "hatch.linewidth": 0.6,
        "lines.linewidth": 1.8,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "svg.fonttype": "path",
        "svg.hashsalt": "spillover",
        "path.simplify": True,
    }
)

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Look:
    """Colour and mark of one series."""

    colour: str
    marker: str
    hollow: bool = False


def look(name: str, place: int) -> Look:
    """Return the look of the series in `place`; ours and the printed one look alike everywhere.

    >>> look("printed", 0).hollow, look("here", 3).colour == HERE
    (True, True)
    """
    if name == "printed":
        return Look(PRINTED, "D", hollow=True)
    if name == "here":
        return Look(HERE, "o")
    others = [i for i in range(len(SERIES)) if i != 1]
    if place >= len(others):
        raise FigureError(
            f"{name!r} is series number {place + 1}; at most {len(others)} are told apart"
        )
    return Look(SERIES[others[place]], MARKERS[others[place]])


class FigureError(ValueError):
    """The data do not fit the figure; the message names what is missing or unknown."""


class PaperFigure(Figure):
    """A matplotlib Figure that keeps this style wherever it is drawn, and shows in a notebook.

    It is made without pyplot, so nothing is shown twice and no figure stays open.
    """

    def __init__(self, width: float = WIDTH, height: float = 4.2, **kwargs: Any) -> None:
        super().__init__(figsize=(width, height), dpi=kwargs.pop("dpi", 150), **kwargs)
        FigureCanvasAgg(self)

    def draw(self, renderer: RendererBase) -> None:
        """Draw in this style: ticks made at drawing time would else follow the caller's."""
        with mpl.rc_context(dict(STYLE)):
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png", dpi=200, metadata={"Software": None})
        return stream.getvalue()


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` inside this style without touching matplotlib's global settings."""

    @functools.wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(dict(STYLE)):
            return function(*args, **kwargs)

    return inside


def save(figure: Figure, folder: Path | str, stem: str, data: pd.DataFrame) -> dict[str, Path]:
    """Write a figure and the numbers behind it.

    Parameters
    ----------
    figure
        What any function of this package returns.
    folder
        Made if it is not there.
    stem
        File name without an ending.
    data
        The numbers that the figure shows; written with their index.

    Returns
    -------
    dict
        ``png`` (200 dots per inch), ``svg`` and ``csv`` → path. The same figure gives the same
        bytes: no date, no random identifiers.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = {kind: target / f"{stem}.{kind}" for kind in ("png", "svg", "csv")}
    with mpl.rc_context(dict(STYLE)):
        figure.savefig(paths["png"], dpi=200, metadata={"Software": None})
        figure.savefig(paths["svg"], metadata={"Date": None, "Creator": None})
    _shorten(paths["svg"])
    data.to_csv(paths["csv"], lineterminator="\n")
    return paths


def _shorten(svg: Path) -> None:
    """Cut path coordinates to two decimals (1/7200 inch): half the bytes, no visible difference."""
    text = svg.read_text(encoding="utf-8")
    text = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path.group()), text)
    svg.write_text(text, encoding="utf-8")


def colours(n: int, start: float = 0.08, stop: float = 0.96) -> list[str]:
    """Return `n` colours from light to dark, evenly spaced on the project's sequence.

    >>> len(colours(4)), colours(4)[0] != colours(4)[1]
    (4, True)
    """
    return [to_hex(SEQUENCE(x)) for x in np.linspace(start, stop, n)]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.1), 0 black to 1 white.

    >>> luminance("#ffffff"), luminance("#000000")
    (1.0, 0.0)
    """
    channels = np.asarray(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return round(float(linear @ np.array([0.2126, 0.7152, 0.0722])), 6)


def ink_on(colour: str) -> str:
    """Return the type colour, ink or paper, that contrasts more with `colour`."""
    dark, light, ground = luminance(INK), luminance(PAPER), luminance(colour)
    return INK if (ground + 0.05) / (dark + 0.05) > (light + 0.05) / (ground + 0.05) else PAPER


def head(figure: Figure, title: str) -> None:
    """Write the title at the top left of the figure; an empty one is left out."""
    width, height = figure.get_size_inches()
    figure.text(
        0.08 / width, 1 - 0.08 / height, title, ha="left", va="top", fontsize=11, fontweight="bold"
    )


def margin(names: Iterable[object]) -> float:
    """Return the left margin, as a share of the width, that row names of 9.5 points need."""
    longest = max((len(line) for name in names for line in str(name).split("\n")), default=0)
    return (0.2 + 0.087 * longest) / WIDTH


def require(table: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Raise FigureError naming the first of `columns` that `table` lacks."""
    for column in columns:
        if column not in table.columns:
            found = ", ".join(map(str, table.columns))
            raise FigureError(f"{what}: no column {column!r}; the table has {found}")

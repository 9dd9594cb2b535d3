"""How every figure looks: paper, ink, colours, type, and how it is written to disk."""

from __future__ import annotations

import functools
import io
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

PAPER = "#fbfaf6"
INK = "#20252b"
MUTED = "#5a636c"
RULE = "#d9d6ce"
NO_DATA = "#efede6"
HATCH = "#b4afa2"

HERE = "#1d5f8a"
PRINTED = "#b5500f"
BAR = "#9fc3d6"

SEQUENCE = LinearSegmentedColormap.from_list(
    "tide", ["#e6eccb", "#a9d1ae", "#66b0a6", "#3b8c9f", "#2f668f", "#2a4074", "#211c45"]
)
"""Light to dark in even steps of lightness, so that grey print and colour-blind eyes keep order."""

CLUSTERS = {"HH": "#b3262e", "HL": "#f2a98c", "LH": "#8fbfe0", "LL": "#1f5fa8", "ns": "#e4e1d9"}
AGREES, OPEN, DIFFERS = "#3f93a8", "#e9dcae", "#e39a63"
VERDICTS = {
    "reproduced": "#173f5f",
    "supports": AGREES,
    "close": AGREES,
    "same decision": AGREES,
    "inconclusive": OPEN,
    "other size": "#7a4fb0",
    "not supported": DIFFERS,
    "differs": DIFFERS,
    "other decision": DIFFERS,
    "contradicts": "#b3261e",
    "not judged": "#dedbd6",
    "not comparable": "#dedbd6",
}

SERIES = (HERE, "#4f7d33", "#7456a3", "#666c72", "#8f6f12")
MARKERS = ("o", "s", "^", "v", "P")
"""Colours and marks of series in this order; ``published`` always has its own."""

DASHED = (0, (4, 3))
WIDTH = 7.0
"""Width of a figure in inches."""
NARROW = 4.5
"""Its width for screens up to 600 pixels: 9 points are 13 pixels at 500 and 9 pixels at 360."""

_WIDTH: ContextVar[float] = ContextVar("width", default=WIDTH)


def width() -> float:
    """Return the width, in inches, that the figure now being drawn is for."""
    return _WIDTH.get()


def narrow() -> bool:
    """Return whether the figure now being drawn is for a narrow screen."""
    return width() < WIDTH


STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
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

P = ParamSpec("P")
R = TypeVar("R")


class FigureError(ValueError):
    """The data do not fit the figure; the message names what is missing or unknown."""


class PaperFigure(Figure):
    """A matplotlib Figure that keeps this style wherever it is drawn, and shows in a notebook.

    It is made without pyplot, so nothing is shown twice and no figure stays open.
    """

    _again: Callable[[], PaperFigure] | None = None

    def __init__(self, wide: float | None = None, height: float = 4.2, **kwargs: Any) -> None:
        super().__init__(figsize=(wide or width(), height), dpi=kwargs.pop("dpi", 150), **kwargs)
        FigureCanvasAgg(self)

    def draw(self, renderer: RendererBase) -> None:
        """Draw in this style: ticks made at drawing time would else follow the caller's."""
        with mpl.rc_context(STYLE):
            super().draw(renderer)

    def narrow(self) -> PaperFigure | None:
        """Return the same figure for a narrow screen, if its function draws one."""
        if self._again is None:
            return None
        token = _WIDTH.set(NARROW)
        try:
            again = self._again()
            return again if again.get_figwidth() == NARROW else None
        finally:
            _WIDTH.reset(token)

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png", dpi=200, metadata={"Software": None})
        return stream.getvalue()


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` inside this style without touching matplotlib's global settings."""

    @functools.wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(STYLE):
            figure = function(*args, **kwargs)
        if isinstance(figure, PaperFigure):
            figure._again = functools.partial(cast(Any, inside), *args, **kwargs)
        return figure

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
    with mpl.rc_context(STYLE):
        figure.savefig(paths["png"], dpi=200, metadata={"Software": None})
        figure.savefig(paths["svg"], metadata={"Date": None, "Creator": None})
    # Coordinates at 1/7200 inch: half the bytes, no visible difference.
    text = paths["svg"].read_text(encoding="utf-8")
    text = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), text)
    paths["svg"].write_text(text, encoding="utf-8")
    data.to_csv(paths["csv"], lineterminator="\n")
    return paths


class Look(NamedTuple):
    """Colour, mark and filling of one series."""

    colour: str
    marker: str
    face: str


def look(name: str, position: int) -> Look:
    """Return the look of a series by its position; ours and the published one are always the same.

    >>> look("published", 0).face == PAPER, look("replication", 3).colour == HERE
    (True, True)
    """
    if name == "published":
        return Look(PRINTED, "D", PAPER)
    if name == "replication":
        return Look(HERE, "o", HERE)
    if position >= len(SERIES):
        raise FigureError(
            f"{name!r} is series number {position + 1}; at most {len(SERIES)} are told apart"
        )
    return Look(SERIES[position], MARKERS[position], SERIES[position])


def colours(n: int) -> list[str]:
    """Return `n` colours from light to dark, evenly spaced on the project's sequence."""
    return [to_hex(SEQUENCE(x)) for x in np.linspace(0.08, 0.96, n)]


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


def margin(names: Iterable[object]) -> float:
    """Return the left margin, as a share of the width, that row names of 9.5 points need."""
    longest = max((len(line) for name in names for line in str(name).split("\n")), default=0)
    return (0.2 + 0.087 * longest) / width()


def wrapped(text: str, inches: float, size: float = 10.0) -> str:
    """Return a text broken into lines that are no longer than so many inches.

    >>> wrapped("Coefficient on green agglomeration", 2.0)
    'Coefficient on green\\nagglomeration'
    """
    return textwrap.fill(text, max(8, int(inches / (0.0082 * size))), break_long_words=False)


def require(table: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Raise FigureError naming the first of `columns` that `table` lacks."""
    for column in columns:
        if column not in table.columns:
            found = ", ".join(map(str, table.columns))
            raise FigureError(f"{what}: no column {column!r}; the table has {found}")


def digits(values: Iterable[float]) -> int:
    """Return how many decimals show three digits of the largest value.

    >>> digits([0.123, 1.5]), digits([1234.0])
    (2, 0)
    """
    largest = max((abs(v) for v in values), default=0.0) or 1.0
    return int(np.clip(2 - np.floor(np.log10(largest)), 0, 6))


def decimals(bounds: Sequence[float], most: int = 6) -> int:
    """Return how many decimals a set of bounds needs.

    Three digits for the largest value, at least one for the smallest that is not zero, and enough
    to keep all of them apart.

    >>> decimals([0.5, 1.25, 12.0]), decimals([0.5, 1.25, 12.0, 12.02]), decimals([0.02, 12.0])
    (1, 2, 2)
    """
    unique = sorted({float(v) for v in bounds})
    smallest = min((abs(v) for v in unique if v), default=1.0)
    fewest = int(np.clip(-np.floor(np.log10(smallest)), digits(unique), most))
    apart = (n for n in range(fewest, most) if len({f"{v:.{n}f}" for v in unique}) == len(unique))
    return next(apart, most)


def label_points(
    axes: Axes, points: pd.DataFrame, obstacles: pd.DataFrame | None = None
) -> list[Annotation]:
    """Write each row's index beside its point where it covers neither a label nor a point.

    Greedy and without chance, so that the same figure gives the same bytes.

    Parameters
    ----------
    axes
        Its limits and position must be final.
    points
        Columns ``x`` and ``y``; the most important first, for it chooses first.
    obstacles
        Other points (``x``, ``y``) that labels should keep clear of.

    Returns
    -------
    list of Annotation
        One label for each row, with a thin leader where it stands apart; where no place is free,
        the least crowded one.
    """
    scale = cast(Figure, axes.get_figure(root=True)).dpi / 72
    dots = axes.transData.transform(pd.concat([points, obstacles])[["x", "y"]].to_numpy(float))
    dots = dots / scale
    frame = Bbox(np.asarray(axes.bbox.get_points()) / scale)
    taken = [Bbox(text.get_window_extent().get_points() / scale) for text in axes.texts]
    sides = [(1, 0), (-1, 0), (0, 1), (0, -1), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8)]
    steps = [far * np.array(side) for far in (6, 12, 20, 30, 42) for side in sides]
    labels = []
    for (name, row), dot in zip(points.iterrows(), dots, strict=False):
        label = axes.annotate(
            str(name),
            (row["x"], row["y"]),
            (0, 0),
            textcoords="offset points",
            fontsize=9,
            va="bottom",
            path_effects=[withStroke(linewidth=2.5, foreground=PAPER, alpha=0.9)],
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkB": 3},
            zorder=4,
        )
        size = np.array(label.get_window_extent().size) / scale
        corners = [dot + step + (np.sign(step) - 1) * size / 2 for step in steps]
        boxes = [Bbox([corner, corner + size]) for corner in corners]
        best = min(boxes, key=lambda b: _crowding(b, dot, dots, taken, frame))
        label.xyann = tuple(best.p0 - dot)
        taken.append(best)
        labels.append(label)
    return labels


def _crowding(
    box: Bbox, dot: np.ndarray, dots: np.ndarray, taken: list[Bbox], frame: Bbox
) -> float:
    """Return what a label in `box` would cover (0: nothing), plus a little for its distance."""
    wide = box.padded(2.5)
    covered = ((dots > wide.p0) & (dots < wide.p1)).all(axis=1).sum()
    overlapped = sum(bool(wide.overlaps(other)) for other in taken)
    outside = bool((box.p0 < frame.p0).any() or (box.p1 > frame.p1).any())
    reach = np.linalg.norm(np.clip(dot, box.p0, box.p1) - dot)
    return float(covered + 3 * overlapped + 5 * outside + 0.01 * reach)

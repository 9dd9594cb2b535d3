"""Names beside points, placed so that they cover neither each other nor a point.

Deterministic and greedy: the first name chooses first.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from spillover.book.figures.style import MUTED, PAPER


def place_labels(
    axes: Axes,
    points: pd.DataFrame,
    obstacles: pd.DataFrame | None = None,
    size: float = 9,
) -> list[Annotation]:
    """Write each row's index beside its point where it covers neither a label nor a point.

    Parameters
    ----------
    axes
        Its limits and position must be final.
    points
        Columns ``x`` and ``y``; the most important first, for it chooses first.
    obstacles
        Other points (``x``, ``y``) that labels should keep clear of.
    size
        Type size in points.

    Returns
    -------
    list of Annotation
        One label for each row, with a thin leader where it stands apart; where no place is free,
        the least crowded one.
    """
    figure = cast(Figure, axes.get_figure(root=True))
    scale = figure.dpi / 72
    every = pd.concat([points, obstacles]) if obstacles is not None else points
    dots = axes.transData.transform(every[["x", "y"]].to_numpy(float)) / scale
    frame = Bbox(np.asarray(axes.bbox.get_points()) / scale)
    taken = [Bbox(text.get_window_extent().get_points() / scale) for text in axes.texts]
    labels = []
    for (name, row), dot in zip(points.iterrows(), dots, strict=False):
        label = axes.annotate(
            str(name),
            (row["x"], row["y"]),
            (0, 0),
            textcoords="offset points",
            fontsize=size,
            va="bottom",
            path_effects=[withStroke(linewidth=2.5, foreground=PAPER, alpha=0.9)],
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkB": 3},
            zorder=4,
        )
        extent = label.get_window_extent()
        boxes = _candidates(dot, extent.width / scale, extent.height / scale)
        box = min(boxes, key=lambda b: _crowding(b, dot, dots, taken, frame))
        label.xyann = (box.x0 - dot[0], box.y0 - dot[1])
        taken.append(box)
        labels.append(label)
    return labels


def _candidates(dot: np.ndarray, width: float, height: float) -> list[Bbox]:
    """Return the boxes around `dot` in which a label of this size may stand, in points."""
    directions = [
        (1, 0),
        (-1, 0),
        (0, 1),
        (0, -1),
        (0.8, 0.8),
        (-0.8, 0.8),
        (0.8, -0.8),
        (-0.8, -0.8),
    ]
    boxes = []
    for distance in (6.0, 12.0, 20.0, 30.0, 42.0):
        for dx, dy in directions:
            x = dot[0] + dx * distance + (np.sign(dx) - 1) * width / 2
            y = dot[1] + dy * distance + (np.sign(dy) - 1) * height / 2
            boxes.append(Bbox.from_bounds(x, y, width, height))
    return boxes


def _crowding(
    box: Bbox, dot: np.ndarray, dots: np.ndarray, taken: list[Bbox], frame: Bbox
) -> float:
    """Return what a label in `box` would cover (0: nothing), plus a little for its distance."""
    wide = box.padded(2.5)
    inside = (dots > [wide.x0, wide.y0]) & (dots < [wide.x1, wide.y1])
    outside = box.x0 < frame.x0 or box.x1 > frame.x1 or box.y0 < frame.y0 or box.y1 > frame.y1
    reach = np.clip(dot, [box.x0, box.y0], [box.x1, box.y1]) - dot
    covered = int(inside.all(axis=1).sum()) + 3 * sum(bool(wide.overlaps(b)) for b in taken)
    return float(covered + 5 * outside + 0.01 * np.linalg.norm(reach))

"""Who spills over to whom: the largest effects between provinces as arrows on a map.

The matrix of effects comes from :meth:`PanelResults.effects_matrix`; here it is only drawn.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from spillover.book.figures.basemap import (
    draw_provinces,
    north_arrow,
    panel_provinces,
    projector,
    scale_bar,
)
from spillover.book.figures.labels import place_labels
from spillover.book.figures.maps import class_map, sheet
from spillover.book.figures.style import HERE, INK, PAPER, PRINTED, FigureError, PaperFigure, styled
from spillover.data import geography as geo

GROUND = "#e7e4da"
WIDEST = 3.6
BEND = 0.22


@styled
def spillover_map(
    matrix: pd.DataFrame,
    *,
    label: str = "Effect of one unit more",
    top: int = 20,
    title: str = "",
) -> PaperFigure:
    """Draw the `top` largest effects of one province on another as arrows between capitals.

    Parameters
    ----------
    matrix
        Square, rows and columns the 30 provinces; row i, column j holds the effect in i of a
        change in j. Its diagonal (effects at home) is not drawn.
    label
        Title of the key: the effect and its unit.
    top
        How many arrows; the largest in absolute value. Width is proportional to the effect,
        negative effects have another colour.
    title
        Above the map; empty for none.

    Raises
    ------
    FigureError
        A province is missing from the rows or columns, or an effect is missing.
    """
    flows = largest_flows(matrix, top)
    figure, axes = sheet(title)
    draw_provinces(axes, dict.fromkeys(panel_provinces(), GROUND))
    places = _capitals()
    widths = _widths(flows["effect"])
    curves = []
    for i in reversed(range(len(flows))):
        sender, receiver, effect = flows.iloc[i]
        ends = places.loc[[sender, receiver]].to_numpy()
        axes.add_patch(_arrow(ends, effect >= 0, widths[i]))
        curves.append(_along(ends))
    involved = pd.unique(flows[["sender", "receiver"]].to_numpy().ravel())
    dots = places.loc[involved]
    axes.scatter(
        dots["x"], dots["y"], s=16, color=INK, edgecolor=PAPER, linewidth=0.6, zorder=4, gid="place"
    )
    place_labels(axes, dots, pd.DataFrame(np.concatenate(curves), columns=["x", "y"]))
    _key(axes, flows["effect"], label)
    scale_bar(axes)
    north_arrow(axes)
    return figure


def largest_flows(matrix: pd.DataFrame, top: int) -> pd.DataFrame:
    """Return the `top` largest off-diagonal effects: ``sender``, ``receiver``, ``effect``.

    Parameters
    ----------
    matrix
        Row i, column j: the effect in i of a change in j.
    top
        How many; ties are kept in the order of the rows.

    Raises
    ------
    FigureError
        The matrix is not that of the 30 provinces, or has a gap.

    Examples
    --------
    >>> names = geo.capitals().index
    >>> effects = pd.DataFrame(0.0, index=names, columns=names)
    >>> effects.loc["Hebei", "Beijing"] = 0.3
    >>> print(largest_flows(effects, 1).to_string(index=False))
     sender receiver  effect
    Beijing    Hebei     0.3
    """
    names = panel_provinces()
    for side, labels in (("rows", matrix.index), ("columns", matrix.columns)):
        if odd := [str(n) for n in names.symmetric_difference(labels)]:
            raise FigureError(f"spillover_map: {side} and the 30 provinces differ in {odd[0]}")
    values = matrix.loc[names, names].to_numpy(float)
    if np.isnan(values).any():
        i, j = np.argwhere(np.isnan(values))[0]
        raise FigureError(f"spillover_map: no effect in {names[i]} of {names[j]}")
    size = np.abs(values)
    np.fill_diagonal(size, -1)
    order = np.argsort(-size, axis=None, kind="stable")[:top]
    i, j = np.unravel_index(order, values.shape)
    return pd.DataFrame({"sender": names[j], "receiver": names[i], "effect": values[i, j]})


@styled
def spillover_totals_map(
    matrix: pd.DataFrame,
    *,
    direction: str,
    label: str,
    title: str = "",
    k: int = 4,
    scheme: str = "quantiles",
) -> PaperFigure:
    """Map what each province sends to all others, or receives from them.

    Parameters
    ----------
    matrix
        As for :func:`spillover_map`.
    direction
        ``sent`` (column sums without the diagonal) or ``received`` (row sums).
    label, title, k, scheme
        As for :func:`class_map`.

    Raises
    ------
    FigureError
        Another direction, or a matrix that is not that of the 30 provinces.
    """
    if direction not in ("sent", "received"):
        raise FigureError(f"direction is {direction!r}; expected 'sent' or 'received'")
    flows = largest_flows(matrix, top=30 * 29)
    side = "sender" if direction == "sent" else "receiver"
    totals = flows.groupby(side)["effect"].sum()
    return class_map(totals, label=label, title=title, k=k, scheme=scheme)


def _capitals() -> pd.DataFrame:
    """Return the capitals in metres of the projection."""
    table = geo.capitals()
    x, y = projector().transform(table["longitude"].to_numpy(), table["latitude"].to_numpy())
    return pd.DataFrame({"x": x, "y": y}, index=table.index)


def _widths(effects: pd.Series) -> np.ndarray:
    """Return line widths in points, proportional to the effects' sizes."""
    sizes = effects.abs().to_numpy(float)
    widths: np.ndarray = np.maximum(0.7, WIDEST * sizes / sizes.max())
    return widths


def _arrow(ends: np.ndarray, positive: bool, width: float) -> FancyArrowPatch:
    """Return a curved arrow; there and back bend apart, so neither covers the other."""
    return FancyArrowPatch(
        tuple(ends[0]),
        tuple(ends[1]),
        connectionstyle=f"arc3,rad={BEND}",
        arrowstyle=f"-|>,head_length={2.5 + 0.7 * width},head_width={1.3 + 0.5 * width}",
        color=HERE if positive else PRINTED,
        linewidth=width,
        alpha=0.85,
        shrinkA=3,
        shrinkB=4,
        zorder=3,
        gid="flow",
    )


def _along(ends: np.ndarray) -> np.ndarray:
    """Return points on the arrow's curve (a quadratic Bézier), for labels to keep clear of."""
    start, end = ends
    across = np.array([end[1] - start[1], start[0] - end[0]])
    control = (start + end) / 2 + BEND * across
    t = np.linspace(0.08, 0.92, 12)[:, None]
    points: np.ndarray = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    return points


def _key(axes: Axes, effects: pd.Series, label: str) -> None:
    """Explain the widths by the largest and the smallest arrow of either sign."""
    widths = pd.Series(_widths(effects), index=effects.to_numpy(float))
    handles = []
    for sign, colour in ((1, HERE), (-1, PRINTED)):
        mine = widths[np.sign(widths.index) == sign]
        for effect, width in mine.iloc[[0, -1]].items() if len(mine) else ():
            text = f"{effect:.3g}".replace("-", "−")
            handles.append(Line2D([], [], color=colour, linewidth=width, alpha=0.85, label=text))
    title = f"{label}\n({len(effects)} largest, sender → receiver)"
    axes.legend(handles=handles, title=title, alignment="left", loc="lower left", handlelength=2.2)

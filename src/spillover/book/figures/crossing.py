"""Many specifications at once: which signs they find, by three of their choices."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.patches import Patch, Rectangle

from spillover.book.figures.estimates import INSIGNIFICANT
from spillover.book.figures.style import (
    HERE,
    INK,
    PAPER,
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

SHARES = ("negative_significant", "positive_significant")
CELL, GAP, HEAD = 0.25, 0.09, 1.25
"""Height of a cell, space between panels, and room above for names and the key, in inches."""


@styled
def sign_tiles(described: Mapping[str, pd.DataFrame], *, rows: str, columns: str) -> PaperFigure:
    """Draw small multiples of cells, each a bar of the signs that its specifications find.

    From the left the share that is significantly negative (red-brown), from the right the share
    that is significantly positive (blue), grey between them; − or + is the sign of the median.

    Parameters
    ----------
    described
        Name of an effect to a table of :func:`spillover.multiverse.by_choice` with three choices
        together: panels, rows and columns, in this order. Each effect is a row of panels.
    rows, columns
        What the rows and the columns of a panel are, for the reader.

    Raises
    ------
    FigureError
        No tables, tables without three levels or of different combinations, or a column lacking.
    """
    if not described:
        raise FigureError("sign_tiles: no effects to draw")
    tables = list(described.values())
    for table in tables:
        require(table, ("median", *SHARES), "sign_tiles")
        if table.index.nlevels != 3 or not table.index.equals(tables[0].index):
            raise FigureError("sign_tiles: expected the same three choices in the index of each")
    panels, lines, stacks = (list(tables[0].index.unique(level)) for level in range(3))
    left = max(margin([*lines, rows, *described]), 0.16)
    across = ((0.995 - left) * width() - GAP * (len(panels) - 1)) / len(panels)
    down, head = CELL * len(lines), HEAD + (0.55 if narrow() else 0.0)
    height = head + len(tables) * (down + GAP) + 0.1
    figure = PaperFigure(width(), height)
    for i, (effect, table) in enumerate(described.items()):
        cells = dict(table.iterrows())
        top = height - head - i * (down + GAP)
        for j, panel in enumerate(panels):
            start = left * width() + j * (across + GAP)
            axes = figure.add_axes(
                (start / width(), (top - down) / height, across / width(), down / height)
            )
            for (y, line), (x, stack) in product(enumerate(lines), enumerate(stacks)):
                if (cell := cells.get((panel, line, stack))) is None:
                    continue
                low, high = (0.0 if pd.isna(cell[s]) else float(cell[s]) for s in SHARES)
                for begin, share, colour in (
                    (0.0, 1.0, INSIGNIFICANT if pd.notna(cell["median"]) else PAPER),
                    (0.0, low, PRINTED),
                    (1 - high, high, HERE),
                ):
                    axes.add_patch(Rectangle((x + begin, y), share, 1, facecolor=colour, lw=0))
                outline = Rectangle((x, y), 1, 1, fill=False, edgecolor=PAPER, lw=1.6)
                axes.add_patch(outline)
                word = "" if pd.isna(cell["median"]) else "+" if cell["median"] > 0 else "−"
                shown = axes.text(x + 0.5, y + 0.52, word, ha="center", va="center", color=INK)
                shown.set(fontsize=9, gid="sign")
            axes.set(xlim=(0, len(stacks)), ylim=(len(lines), 0))
            axes.spines[:].set_color(RULE)
            axes.tick_params(length=0, pad=2)
            axes.xaxis.tick_top()
            axes.set_xticks(np.arange(len(stacks)) + 0.5, stacks if i == 0 else [], rotation=90)
            axes.set_yticks(np.arange(len(lines)) + 0.5, lines if j == 0 else [])
            if i == 0:
                words = wrapped(str(panel), across)
                title = axes.text(0.5, 1, words, transform=axes.transAxes, ha="center")
                title.set_position((0.5, 1 + 0.72 / down))
                title.set_fontweight("bold")
            if j == 0:
                name = axes.text(-left * width() / across * 0.985, 0.5, effect, rotation=90)
                name.set(transform=axes.transAxes, va="center", ha="left", fontweight="bold")
    corner = (left - 0.012, 1 - (head - 0.07) / height)
    figure.text(*corner, f"{columns} →\n{rows} ↓", ha="right", va="bottom", linespacing=1.5)
    key = [
        Patch(color=PRINTED, label="significantly negative"),
        Patch(color=INSIGNIFICANT, label="not significant"),
        Patch(color=HERE, label="significantly positive"),
    ]
    figure.legend(
        handles=key, ncols=1 if narrow() else 3, loc="upper right", bbox_to_anchor=(1, 1),
        borderaxespad=0.1, labelspacing=0.25,
    )  # fmt: skip
    return figure

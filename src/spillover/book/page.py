"""What a chapter calls to put facts and figures on its page; tables come from ``tables``."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from spillover.book.figures import save
from spillover.book.place import OnPage, address, artifact, downloads_row, file_stem
from spillover.econometrics.formats import check_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_KEY = re.compile(r"[a-z][a-z0-9_]*")

# Above this size a drawing of many outlines costs the reader more than its pixels do.
_LARGEST_SVG = 400_000


def say(**facts: str) -> None:
    """Name facts, as finished text, for the prose of a chapter: ``{glue}`` shows them.

    Parameters
    ----------
    **facts
        Text by key; keys are unique within a chapter.

    Raises
    ------
    TypeError, ValueError
        When a fact is not text, is empty or shows an unformatted or missing number.

    Examples
    --------
    >>> say(share=0.25)
    Traceback (most recent call last):
    TypeError: fact 'share' is a float, expected text; write it with fmt(value, decimals)
    """
    from myst_nb import glue  # type: ignore[import-untyped]

    for key, text in facts.items():
        if not _KEY.fullmatch(key):
            raise ValueError(f"fact {key!r}: expected lower-case letters, digits and underscores")
        glue(key, check_text(text, f"fact {key!r}"), display=False)


def show(
    figure: Figure,
    name: str,
    caption: str,
    alt: str,
    *,
    data: pd.DataFrame,
    by: object = None,
    sources: object = None,
) -> OnPage:
    """Put a figure on the page: numbered, captioned, described, with its downloads.

    Parameters
    ----------
    figure
        A matplotlib figure, as the functions of ``spillover.book.figures`` return it.
    name
        Label for references, ``fig:`` and words joined by hyphens; unique in the book.
    caption
        What the figure is; MyST, may hold mathematics.
    alt
        What the figure shows, in a sentence or two, for those who do not see it.
    data
        The numbers drawn, offered as CSV.

    Raises
    ------
    ValueError
        When the label, caption or description is not fit to print.
    """
    stem = file_stem(name)
    check_text(caption, f"caption of {name}")
    if len(check_text(alt, f"description of {name}").split()) < 6:
        raise ValueError(f"description of {name} is {alt!r}, expected a sentence on what it shows")
    with TemporaryDirectory() as folder:
        saved = save(figure, folder, stem, data)
        files = {kind: artifact(path.name, path.read_bytes()) for kind, path in saved.items()}
    svg = files["svg"]
    shown = svg if svg.stat().st_size <= _LARGEST_SVG else files["png"]
    row = downloads_row((kind.upper(), path) for kind, path in files.items())
    described = json.dumps(" ".join(alt.split()), ensure_ascii=False)
    lines = [f"::::{{figure}} {address(shown)}", f":name: {name}", f":alt: {described}"]
    lines += [":figclass: paper", "", " ".join(caption.split()), "", row, "::::"]
    return OnPage("\n".join(lines), _figure_html(caption, alt, svg))


def _figure_html(caption: str, alt: str, svg: Path) -> str:
    drawing = svg.read_text(encoding="utf-8")
    drawing = drawing[drawing.index("<svg") :]
    label = html.escape(alt, quote=True)
    figure = f'<figure role="img" aria-label="{label}">{drawing}'
    return f"{figure}<figcaption>{html.escape(caption)}</figcaption></figure>"

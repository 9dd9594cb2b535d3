"""What a chapter calls to put facts and figures on its page; tables come from ``tables``."""

from __future__ import annotations

import ast
import hashlib
import html
import json
import linecache
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spillover.book.figures import PaperFigure, save
from spillover.book.provenance import made_by
from spillover.data import files
from spillover.econometrics.formats import check_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NUMBERS = "spillover_numbers"
"""Under this name the output of a table or figure carries its numbers into the manifest."""

Printed = tuple[str, str, float | None]

_KEY = re.compile(r"[a-z][a-z0-9_]*")

# Above this size a drawing of many outlines costs the reader more than its pixels do.
_LARGEST_SVG = 400_000
_LABEL = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


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

    frame = sys._getframe(1)
    for key, text in facts.items():
        if not _KEY.fullmatch(key):
            raise ValueError(f"fact {key!r}: expected lower-case letters, digits and underscores")
        glue(key, check_text(text, f"fact {key!r}"), display=False)
        functions, data = made_by(_written(frame, key))
        glue(f"from-{key}", json.dumps({"functions": functions, "data": data}), display=False)


def check(**conditions: bool) -> None:
    """Name conditions on which sentences of a chapter rest: ``[a sentence]{.if-key}``.

    A sentence, caption, alternative text or heading whose truth depends on a result carries the
    key of its condition, as a span ``[…]{.if-key}`` or in a line ``{.if-key}`` above a paragraph.
    It reads as plain prose while the condition holds. When it does not, a chapter of the book is
    not built, and in a fork the sentence is marked, with the condition and the values compared.

    Parameters
    ----------
    **conditions
        Truth by key; keys are unique within a chapter. The condition is shown as it is written
        here, with the values of the plain names in it: name what is compared.

    Raises
    ------
    TypeError, ValueError
        When a condition is not one truth value (a Series, a number), or a key is no plain name.

    Examples
    --------
    >>> direct, p = -0.027, 0.75
    >>> check(positive=pd.Series([direct]) > 0)
    Traceback (most recent call last):
    TypeError: condition 'positive' is a Series, expected True or False; compare it, or use all()
    """
    from myst_nb import glue

    frame = sys._getframe(1)
    for key, holds in conditions.items():
        if not _KEY.fullmatch(key):
            raise ValueError(f"key {key!r}: expected lower-case letters, digits and underscores")
        if not isinstance(holds, bool | np.bool_):
            raise TypeError(
                f"condition {key!r} is a {type(holds).__name__}, expected True or False; "
                "compare it, or use all()"
            )
        condition = _written(frame, key) or ast.Constant("?")
        found = {"holds": bool(holds), "condition": ast.unparse(condition)}
        names = sorted({n.id for n in ast.walk(condition) if isinstance(n, ast.Name)})
        space = frame.f_globals | frame.f_locals
        values = {name: space[name] for name in names if name in space}
        found["values"] = {
            name: f"{value:.3g}" if isinstance(value, float | np.floating) else str(value)
            for name, value in values.items()
            if isinstance(value, str | int | float | np.number | np.bool_)
        }
        glue(f"if-{key}", json.dumps(found), display=False)


def _written(frame: FrameType, key: str) -> ast.expr | None:
    """Find what is given for a key in the source of the running cell; None if unknown."""
    source = "".join(linecache.getlines(frame.f_code.co_filename))
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:
        calls = []
    found = (k.value for call in calls for k in call.keywords if k.arg == key)
    return next(found, None)


def show(
    figure: Figure,
    name: str,
    caption: str,
    alt: str,
    *,
    data: pd.DataFrame,
    links: Mapping[str, tuple[str, str]] | None = None,
) -> OnPage:
    """Put a figure on the page: numbered, captioned, described, with its downloads.

    Narrow screens get the figure as its function draws it for them.

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
    links
        Where named parts of the drawing lead, and what is said of them: ``gid`` to (address,
        words). Only filled shapes can lead somewhere.

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
        offered = {kind: artifact(path.name, path.read_bytes()) for kind, path in saved.items()}
    svg = offered["svg"]
    shown = svg if svg.stat().st_size <= _LARGEST_SVG else offered["png"]
    slim = figure.narrow() if isinstance(figure, PaperFigure) else None
    if slim is not None:
        # The site shows the file of this name on screens up to 600 pixels (tools/book_extension).
        with TemporaryDirectory() as folder:
            drawn = save(slim, folder, f"{stem}-narrow", data)[shown.suffix[1:]]
            shown.with_name(drawn.name).write_bytes(drawn.read_bytes())
    if links:
        # Beside the picture, for screens that are wide enough to point at its parts.
        text = _linked(svg.read_text(encoding="utf-8"), links)
        shown.with_name(f"{stem}-linked.svg").write_text(text, encoding="utf-8")
    row = downloads_row((kind.upper(), path) for kind, path in offered.items())
    words = {"caption": caption, "description": alt}
    numbers = numbers_record(name, words, _drawn(data), offered["csv"])
    described = json.dumps(" ".join(alt.split()), ensure_ascii=False)
    lines = [f"::::{{figure}} {address(shown)}", f":name: {name}", f":alt: {described}"]
    lines += [
        f":figclass: paper{' with-links' * bool(links)}",
        "",
        " ".join(caption.split()),
        "",
        row,
        "::::",
    ]
    return OnPage("\n".join(lines), _figure_html(caption, alt, svg), numbers)


def _drawn(data: pd.DataFrame) -> list[Printed]:
    """Numbers drawn, column by column: how many, their range, and their mean as the value."""
    found: list[Printed] = []
    for name, values in data.select_dtypes("number").dropna(axis=1, how="all").items():
        title = " · ".join(map(str, name if isinstance(name, tuple) else (name,)))
        text = f"{values.count()} from {values.min():.4g} to {values.max():.4g}"
        found.append((f"{title} (mean)", text, float(values.mean())))
    return found


def _linked(drawing: str, links: Mapping[str, tuple[str, str]]) -> str:
    """Drawing whose named shapes lead somewhere: by mouse, for the table does it by keyboard."""

    def lead(shape: re.Match[str]) -> str:
        if shape[1] not in links:
            return shape[0]
        href, words = (html.escape(text) for text in links[shape[1]])
        return f'<a href="{href}" tabindex="-1"><title>{words}</title>{shape[2]}</a>'

    return re.sub(r'<g id="([\w-]+)">\s*(<path[^>]*/>)\s*</g>', lead, drawing)


def _figure_html(caption: str, alt: str, svg: Path) -> str:
    drawing = svg.read_text(encoding="utf-8")
    drawing = drawing[drawing.index("<svg") :]
    label = html.escape(alt, quote=True)
    figure = f'<figure role="img" aria-label="{label}">{drawing}'
    return f"{figure}<figcaption>{html.escape(caption)}</figcaption></figure>"


@contextmanager
def refused() -> Iterator[None]:
    """Run a statement that is refused, and show the message with which it is.

    Raises
    ------
    ValueError
        When nothing is refused.

    Examples
    --------
    >>> with refused():
    ...     say(Share="a quarter")
    fact 'Share': expected lower-case letters, digits and
    underscores
    """
    try:
        yield
    except (ValueError, TypeError) as problem:
        print(textwrap.fill(str(problem), 56, break_long_words=False, break_on_hyphens=False))
        return
    raise ValueError("nothing was refused; expected a statement that stops with a message")


def artifact(name: str, content: str | bytes) -> Path:
    """Save a file that a page shows or offers, in a folder named after its content.

    A page executed long ago thus keeps its own files, whatever was executed since.
    """
    data = content.encode() if isinstance(content, str) else content
    path = _folder() / hashlib.sha256(data).hexdigest()[:12] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _folder() -> Path:
    try:
        return files.root() / "_build" / "artifacts"
    except files.DataNotFoundError:
        return Path.cwd() / "_build" / "artifacts"


def csv_text(frame: pd.DataFrame) -> str:
    """Text of a CSV file at full precision, the index first if it has a name or labels."""
    unnamed = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    return str(frame.to_csv(index=not unnamed, lineterminator="\n"))


def address(path: Path) -> str:
    """Address of a file from the top of the book's sources, as MyST reads it."""
    return "/" + path.relative_to(_folder().parents[1]).as_posix()


def state() -> str:
    """Eight digits that name the state of code and data a result was computed from.

    The build hands it over in ``SPILLOVER_FINGERPRINT``, so that all pages carry the same.
    """
    return os.environ.get("SPILLOVER_FINGERPRINT", "unbuilt")[:8]


def downloads_row(offered: Iterable[tuple[str, Path]]) -> str:
    """MyST block of download links (label, file), with functions, data files and state below."""
    links = [f"{{download}}`{label} <{address(path)}>`" for label, path in offered]
    makers, data = made_by()
    parts = [f"Made by {', '.join(f'`{name}`' for name in makers)}"] if makers else []
    parts += [f"from {', '.join(f'`{name}`' for name in data)}"] if data else []
    line = " · ".join([*parts, f"state `{state()}`"])
    body = f"[{' '.join(links)}]{{.download-links}}\n\n[{line}]{{.provenance}}"
    return f":::{{div}} downloads\n{body}\n:::"


def numbers_record(
    name: str, words: Mapping[str, str], cells: Iterable[Printed], csv: Path
) -> dict[str, Any]:
    """What the manifest of the book lists of a table or figure.

    Parameters
    ----------
    name
        Its label.
    words
        Texts around it, as its caption; those that hold a digit are listed.
    cells
        Where in it, the text as printed, and the number behind the text if there is one.
    csv
        The file with its numbers.
    """
    functions, data = made_by()
    texts = [(where, text, None) for where, text in words.items() if re.search(r"\d", text)]
    return {
        "label": name,
        "download": address(csv),
        "functions": functions,
        "data": data,
        "numbers": [*texts, *cells],
    }


def file_stem(name: str) -> str:
    """File name of a labelled result: ``fig:moran-scatter`` gives ``fig-moran-scatter``.

    Raises
    ------
    ValueError
        When the label is not ``fig:`` or ``tab:`` and lower-case words joined by hyphens.
    """
    kind, _, rest = name.partition(":")
    if kind not in {"fig", "tab"} or not _LABEL.fullmatch(rest):
        raise ValueError(
            f"label {name!r}: expected fig:… or tab:… in lower case, words joined by -"
        )
    return f"{kind}-{rest}"


@dataclass(frozen=True)
class OnPage:
    """Something on a page: MyST text for the book, HTML for a notebook worked on by hand.

    Sphinx is told to prefer the first, Jupyter prefers the second by itself. The numbers are for
    the book's manifest.
    """

    myst: str
    html: str
    numbers: dict[str, Any] | None = None

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        shown = {"text/markdown": self.myst, "text/html": self.html, "text/plain": ""}
        return shown, {} if self.numbers is None else {NUMBERS: self.numbers}

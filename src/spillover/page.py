"""What a chapter calls to put facts, figures and downloads on its page.

It formats and saves what it is given; it computes no number and draws no figure.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spillover.formats import check_text
from spillover.paths import root, short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_KEY = re.compile(r"[a-z][a-z0-9_]*")

# Above this size a drawing of many outlines costs the reader more than its pixels do.
_LARGEST_SVG = 400_000
_DPI = 200

Maker = Callable[..., object] | str


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


@dataclass(frozen=True)
class Place:
    """Where a chapter's files go and how its page reaches them."""

    folder: Path
    chapter: str

    @property
    def inside_book(self) -> bool:
        """Whether the book is being built, rather than a notebook used by hand."""
        return bool(self.chapter)

    def link(self, path: Path) -> str:
        """Address of a file from the chapter's page."""
        up = "../" * self.chapter.count("/")
        return f"{up}downloads/{self.chapter}/{path.name}"

    def source(self, path: Path) -> str:
        """Address of a file from the top of the book's sources, as MyST reads it."""
        return "/" + Path(os.path.relpath(path, root())).as_posix()


def place() -> Place:
    """Place of the chapter that is running, told by the build; by hand it is a scratch folder."""
    artifacts = os.environ.get("SPILLOVER_ARTIFACTS")
    chapter = os.environ.get("SPILLOVER_CHAPTER", "") if artifacts else ""
    folder = Path(artifacts) / chapter if artifacts else root() / "_build" / "by_hand"
    folder.mkdir(parents=True, exist_ok=True)
    return Place(folder, chapter)


def fingerprint() -> str:
    """Eight digits that name the state of code and figures a result was computed from.

    The build hands it over, so that every page of one build carries the same.
    """
    known = os.environ.get("SPILLOVER_FINGERPRINT")
    return known[:8] if known else "unbuilt"


def maker_name(maker: Maker) -> str:
    """Dotted name of the function that made a result.

    Examples
    --------
    >>> maker_name(say), maker_name("spillover.figures.map")
    ('spillover.page.say', 'spillover.figures.map')
    """
    return maker if isinstance(maker, str) else f"{maker.__module__}.{maker.__qualname__}"


def provenance(by: Maker | Sequence[Maker] | None, sources: Iterable[str | Path]) -> str:
    """HTML line: which functions made a result, from which files, in which state.

    Raises
    ------
    FileNotFoundError
        When a source does not exist below the checkout.
    """
    makers = [by] if by is None or isinstance(by, str) or callable(by) else list(by)
    names = [f"<code>{html.escape(maker_name(m))}</code>" for m in makers if m is not None]
    files = [f"<code>{html.escape(short(_source_file(s)))}</code>" for s in sources]
    parts = [f"Made by {', '.join(names)}"] if names else []
    parts += [f"from {', '.join(files)}"] if files else []
    parts += [f"state <code>{fingerprint()}</code>"]
    return f'<span class="provenance">{" · ".join(parts)}</span>'


def _source_file(source: str | Path) -> Path:
    path = root() / source
    if not path.exists():
        raise FileNotFoundError(f"source {source} is not below {root().name}; name it from there")
    return path


def downloads_row(
    files: Iterable[tuple[str, Path]],
    by: Maker | Sequence[Maker] | None = None,
    sources: Iterable[str | Path] = (),
) -> str:
    """HTML row of download links (label, file) with the provenance line under it."""
    here = place()
    links = [
        f'<a href="{here.link(path)}" download="{path.name}">{html.escape(label)}</a>'
        for label, path in files
    ]
    row = f'<span class="download-links">{" ".join(links)}</span>' if links else ""
    return f'<div class="downloads">{row}{provenance(by, sources)}</div>'


def file_stem(name: str) -> str:
    """File name of a labelled result: ``fig:moran-scatter`` gives ``fig-moran-scatter``.

    Raises
    ------
    ValueError
        When the label is not ``fig:`` or ``tab:`` and lower-case words joined by hyphens.
    """
    kind, _, rest = name.partition(":")
    if kind not in {"fig", "tab"} or not _NAME.fullmatch(rest):
        raise ValueError(
            f"label {name!r}: expected fig:… or tab:… in lower case, words joined by -"
        )
    return f"{kind}-{rest}"


def save_csv(frame: pd.DataFrame, stem: str) -> Path:
    """Write a frame at full precision, its index first, into the chapter's folder."""
    path = place().folder / f"{stem}.csv"
    unnamed = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    frame.to_csv(path, index=not unnamed, lineterminator="\n")
    return path


def save_figure(figure: Figure, stem: str) -> tuple[Path, Path]:
    """Write a figure as SVG and PNG, the same bytes on every run; return both files."""
    from matplotlib import rc_context

    folder = place().folder
    svg, png = folder / f"{stem}.svg", folder / f"{stem}.png"
    salt = hashlib.sha256(stem.encode()).hexdigest()[:8]
    with rc_context({"svg.hashsalt": salt, "svg.fonttype": "path"}):
        figure.savefig(svg, bbox_inches="tight", metadata={"Date": None, "Creator": None})
        figure.savefig(png, bbox_inches="tight", dpi=_DPI, metadata={"Software": None})
    return svg, png


@dataclass(frozen=True)
class OnPage:
    """Something on a page: MyST text in the book, HTML in a notebook used by hand."""

    myst: str
    by_hand: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        if place().inside_book:
            return {"text/markdown": self.myst, "text/plain": ""}
        return {"text/html": self.by_hand, "text/plain": ""}


def show(
    figure: Figure,
    name: str,
    caption: str,
    alt: str,
    *,
    data: pd.DataFrame | None = None,
    by: Maker | Sequence[Maker] | None = None,
    sources: Iterable[str | Path] = (),
) -> OnPage:
    """Put a figure on the page: numbered, captioned, described, with its downloads.

    Parameters
    ----------
    figure
        A matplotlib figure; it is closed.
    name
        Label for references, ``fig:`` and words joined by hyphens; unique in the book.
    caption
        What the figure is; MyST, may hold mathematics.
    alt
        What the figure shows, in a sentence or two, for those who do not see it.
    data
        The numbers drawn, offered as CSV.
    by, sources
        Function or functions that made it, files they read, for the provenance line.

    Raises
    ------
    ValueError
        When the label, caption or description is not fit to print.
    """
    from matplotlib import pyplot

    stem = file_stem(name)
    check_text(caption, f"caption of {name}")
    if len(check_text(alt, f"description of {name}").split()) < 6:
        raise ValueError(f"description of {name} is {alt!r}, expected a sentence on what it shows")
    svg, png = save_figure(figure, stem)
    pyplot.close(figure)
    files = [("PNG", png), ("SVG", svg)]
    if data is not None:
        files.append(("CSV", save_csv(data, stem)))
    shown = svg if svg.stat().st_size <= _LARGEST_SVG else png
    row = downloads_row(files, by, sources)
    return OnPage(
        _figure_myst(name, caption, alt, shown, row), _figure_html(caption, alt, svg, row)
    )


def _figure_myst(name: str, caption: str, alt: str, image: Path, row: str) -> str:
    described = json.dumps(" ".join(alt.split()), ensure_ascii=False)
    lines = [f"::::{{figure}} {place().source(image)}", f":name: {name}", f":alt: {described}"]
    return "\n".join([*lines, ":figclass: paper", "", " ".join(caption.split()), "", row, "::::"])


def _figure_html(caption: str, alt: str, svg: Path, row: str) -> str:
    drawing = svg.read_text(encoding="utf-8")
    drawing = drawing[drawing.index("<svg") :]
    label = html.escape(alt, quote=True)
    figure = f'<figure role="img" aria-label="{label}">{drawing}'
    return f"{figure}<figcaption>{html.escape(caption)}</figcaption></figure>{row}"

"""Where the files of a chapter go, how its page links to them, and what stands under a result.

It saves and links what it is given; it computes no number, draws no figure and lays out no table.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spillover.data.files import root, short

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

Maker = Callable[..., object] | str


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

    The build hands it over, so that all pages of one state carry the same.
    """
    known = os.environ.get("SPILLOVER_FINGERPRINT")
    return known[:8] if known else "unbuilt"


def maker_name(maker: Maker) -> str:
    """Dotted name of the function that made a result.

    Examples
    --------
    >>> maker_name(file_stem), maker_name("spillover.book.figures.heatmap")
    ('spillover.book.place.file_stem', 'spillover.book.figures.heatmap')
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


@dataclass(frozen=True)
class OnPage:
    """Something on a page: MyST text in the book, HTML in a notebook used by hand."""

    myst: str
    by_hand: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        if place().inside_book:
            return {"text/markdown": self.myst, "text/plain": ""}
        return {"text/html": self.by_hand, "text/plain": ""}

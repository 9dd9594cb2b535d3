"""The files that a page offers, and the line under a result that says where it comes from."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spillover.book.provenance import made_by
from spillover.data import files

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


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
    makers, sources = made_by()
    data = [files.short(path) for path in sources]
    parts = [f"Made by {', '.join(f'`{name}`' for name in makers)}"] if makers else []
    parts += [f"from {', '.join(f'`{name}`' for name in data)}"] if data else []
    line = " · ".join([*parts, f"state `{state()}`"])
    body = f"[{' '.join(links)}]{{.download-links}}\n\n[{line}]{{.provenance}}"
    return f":::{{div}} downloads\n{body}\n:::"


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


@dataclass(frozen=True)
class OnPage:
    """Something on a page: MyST text for the book, HTML for a notebook worked on by hand.

    Sphinx is told to prefer the first, Jupyter prefers the second by itself.
    """

    myst: str
    html: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/markdown": self.myst, "text/html": self.html, "text/plain": ""}

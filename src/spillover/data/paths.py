"""Where the project's tables stand: the one place that knows folders.

Chapters run in their own folder, so every path starts from the checkout that holds this package.
"""

from __future__ import annotations

import os
from pathlib import Path


def root() -> Path:
    """Return the checkout that holds the book and its data.

    The environment variable ``SPILLOVER_ROOT`` overrides it, for an installed package that is
    pointed at a checkout.

    Raises
    ------
    FileNotFoundError
        When there is no ``data/official`` below the folder.
    """
    named = os.environ.get("SPILLOVER_ROOT")
    folder = Path(named) if named else Path(__file__).resolve().parents[3]
    if not (folder / "data" / "official").is_dir():
        raise FileNotFoundError(
            f"{folder} holds no data/official; set SPILLOVER_ROOT to a checkout of the project"
        )
    return folder


def official() -> Path:
    """Folder of the official figures."""
    return root() / "data" / "official"


def geo() -> Path:
    """Folder of boundaries, contiguity and capitals."""
    return root() / "data" / "geo"


def published() -> Path:
    """Folder of the papers' printed numbers."""
    return root() / "data" / "published"


def short(path: Path) -> str:
    """Return a path relative to the checkout where it lies below it, for messages."""
    try:
        return path.resolve().relative_to(root()).as_posix()
    except ValueError:
        return path.as_posix()

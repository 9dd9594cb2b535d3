"""What the book is made of: the lists of its inputs and their fingerprints.

The fingerprints decide what must be executed or built again; nothing here executes or builds.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# What a chapter's numbers can depend on besides its own cells.
ENGINE = ("src", "data", "requirements.lock")
# What a page can depend on besides that.
PAGES = ("_config.yml", "_toc.yml", "index.md", "chapters", "references.bib", "CITATION.cff")
PAGES += ("_static", "tools")


def files_below(root: Path, names: Iterable[str]) -> Iterator[Path]:
    """Files in the named files and folders of ``root``, sorted, without what programs leave."""
    for name in names:
        top = root / name
        found = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in found:
            left_over = path.suffix == ".pyc" or any(
                part.startswith(".") or part == "__pycache__" or part.endswith(".egg-info")
                for part in path.relative_to(root).parts
            )
            if path.is_file() and not left_over:
                yield path


def fingerprint(root: Path, names: Iterable[str]) -> str:
    """Hash of the names and bytes of the named files and folders, and of Python's version."""
    digest = hashlib.sha256(platform.python_version().encode())
    for path in files_below(root, names):
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def engine_fingerprint(root: Path = ROOT) -> str:
    """Fingerprint of code, figures and installed versions: the key of the execution cache."""
    return fingerprint(root, ENGINE)


def book_fingerprint(root: Path = ROOT) -> str:
    """Fingerprint of everything that goes into the built book."""
    return fingerprint(root, (*ENGINE, *PAGES))

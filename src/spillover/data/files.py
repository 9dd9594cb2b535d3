"""Where the project's data files are, whether they are unchanged, and which of them are used."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKSUMS = "SHA256SUMS"


class DataNotFoundError(FileNotFoundError):
    """The project's data are not where this package looks for them."""


def root() -> Path:
    """Return the checkout of the repository that holds the book and its data.

    It is the one that this package is run from, or what the environment variable
    ``SPILLOVER_ROOT`` names.

    Raises
    ------
    DataNotFoundError
        When there is no ``data/official`` below the folder.
    """
    named = os.environ.get("SPILLOVER_ROOT")
    folder = Path(named) if named else Path(__file__).resolve().parents[3]
    if not (folder / "data" / "official").is_dir():
        raise DataNotFoundError(
            f"{folder} has no folder data/official: the figures are not part of the installed "
            "package; clone the project's repository and set SPILLOVER_ROOT to the clone"
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


def example(name: str) -> Path:
    """Path of a table in ``data/examples``, checked to be the one that the book was written on.

    Raises
    ------
    DataNotFoundError
        No such table, or one whose content has changed.

    Examples
    --------
    >>> import pandas as pd
    >>> pd.read_csv(example("states.csv")).shape
    (816, 11)
    """
    path = root() / "data" / "examples" / name
    if problem := checksum_problem(path):
        raise DataNotFoundError(problem)
    touched(path)
    return path


def short(path: Path) -> str:
    """Return a path relative to the checkout where it is below it, for messages."""
    try:
        return path.resolve().relative_to(root()).as_posix()
    except (ValueError, DataNotFoundError):
        return path.as_posix()


observers: list[Callable[[Path], None]] = []
"""Functions that are told of every use of a data file, also when its content is in memory."""


def touched(path: Path) -> None:
    """Tell the observers that the content of a data file is used."""
    for observer in observers:
        observer(path)


@contextmanager
def recorded() -> Iterator[list[str]]:
    """List the data files used inside the block, relative to the checkout, each once.

    Examples
    --------
    >>> from spillover.data.geography import capitals
    >>> with recorded() as used:
    ...     places = capitals()
    >>> used
    ['data/geo/capitals.csv']
    """
    used: list[str] = []

    def note(path: Path) -> None:
        if (name := short(path)) not in used:
            used.append(name)

    observers.append(note)
    try:
        yield used
    finally:
        observers.remove(note)


def read(path: Path) -> bytes:
    """Read a data file and tell the observers; content that is kept needs :func:`touched`."""
    touched(path)
    return path.read_bytes()


def checksum_problem(path: Path) -> str:
    """Compare a file with the list ``SHA256SUMS`` of its folder; empty where they agree.

    Returns
    -------
    str
        One line with the file, what was found and what was expected.
    """
    listing = path.with_name(CHECKSUMS)
    for needed in (path, listing):
        if not needed.is_file():
            return f"{short(needed)}: no such file; restore it from the repository"
    lines = listing.read_text(encoding="utf-8").splitlines()
    listed = {name: known for known, name in (line.split(maxsplit=1) for line in lines)}
    found, wanted = _sha256(path), listed.get(path.name, "a line in it")
    if found == wanted:
        return ""
    return (
        f"{short(path)}: whole file: found sha256 {found[:12]}, expected {wanted[:12]} by "
        f"{CHECKSUMS}; restore the file, or renew the list if the change is meant"
    )


def write_checksums(folder: Path, files: Iterable[Path]) -> None:
    """Write the list of checksums of some files of a folder, in the order of their names."""
    lines = (f"{_sha256(path)}  {path.name}\n" for path in sorted(files))
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""Is a file the one that its folder's list of checksums vouches for?

One answer for figures, outlines and printed numbers alike; what a file holds is not its business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from spillover.data.paths import short

LIST = "SHA256SUMS"


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def problem(path: Path) -> str:
    """What is wrong with a file by its folder's list; empty if nothing is.

    Parameters
    ----------
    path : Path
        A file beside a list ``SHA256SUMS`` in the format of ``sha256sum``.

    Returns
    -------
    str
        One line with the file, what was found and what was expected.
    """
    listing = path.with_name(LIST)
    for needed in (path, listing):
        if not needed.is_file():
            return f"{short(needed)}: no such file; restore it from the repository"
    lines = listing.read_text(encoding="utf-8").splitlines()
    listed = {name: known for known, name in (line.split(maxsplit=1) for line in lines)}
    found, wanted = digest(path), listed.get(path.name, "a line in it")
    if found == wanted:
        return ""
    return (
        f"{short(path)}: whole file: found sha256 {found[:12]}, expected {wanted[:12]} by {LIST}; "
        "restore the file, or renew the list if the change is meant"
    )


def write(folder: Path, files: Iterable[Path]) -> None:
    """Write the list of checksums of some files of a folder, in the order of their names."""
    lines = (f"{digest(path)}  {path.name}\n" for path in sorted(files))
    (folder / LIST).write_text("".join(lines), encoding="utf-8")

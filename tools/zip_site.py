"""The built site as one zip file, to be unpacked and read without a network or a server.

Two builds of the same pages give the same bytes: files are sorted and carry no time of their own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from inputs import ROOT

NAME = "spillover-site"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say
READABLE = 0o644 << 16  # in the upper half of the attributes stand those of Unix


def write(site: Path, path: Path) -> Path:
    """Pack the site into a zip file whose only folder has the name of the file."""
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"{site}: found no index.html; build the site with make book")
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        files = [file for file in site.rglob("*") if file.is_file() and file.name != ".buildinfo"]
        # What only a page from a server can load stays out.
        files = [file for file in files if file.suffix != ".bin"]
        for file in sorted(files, key=lambda one: one.relative_to(site).as_posix()):
            entry = ZipInfo(f"{path.stem}/{file.relative_to(site).as_posix()}", FIRST_DAY)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, READABLE
            packed.writestr(entry, file.read_bytes())
    return path


def main() -> int:
    """Pack the site in ``_build/html``."""
    path = write(ROOT / "_build" / "html", ROOT / "_build" / f"{NAME}.zip")
    print(f"Packed: {path} ({path.stat().st_size >> 20} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

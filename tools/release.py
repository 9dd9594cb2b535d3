"""Make a release in ``dist/``: what readers, rebuilders, archives and programs take.

``make release`` builds the book first. Here its PDF and its manifest are copied, the site is
packed, the wheel, the archive of the source and the bill of materials are made, and everything
gets a checksum. Only committed files go into a release.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

import build_pdf
import zip_site
from inputs import ROOT

from spillover.book.manifest import NAME

DIST = ROOT / "dist"
HTML = ROOT / "_build" / "html"


def run(*command: str, **environment: str) -> bytes:
    """Run a command in the project's folder and return what it prints; stop when it fails."""
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        sys.exit(f"Release stopped: {' '.join(command)} failed with exit code {done.returncode}")
    return done.stdout


def source_and_wheel(stem: str) -> None:
    """Pack the committed tree, and build the package from it, dated as the commit."""
    tree = run("git", "archive", "--format=tar", f"--prefix={stem}/", "HEAD")
    (DIST / f"{stem}-source.tar.gz").write_bytes(gzip.compress(tree, mtime=0))
    date = run("git", "log", "-1", "--format=%ct").decode().strip()
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps"]
    pip += ["--no-build-isolation", "--no-index", "-w", str(DIST)]
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(tree)) as packed:
        packed.extractall(folder, filter="data")
        run(*pip, str(Path(folder, stem)), SOURCE_DATE_EPOCH=date)


def bill_of_materials(stem: str) -> None:
    """List every locked package, with its hashes, in the format of CycloneDX."""
    program = str(Path(sys.executable).with_name("cyclonedx-py"))
    options = ("--pyproject", "pyproject.toml", "--output-reproducible", "--output-format", "JSON")
    target = str(DIST / f"{stem}-sbom.cdx.json")
    run(program, "requirements", *options, "--output-file", target, "requirements.lock")


def checksums() -> None:
    """Write ``SHA256SUMS`` of everything else, as ``sha256sum --check`` reads it."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(DIST.iterdir())
    ]
    (DIST / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Make everything anew."""
    if changed := run("git", "status", "--porcelain").decode():
        sys.exit(f"Release stopped: commit or put away what has changed:\n{changed}")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stem = f"{project['name']}-{project['version']}"
    run(sys.executable, "tools/metadata.py", "--check")
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    shutil.copy(HTML / "_static" / NAME, DIST / NAME)
    shutil.copy(HTML / build_pdf.PDF, DIST / f"{stem}.pdf")
    zip_site.write(HTML, DIST / f"{stem}-site.zip")
    source_and_wheel(stem)
    bill_of_materials(stem)
    checksums()
    for path in sorted(DIST.iterdir()):
        print(f"{path.stat().st_size / 1e6:8.1f} MB  dist/{path.name}")


if __name__ == "__main__":
    main()

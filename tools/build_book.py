"""Build the book: execute stale chapters, let Sphinx make the pages, take a warning for an error.

``make book`` calls it. It does nothing when no input has changed since the last good build.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inputs import ROOT, book_fingerprint, engine_fingerprint

BUILD = ROOT / "_build"
HTML = BUILD / "html"
STAGE = BUILD / "stage"
STAMP = BUILD / "last_good_build.json"


def toc_pages(toc: dict[str, Any]) -> list[str]:
    """Pages of a table of contents, in order, without the extension."""
    pages = [str(toc["root"])]
    for part in toc.get("parts", [{"chapters": toc.get("chapters", [])}]):
        for chapter in part.get("chapters", []):
            pages.append(str(chapter["file"]).removesuffix(".md"))
            pages += [str(s["file"]).removesuffix(".md") for s in chapter.get("sections", [])]
    return pages


def find_page(pages: list[str], name: str) -> str:
    """Full name of the page that ``--only`` names in full or by its end, the first of several."""
    wanted = name.removesuffix(".md").removeprefix("./")
    found = [page for page in pages if page == wanted or page.endswith(f"/{wanted}")]
    if not found:
        sys.exit(f"_toc.yml: no page is called {name!r}; it knows: {', '.join(pages)}")
    return found[0]


def cache_folder(engine: str) -> Path:
    """Execution cache of this engine; caches of other code and figures are removed."""
    folder = BUILD / "cache" / engine
    for other in (BUILD / "cache").glob("*"):
        if other != folder:
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_config(folder: Path, engine: str, left: list[str]) -> Path:
    """Write this build's Jupyter Book configuration: the shared one, with this engine's cache."""
    import yaml

    config: dict[str, Any] = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["cache"] = str(folder / "jupyter")
    config["execute"]["exclude_patterns"] = [f"{name}.md" for name in left]
    # Jupyter Book reads these paths from the folder of the file written here.
    extensions = config["sphinx"]["local_extensions"]
    config["sphinx"]["local_extensions"] = {k: str(ROOT / v) for k, v in extensions.items()}
    if left:
        config["sphinx"]["config"]["html_theme_options"]["announcement"] = (
            f"A quick build: {len(left)} other chapters are shown without their results. "
            "Build the whole book with <code>make book</code>."
        )
    path = BUILD / "config.yml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def run_sphinx(config: Path, strict: bool) -> subprocess.CompletedProcess[str]:
    """Run Jupyter Book from nothing built, since Sphinx repeats no warning of an earlier run."""
    shutil.rmtree(STAGE, ignore_errors=True)
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT)]
    command += ["--config", str(config), "--path-output", str(STAGE)]
    command += ["-q", "-n", *(["-W", "--keep-going"] if strict else [])]
    own = {"PYTHONWARNINGS": "ignore", "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **own}, text=True, capture_output=True, check=False
    )


def publish(folder: Path, pages: list[str]) -> None:
    """Put the new pages in the place of the old, with the files that they offer for download."""
    made = STAGE / "_build" / "html"
    for page in pages:
        files = folder / "artifacts" / page
        if files.is_dir() and made.is_dir():
            shutil.copytree(files, made / "downloads" / page, dirs_exist_ok=True)
    shutil.rmtree(HTML, ignore_errors=True)
    if made.is_dir():
        made.rename(HTML)
    shutil.rmtree(STAGE, ignore_errors=True)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the build folder, so that two builds never write into it at once."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unchanged(book: str) -> bool:
    """Whether the pages in place were made from exactly these inputs."""
    if not (STAMP.is_file() and (HTML / "index.html").is_file()):
        return False
    return bool(json.loads(STAMP.read_text(encoding="utf-8"))["book"] == book)


def build(only: str | None = None) -> int:
    """Build the book, or say that nothing has changed; return the exit code."""
    start = time.monotonic()
    book, engine = book_fingerprint(), engine_fingerprint()
    if unchanged(book):
        print(f"Nothing has changed: {HTML / 'index.html'}")
        return 0
    import yaml
    from execute import bring_up_to_date, report

    STAMP.unlink(missing_ok=True)
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = toc_pages(toc)
    if missing := [name for name in pages if not (ROOT / f"{name}.md").is_file()]:
        sys.exit(f"_toc.yml names pages that are not there: {', '.join(missing)}")
    page = find_page(pages, only) if only else None
    folder = cache_folder(engine)
    failures, left = bring_up_to_date(ROOT, pages, folder, engine, page)
    if failures:
        report(failures)
        # Pages with numbers of an earlier state must not outlive it.
        shutil.rmtree(HTML, ignore_errors=True)
        return 1
    done = run_sphinx(write_config(folder, engine, left), strict=not left)
    publish(folder, pages)
    code = judge(done, page if left else None)
    if code == 0 and not left:
        STAMP.write_text(json.dumps({"book": book, "engine": engine}), encoding="utf-8")
    verb = "Built" if code == 0 else "Failed"
    print(f"{verb} in {time.monotonic() - start:.0f} s: {HTML / 'index.html'}")
    return code


def judge(done: subprocess.CompletedProcess[str], only: str | None) -> int:
    """Print Sphinx's warnings and return the exit code.

    In a quick build pages without results cannot resolve their references, so only the warnings
    of the page that was asked for count.
    """
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr)
    lines = [line for line in text.splitlines() if re.search("WARNING|ERROR|CRITICAL", line)]
    if only is not None:
        lines = [line for line in lines if f"/{only}.md" in line]
    elif done.returncode and not lines:
        lines = [text]
    for line in lines:
        print(line.replace(f"{ROOT}/", ""), file=sys.stderr)
    return 1 if lines else done.returncode


def main() -> int:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="CHAPTER", help="execute this chapter and no other")
    arguments = parser.parse_args()
    with alone():
        return build(arguments.only)


if __name__ == "__main__":
    sys.exit(main())

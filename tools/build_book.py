"""Build the book with Jupyter Book; a warning is an error, and no page of a failed build stays.

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
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import yaml
from book_extension import StaleError, find_page, toc_pages
from inputs import ROOT, book_fingerprint, engine_fingerprint
from run_here import wanted
from statements import StatementError

BUILD = ROOT / "_build"
HTML = BUILD / "html"
STAGE = BUILD / "stage"
STAMP = BUILD / "last_good_build.json"
STOPPED = re.compile(rf"\b(?:{StaleError.__name__}|{StatementError.__name__}): ")


def run_sphinx(only: str | None) -> tuple[int, str]:
    """Run Jupyter Book from nothing built, since Sphinx repeats no warning of an earlier run.

    Returns
    -------
    tuple
        Exit code, and what was written to the error stream.
    """
    shutil.rmtree(STAGE, ignore_errors=True)
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT)]
    command += ["--path-output", str(STAGE), "-q", "-n", *([] if only else ["-W", "--keep-going"])]
    own = {"NO_COLOR": "1", "SPILLOVER_ONLY": only or ""}
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **own}, text=True, stdout=PIPE, stderr=errors
        ) as running,
    ):
        for line in running.stdout or ():
            if line.startswith(("Executing", "  executed", "  failed")):
                print(line, end="", flush=True)
        code = running.wait()
        errors.seek(0)
        return code, errors.read()


def publish() -> None:
    """Put the new pages in the place of the old; without any, no old one stays."""
    made = STAGE / "_build" / "html"
    shutil.rmtree(HTML, ignore_errors=True)
    if (made / "index.html").is_file():
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
    book += "+run-here" if wanted() else ""
    if unchanged(book):
        print(f"Nothing has changed: {HTML / 'index.html'}")
        return 0
    STAMP.unlink(missing_ok=True)
    code = judge(*run_sphinx(only), only)
    publish()
    if code == 0 and not only:
        STAMP.write_text(json.dumps({"book": book, "engine": engine}), encoding="utf-8")
    verb = "Built" if code == 0 else "Failed"
    print(f"{verb} in {time.monotonic() - start:.0f} s: {HTML / 'index.html'}")
    return code


def judge(code: int, text: str, only: str | None) -> int:
    """Print what Sphinx complains of and return the exit code.

    In a quick build pages without results cannot resolve their references, so only the warnings
    of the page that was asked for count.
    """
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace(f"{ROOT}/", "")
    if code and STOPPED.search(text):
        # Jupyter Book adds its own traceback, which says nothing of the chapter.
        why = re.split(r"^Traceback", text, flags=re.MULTILINE)[0]
        print(why[why.find("\nStatement:") + 1 :], file=sys.stderr)
        return 1
    lines = [line for line in text.splitlines() if re.search("WARNING|ERROR|CRITICAL", line)]
    if only is not None:
        toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
        page = find_page(toc_pages(toc), only)
        lines = [line for line in lines if line.startswith(f"{page}.md")]
    elif code and not lines:
        lines = [text]
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else code


def main() -> int:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="CHAPTER", help="execute this chapter and no other")
    arguments = parser.parse_args()
    with alone():
        return build(arguments.only)


if __name__ == "__main__":
    sys.exit(main())

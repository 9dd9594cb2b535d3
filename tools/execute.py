"""Execute the chapters whose outputs are not in the execution cache, two at a time.

The outputs go where myst-nb looks for them, so that Sphinx executes nothing itself.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase
from jupyter_cache.readers import get_reader
from kernels import fork_from_server, prepare
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

WORKERS = 2
TIMEOUT = 600
HEADER = re.compile(r"\A---\n(?P<yaml>.*?)\n---\n", re.DOTALL)

# One thread per chapter: sums are then taken in one order on every machine.
ENVIRONMENT = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    ),
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    # The kernel of this environment, even where the user has installed one of the same name.
    "JUPYTER_PREFER_ENV_PATH": "1",
}


@dataclass(frozen=True)
class Chapter:
    """An executable chapter: its name as in the table of contents, its file, its notebook."""

    name: str
    path: Path
    notebook: NotebookNode


@dataclass(frozen=True)
class Failure:
    """What went wrong in a chapter, ready to be read."""

    chapter: str
    message: str


def is_executable(path: Path) -> bool:
    """Whether a page has the ``jupytext: text_representation`` header of a chapter with cells."""
    header = HEADER.match(path.read_text(encoding="utf-8"))
    fields = yaml.safe_load(header["yaml"]) if header else None
    return bool(fields) and "text_representation" in (fields.get("jupytext") or {})


def read_chapter(root: Path, name: str) -> Chapter:
    """Read a chapter just as myst-nb will, so that the cache knows it again."""
    path = root / f"{name}.md"
    reader = get_reader({"type": "plugin", "name": "myst_nb_md"})
    return Chapter(name, path, reader(str(path)))


def is_cached(cache: JupyterCacheBase, chapter: Chapter) -> bool:
    """Whether the cache holds outputs of exactly these cells."""
    try:
        cache.match_cache_notebook(chapter.notebook)
    except KeyError:
        return False
    return True


def where(chapter: Chapter, index: int) -> str:
    """File, number and line of a cell, given its place among all cells."""
    before = chapter.notebook.cells[: index + 1]
    number = sum(cell.cell_type == "code" for cell in before)
    lines = chapter.notebook.metadata.get("source_map", [])
    line = lines[index] + 1 if index < len(lines) else 0
    return f"{chapter.name}: {chapter.path.name}, cell {number}, line {line}"


def describe(chapter: Chapter, error: Exception) -> Failure:
    """Chapter, cell, line, code and traceback of a failed execution."""
    code = [i for i, cell in enumerate(chapter.notebook.cells) if cell.cell_type == "code"]
    # The failing cell is the last one that was started.
    started = [i for i in code if chapter.notebook.cells[i].get("execution_count")]
    place = where(chapter, (started or code)[-1 if started else 0])
    return Failure(chapter.name, f"{place} failed\n\n{error}")


def complaint(chapter: Chapter) -> Failure | None:
    """What a cell wrote to the error stream: warnings are for the author, not for readers."""
    for index, cell in enumerate(chapter.notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                text = f"{where(chapter, index)} wrote to the error stream\n\n{output.text}"
                return Failure(chapter.name, text)
    return None


async def execute(chapter: Chapter, environment: Mapping[str, str]) -> float:
    """Execute a chapter's notebook in place, in its own folder; return the seconds taken."""
    start = time.monotonic()
    client = NotebookClient(
        chapter.notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(chapter.path.parent)}},
        record_timing=False,
    )
    variables: dict[str, Any] = {**os.environ, **ENVIRONMENT, **environment}
    with tempfile.TemporaryDirectory(prefix="book-") as sockets:
        fork_from_server(client.create_kernel_manager(), sockets)
        await client.async_execute(env=variables)
    return time.monotonic() - start


async def execute_all(
    chapters: list[Chapter],
    cache: JupyterCacheBase,
    environment: Mapping[str, str],
) -> list[Failure]:
    """Execute the chapters, put what succeeds into the cache, return what failed."""
    free = asyncio.Semaphore(WORKERS)
    failures: list[Failure] = []

    async def one(chapter: Chapter) -> None:
        async with free:
            try:
                seconds = await execute(chapter, environment)
                failure = complaint(chapter)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                failure = describe(chapter, error)
            if failure is not None:
                failures.append(failure)
                print(f"  failed    {chapter.name}", flush=True)
                return
            bundle = CacheBundleIn(
                chapter.notebook, str(chapter.path), data={"execution_seconds": seconds}
            )
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            print(f"  executed  {chapter.name} ({seconds:.1f} s)", flush=True)

    await asyncio.gather(*(one(chapter) for chapter in chapters))
    return failures


def bring_up_to_date(
    root: Path, names: list[str], folder: Path, engine: str, only: str | None = None
) -> tuple[list[Failure], list[str]]:
    """Execute what is stale; return the failures and the chapters left without outputs.

    Parameters
    ----------
    root, names
        The book's folder and its pages, as in the table of contents.
    folder
        The execution cache of this code and data.
    engine
        Fingerprint of code and figures, which chapters print beside their tables.
    only
        Execute this page alone, whatever else is stale.
    """
    cache = get_cache(str(folder))
    # jupyter-cache forgets the oldest outputs beyond this number; a book has far fewer chapters.
    cache.change_cache_limit(1000)
    chapters = [read_chapter(root, n) for n in names if is_executable(root / f"{n}.md")]
    stale = [chapter for chapter in chapters if not is_cached(cache, chapter)]
    wanted = [chapter for chapter in stale if only in (None, chapter.name)]
    environment = {
        "SPILLOVER_ROOT": str(root),
        "SPILLOVER_FINGERPRINT": engine,
    }
    if wanted:
        print(f"Executing {len(wanted)} of {len(chapters)} chapters", flush=True)
        prepare(ENVIRONMENT, len(wanted))
        failures = asyncio.run(execute_all(wanted, cache, environment))
    else:
        failures = []
    left = [chapter.name for chapter in stale if chapter not in wanted]
    return failures, left


def report(failures: list[Failure]) -> None:
    """Print failures to standard error, colours kept only on a terminal."""
    for failure in failures:
        text = failure.message
        if not sys.stderr.isatty():
            text = re.sub(r"\x1b\[[0-9;]*m", "", text)
        print(f"\n{text}", file=sys.stderr)

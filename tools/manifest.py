"""Sphinx extension: write the manifest, every number of the book with what is behind it, as CSV.

Tables and figures carry their numbers in the metadata of their output, and with each fact in prose
goes what it was made by; both are read from the cache of executed chapters. The file lies beside
the pages' style sheets, for readers to download and for ``spillover compare``.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from execute import is_executable, read_chapter
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from statements import SPAN

from spillover.book.manifest import COLUMNS, NAME
from spillover.book.page import NUMBERS

TAG = re.compile(r"</?[a-z][^>]*>")
GLUED = re.compile(r"\{glue:\w+\}`([^`:]+)")


def lines(env: BuildEnvironment) -> Iterator[dict[str, Any]]:
    """One line for each number, page by page in the order of the book."""
    for page in in_order(env):
        number = ".".join(map(str, env.toc_secnumbers.get(page, {}).get("", ())))
        chapter = f"{number} {env.titles[page].astext()}".strip()
        found = outputs(env, page)
        source = Path(env.doc2path(page)).read_text(encoding="utf-8")
        for line in [*facts(found, source), *cells(env, page, found)]:
            yield {"page": page, "chapter": chapter, **line}


def in_order(env: BuildEnvironment) -> list[str]:
    """Pages as the table of contents lists them."""
    pages = [env.config.root_doc]
    for page in pages:
        pages += [child for child in env.toctree_includes.get(page, []) if child not in pages]
    return pages


def outputs(env: BuildEnvironment, page: str) -> list[Any]:
    """Outputs of an executed page, none where a quick build has not executed it."""
    root = Path(env.srcdir)
    if not is_executable(root / f"{page}.md"):
        return []
    cache = get_cache(env.config.nb_execution_cache_path)
    try:
        _, notebook = cache.merge_match_into_notebook(read_chapter(root, page).notebook)
    except KeyError:
        return []
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def facts(found: list[Any], source: str) -> Iterator[dict[str, Any]]:
    """Facts that the prose of a page shows, with the functions and data files behind each."""
    marked = [o for o in found if "scrapbook" in o.get("metadata", {})]
    marks = [output.metadata["scrapbook"] for output in marked]
    texts = [o.data[f"{m['mime_prefix']}text/plain"] for o, m in zip(marked, marks, strict=True)]
    glued = {m["name"]: ast.literal_eval(text) for m, text in zip(marks, texts, strict=True)}
    for key in dict.fromkeys(GLUED.findall(source)):
        if key in glued:
            yield {"key": key, "printed": glued[key], **joined(json.loads(glued[f"from-{key}"]))}


def cells(env: BuildEnvironment, page: str, found: list[Any]) -> Iterator[dict[str, Any]]:
    """Cells of a page's tables, and what its figures draw."""
    for output in found:
        if (made := output.get("metadata", {}).get(NUMBERS)) is None:
            continue
        kind = "table" if made["label"].startswith("tab:") else "figure"
        counted = env.toc_fignumbers.get(page, {}).get(kind, {})
        number = ".".join(map(str, counted.get(made["label"].replace(":", "-"), ())))
        _, saved = env.dlfiles.get(made["download"].lstrip("/"), (None, ""))
        about = {
            "number": f"{kind.capitalize()} {number}",
            "download": f"_downloads/{saved}",
            **joined(made),
        }
        for where, printed, value in made["numbers"]:
            text = TAG.sub("", SPAN.sub(r"\1", " ".join(printed.split())))
            yield {"key": f"{made['label']} | {where}", "printed": text, "value": value, **about}


def joined(made: dict[str, Any]) -> dict[str, str]:
    """Functions and data files, each as one text."""
    return {name: "; ".join(made[name]) for name in ("functions", "data")}


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the manifest once the pages are there."""
    if exception is None and app.builder.name == "html":
        with Path(app.outdir, "_static", NAME).open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
            table.writeheader()
            table.writerows(lines(app.env))


def setup(app: Sphinx) -> None:
    """Write after the last page."""
    app.connect("build-finished", write)

"""Each change that a chapter proposes works, and the changed page agrees with itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import myst_nb
import pytest
from book_extension import cache_folder
from execute import is_executable, read_chapter
from inputs import ROOT, engine_fingerprint
from jupyter_cache import get_cache

from spillover.book.page import OnPage

CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)^```", re.M | re.S
)
BOX = re.compile(r"^:::\{admonition\} Fork this\n(.*?)^:::", re.M | re.S)
CHANGE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
ANSWER = re.compile(r"^:::\{admonition\} In ten seconds\n(.*?)^:::", re.M | re.S)
# A p-value stands in no table of estimates.
GLUED = re.compile(r"(?<!\(p\s)\{glue:text\}`(\w+)`")
NUMBER = re.compile(r"(?<!\(p )\u2212?\b\d+\.\d{2,}")
CHAPTERS = sorted(p for p in (ROOT / "chapters").rglob("*.md") if is_executable(p))


def changes() -> Iterator[Any]:
    """Every proposed change: chapter and statement."""
    for path in CHAPTERS:
        text = path.read_text(encoding="utf-8")
        for number, code in enumerate(CHANGE.findall("".join(BOX.findall(text))), start=1):
            name = path.relative_to(ROOT / "chapters").with_suffix("").as_posix()
            yield pytest.param(path, code, id=f"{name}-{number}")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for number, variant in enumerate(re.findall(r"`(CARBON\.but\([^`]*\))`", readme), start=1):
        path = ROOT / "chapters" / "carbon" / "durbin.md"
        yield pytest.param(path, f"study = {' '.join(variant.split())}", id=f"README-{number}")


@dataclass
class Page:
    """What a chapter's cells put on its page: facts by key, and the text of tables and figures."""

    facts: dict[str, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)

    def numbers(self) -> set[str]:
        """Numbers in its tables."""
        return {n for text in self.shown for n in NUMBER.findall(text)}


def assigned(node: ast.stmt) -> str | None:
    """Name that a plain assignment sets."""
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else None


def forked_cells(text: str, change: str) -> list[ast.Module]:
    """Cells of a chapter, the one statement replaced that sets the name that the change sets."""
    (new,) = ast.parse(change).body
    cells = [ast.parse(code) for code in CELL.findall(text)]
    places = [
        (cell, i) for cell in cells for i, node in enumerate(cell.body)
        if assigned(node) == assigned(new)
    ]  # fmt: skip
    assert len(places) == 1, f"{assigned(new)} is set {len(places)} times in the chapter's cells"
    cell, i = places[0]
    cell.body[i] = new
    return cells


def run(cells: list[ast.Module], monkeypatch: pytest.MonkeyPatch) -> Page:
    """Execute cells in one namespace."""
    page, namespace = Page(), {}
    monkeypatch.setattr(
        myst_nb, "glue", lambda key, value, display: page.facts.update({key: value})
    )
    for cell in cells:
        last = cell.body.pop() if isinstance(cell.body[-1], ast.Expr) else None
        exec(compile(cell, "cell", "exec"), namespace)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)
            if isinstance(value, OnPage):
                page.shown.append(value.myst)
    plt.close("all")
    return page


def parent(path: Path) -> Page:
    """What the chapter as it stands in the book puts on its page, from its execution."""
    cache = get_cache(str(cache_folder(ROOT / "_build", engine_fingerprint())))
    chapter = read_chapter(ROOT, path.relative_to(ROOT).with_suffix("").as_posix())
    _, notebook = cache.merge_match_into_notebook(chapter.notebook)
    page = Page()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "scrapbook" in output.get("metadata", {}):
                (text,) = output["data"].values()
                page.facts[output["metadata"]["scrapbook"]["name"]] = ast.literal_eval(text)
            elif "text/markdown" in output.get("data", {}):
                page.shown.append(output["data"]["text/markdown"])
    return page


@pytest.mark.parametrize(("path", "change"), changes())
def test_a_proposed_change_gives_a_page_that_agrees_with_itself(
    path: Path, change: str, html: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    before, after = parent(path), run(forked_cells(text, change), monkeypatch)
    assert after.shown != before.shown, "the change changes nothing on the page"
    assert after.facts.keys() == before.facts.keys()
    # A number of the answer that stands in a table of the parent stands in one of the fork.
    for key in GLUED.findall("".join(ANSWER.findall(text))):
        for old, new in zip(
            NUMBER.findall(before.facts[key]), NUMBER.findall(after.facts[key]), strict=False
        ):
            assert old not in before.numbers() or new in after.numbers(), f"{key}: {new}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.parent.name + "/" + p.stem)
def test_a_chapter_of_a_study_proposes_a_change(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.parent.name in ("carbon", "growth"):
        assert CHANGE.findall("".join(BOX.findall(text)))

"""Each change that a chapter proposes gives a page that is built and agrees with itself.

All are built at once, each in a fork of its own, in a copy of the book.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from book_extension import cache_folder
from execute import is_executable, read_chapter
from inputs import ENGINE, PAGES, ROOT, engine_fingerprint
from jupyter_cache import get_cache

from spillover.book import forks

CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)^```", re.M | re.S
)
BOX = re.compile(r"^:::\{admonition\} Fork this\n(.*?)^:::", re.M | re.S)
CHANGE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
ANSWER = re.compile(r"^:::\{admonition\} In ten seconds\n(.*?)^:::", re.M | re.S)
# A p-value stands in no table of estimates; a number of two digits can stand in one by chance.
GLUED = re.compile(r"(?<!\(p\s)\{glue:text\}`(\w+)`")
NUMBER = re.compile(r"(?<!\(p )\u2212?\b\d+\.\d{3,}")
CHAPTERS = sorted(p for p in (ROOT / "chapters").rglob("*.md") if is_executable(p))


@dataclass(frozen=True)
class Change:
    """A proposed change: the chapter's page, the statement, and the name of the fork with it."""

    page: str
    code: str
    fork: str


def changes() -> Iterator[Change]:
    """Every proposed change."""
    for path in CHAPTERS:
        page = path.relative_to(ROOT).with_suffix("").as_posix()
        proposed = CHANGE.findall("".join(BOX.findall(path.read_text(encoding="utf-8"))))
        for number, code in enumerate(proposed, start=1):
            name = f"{page.removeprefix('chapters/').replace('/', '-')}-{number}"
            yield Change(page, code, name)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for number, variant in enumerate(re.findall(r"`(CARBON\.but\([^`]*\))`", readme), start=1):
        code = f"study = {' '.join(variant.split())}"
        yield Change("chapters/carbon/durbin", code, f"readme-{number}")


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


def changed(text: str, code: str) -> str:
    """Text of a chapter, the one statement replaced that sets the name that the change sets."""
    (new,) = ast.parse(code).body
    places = [
        (text[: cell.start(1)].count("\n"), node)
        for cell in CELL.finditer(text)
        for node in ast.parse(cell[1]).body
        if assigned(node) == assigned(new)
    ]
    assert len(places) == 1, f"{assigned(new)} is set {len(places)} times in the chapter's cells"
    before, node = places[0]
    lines = text.splitlines()
    lines[before + node.lineno - 1 : before + (node.end_lineno or 0)] = code.strip().splitlines()
    return "\n".join(lines) + "\n"


def executed(root: Path, page: str) -> Page:
    """What a chapter puts on its page, from its execution."""
    cache = get_cache(str(cache_folder(root / "_build", engine_fingerprint(root))))
    chapter = read_chapter(root, page)
    _, notebook = cache.merge_match_into_notebook(chapter.notebook)
    out = Page()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "scrapbook" in output.get("metadata", {}):
                (text,) = output["data"].values()
                out.facts[output["metadata"]["scrapbook"]["name"]] = ast.literal_eval(text)
            elif "text/markdown" in output.get("data", {}):
                out.shown.append(output["data"]["text/markdown"])
    return out


@pytest.fixture(scope="module")
def copy(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the book with a fork for every proposed change, built."""
    root = tmp_path_factory.mktemp("forked")
    (root / "_build").mkdir()
    for name in (*ENGINE, *PAGES, "_build/cache", "_build/artifacts"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name)
        else:
            shutil.copy(ROOT / name, root / name)
    for change in changes():
        file = forks.fork(change.page, change.fork, root).file
        file.write_text(changed(file.read_text(encoding="utf-8"), change.code), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(root / "tools" / "build_book.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return root


@pytest.mark.parametrize("change", changes(), ids=lambda change: change.fork)
def test_a_proposed_change_gives_a_page_that_agrees_with_itself(change: Change, copy: Path) -> None:
    before = executed(copy, change.page)
    after = executed(copy, f"{forks.FOLDER}/{change.fork}")
    was, now = (before.facts, before.numbers()), (after.facts, after.numbers())
    assert now != was, "the change changes no fact and no number of a table"
    assert after.facts.keys() == before.facts.keys()
    # What the answer takes from a table of the parent stands in one of the fork.
    text = (copy / f"{change.page}.md").read_text(encoding="utf-8")
    for key in GLUED.findall("".join(ANSWER.findall(text))):
        if set(NUMBER.findall(before.facts[key])) <= before.numbers():
            assert set(NUMBER.findall(after.facts[key])) <= after.numbers(), key


def test_a_fork_that_turns_a_sign_marks_what_fell(copy: Path) -> None:
    turned = next(c for c in changes() if c.page.endswith("carbon/durbin") and '"time"' in c.code)
    page = (copy / "_build" / "html" / forks.FOLDER / f"{turned.fork}.html").read_text()
    assert "written for the parent; does not hold here" in page
    assert re.search(r"checked statements \d+ hold here, \d+ do not:", page)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.parent.name + "/" + p.stem)
def test_a_chapter_of_a_study_proposes_a_change(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.parent.name in ("carbon", "growth"):
        assert CHANGE.findall("".join(BOX.findall(text)))

"""The build script on a small book: what is executed, what is skipped, what fails and how."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from inputs import book_fingerprint, engine_fingerprint

from spillover.book import forks

ROOT = Path(__file__).resolve().parents[2]

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
CELL = "```{{code-cell}} ipython3\n{code}\n```\n"
TOLD = (
    "import os; names = ['OMP_NUM_THREADS', 'PYTHONHASHSEED']\n"
    "print(*(os.environ[n] for n in names))"
)
READ = "from pathlib import Path\nprint('figure', Path('../data/figure.txt').read_text())"


def chapter(title: str, code: str, prose: str = "") -> str:
    return f"{HEADER}# {title}\n\n{CELL.format(code=code)}\n{prose}\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book of two chapters beside the real tools and configuration."""
    for name in ("tools", "_static"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    texts = {
        "_toc.yml": "format: jb-book\nroot: index\nparts:\n  - caption: One\n    numbered: 1\n"
        "    chapters:\n      - file: chapters/first\n      - file: chapters/second\n",
        "index.md": "# Title\n\nWords.\n\n"
        ':::{only} printed\nAs <a href="spillover.pdf">PDF</a>.\n:::\n',
        "references.bib": "",
        "requirements.lock": "",
        "src/code.py": "",
        "data/figure.txt": "one",
        "chapters/first.md": chapter("First", READ),
        "chapters/second.md": chapter("Second", f"print('second')\n{TOLD}"),
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def build(book: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(book / "tools" / "build_book.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


def page(book: Path, name: str) -> str:
    return (book / "_build" / "html" / "chapters" / f"{name}.html").read_text(encoding="utf-8")


def test_only_what_changed_is_executed(book: Path) -> None:
    first = build(book)
    assert first.returncode == 0, first.stderr
    assert "Executing 2 of 2" in first.stdout
    assert "figure one" in page(book, "first")
    assert "1 0" in page(book, "second"), "one thread, one order of sets"

    assert "Nothing has changed" in build(book).stdout

    (book / "chapters" / "second.md").write_text(chapter("Second", "print('third')"))
    second = build(book)
    assert "Executing 1 of 2" in second.stdout
    assert "third" in page(book, "second")

    (book / "data" / "figure.txt").write_text("two")
    third = build(book)
    assert "Executing 2 of 2" in third.stdout
    assert "figure two" in page(book, "first")
    assert "figure one" not in page(book, "first")
    assert len(list((book / "_build" / "cache").iterdir())) == 1


def test_one_chapter_alone(book: Path) -> None:
    done = build(book, "--only", "second")
    assert done.returncode == 0, done.stderr
    assert "Executing 1 of 2" in done.stdout
    assert "second" in page(book, "second")
    assert "figure one" not in page(book, "first")
    assert "quick build" in page(book, "first")
    pdf = book / "_build" / "html" / "spillover.pdf"
    assert not pdf.exists()
    assert pdf.name not in page(book, "first") + page(book, "../index")

    wrong = build(book, "--only", "third")
    assert wrong.returncode != 0
    assert "third" in wrong.stderr
    assert "chapters/second" in wrong.stderr

    whole = build(book)
    assert "Executing 1 of 2" in whole.stdout
    assert "quick build" not in page(book, "first")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert 'href="../spillover.pdf"' in page(book, "first")
    assert 'href="spillover.pdf">PDF</a>' in page(book, "../index")


def test_a_failing_cell_is_shown_and_no_old_page_stays(book: Path) -> None:
    assert build(book).returncode == 0
    code = "a = 1\n```\n\n```{code-cell} ipython3\nraise LookupError('no such province')"
    (book / "chapters" / "first.md").write_text(chapter("First", code))
    code = "import warnings; warnings.warn('look here')"
    (book / "chapters" / "second.md").write_text(chapter("Second", code))
    done = build(book)
    assert done.returncode != 0
    assert "second.md, cell 1, line 15 wrote to the error stream" in done.stderr
    assert "look here" in done.stderr
    assert "chapters/first: first.md, cell 2, line 19 failed" in done.stderr
    assert "LookupError: no such province" in done.stderr
    assert not (book / "_build" / "html").exists()


def test_warnings_fail_the_build_on_every_run(book: Path) -> None:
    bad = {
        "{numref}`tab:missing`": "tab:missing",
        "{glue:text}`absent`": "absent",
        "[words](nowhere.md)": "nowhere.md",
        "{cite:t}`nobody2000`": "nobody2000",
    }
    (book / "chapters" / "second.md").write_text(chapter("Second", "", "\n\n".join(bad)))
    for _ in range(2):
        done = build(book)
        assert done.returncode != 0
        assert [word for word in bad.values() if word not in done.stderr] == []
        assert done.stderr.count("chapters/second.md") == len(bad)


CHECKED = """from spillover.book import page
effect, p = {effect}, 0.03
page.check(
    positive=effect > 0 and p < 0.05,
    small=abs(effect) < 1,
)"""
SENTENCES = """
The answer is [that *green* power raises it]{.if-positive}, whatever the [size]{.fixed reason="x"}.

{.if-positive .if-small}
A paragraph that rests on both.

## A heading [with a rise]{.if-positive}

:::{figure} ../_static/logo.svg
:alt: "The line [goes up]{.if-positive} over time."

The line [stays small]{.if-small}.
:::
"""


def checked(effect: float) -> str:
    return chapter("First", CHECKED.format(effect=effect), SENTENCES)


def test_a_statement_that_holds_reads_as_plain_prose(book: Path) -> None:
    (book / "chapters" / "first.md").write_text(checked(0.5))
    done = build(book)
    assert done.returncode == 0, done.stderr
    shown = page(book, "first")
    assert 'alt="The line goes up over time."' in shown
    assert "does not hold" not in shown
    assert "{." not in shown


@pytest.mark.parametrize("whole", [True, False])
def test_a_falsehood_stops_the_build_with_its_sentence(book: Path, whole: bool) -> None:
    (book / "chapters" / "first.md").write_text(checked(-0.5))
    done = build(book, *([] if whole else ["--only", "first"]))
    assert done.returncode != 0
    assert (
        "chapters/first.md:23: does not hold: “that green power raises it” "
        "(effect > 0 and p < 0.05, where effect = -0.5, p = 0.03)"
    ) in done.stderr
    assert "chapters/first.md:26: does not hold: “A paragraph that rests on both.”" in done.stderr
    assert "does not hold: “with a rise”" in done.stderr
    assert "does not hold: “goes up”" in done.stderr
    assert "stays small" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_quick_build_asks_its_own_chapter_only(book: Path) -> None:
    (book / "chapters" / "first.md").write_text(checked(-0.5))
    assert build(book).returncode != 0
    assert build(book, "--only", "second").returncode == 0


def test_a_key_that_nothing_checks_stops_the_build(book: Path) -> None:
    (book / "chapters" / "second.md").write_text(chapter("Second", "", "It [rises]{.if-rising}."))
    done = build(book)
    assert done.returncode != 0
    assert "chapters/second.md:18: WARNING: no page.check(rising=…) on this page" in done.stderr


def test_a_fork_keeps_and_marks_what_fell(book: Path) -> None:
    (book / "chapters" / "first.md").write_text(checked(0.5))
    forks.fork("first", "mine", book)
    file = book / "chapters" / "forks" / "mine.md"
    file.write_text(file.read_text().replace("effect, p = 0.5", "effect, p = -0.5"))
    done = build(book)
    assert done.returncode == 0, done.stderr
    shown = re.sub(r"<[^>]*>|\s+", " ", page(book, "forks/mine"))
    shown = re.sub(r" +", " ", shown)
    assert "Of its parent’s 5 checked statements 1 hold here, 4 do not:" in shown
    mark = "written for the parent; does not hold here: effect &gt; 0 and p &lt; 0.05"
    assert f"that green power raises it ({mark}" in shown
    assert shown.count(mark) >= 3
    assert "does not hold" not in page(book, "first")
    alt = re.findall(r'alt="The line[^"]*"', page(book, "forks/mine"))
    assert "goes up (written for the parent; does not hold here" in alt[0]


def test_fingerprints_see_names_and_bytes_but_no_leavings(tmp_path: Path) -> None:
    for folder in ("src", "data", "chapters"):
        (tmp_path / folder).mkdir()
    (tmp_path / "src" / "a.py").write_text("1")
    seen = {engine_fingerprint(tmp_path)}
    (tmp_path / "src" / "__pycache__").mkdir()
    (tmp_path / "src" / "__pycache__" / "a.pyc").write_text("1")
    (tmp_path / "src" / ".hidden").write_text("1")
    assert engine_fingerprint(tmp_path) in seen
    (tmp_path / "src" / "a.py").write_text("2")
    seen.add(engine_fingerprint(tmp_path))
    (tmp_path / "src" / "a.py").rename(tmp_path / "src" / "b.py")
    seen.add(engine_fingerprint(tmp_path))
    (tmp_path / "data" / "x.csv").write_text("2")
    seen.add(engine_fingerprint(tmp_path))
    assert len(seen) == 4
    before = book_fingerprint(tmp_path)
    (tmp_path / "chapters" / "c.md").write_text("words")
    assert engine_fingerprint(tmp_path) in seen
    assert book_fingerprint(tmp_path) != before

"""Forks in a small made-up book: what is copied and refused, and that removal leaves nothing."""

import re
from pathlib import Path

import pytest
import yaml

from spillover.book import forks as forking
from spillover.book.forks import ForkError, fork, fork_text, labels, remove

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

DURBIN = (
    HEADER
    + """
(durbin)=
# The Durbin model

The durbin model of {doc}`moran` and {doc}`the maps <../growth/maps>`; see [maps](../growth/maps.md)
and {glue:text}`moran.md::rho`, {glue:text}`durbin.md::own`, {glue:text}`own`.

```{math}
:label: eq-durbin
y = \\rho W y
```

$$
x = 1
$$ (eq:one)

```{code-cell} ipython3
page.say(own=fmt(1))
page.show(figure, "fig:trend", caption="See {numref}`tab:other` and {numref}`fig:trend`", data=d)
```

:::{figure} drawing.svg
:name: fig:drawn
A drawing.
:::

{numref}`fig:trend`, {numref}`Figure %s <fig:drawn>`, {eq}`eq-durbin`, {eq}`eq:one`, {ref}`durbin`,
{ref}`the model <durbin>`, [](#durbin), {numref}`tab:other`.
"""
)

TOC = """# A comment that must stay.
format: jb-book
root: index
parts:
  - caption: "Part I"
    numbered: 1
    chapters:
      - file: chapters/carbon/durbin
      - file: chapters/carbon/moran   # and this one
  - caption: Part II
    numbered: 1
    chapters:
      - file: chapters/growth/moran
      - file: chapters/growth/maps
"""


@pytest.fixture
def book(tmp_path):
    (tmp_path / "_toc.yml").write_text(TOC)
    for page in ("carbon/durbin", "carbon/moran", "growth/moran", "growth/maps"):
        file = tmp_path / "chapters" / f"{page}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{HEADER}\n# Title of {page}\n")
    (tmp_path / "chapters/carbon/durbin.md").write_text(DURBIN)
    return tmp_path


def tree(root: Path) -> dict[str, bytes]:
    files = {f.relative_to(root).as_posix(): f.read_bytes() for f in root.rglob("*") if f.is_file()}
    folders = {f.relative_to(root).as_posix(): b"" for f in root.rglob("*") if f.is_dir()}
    return {name: b for name, b in {**files, **folders}.items() if not name.startswith("_build")}


def test_a_fork_stands_in_the_folder_and_last_in_the_contents(book):
    made = fork("durbin", "mine", book)
    assert made.file == book / "chapters/forks/mine.md"
    toc = yaml.safe_load((book / "_toc.yml").read_text())
    assert toc["parts"][-1]["caption"] == "Forks"
    assert toc["parts"][-1]["chapters"] == [{"file": "chapters/forks/mine"}]
    assert (book / "_toc.yml").read_text().startswith(TOC)


@pytest.mark.parametrize("toc", [TOC, TOC.rstrip("\n"), TOC.replace("\n", "\r\n"), TOC + "\n\n"])
def test_removal_leaves_every_byte_as_it_was(book, toc):
    (book / "_toc.yml").write_bytes(toc.encode())
    before = tree(book)
    fork("durbin", "mine", book)
    fork("maps", "mine-too", book)
    fork("durbin", "third", book)
    for name in ("mine-too", "third", "mine"):
        remove(name, book)
    assert tree(book) == before


def test_removal_of_one_of_two_leaves_the_other(book):
    fork("durbin", "one", book)
    fork("durbin", "one-more", book)
    remove("one", book)
    assert forking.forks(book) == ["one-more"]
    assert yaml.safe_load((book / "_toc.yml").read_text())["parts"][-1]["chapters"] == [
        {"file": "chapters/forks/one-more"}
    ]


def test_a_removed_text_is_put_aside(book):
    made = fork("durbin", "mine", book)
    made.file.write_text("my work")
    assert remove("mine", book).file.read_text() == "my work"


def test_the_parent_is_not_touched(book):
    fork("durbin", "mine", book)
    assert (book / "chapters/carbon/durbin.md").read_text() == DURBIN


def test_labels_are_the_forks_own_and_references_follow():
    text = fork_text(DURBIN, "chapters/carbon/durbin", "mine")
    own = {"mine-durbin", "mine-eq-durbin", "eq:mine-one", "fig:mine-trend", "fig:mine-drawn"}
    assert set(labels(text)) == own
    assert not own & set(labels(DURBIN))
    for reference in (
        "{numref}`fig:mine-trend`", "{numref}`Figure %s <fig:mine-drawn>`", "{eq}`mine-eq-durbin`",
        "{eq}`eq:mine-one`", "{ref}`mine-durbin`", "{ref}`the model <mine-durbin>`",
        "[](#mine-durbin)", '"fig:mine-trend"', ":name: fig:mine-drawn", "$$ (eq:mine-one)",
    ):  # fmt: skip
        assert reference in text
    for old in ("`fig:trend`", "`eq-durbin`", "<durbin>", "`durbin`", "#durbin"):
        assert old not in text


def test_a_name_in_code_is_no_label():
    code = "found = {\n    name: one.fit()\n    for name, one in studies.items()\n}\n"
    text = f"# Title\n\n```{{code-cell}} ipython3\n{code}```\n"
    assert labels(text) == []
    assert code in fork_text(text, "chapters/carbon/durbin", "mine")


def test_words_keys_and_labels_of_others_stay():
    text = fork_text(DURBIN, "chapters/carbon/durbin", "mine")
    assert "The durbin model of" in text
    assert text.count("{numref}`tab:other`") == 2
    assert "page.say(own=fmt(1))" in text
    assert "{glue:text}`own`" in text
    assert text.startswith(HEADER)
    assert "  name: python3" in text


def test_paths_start_from_the_folder_of_forks():
    text = fork_text(DURBIN, "chapters/carbon/durbin", "mine")
    for path in (
        "{doc}`../carbon/moran`", "{doc}`the maps <../growth/maps>`", "[maps](../growth/maps.md)",
        "{glue:text}`../carbon/moran.md::rho`", "{glue:text}`mine.md::own`",
        ":::{figure} ../carbon/drawing.svg",
    ):  # fmt: skip
        assert path in text


def test_the_fork_says_whose_it_is(book):
    text = fork("durbin", "mine", book).file.read_text()
    assert "# The Durbin model · `mine`" in text
    note = re.search(r":::\{admonition\} A fork\n.*?:::", text, re.DOTALL)
    assert note
    assert "{doc}`../carbon/durbin`" in note[0]


def test_a_name_of_both_parts_means_the_first(book):
    assert fork("moran", "mine", book).parent == "chapters/carbon/moran"
    assert fork("growth/moran", "other", book).parent == "chapters/growth/moran"


def test_two_forks_of_one_chapter_share_no_label(book):
    first, second = (fork("durbin", name, book).file.read_text() for name in ("one", "two"))
    assert not set(labels(first)) & set(labels(second))


def test_a_fork_whose_labels_would_clash_is_refused(book):
    maps = book / "chapters/growth/maps.md"
    maps.write_text(maps.read_text() + '\npage.show(x, "fig:mine-trend")\n')
    before = tree(book)
    with pytest.raises(ForkError, match="growth/maps has a label 'fig:mine-trend'"):
        fork("durbin", "mine", book)
    assert tree(book) == before


@pytest.mark.parametrize(
    ("chapter", "name", "words"),
    [
        ("durbim", "mine", r"no chapter 'durbim'; the nearest are carbon/durbin"),
        ("xyz", "mine", r"no chapter 'xyz'; the nearest are carbon/durbin, carbon/moran"),
        ("forks/other", "mine", "no chapter 'forks/other'"),
        ("durbin", "My Fork", "bad name 'My Fork'"),
        ("durbin", "../up", "bad name"),
        ("durbin", "a_b", "bad name"),
        ("durbin", "2nd", "bad name"),
        ("durbin", "", "bad name"),
        ("durbin", "maps", "chapters/growth/maps has the name 'maps' already"),
        ("durbin", "other", "there is a fork 'other' already"),
    ],
)
def test_refusals_say_why_and_write_nothing(book, chapter, name, words):
    fork("maps", "other", book)
    before = tree(book)
    with pytest.raises(ForkError, match=words) as caught:
        fork(chapter, name, book)
    assert "\n" not in str(caught.value)
    assert tree(book) == before


def test_a_chapter_is_found_by_part_and_name(book):
    assert fork("growth/moran", "mine", book).parent == "chapters/growth/moran"
    assert fork("chapters/carbon/moran.md", "mine-too", book).parent == "chapters/carbon/moran"


def test_a_chapter_that_is_listed_but_gone_is_named(book):
    (book / "chapters/growth/maps.md").unlink()
    with pytest.raises(ForkError, match=r"no chapters/growth/maps\.md"):
        fork("maps", "mine", book)


def test_a_contents_file_of_another_layout_is_refused_untouched(book):
    (book / "_toc.yml").write_text(TOC + "options:\n  x: 1\n")
    before = tree(book)
    with pytest.raises(ForkError, match=r"_toc\.yml: found another layout"):
        fork("durbin", "mine", book)
    assert tree(book) == before


def test_removing_what_is_not_there_lists_the_forks(book):
    with pytest.raises(ForkError, match="no fork 'mine'; there is none"):
        remove("mine", book)
    fork("durbin", "other", book)
    with pytest.raises(ForkError, match="no fork 'mine'; there are other"):
        remove("mine", book)

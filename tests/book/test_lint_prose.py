"""The lint of chapters: what it must catch and what it must leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from lint_prose import check, check_book, ruff_faults, unused

PATH = Path("chapters/x.md")


def found(text: str) -> list[str]:
    return [fault.message for fault in check(PATH, text)]


@pytest.mark.parametrize(
    "text",
    [
        "The coefficient is 0.36.",
        "It falls by 12 % a year.",
        "# Ten provinces and 4 regions",
        "A share of 2020.5 per cent.",
        "In all 1,999 units.",
        "Some text with −3 in it.",
        "- a list with 7 entries",
        "| a | b |\n|---|---|\n| x | 13 |",
        ":::{admonition} Box with 4 corners\n:class: fork\nText.\n:::",
        ":::{admonition} Box\n:class: fork\nInside are 11 more.\n:::",
        "::::{grid}\n:::{card}\nNested 5 deep.\n:::\n::::",
        "<p>In HTML 23 as well</p>",
        "Table 6 has 15 rows.",
        "Money: 10,000 things.",
    ],
)
def test_a_typed_number_is_caught(text: str) -> None:
    assert len([message for message in found(text) if message.startswith("number")]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "From 2013–2022, in 2016-21 and in the 1990s.",
        "Table 6, Tables 1, 2 and 3, Figures 2–4, equation (1), Section 3.2, Part 2, column (3).",
        "CO2, H1, 2SLS and Moran's I are names.",
        "Text under CC BY 4.0, schema version 2.1.",
        "Twelve provinces, three groups of ten.",
        "Output in 10,000 yuan per tonne and in 100 million yuan.",
        "Code `x = 5`, math $\\alpha = 0.05$, glue {glue:text}`b1`, {numref}`tab:x2`.",
        "[link with 9](https://example.org/12)",
        "$$\ny = 3 x + 14\n$$",
        "```{math}\n:label: eq-12\ny = 3\n```",
        "---\njupytext:\n  format_version: 0.13\n---\n\nText.",
        ":::{figure} map-3.png\n:width: 300px\n:name: fig:x1\nA caption.\n:::",
        "```{code-cell} ipython3\n:tags: [a3]\n\nx = f(12, 0.5)\n```",
        "<div class='a1' style='width: 30px'>words</div>",
    ],
)
def test_what_is_no_typed_number_passes(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("def f():\n    return g", "FunctionDef"),
        ("for w in weights:\n    fit(w)", "For"),
        ("f = lambda x: x", "Lambda"),
        ("class A:\n    b = c", "ClassDef"),
        ("show('the share is 40 per cent')", "40"),
        ("show(f'in sum it is {x} of 30 provinces')", "30"),
        ("%matplotlib inline", "plain Python"),
        ("\n".join("a = b" for _ in range(9)), "9 statements"),
    ],
)
def test_a_cell_that_does_more_than_call_is_caught(code: str, word: str) -> None:
    messages = found(f"```{{code-cell}} ipython3\n:tags: [hide-input]\n\n{code}\n```")
    assert [word in message for message in messages] == [True]


def test_a_fault_names_its_line() -> None:
    text = "# Title\n\nText.\n\n:::{note}\nOne\nand 17.\n:::\n"
    assert [fault.line for fault in check(PATH, text)] == [6]
    cell = "Text.\n\n```{code-cell} ipython3\n:tags: [x]\n\na = b\nfor c in d:\n    e\n```\n"
    assert [fault.line for fault in check(PATH, cell)] == [7]


def test_a_cell_that_cannot_be_opened_and_a_result_that_is_not_used_are_caught() -> None:
    text = "# T\n\n```{code-cell} ipython3\n:tags: [remove-cell]\n\na = b\nc = a\n```\n"
    assert found(text) == ["remove-cell: a reader cannot open the cell"]
    assert list(unused(text)) == [(7, "c")]


def test_ruff_reads_the_cells_at_their_lines() -> None:
    text = "# Title\n\n```{code-cell} ipython3\nimport os\n```\n\n" + (
        "```{code-cell} ipython3\n:tags: [hide-input]\n\nf(" + "a, " * 40 + ")\n```\n"
    )
    faults = [(f.line, f.message.split()[0]) for f in ruff_faults({PATH: text})]
    assert sorted(faults) == [(4, "F401"), (10, "E501"), *[(10, "F821")] * 41]


def test_the_chapters_pass() -> None:
    assert [str(fault) for fault in check_book()] == []


UNBOUND = [
    "The effect is significant.",
    "Most are [small]{.note}, and larger than before.",
    "# A heading: the sign changes",
    "{.fixed}\nIt rises.",
    '{.fixed reason=""}\nIt rises.',
    ":::{admonition} Box\n:class: answer\nSeven of the ten years.\n:::",
    "[bound]{.if-a} and then it falls",
    '```{code-cell} ipython3\nf("The line rises over the years")\n```',
    '```{code-cell} ipython3\nf("It [is so]{.if-a} and rises", 1)\n```',
    "% fixed: theory\n\n## Next\n\nIt rises.",
]
BOUND = [
    "The effect is [significant]{.if-firm}.",
    "{.if-firm}\nThe effect is significant.",
    '{.fixed reason="published Table 6"}\nThe effect is significant.',
    "[It [rises [much]{.small}]{.if-a} and falls]{.if-b}.",
    "## Theory\n\n% fixed: theory\n\nIt rises.\n\n- It falls.\n\n:::{note}\nIt rises.\n:::",
    "Robust standard errors and the robust LM test, at most.",
    '```{code-cell} ipython3\nf("The line [rises]{.if-a} over the years")\n```',
    '```{code-cell} ipython3\nsay(x="it rises by a lot" if up else "it falls by a lot")\n```',
    '```{code-cell} ipython3\nf("The line [rises]{.fixed reason=\\"defined\\"} over time")\n```',
]


@pytest.mark.parametrize("text", UNBOUND)
def test_a_result_in_fixed_words_is_caught(text: str) -> None:
    assert any("states a result" in message for message in found(text))


@pytest.mark.parametrize("text", BOUND)
def test_a_bound_or_fixed_sentence_passes(text: str) -> None:
    assert not any("states a result" in message for message in found(text))


def test_a_condition_must_bind_a_sentence() -> None:
    cell = "```{code-cell} ipython3\npage.check(\n    rising=a > b,\n    idle=a > c,\n)\n```\n"
    assert found(cell + "It [rises]{.if-rising}.") == ["page.check(idle=…) binds no sentence"]

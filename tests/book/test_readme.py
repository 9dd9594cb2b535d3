"""The README's list of tables names chapters and functions that exist."""

import importlib
import re

import pytest

from spillover.data.files import root
from spillover.replication import scorecard, verdicts

TEXT = (root() / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:chapters|data)/[\w/.-]+)`", TEXT))))
def test_paths_exist(path):
    if path == "data/own/series.csv" or path.startswith("chapters/forks"):
        pytest.skip("made by the reader")
    assert (root() / path).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(spillover(?:\.\w+){2,})`", TEXT))))
def test_functions_exist(name):
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


def test_nothing_is_left_to_fill_in():
    assert "@@" not in TEXT


def test_the_example_runs():
    code = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert code is not None
    exec(compile(code[1], "README.md", "exec"), {})


def test_its_counts_are_those_of_the_scorecard():
    numbers = scorecard.scorecard()
    table5 = numbers[numbers["table"] == 5]
    exact = (table5["verdict"] == "reproduced").groupby(table5["row"]).all()
    n = verdicts.totals(numbers, "coefficients").loc["all"]
    said = [int(number) for number in re.findall(r"(?<![\w.])\d+(?![\w.])", _counts())]
    assert said == [
        *(exact.sum(), len(exact), n["total"] - n["not comparable"], n["supports"]),
        *(n["inconclusive"], n["not supported"] + n["other size"], n["contradicts"]),
    ]


def _counts() -> str:
    return TEXT[TEXT.index("From public data") : TEXT.index("are contradicted.")]

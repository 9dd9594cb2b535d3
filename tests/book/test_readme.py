"""The README's list of tables names chapters and functions that exist."""

import importlib
import re

import pytest

from spillover.data.files import root

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

"""Stored sizes of tests."""

import pandas as pd
import pytest

from spillover.data import simulated


def test_every_test_has_its_size_in_every_design():
    table = simulated.sizes("regressions")
    assert table["size"].between(0, 1).all()
    key = ["test", "version", "fixed_effects"]
    assert (table.groupby(key)["design"].nunique() == 4).all()
    assert (table.groupby(key).size() == 4).all()
    assert {"cr3", "wild"} <= set(table["version"])


def test_a_range_is_of_the_smallest_and_the_largest():
    rows = [("two stages, a", "cr3", 0.021), ("two stages, b", "cr3", 0.08), ("x", "cr3", 0.5)]
    table = pd.DataFrame(rows, columns=["test", "version", "size"])
    assert simulated.size_range(table, "two stages", "cr3") == "2% to 8%"
    assert simulated.size_range(table, "x", "cr3") == "50%"
    with pytest.raises(ValueError, match="no sizes of 'two stages', 'wild'"):
        simulated.size_range(table, "two stages", "wild")

"""The simulation behind ``data/simulated/mediation.csv`` still draws and estimates what it says."""

import sys

import numpy as np
import pandas as pd
import pytest

from spillover.data.files import root

sys.path.insert(0, str(root() / "benchmarks"))
import mediation_coverage as simulation


def test_products_of_effects_are_those_of_matrices():
    rng = np.random.default_rng(4)
    W = rng.random((5, 5)) * (1 - np.eye(5))
    W = (W + W.T) / (W + W.T).sum(axis=1, keepdims=True)
    first, second = (0.8, 0.4, 0.3), (0.5, -0.3, 0.4)
    parts = [
        np.linalg.inv(np.eye(5) - r * W) @ (a * np.eye(5) + b * W) for a, b, r in (first, second)
    ]
    product = parts[1] @ parts[0]
    direct, total = np.trace(product) / 5, product.sum() / 5
    found = simulation.products(W, first, second).ravel()
    np.testing.assert_allclose(found, [direct, total - direct, total])


@pytest.mark.parametrize("case", ["both links", "neither"])
def test_a_cell_has_the_columns_of_the_file(case):
    """The first sample of a cell is also compared with the package's estimates there."""
    rows = pd.DataFrame(simulation.cell("rook", "both", case, replications=2, draws=19))
    stored = pd.read_csv(simulation.TARGET)
    assert list(rows.columns) == list(stored.columns)
    assert set(rows["method"]) == set(stored["method"])
    if case == "neither":
        assert simulation.Truth("rook", "both", case).mediated == pytest.approx([0, 0, 0])


def test_the_file_holds_every_cell_once():
    stored = pd.read_csv(simulation.TARGET)
    keys = ["design", "weights", "case", "method", "quantity"]
    assert not stored.duplicated(keys).any()
    expected = {
        (case, design, weights)
        for case, designs in simulation.LOOKED_AT.items()
        for design in designs
        for weights in simulation.WEIGHTS
    }
    assert set(stored.groupby(["case", "design", "weights"]).groups) == expected
    assert stored["replications"].min() > 100

"""Simulated panels for the benchmarks: entities scattered on a square, k nearest neighbours.

The same draw for every program, so that their estimates can be compared as well as their times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree


@dataclass(frozen=True)
class Simulated:
    y: pd.Series
    X: pd.DataFrame
    graph: Graph
    matrix: sparse.csr_array

    @cached_property
    def classic(self) -> Any:
        """The older W class of libpysal, which spreg wants; made outside the measured time."""
        return self.graph.to_W()


def neighbours(n: int, k: int, seed: int) -> sparse.csr_array:
    """Mutual k nearest neighbours or either way round, row-standardised."""
    points = np.random.default_rng(seed).random((n, 2))
    _, nearest = cKDTree(points).query(points, k + 1)
    rows = np.repeat(np.arange(n), k)
    links = sparse.csr_array((np.ones(n * k), (rows, nearest[:, 1:].ravel())), shape=(n, n))
    both = sparse.csr_array(links + links.T).astype(bool).astype(float)
    return sparse.csr_array(sparse.diags_array(1 / np.asarray(both.sum(axis=1)).ravel()) @ both)


def simulate(n: int, t: int = 10, k: int = 4, seed: int = 0) -> Simulated:
    """y = (I - .4W)^-1 (x1 - .5x2 + .3Wx1 + .2Wx2 + effects + e)."""
    generator = np.random.default_rng(seed)
    W = neighbours(n, k, seed)
    x = generator.normal(size=(n, t, 2))
    lagged = (W @ x.reshape(n, -1)).reshape(n, t, 2)
    right = x @ [1.0, -0.5] + lagged @ [0.3, 0.2] + generator.normal(size=(n, t))
    right += generator.normal(size=(n, 1)) + generator.normal(size=(1, t))
    system = sparse.csc_array(sparse.eye_array(n, format="csc") - 0.4 * W)
    options = {"diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
    y = splu(system, permc_spec="MMD_AT_PLUS_A", **options).solve(right)
    index = pd.MultiIndex.from_product([range(n), range(t)], names=["entity", "time"])
    coo = W.tocoo()
    graph = Graph.from_arrays(coo.row, coo.col, coo.data)
    return Simulated(
        pd.Series(y.ravel(), index, name="y"),
        pd.DataFrame(x.reshape(n * t, 2), index, columns=["x1", "x2"]),
        graph,
        W,
    )

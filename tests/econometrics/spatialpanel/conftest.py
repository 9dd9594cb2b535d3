"""Small simulated panels, and the classic ones that tests/reference uses."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
sys.path.insert(0, str(Path(__file__).parent))

from simulated import links, panel, two_maxima


@pytest.fixture(scope="module")
def small():
    """Twelve entities, six periods, a row-standardised W that is no symmetric matrix's."""
    return panel(n=12, t=6, seed=3)


@pytest.fixture(scope="module")
def unstandardised():
    """The same panel with a symmetric W whose rows do not sum to one."""
    y, X, W = panel(n=12, t=6, seed=3)
    raw = links(12, seed=5)
    symmetric = pd.DataFrame((raw + raw.T) * 0.4, W.index, W.columns)
    return y, X, symmetric


@pytest.fixture(scope="module")
def bimodal():
    return two_maxima()


@pytest.fixture
def rng():
    return np.random.default_rng(11)

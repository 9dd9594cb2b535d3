"""The part of libpysal's Graph that the estimators read; every other attribute says so."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import pandas as pd
from scipy import sparse


class Absent(type):
    """Names the constructors that are missing, as ``Graph.build_knn``."""

    def __getattr__(cls, name: str) -> NoReturn:
        raise AttributeError(f"Graph.{name} of libpysal is not available in the browser")


class Graph(metaclass=Absent):
    """Weights as a Series with the levels focal and neighbor, in the order of its units."""

    def __init__(self, adjacency: pd.Series) -> None:
        self._adjacency = adjacency

    def __getitem__(self, unit: Any) -> pd.Series:
        found: pd.Series = self._adjacency.loc[unit]
        return found

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Graph.{name} of libpysal is not available in the browser")

    @property
    def unique_ids(self) -> pd.Index[Any]:
        """Names of the units."""
        return self._adjacency.index.unique("focal")

    @property
    def sparse(self) -> sparse.coo_array:
        """The weights as a matrix."""
        units, pairs = self.unique_ids, self._adjacency.index
        at = tuple(units.get_indexer(pairs.get_level_values(side)) for side in (0, 1))
        size = len(units)
        return sparse.coo_array((self._adjacency.to_numpy(dtype=float), at), (size, size))

    @property
    def cardinalities(self) -> pd.Series:
        """Number of neighbours of each unit."""
        return self._adjacency.gt(0).groupby("focal", sort=False).sum()

    def transform(self, how: str) -> Graph:
        """Divide each row by its sum, the only transformation that there is here."""
        if how.lower() != "r":
            raise NotImplementedError(f"transform({how!r}) is not available in the browser")
        sums = self._adjacency.groupby("focal", sort=False).transform("sum")
        return Graph((self._adjacency / sums.where(sums != 0, np.nan)).fillna(0.0))

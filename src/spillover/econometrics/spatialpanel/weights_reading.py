"""Reading a Graph or DataFrame into a sparse W, and refusing what is not a spatial weights matrix.

It checks and fingerprints; what is computed from W lives elsewhere.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy import sparse

from spillover.econometrics.spatialpanel.errors import SpatialPanelError, some

Weights: TypeAlias = Graph | pd.DataFrame


def digest(W: Weights) -> bytes | None:
    """Fingerprint of the content of W; None for what `read_weights` will refuse."""
    made = hashlib.blake2b(digest_size=16)
    if isinstance(W, pd.DataFrame):
        if any(kind.kind not in "fiub" for kind in W.dtypes):
            return None
        made.update(b"frame")
        parts: tuple[Any, ...] = (W.index, W.columns)
        made.update(W.to_numpy(dtype=np.float64).tobytes())
    elif isinstance(W, Graph):
        made.update(b"graph")
        pairs = W._adjacency.index
        parts = pairs.levels
        for code in pairs.codes:
            made.update(np.asarray(code, dtype=np.int64).tobytes())
        made.update(W._adjacency.to_numpy(dtype=np.float64).tobytes())
    else:
        return None
    for labels in parts:
        made.update(repr(list(labels)).encode())
    return made.digest()


def read_weights(W: Weights) -> tuple[sparse.csr_array, pd.Index[Any]]:
    """Matrix and entities of a Graph or a square DataFrame.

    Raises
    ------
    SpatialPanelError
        Another type, not square, axes keyed differently, columns that are not numbers.
    """
    if isinstance(W, Graph):
        return sparse.csr_array(W.sparse, dtype=np.float64), pd.Index(W.unique_ids)
    if not isinstance(W, pd.DataFrame):
        raise SpatialPanelError(
            f"W is a {type(W).__name__}; expected a libpysal Graph, a square DataFrame keyed by "
            "entity, or SpatialWeights"
        )
    if W.shape[0] != W.shape[1]:
        raise SpatialPanelError(f"W has shape {W.shape}; expected a square DataFrame")
    if not W.index.equals(W.columns):
        only = W.index.symmetric_difference(W.columns)
        fault = f"in one axis only: {some(only)}" if len(only) else "in different orders"
        raise SpatialPanelError(
            f"rows and columns of W are keyed differently ({fault}); use W.loc[names, names]"
        )
    strange = [n for n, kind in zip(W.columns, W.dtypes, strict=True) if kind.kind not in "fiub"]
    if strange:
        raise SpatialPanelError(f"W has columns that are not numbers: {some(strange)}")
    return sparse.csr_array(W.to_numpy(dtype=np.float64)), pd.Index(W.index)


def check_weights(matrix: sparse.csr_array, entities: pd.Index[Any]) -> None:
    """Refuse what is not a spatial weights matrix; drop stored zeros.

    Raises
    ------
    SpatialPanelError
        Entities twice, NaN, infinite or negative weights, a non-zero diagonal, islands.
    """
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    if not entities.is_unique:
        raise SpatialPanelError(f"W has entities twice: {some(entities[entities.duplicated()])}")
    if not np.isfinite(matrix.data).all():
        raise SpatialPanelError("W has NaN or infinite weights; every weight must be a number")
    if (matrix.data < 0).any():
        rows = np.unique(matrix.tocoo().row[matrix.data < 0])
        raise SpatialPanelError(f"W has negative weights, in the rows of {some(entities[rows])}")
    loops = np.flatnonzero(matrix.diagonal())
    if loops.size:
        raise SpatialPanelError(
            f"W has a non-zero diagonal at {some(entities[loops])}: no entity is its own neighbour"
        )
    islands = np.flatnonzero(np.diff(matrix.indptr) == 0)
    if islands.size:
        raise SpatialPanelError(
            f"W has islands without neighbours: {some(entities[islands])}; link or drop them"
        )

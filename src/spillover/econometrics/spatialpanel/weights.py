"""A spatial weights matrix, read, checked and prepared for estimation."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.sparse.linalg import ArpackNoConvergence, eigs, eigsh

from spillover.econometrics.checks import is_graph, some, square
from spillover.econometrics.spatialpanel.data import Array, SpatialPanelError
from spillover.econometrics.spatialpanel.determinant import (
    Factored,
    LogDeterminant,
    ShiftedFactors,
    Spectral,
)

if TYPE_CHECKING:
    from libpysal.graph import Graph

Weights: TypeAlias = "Graph | pd.DataFrame"

# below this size, or for a W with this share of links, dense arithmetic is the faster one
_SMALL, _FULL, _FULL_UP_TO = 150, 0.1, 4000
_EXACT_TRACE_UP_TO, _PROBES = 1500, 64
# below this size the search for a symmetric matrix with the same eigenvalues does not pay
_SYMMETRISED_FROM = 100
_KEPT = 16
_LARGEST = 1e100
_prepared: OrderedDict[bytes, SpatialWeights] = OrderedDict()


class Trace(NamedTuple):
    """A trace, with the standard error of its estimate; zero where it is exact."""

    value: float
    std_error: float = 0.0


class SpatialWeights:
    """W with everything that estimation derives from it and that no fit changes.

    Pass it to `SpatialPanel` in place of a Graph or DataFrame to share the eigenvalues (small
    W) or the factorisations (large W) between fits. A Graph or DataFrame passed again with the
    same content finds the same object: the last 16 are kept, see `forget`.

    Parameters
    ----------
    W : libpysal Graph, or square DataFrame keyed by entity on both axes

    Raises
    ------
    SpatialPanelError
        Not square or differently keyed axes, NaN or infinite or negative weights, a non-zero
        diagonal, islands (entities without neighbours).

    Examples
    --------
    >>> W = pd.DataFrame([[0, 1.0], [1.0, 0]], index=["a", "b"], columns=["a", "b"])
    >>> SpatialWeights(W).interval
    (-1.0, 1.0)
    """

    def __init__(self, W: Weights) -> None:
        matrix, entities = _read(W)
        _check(matrix, entities)
        self._set(matrix, entities)

    def _set(self, matrix: sparse.csr_array, entities: pd.Index[Any]) -> None:
        self.entities = entities
        # comparing labels takes as long as a small fit
        self._seen = entities
        self.matrix = matrix
        n = len(entities)
        dense = n <= _SMALL or (matrix.nnz > _FULL * n**2 and n <= _FULL_UP_TO)
        self._dense = matrix.toarray() if dense else None
        self._permuted: dict[Any, SpatialWeights] = {}
        self._cross: dict[float, Trace] = {}

    @classmethod
    def of(cls, W: Weights | SpatialWeights) -> SpatialWeights:
        """Prepare W, or find it prepared if the same content was prepared before."""
        if isinstance(W, SpatialWeights):
            return W
        key = _digest(W)
        if key is None:
            return cls(W)
        if key not in _prepared:
            _prepared[key] = cls(W)
            while len(_prepared) > _KEPT:
                _prepared.popitem(last=False)
        _prepared.move_to_end(key)
        return _prepared[key]

    @staticmethod
    def forget() -> None:
        """Drop all prepared matrices from memory."""
        _prepared.clear()

    def __len__(self) -> int:
        return len(self.entities)

    def __repr__(self) -> str:
        kind = "row-standardised" if self.row_standardised else "not row-standardised"
        return f"SpatialWeights({len(self)} entities, {self.matrix.nnz} links, {kind})"

    def aligned(self, entities: pd.Index[Any]) -> SpatialWeights:
        """The same W with its rows and columns in the order of the panel's entities."""
        if self._seen is entities or self.entities.equals(entities):
            self._seen = entities
            return self
        missing = entities.difference(self.entities)
        surplus = self.entities.difference(entities)
        if len(missing) or len(surplus):
            mend = "use the same names, and restandardise W after dropping any"
            if len(missing) == len(entities):
                mend = "use the same names of the same type, in the first level of y's index"
            raise SpatialPanelError(
                f"W and y have different entities: only in y {some(missing) or 'none'}; only in "
                f"W {some(surplus) or 'none'}; {mend}"
            )
        key = entities.to_numpy().tobytes() if entities.dtype.kind in "iu" else tuple(entities)
        if key not in self._permuted:
            order = self.entities.get_indexer(entities)
            other = object.__new__(SpatialWeights)
            other._set(self.matrix[order][:, order].tocsr(), entities)
            # eigenvalues do not depend on the order of the entities
            other.__dict__["log_determinant"] = self.log_determinant
            self._permuted[key] = other
        return self._permuted[key]

    @cached_property
    def row_standardised(self) -> bool:
        """Whether each row of W sums to one."""
        return bool(np.allclose(self.row_sums, 1.0, rtol=0, atol=1e-8))

    @cached_property
    def row_sums(self) -> Array:
        """W·1, shape (N,)."""
        return np.asarray(self.matrix @ np.ones(len(self)))

    @property
    def interval(self) -> tuple[float, float]:
        """Open interval of ρ, from 1/λmin to 1/λmax."""
        return self.log_determinant.interval

    @cached_property
    def log_determinant(self) -> LogDeterminant:
        """Logarithm of det(I − ρW), by eigenvalues where W is small or full, else by sparse LU."""
        if self._dense is not None:
            return Spectral(eigenvalues(self.matrix))
        interval, caution = _sparse_interval(self.matrix, self.row_standardised)
        return Factored(self._factors, interval, caution)

    @cached_property
    def _factors(self) -> ShiftedFactors:
        return ShiftedFactors(self.matrix)

    def lag(self, columns: Array) -> Array:
        """Spatial lag of entity-major columns: (I_T ⊗ W) v, shape (N·T, C) in and out."""
        wide = columns.reshape(len(self), -1)
        lagged = self.matrix @ wide if self._dense is None else self._dense @ wide
        return np.asarray(lagged).reshape(columns.shape)

    def multiplier(self, rho: float, columns: Array, *, transpose: bool = False) -> Array:
        """(I − ρW)⁻¹ V or its transpose for V of shape (N, C)."""
        if self._dense is not None:
            system = np.eye(len(self)) - rho * (self._dense.T if transpose else self._dense)
            return np.asarray(np.linalg.solve(system, columns))
        return self._factors.solve(rho, columns, transpose)

    def trace_cross(self, rho: float) -> Trace:
        """tr(G′G), G = W(I − ρW)⁻¹; from random signs where W is large (Hutchinson 1990)."""
        if rho not in self._cross:
            n = len(self)
            if n <= _EXACT_TRACE_UP_TO or self._dense is not None:
                exact = np.square(self.matrix @ self.multiplier(rho, np.eye(n))).sum()
                self._cross[rho] = Trace(float(exact))
            else:
                signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(n, _PROBES))
                squares = np.square(self.matrix @ self.multiplier(rho, signs)).sum(axis=0)
                error = squares.std(ddof=1) / np.sqrt(_PROBES)
                self._cross[rho] = Trace(float(squares.mean()), float(error))
        return self._cross[rho]

    @cached_property
    def trace_moments(self) -> tuple[float, float]:
        """tr(WW) and tr(W′W)."""
        return (
            float((self.matrix * self.matrix.T).sum()),
            float(np.square(self.matrix.data).sum()),
        )


def _digest(W: Weights) -> bytes | None:
    """Fingerprint of the content of W; None for what `_read` will refuse."""
    made = hashlib.blake2b(digest_size=16)
    if isinstance(W, pd.DataFrame):
        if any(kind.kind not in "fiub" for kind in W.dtypes):
            return None
        made.update(b"frame")
        parts: tuple[Any, ...] = (W.index, W.columns)
        made.update(W.to_numpy(dtype=np.float64).tobytes())
    elif is_graph(W):
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


def _read(W: Weights) -> tuple[sparse.csr_array, pd.Index[Any]]:
    """Matrix and entities of a Graph or a square DataFrame."""
    if is_graph(W):
        return sparse.csr_array(W.sparse, dtype=np.float64), pd.Index(W.unique_ids)
    return sparse.csr_array(square(W, SpatialPanelError)), pd.Index(W.index)


def _check(matrix: sparse.csr_array, entities: pd.Index[Any]) -> None:
    """Refuse what is not a spatial weights matrix; drop stored zeros."""
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    if not np.isfinite(matrix.data).all():
        raise SpatialPanelError("W has NaN or infinite weights; every weight must be a number")
    if (matrix.data < 0).any():
        rows = np.unique(matrix.tocoo().row[matrix.data < 0])
        raise SpatialPanelError(
            f"W has negative weights, in the rows of {some(entities[rows])}; expected zero or more"
        )
    loops = np.flatnonzero(matrix.diagonal())
    if loops.size:
        raise SpatialPanelError(
            f"W has a non-zero diagonal at {some(entities[loops])}: no entity is its own "
            "neighbour; set it to zero"
        )
    islands = np.flatnonzero(np.diff(matrix.indptr) == 0)
    if islands.size:
        raise SpatialPanelError(
            f"W has islands without neighbours: {some(entities[islands])}; link or drop them"
        )
    low, high = float(matrix.data.min()), float(matrix.data.max())
    if high > _LARGEST or high < 1 / _LARGEST:
        raise SpatialPanelError(
            f"W has weights from {low:.1e} to {high:.1e}, too far from one to compute with; "
            "divide each row by its sum"
        )


def symmetrised(matrix: sparse.csr_array) -> sparse.csr_array | None:
    """D^½ W D^(−½), symmetric, for the diagonal D that makes DW symmetric; None if there is none.

    A symmetric matrix that was row-standardised has such a D, its former row sums, and so has
    real eigenvalues (Ord 1975). D is found by walking along the links, then verified.
    """
    pattern = matrix.astype(bool)
    if (pattern != pattern.T).nnz:
        return None
    transpose = sparse.csr_array(matrix.T)
    transpose.sort_indices()
    matrix = matrix.copy()
    matrix.sort_indices()
    ratio = sparse.csr_array(
        (np.log(matrix.data / transpose.data), matrix.indices, matrix.indptr), matrix.shape
    )
    scale = _along_tree(ratio)
    half = np.exp(scale / 2)
    similar = sparse.csr_array(sparse.diags_array(half) @ matrix @ sparse.diags_array(1 / half))
    gap = abs(similar - similar.T)
    return similar if gap.nnz == 0 or gap.max() <= 1e-10 * abs(similar).max() else None


def _along_tree(ratio: sparse.csr_array) -> Array:
    """Sums of the ratios on the way from a root of each component to every node.

    The parents form trees below one root added for all components; doubling the parents takes
    as many rounds as the logarithm of the depth.
    """
    n = ratio.shape[0]
    links = ratio.copy()
    links.data = np.ones_like(links.data)
    _, label = connected_components(links, directed=False)
    roots = np.unique(label, return_index=True)[1]
    top = sparse.csr_array((np.ones(len(roots)), roots, [0, len(roots)]), shape=(1, n))
    empty = sparse.csr_array((n + 1, 1))
    tree = sparse.hstack([sparse.vstack([links, top]), empty], format="csr")
    order, parent = breadth_first_order(tree, n, directed=True)
    parent[n] = n
    below = order[~np.isin(order, [n, *roots])] if len(roots) < n else order[:0]
    scale = np.zeros(n + 1)
    scale[below] = np.asarray(ratio[parent[below], below]).ravel()
    while (parent != n).any():
        scale = scale + scale[parent]
        parent = parent[parent]
    return scale[:n]


def eigenvalues(matrix: sparse.csr_array) -> NDArray[np.float64] | NDArray[np.complex128]:
    """All eigenvalues of W, by a symmetric matrix with the same ones where there is one."""
    similar = symmetrised(matrix) if matrix.shape[0] > _SYMMETRISED_FROM else None
    if similar is not None:
        dense = similar.toarray()
        return np.asarray(np.linalg.eigvalsh((dense + dense.T) / 2))
    values = np.linalg.eigvals(matrix.toarray())
    real = np.abs(values.imag).max() <= 1e-9 * np.abs(values).max()
    return np.asarray(values.real if real else values)


def _sparse_interval(
    matrix: sparse.csr_array, row_standardised: bool
) -> tuple[tuple[float, float], str]:
    """Interval of ρ for a large W, with a note where an end is a bound.

    The largest eigenvalue of a matrix without negative weights is its spectral radius r, one
    where it is row-standardised. The smallest is found by shift-and-invert where W is similar to
    a symmetric matrix; otherwise −1/r is taken for 1/λmin, which is never nearer to zero.
    """
    radius = 1.0 if row_standardised else _spectral_radius(matrix)
    similar = symmetrised(matrix)
    if similar is None:
        note = f"rho was searched down to {-1 / radius:.4f}, minus the inverse spectral radius."
        return (-1 / radius, 1 / radius), note
    start = np.cos(np.arange(matrix.shape[0], dtype=np.float64))
    lowest = eigsh(
        sparse.csc_array(similar + similar.T) / 2,
        k=1,
        sigma=-1.001 * radius,
        which="LM",
        tol=1e-8,
        v0=start,
        return_eigenvectors=False,
    )
    return (1 / float(lowest[0]), 1 / radius), ""


def _spectral_radius(matrix: sparse.csr_array) -> float:
    """Largest eigenvalue of a matrix without negative entries; at most its norms if not found."""
    try:
        found = eigs(
            matrix, k=1, which="LR", v0=np.ones(matrix.shape[0]), return_eigenvectors=False
        )
        return float(found[0].real)
    except ArpackNoConvergence:
        return float(min(matrix.sum(axis=0).max(), matrix.sum(axis=1).max()))

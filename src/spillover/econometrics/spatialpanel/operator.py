"""A spatial weights matrix made ready for estimation: checked, aligned, its spectrum kept.

It holds W and what depends on W alone, shared between all fits; it does not build weights.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from spillover.econometrics.spatialpanel.errors import SpatialPanelError, some
from spillover.econometrics.spatialpanel.log_determinant import LogDeterminant, Spectral
from spillover.econometrics.spatialpanel.sparse_determinant import Factored, ShiftedFactors
from spillover.econometrics.spatialpanel.spectrum import eigenvalues, sparse_interval
from spillover.econometrics.spatialpanel.weights_reading import (
    Weights,
    check_weights,
    digest,
    read_weights,
)

Array = NDArray[np.float64]

# below this size, or for a W with this share of links, dense arithmetic is the faster one
SMALL, FULL, FULL_UP_TO = 150, 0.1, 4000
EXACT_TRACE_UP_TO, PROBES = 1500, 64
_KEPT = 16
_prepared: OrderedDict[bytes, SpatialWeights] = OrderedDict()


@dataclass(frozen=True)
class Trace:
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
        matrix, entities = read_weights(W)
        check_weights(matrix, entities)
        self._set(matrix, entities)

    def _set(self, matrix: sparse.csr_array, entities: pd.Index[Any]) -> None:
        self.entities = entities
        self.matrix = matrix
        n = len(entities)
        dense = n <= SMALL or (matrix.nnz > FULL * n**2 and n <= FULL_UP_TO)
        self._dense = matrix.toarray() if dense else None

    @classmethod
    def of(cls, W: Weights | SpatialWeights) -> SpatialWeights:
        """Prepare W, or find it prepared if the same content was prepared before."""
        if isinstance(W, SpatialWeights):
            return W
        key = digest(W)
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
        if self.entities is entities or self.entities.equals(entities):
            return self
        missing = entities.difference(self.entities)
        surplus = self.entities.difference(entities)
        if len(missing) or len(surplus):
            raise SpatialPanelError(
                f"W and y have different entities: only in y {some(missing) or 'none'}; only in "
                f"W {some(surplus) or 'none'}; use the same names, and restandardise W after "
                "dropping any"
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
    def _permuted(self) -> dict[Any, SpatialWeights]:
        return {}

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
        """Open interval of ρ: (1/λmin, 1/λmax)."""
        return self.log_determinant.interval

    @cached_property
    def log_determinant(self) -> LogDeterminant:
        """ln|I − ρW|: by eigenvalues where W is small or full, by sparse LU otherwise."""
        if self._dense is not None:
            return Spectral(eigenvalues(self.matrix))
        interval, caution = sparse_interval(self.matrix, self.row_standardised)
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
            self._cross[rho] = self._trace_cross(rho)
        return self._cross[rho]

    @cached_property
    def _cross(self) -> dict[float, Trace]:
        return {}

    def _trace_cross(self, rho: float) -> Trace:
        n = len(self)
        if n <= EXACT_TRACE_UP_TO or self._dense is not None:
            return Trace(float(np.square(self.matrix @ self.multiplier(rho, np.eye(n))).sum()))
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(n, PROBES))
        squares = np.square(self.matrix @ self.multiplier(rho, signs)).sum(axis=0)
        return Trace(float(squares.mean()), float(squares.std(ddof=1) / np.sqrt(PROBES)))

    @cached_property
    def trace_moments(self) -> tuple[float, float]:
        """tr(WW) and tr(W′W)."""
        return (
            float((self.matrix * self.matrix.T).sum()),
            float(np.square(self.matrix.data).sum()),
        )

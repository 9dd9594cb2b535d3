"""ln|I − ρW| and its derivatives: by eigenvalues, or by sparse factors where W is large."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from spillover.econometrics.spatialpanel.data import Array

_POINTS = 96
_STEP = 0.5
_REACH = 4.0
_NODES = 9
_SYMMETRIC = {
    "diag_pivot_thresh": 0.0,
    # narrow panels of merged columns suit the few links of a spatial W
    "relax": 20,
    "panel_size": 1,
    "options": {"SymmetricMode": True},
}


@dataclass(frozen=True, eq=False)
class Spectral:
    """The log-determinant by eigenvalues: Σ ln|1 − ρλᵢ| (Ord 1975).

    Attributes
    ----------
    eigenvalues : array, shape (N,), real or complex
    error : bound of the absolute error of `value`, zero as it is exact
    edges : None, as each value of ρ costs the same
    notes : how it was approximated, in words
    """

    eigenvalues: NDArray[np.float64] | NDArray[np.complex128]
    error: float = 0.0
    edges: None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Open interval of ρ around zero in which no 1 − ρλᵢ of a real λᵢ is zero.

        Where no real eigenvalue is negative (or positive), the spectral radius bounds that side.

        >>> Spectral(np.array([-0.25, -0.25, 0.5])).interval
        (-4.0, 2.0)
        """
        radius = float(np.abs(self.eigenvalues).max())
        real = np.real(self.eigenvalues)[np.abs(np.imag(self.eigenvalues)) <= 1e-10 * radius]
        lowest = real.min() if real.size and real.min() < -1e-8 * radius else -radius
        highest = real.max() if real.size and real.max() > 1e-8 * radius else radius
        return 1 / float(lowest), 1 / float(highest)

    @cached_property
    def grid(self) -> Array:
        """Chebyshev points of the interval, denser towards its ends."""
        low, high = self.interval
        angles = np.pi * (np.arange(_POINTS) + 0.5) / _POINTS
        return np.asarray((low + high) / 2 - (high - low) / 2 * np.cos(angles))

    @cached_property
    def on_grid(self) -> Array:
        """ln|I − ρW| on the grid."""
        return np.asarray(np.log(np.abs(1 - self.grid[:, None] * self.eigenvalues)).sum(axis=1))

    def value(self, rho: float) -> float:
        """ln|I − ρW| = Σ ln|1 − ρλᵢ|."""
        return float(np.log(np.abs(1 - rho * self.eigenvalues)).sum())

    def trace(self, rho: float) -> float:
        """tr(G) = Σ λᵢ/(1 − ρλᵢ), G = W(I − ρW)⁻¹; minus the derivative of `value`."""
        return float((self.eigenvalues @ (1 / (1 - rho * self.eigenvalues))).real)

    def trace_square(self, rho: float) -> float:
        """tr(GG) = Σ (λᵢ/(1 − ρλᵢ))²; minus the second derivative of `value`."""
        return float(((self.eigenvalues / (1 - rho * self.eigenvalues)) ** 2).sum().real)


class ShiftedFactors:
    """LU factors of I − ρW for many ρ, the fill-reducing order found once.

    Parameters
    ----------
    matrix : W, sparse, N × N, with an empty diagonal
    """

    def __init__(self, matrix: sparse.csr_array) -> None:
        n = matrix.shape[0]
        system = sparse.csc_array(sparse.eye_array(n, format="csc") - 0.5 * matrix)
        first = splu(system, permc_spec="MMD_AT_PLUS_A", **_SYMMETRIC)
        self.order = np.argsort(first.perm_c)
        del first
        pattern = sparse.csc_array(sparse.eye_array(n, format="csc") + matrix)
        moved = sparse.csc_array(pattern[self.order][:, self.order])
        moved.sort_indices()
        self._shape, self._indices, self._indptr = moved.shape, moved.indices, moved.indptr
        columns = np.repeat(np.arange(n), np.diff(moved.indptr))
        self._diagonal = moved.indices == columns
        self._off = np.where(self._diagonal, 0.0, moved.data)

    def factor(self, rho: float) -> Any:
        """SuperLU factors of I − ρW in the fill-reducing order."""
        data = self._diagonal - rho * self._off
        system = sparse.csc_array((data, self._indices, self._indptr), shape=self._shape)
        return splu(system, permc_spec="NATURAL", **_SYMMETRIC)

    def log_determinant(self, rho: float) -> float:
        """ln|det(I − ρW)|: the diagonal of L is one."""
        return float(np.log(np.abs(self.factor(rho).U.diagonal())).sum())

    def solve(self, rho: float, columns: Array, transpose: bool = False) -> Array:
        """(I − ρW)⁻¹V, or its transpose times V, for V of shape (N, C)."""
        solved = np.empty(columns.shape)
        ordered = np.ascontiguousarray(columns[self.order])
        solved[self.order] = self.factor(rho).solve(ordered, trans="T" if transpose else "N")
        return solved


@dataclass(frozen=True)
class _Stretch:
    """ln|I − ρW| on one stretch of s as a Chebyshev series, ρ = middle + half·tanh(s)."""

    centre: float
    series: Array

    @cached_property
    def _stacked(self) -> Array:
        """Series of the function and its two derivatives in s, as columns."""
        first = chebyshev.chebder(self.series) / (_STEP / 2)
        second = chebyshev.chebder(first) / (_STEP / 2)
        return np.column_stack([self.series, np.append(first, 0.0), np.append(second, [0.0, 0.0])])

    def at(self, s: float) -> tuple[float, float, float]:
        """Value, first and second derivative in s."""
        x = (s - self.centre) / (_STEP / 2)
        found = np.asarray(chebyshev.chebval(x, self._stacked))
        return float(found[0]), float(found[1]), float(found[2])

    @property
    def error(self) -> float:
        """Estimate of the error of the value: the last two coefficients of the series."""
        return float(np.abs(self.series[-2:]).sum())


@dataclass(frozen=True, eq=False)
class Factored:
    """The log-determinant by sparse LU (Pace and Barry 1997), between points interpolated.

    In s, ρ = middle + half·tanh(s), the singularities at 1/λ of real λ lie π/2 off the real
    axis wherever the stretch is, so that a polynomial of degree _NODES−1 on stretches of width
    _STEP converges like (π/_STEP + √((π/_STEP)² + 1))^−_NODES, about 13^−9 of the function's size.

    Parameters
    ----------
    factors : of I − ρW
    interval : of ρ
    caution : a note on the interval, if it is a bound rather than 1/λ
    """

    factors: ShiftedFactors
    interval: tuple[float, float]
    caution: str = ""
    _exact: dict[float, float] = field(default_factory=dict)
    _stretches: dict[int, _Stretch] = field(default_factory=dict)

    @property
    def _middle(self) -> tuple[float, float]:
        low, high = self.interval
        return (low + high) / 2, (high - low) / 2

    def _rho(self, s: Any) -> Any:
        middle, half = self._middle
        return middle + half * np.tanh(s)

    def exact(self, s: float) -> float:
        """The log-determinant at s by LU, kept."""
        key = round(s, 10)
        if key not in self._exact:
            self._exact[key] = self.factors.log_determinant(float(self._rho(key)))
        return self._exact[key]

    @cached_property
    def grid(self) -> Array:
        """Points that cover all but a thousandth of the interval."""
        return np.asarray(self._rho(np.linspace(-_REACH, _REACH, 161)))

    @cached_property
    def on_grid(self) -> Array:
        """A spline through nine exact values; it serves the search only."""
        from scipy.interpolate import CubicSpline

        nodes = np.linspace(-_REACH, _REACH, round(_REACH / _STEP) + 1)
        spline = CubicSpline(nodes, [self.exact(float(s)) for s in nodes])
        return np.asarray(spline(np.linspace(-_REACH, _REACH, 161)))

    @cached_property
    def edges(self) -> Array:
        """Ends of the stretches, as values of ρ."""
        return np.asarray(self._rho(np.arange(-2 * _REACH, 2 * _REACH + _STEP / 2, _STEP)))

    def _stretch(self, s: float) -> _Stretch:
        number = int(np.floor(s / _STEP))
        if number not in self._stretches:
            centre = (number + 0.5) * _STEP
            nodes = np.cos(np.pi * np.arange(_NODES) / (_NODES - 1))
            values = [self.exact(centre + _STEP / 2 * float(node)) for node in nodes]
            series = chebyshev.chebfit(nodes, values, _NODES - 1)
            self._stretches[number] = _Stretch(centre, np.asarray(series, dtype=np.float64))
        return self._stretches[number]

    def _derivatives(self, rho: float) -> tuple[float, float, float]:
        middle, half = self._middle
        z = (rho - middle) / half
        s = float(np.arctanh(z))
        value, first, second = self._stretch(s).at(s)
        # dρ/ds = half·(1 − z²), d²ρ/ds² = −2z·dρ/ds
        slope = half * (1 - z**2)
        d1 = first / slope
        return value, d1, (second + 2 * z * slope * d1) / slope**2

    def value(self, rho: float) -> float:
        """ln|I − ρW|."""
        return self._derivatives(rho)[0]

    def trace(self, rho: float) -> float:
        """tr(G) = −d ln|I − ρW|/dρ."""
        return -self._derivatives(rho)[1]

    def trace_square(self, rho: float) -> float:
        """tr(GG) = −d² ln|I − ρW|/dρ²."""
        return -self._derivatives(rho)[2]

    @property
    def error(self) -> float:
        """Largest estimated error of the log-determinant over the stretches used."""
        return max((stretch.error for stretch in self._stretches.values()), default=0.0)

    @property
    def notes(self) -> tuple[str, ...]:
        """How the log-determinant was computed."""
        text = (
            f"ln|I - rho W| by sparse LU at {len(self._exact)} points, interpolated between "
            f"them with an estimated error of {self.error:.1e}."
        )
        return (text, self.caution) if self.caution else (text,)


LogDeterminant: TypeAlias = Spectral | Factored

"""ln|I − ρW| and its derivatives, by the eigenvalues of W.

It knows one spatial weights matrix through its spectrum; it does not know data or likelihoods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class LogDeterminant(Protocol):
    """What an estimator asks of ln|I − ρW|, however it is computed."""

    @property
    def interval(self) -> tuple[float, float]:
        """Open interval of ρ around zero in which I − ρW is invertible."""

    @property
    def grid(self) -> Array:
        """Points that cover the interval, denser towards its ends."""

    @property
    def on_grid(self) -> Array:
        """ln|I − ρW| on the grid, as closely as a search for maxima needs."""

    @property
    def edges(self) -> Array | None:
        """Ends of the stretches of ρ within which values cost little; None: every ρ does."""

    @property
    def error(self) -> float:
        """Bound or estimate of the absolute error of `value`, zero where exact."""

    @property
    def notes(self) -> tuple[str, ...]:
        """How it was approximated, in words; empty where exact."""

    def value(self, rho: float) -> float:
        """ln|I − ρW|."""

    def trace(self, rho: float) -> float:
        """tr(G), G = W(I − ρW)⁻¹; minus the derivative of the log-determinant."""

    def trace_square(self, rho: float) -> float:
        """tr(GG); minus the second derivative of the log-determinant."""


def search_grid(interval: tuple[float, float], points: int = 96) -> Array:
    """Chebyshev points of an open interval, its ends left out.

    >>> search_grid((-1.0, 1.0), 2).round(3)
    array([-0.707,  0.707])
    """
    low, high = interval
    angles = np.pi * (np.arange(points) + 0.5) / points
    return np.asarray((low + high) / 2 - (high - low) / 2 * np.cos(angles))


@dataclass(frozen=True, eq=False)
class Spectral:
    """The log-determinant by eigenvalues: Σ ln|1 − ρλᵢ| (Ord 1975).

    Parameters
    ----------
    eigenvalues : array, shape (N,), real or complex
    """

    eigenvalues: NDArray[np.float64] | NDArray[np.complex128]
    error: float = 0.0
    edges: None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def interval(self) -> tuple[float, float]:
        """(1/λmin, 1/λmax) over the real eigenvalues."""
        return open_interval(self.eigenvalues)

    @cached_property
    def grid(self) -> Array:
        """Points that cover the interval."""
        return search_grid(self.interval)

    @cached_property
    def on_grid(self) -> Array:
        """ln|I − ρW| on the grid."""
        return np.asarray(np.log(np.abs(1 - self.grid[:, None] * self.eigenvalues)).sum(axis=1))

    def value(self, rho: float) -> float:
        """Σ ln|1 − ρλᵢ|."""
        return float(np.log(np.abs(1 - rho * self.eigenvalues)).sum())

    def trace(self, rho: float) -> float:
        """Σ λᵢ/(1 − ρλᵢ)."""
        return float((self.eigenvalues @ (1 / (1 - rho * self.eigenvalues))).real)

    def trace_square(self, rho: float) -> float:
        """Σ (λᵢ/(1 − ρλᵢ))²."""
        return float(((self.eigenvalues / (1 - rho * self.eigenvalues)) ** 2).sum().real)


def open_interval(eigenvalues: NDArray[np.float64] | NDArray[np.complex128]) -> tuple[float, float]:
    """Interval of ρ around zero in which no 1 − ρλᵢ of a real λᵢ is zero.

    Where no real eigenvalue is negative (or positive), the spectral radius bounds that side.

    >>> open_interval(np.array([-0.25, -0.25, 0.5]))
    (-4.0, 2.0)
    """
    radius = float(np.abs(eigenvalues).max())
    real = np.real(eigenvalues)[np.abs(np.imag(eigenvalues)) <= 1e-10 * radius]
    lowest = real.min() if real.size and real.min() < -1e-8 * radius else -radius
    highest = real.max() if real.size and real.max() > 1e-8 * radius else radius
    return 1 / float(lowest), 1 / float(highest)

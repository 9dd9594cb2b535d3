"""What three equations imply for the paths from exposure to outcome, with delta-method errors.

It turns parameters into path effects and their joint covariance; how these are read and shown
belongs to :mod:`.results`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.mediation.effects import (
    KINDS,
    ROUTES,
    EffectMatrix,
    averages,
    chained,
    effect_matrix,
)
from spillover.econometrics.mediation.system import System
from spillover.econometrics.spatialpanel import SpatialPanel

Array = NDArray[np.float64]
PATHS = (
    "total effect",
    "exposure to mediator",
    "mediator to outcome",
    "not mediated",
    "mediated",
    "sum of paths",
    "gap",
)
"""Rows of the table of effects; each has a direct, an indirect and a total effect."""

LABELS = pd.MultiIndex.from_tuples(
    [(path, kind) for path in PATHS[:5] for kind in KINDS] + [("route", r) for r in ROUTES],
    names=["path", "kind"],
)
ALL = LABELS.append(
    pd.MultiIndex.from_tuples([(p, k) for p in PATHS[5:] for k in KINDS], names=LABELS.names)
)


def _combinations() -> Array:
    """Matrix that adds the sum of paths and the gap to the base quantities, shape (26, 20)."""
    base = np.eye(len(LABELS))
    total, rest, mediated = base[0:3], base[9:12], base[12:15]
    return np.concatenate([base, rest + mediated, total - rest - mediated])


COMBINE = _combinations()


@dataclass(frozen=True, eq=False)
class Matrices:
    """Effect matrices of exposure → outcome (total and rest), exposure → mediator → outcome."""

    total: EffectMatrix
    first: EffectMatrix
    second: EffectMatrix
    rest: EffectMatrix


def matrices(
    equations: tuple[SpatialPanel, SpatialPanel, SpatialPanel],
    parameters: tuple[Array, Array, Array],
    exposure: str,
    through: str,
    slopes: bool = True,
) -> Matrices:
    """Return the four effect matrices at given parameters of the three equations."""
    total, mediator, outcome = equations
    return Matrices(
        effect_matrix(total, parameters[0], exposure, slopes),
        effect_matrix(mediator, parameters[1], exposure, slopes),
        effect_matrix(outcome, parameters[2], through, slopes),
        effect_matrix(outcome, parameters[2], exposure, slopes),
    )


def base_quantities(at: Matrices) -> Array:
    """All quantities of :data:`LABELS`, shape (20,)."""
    single = [averages(m.value) for m in (at.total, at.first, at.second, at.rest)]
    return np.concatenate([*single, chained(at.second.value, at.first.value)])


def jacobian(at: Matrices, sizes: tuple[int, int, int]) -> Array:
    """Derivatives of the base quantities, shape (20, number of parameters of all equations).

    A chain is bilinear, so its derivative is the chain with one matrix replaced by its own.
    """
    gradient = np.zeros((len(LABELS), sum(sizes)))
    begin = (0, sizes[0], sizes[0] + sizes[1])
    singles = ((at.total, 0, 0), (at.first, 1, 3), (at.second, 2, 6), (at.rest, 2, 9))
    for matrix, equation, row in singles:
        for position, partial in matrix.partials.items():
            gradient[row : row + 3, begin[equation] + position] += averages(partial)
    for position, partial in at.first.partials.items():
        gradient[12:, begin[1] + position] += chained(at.second.value, partial)
    for position, partial in at.second.partials.items():
        gradient[12:, begin[2] + position] += chained(partial, at.first.value)
    return gradient


def delta(system: System) -> tuple[Array, Array]:
    """All quantities of :data:`ALL` and their covariance by the delta method.

    Quantities that mix the total equation with the others are NaN in the covariance where the
    system's own covariance is independent.
    """
    equations = tuple(fit.model for fit in system.fits)
    assert len(equations) == 3
    at = matrices(equations, system.parameters, system.exposure, system.through)
    first, second, third = (len(p) for p in system.parameters)
    gradient = COMBINE @ jacobian(at, (first, second, third))
    return COMBINE @ base_quantities(at), _propagate(gradient, system.covariance)


def _propagate(gradient: Array, covariance: Array) -> Array:
    """gradient · covariance · gradient′, NaN only where an unknown covariance is really used."""
    unknown = np.isnan(covariance)
    known = gradient @ np.where(unknown, 0.0, covariance) @ gradient.T
    used = np.abs(gradient) @ unknown.astype(float) @ np.abs(gradient).T
    return np.asarray(np.where(used > 0, np.nan, known))

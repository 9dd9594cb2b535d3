"""Many possible values of every path: a bootstrap that keeps the map, and draws from the normal.

It makes arrays of quantities; intervals from them are made by :mod:`.results`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from spillover.econometrics.mediation.paths import COMBINE, base_quantities, matrices
from spillover.econometrics.mediation.system import MediationError, System, innovations
from spillover.econometrics.spatialpanel import LikelihoodWarning, SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.data import PanelData

Array = NDArray[np.float64]
Triple = tuple[SpatialPanel, SpatialPanel, SpatialPanel]
BOOTSTRAPS = ("wild", "block")


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of all quantities of :data:`spillover.econometrics.mediation.paths.ALL`.

    Attributes
    ----------
    values : array, shape (kept draws, 26)
    method : str
        "wild bootstrap", "block bootstrap" or "simulation".
    seed : int
        The seed they were made with.
    failed : int
        Draws without a maximum of the likelihood, or outside the stable range of the spatial
        coefficients; they are not among `values`.
    """

    values: Array
    method: str
    seed: int
    failed: int


def bootstrap(
    system: System,
    draws: int = 999,
    seed: int = 0,
    kind: str = "wild",
    small_sample: bool = True,
    jobs: int = 1,
) -> Draws:
    """Bootstrap the system by unit: residual T-vectors move, the map does not.

    Drawing provinces with replacement, as for a panel without space, would tear the map: a
    province drawn twice becomes its own neighbour, one not drawn leaves holes among those that
    remain, and W of the drawn set is not the W of the model. Here W, X and the places of all
    provinces stay as they are. What is drawn are the residuals of a province: the whole T-vectors
    of mediator and outcome equation together, so that dependence over time and between the two
    equations is kept. From them mediator and outcome are made anew through their reduced form,

        m* = m + (I − λW)⁻¹(e_m* − e_m),  y* = y + (I − δW)⁻¹[(e_y* − e_y) + (α₂I + φ₂W)(m* − m)],

    effects and all, and the three equations are estimated again.

    Parameters
    ----------
    draws : int
        Samples to make.
    seed : int
        The same seed gives the same draws whatever `jobs`.
    kind : str
        "wild" flips the sign of all residuals of a province with probability ½ (Rademacher), and
        so keeps each province's own variance; "block" gives each province the residuals of one
        drawn at random, which supposes that all provinces' errors are alike.
    small_sample : bool
        Enlarge residuals by √[N/(N−1) · NT/(NT−k)], k regressors, against their shrinking.
    jobs : int
        Processes, through joblib.
    """
    if kind not in BOOTSTRAPS:
        raise MediationError(f"no bootstrap {kind!r}; choose from {list(BOOTSTRAPS)}")
    if system.total.model.spec.random_effects:
        raise MediationError("the bootstrap is for fixed effects; use simulate() here")
    world = _world(system, small_sample)
    seeds = np.random.SeedSequence(seed).spawn(draws)
    if jobs == 1:
        found = [_one_sample(world, s, kind) for s in seeds]
    else:
        found = Parallel(n_jobs=jobs)(delayed(_one_sample)(world, s, kind) for s in seeds)
    kept = [values for values in found if values is not None]
    return Draws(_stack(kept, draws), f"{kind} bootstrap", seed, draws - len(kept))


@dataclass(frozen=True, eq=False)
class _World:
    """All that a sample needs; arrays of residuals and outcomes have shape (N, T)."""

    equations: Triple
    exposure: str
    through: str
    multipliers: tuple[Array, Array]
    second: Array
    residuals: tuple[Array, Array]
    scales: tuple[float, float]


def _world(system: System, small_sample: bool) -> _World:
    equations = cast(Triple, tuple(fit.model for fit in system.fits))
    at = matrices(equations, system.parameters, system.exposure, system.through, slopes=False)
    fits = (system.mediator, system.outcome)
    identity = np.eye(len(system.weights))
    rhos = [fit.estimate.rho for fit in fits]
    inverses = [identity if r is None else system.weights.multiplier(r, identity) for r in rhos]
    n, rows = len(identity), system.total.nobs
    scales = [
        np.sqrt(n / (n - 1) * rows / (rows - len(fit.names))) if small_sample else 1.0
        for fit in fits
    ]
    return _World(
        equations,
        system.exposure,
        system.through,
        (inverses[0], inverses[1]),
        at.second.value,
        (innovations(fits[0]), innovations(fits[1])),
        (float(scales[0]), float(scales[1])),
    )


def _one_sample(world: _World, seed: np.random.SeedSequence, kind: str) -> Array | None:
    """Quantities of one sample; None where a likelihood has no maximum."""
    rng = np.random.default_rng(seed)
    mediator, outcome = _regenerate(world, rng, kind)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LikelihoodWarning)
            return _refit(world, mediator, outcome)
    except SpatialPanelError:
        return None


def _regenerate(world: _World, rng: np.random.Generator, kind: str) -> tuple[Array, Array]:
    """New mediator and outcome, entity-major."""
    n = len(world.second)
    if kind == "wild":
        signs = rng.choice([-1.0, 1.0], size=n)[:, None]
        drawn = [e * signs for e in world.residuals]
    else:
        whom = rng.integers(n, size=n)
        drawn = [e[whom] for e in world.residuals]
    change = [c * d - e for c, d, e in zip(world.scales, drawn, world.residuals, strict=True)]
    moved = world.multipliers[0] @ change[0]
    # `second` already holds the multiplier of the outcome equation
    answered = world.multipliers[1] @ change[1] + world.second @ moved
    m, y = world.equations[1].data.y, world.equations[2].data.y
    return m + moved.ravel(), y + answered.ravel()


def _refit(world: _World, mediator: Array, outcome: Array) -> Array:
    """Quantities of the three equations estimated again on new mediator and outcome."""
    total, second, third = world.equations
    X = third.data.X.copy()
    X[:, third.data.names.index(world.through)] = mediator
    fresh = (
        _like(total, replace(total.data, y=outcome)),
        _like(second, replace(second.data, y=mediator)),
        _like(third, replace(third.data, y=outcome, X=X)),
    )
    thetas = cast(tuple[Array, Array, Array], tuple(model.estimate.theta for model in fresh))
    at = matrices(fresh, thetas, world.exposure, world.through, slopes=False)
    return np.asarray(COMBINE @ base_quantities(at))


def _like(model: SpatialPanel, data: PanelData) -> SpatialPanel:
    """The same specification on other values of the same panel."""
    return SpatialPanel.from_data(data, model.weights, model.spec)


def simulate(system: System, draws: int = 5000, seed: int = 0) -> Draws:
    """Draw all parameters from their joint normal and compute every path at each draw.

    Draws with a spatial coefficient outside the stable range of W are set aside and counted.
    Where the system's covariance is independent, the total equation is drawn independently too,
    and what mixes it with the others (the gap) has no meaning: it is NaN.
    """
    unknown = np.isnan(system.covariance)
    covariance = np.where(unknown, 0.0, system.covariance)
    center = np.concatenate(system.parameters)
    rng = np.random.default_rng(seed)
    sample = rng.multivariate_normal(center, covariance, size=draws, method="eigh")
    ends = np.cumsum([len(p) for p in system.parameters])[:-1]
    equations = cast(Triple, tuple(fit.model for fit in system.fits))
    kept = []
    for row in sample:
        first, second, third = np.split(row, ends)
        if _stable(system, (first, second, third)):
            at = matrices(
                equations, (first, second, third), system.exposure, system.through, slopes=False
            )
            kept.append(COMBINE @ base_quantities(at))
    values = _stack(kept, draws)
    if unknown.any():
        values[:, -3:] = np.nan
    return Draws(values, "simulation", seed, draws - len(kept))


def _stable(system: System, parameters: tuple[Array, Array, Array]) -> bool:
    low, high = system.weights.interval
    pairs = zip(system.fits, parameters, strict=True)
    return all(fit.model.spec.spatial is None or low < p[-1] < high for fit, p in pairs)


def _stack(kept: list[Array], asked: int) -> Array:
    if len(kept) < max(2, asked // 2):
        raise MediationError(
            f"only {len(kept)} of {asked} draws could be estimated; simplify the model"
        )
    return np.array(kept)

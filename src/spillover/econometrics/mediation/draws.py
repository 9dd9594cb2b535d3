"""Many possible values of every path: a bootstrap that keeps the map, and draws from the normal."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed

from spillover.econometrics.mediation.system import (
    MediationError,
    Models,
    System,
    effect_matrix,
    quantities,
)
from spillover.econometrics.spatialpanel import LikelihoodWarning, SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.covariance import residuals
from spillover.econometrics.spatialpanel.data import Array


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of every path.

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


def _kept(found: Sequence[Array | None], method: str, seed: int) -> Draws:
    kept = [values for values in found if values is not None]
    if len(kept) < max(2, len(found) // 2):
        raise MediationError(
            f"only {len(kept)} of {len(found)} draws could be estimated; simplify the model"
        )
    return Draws(np.array(kept), method, seed, len(found) - len(kept))


def bootstrap(
    system: System,
    draws: int = 999,
    seed: int = 0,
    kind: str = "wild",
    small_sample: bool = True,
    jobs: int = 1,
) -> Draws:
    """Bootstrap the system by entity: residual T-vectors move, the map does not.

    Drawing units with replacement, as for a panel without space, would tear the map: a
    unit drawn twice becomes its own neighbour, one not drawn leaves holes among those that
    remain, and W of the drawn set is not the W of the model. Here W, X and the places of all
    units stay as they are. What is drawn are the residuals of a unit: the whole T-vectors
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
        "wild" flips the sign of all residuals of a unit with probability ½ (Rademacher), and
        so keeps each unit's own variance; "block" gives each unit the residuals of one
        drawn at random, which supposes that all units' errors are alike.
    small_sample : bool
        Enlarge residuals by √[N/(N−1) · NT/(NT−k)], k regressors, against their shrinking.
    jobs : int
        Processes, through joblib.
    """
    if kind not in ("wild", "block"):
        raise MediationError(f"no bootstrap {kind!r}; choose from ['wild', 'block']")
    if system.fits[0].model.spec.random_effects:
        raise MediationError("the bootstrap is for fixed effects; use simulate() here")
    sampler = resampler(system, kind, small_sample)
    seeds = np.random.SeedSequence(seed).spawn(draws)
    found = Parallel(n_jobs=jobs)(delayed(sampler.quantities)(s) for s in seeds)
    return _kept(found, f"{kind} bootstrap", seed)


@dataclass(frozen=True, eq=False)
class Resampler:
    """Samples of mediator and outcome; arrays of residuals have shape (N, T)."""

    models: Models
    exposure: str
    through: str
    multipliers: tuple[Array, Array]
    second: Array
    residuals: tuple[Array, Array]
    scales: tuple[float, float]
    kind: str

    def regenerate(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """New mediator and outcome, entity-major."""
        n = len(self.second)
        if self.kind == "wild":
            signs = rng.choice([-1.0, 1.0], size=n)[:, None]
            drawn = [e * signs for e in self.residuals]
        else:
            whom = rng.integers(n, size=n)
            drawn = [e[whom] for e in self.residuals]
        change = [c * d - e for c, d, e in zip(self.scales, drawn, self.residuals, strict=True)]
        moved = self.multipliers[0] @ change[0]
        # `second` already holds the multiplier of the outcome equation
        answered = self.multipliers[1] @ change[1] + self.second @ moved
        m, y = self.models[1].data.y, self.models[2].data.y
        return m + moved.ravel(), y + answered.ravel()

    def quantities(self, seed: np.random.SeedSequence) -> Array | None:
        """Quantities of one sample; None where a likelihood has no maximum."""
        m, y = self.regenerate(np.random.default_rng(seed))
        total, mediator, outcome = self.models
        X = outcome.data.X.copy()
        X[:, outcome.data.names.index(self.through)] = m
        data = (
            replace(total.data, y=y),
            replace(mediator.data, y=m),
            replace(outcome.data, y=y, X=X),
        )
        fresh = [
            SpatialPanel.from_data(part, model.weights, model.spec)
            for part, model in zip(data, self.models, strict=True)
        ]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LikelihoodWarning)
                thetas = [model.estimate.theta for model in fresh]
                return quantities(fresh, thetas, self.exposure, self.through)
        except SpatialPanelError:
            return None


def resampler(system: System, kind: str, small_sample: bool) -> Resampler:
    """Return what makes the bootstrap's samples."""
    multipliers, innovations, scales = [], [], []
    for fit in system.fits[1:]:
        model, rho = fit.model, fit.estimate.rho
        n, t = model.data.shape
        identity = np.eye(n)
        multipliers.append(identity if rho is None else model.weights.multiplier(rho, identity))
        innovations.append(residuals(model.design, fit.estimate).reshape(n, t))
        shrunk = n / (n - 1) * n * t / (n * t - len(fit.names))
        scales.append(float(np.sqrt(shrunk)) if small_sample else 1.0)
    second = effect_matrix(system.models[2], system.parameters[2], system.through).value
    return Resampler(
        system.models,
        system.exposure,
        system.through,
        (multipliers[0], multipliers[1]),
        second,
        (innovations[0], innovations[1]),
        (scales[0], scales[1]),
        kind,
    )


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
    low, high = system.models[0].weights.interval
    found = []
    for row in sample:
        parameters = np.split(row, ends)
        pairs = zip(system.models, parameters, strict=True)
        stable = all(model.spec.spatial is None or low < p[-1] < high for model, p in pairs)
        named = (system.exposure, system.through)
        found.append(quantities(system.models, parameters, *named) if stable else None)
    made = _kept(found, "simulation", seed)
    if unknown.any():
        made.values[:, -3:] = np.nan
    return made

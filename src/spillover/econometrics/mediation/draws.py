"""Many possible values of every path: bootstraps that keep the map, and draws of the estimates."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spillover.econometrics.checks import one_of, processes, whole
from spillover.econometrics.mediation.system import (
    MediationError,
    Models,
    System,
    effect_matrix,
    quantities,
)
from spillover.econometrics.spatialpanel import LikelihoodWarning, SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel import bootstrap as wild
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
    system: System, draws: int = 999, seed: int = 0, kind: str = "wild", jobs: int = 1
) -> Draws:
    """Bootstrap the system by entity: residual T-vectors move, the map does not.

    Drawing units with replacement, as for a panel without space, would tear the map: a
    unit drawn twice becomes its own neighbour, one not drawn leaves holes among those that
    remain, and W of the drawn set is not the W of the model. Here W, X and the places of all
    units stay as they are. What is drawn are residuals, always whole T-vectors, so that dependence
    over time is kept. From them mediator and outcome are made anew through their reduced form,

        m* = m + (I − λW)⁻¹(e_m* − e_m),  y* = y + (I − δW)⁻¹[(e_y* − e_y) + (α₂I + φ₂W)(m* − m)],

    effects and all, and the three equations are estimated again.

    Parameters
    ----------
    draws : int
        Samples to make.
    seed : int
        The same seed gives the same draws whatever `jobs`.
    kind : str
        "wild" flips the sign of a unit's residuals with probability ½ (Rademacher), in each
        equation apart, and so keeps each unit's own variance. One sign for both equations would
        leave Σ e_m′e_y as it is in every sample, and with it nearly all that makes α₂ vary; a
        mediation takes the errors of the two equations as independent, and so do these samples.
        Residuals are enlarged as for "cr3" (`spatialpanel.bootstrap.resampler`). "block" gives
        each unit the residuals, in both equations, of one drawn at random, which supposes that
        all units' errors are alike; residuals are enlarged by a common factor.
    jobs : int
        Processes, through joblib.
    """
    from joblib import Parallel, delayed

    one_of(kind, ("wild", "block"), MediationError, "kind")
    draws = whole(draws, MediationError, "draws", low=2)
    seed = whole(seed, MediationError, "seed")
    jobs = processes(jobs, MediationError)
    if system.fits[0].model.spec.random_effects:
        raise MediationError("the bootstrap is for fixed effects; use simulate() here")
    sampler = Resampler.of(system, kind)
    seeds = np.random.SeedSequence(seed).spawn(draws)
    found = Parallel(n_jobs=jobs)(delayed(sampler.quantities)(s) for s in seeds)
    return _kept(found, f"{kind} bootstrap", seed)


@dataclass(frozen=True, eq=False)
class Resampler:
    """Samples of mediator and outcome, and the quantities of each.

    Attributes
    ----------
    models : the three equations
    exposure, through : names of exposure and mediator
    kind : "wild" or "block"
    mediator, outcome : what makes one equation's y anew from its residuals, the other's given
    second : effects of the mediator on the outcome, shape (N, N)
    """

    models: Models
    exposure: str
    through: str
    kind: str
    mediator: wild.Resampler
    outcome: wild.Resampler
    second: Array

    @classmethod
    def of(cls, system: System, kind: str) -> Resampler:
        """Prepare the samples of a system."""
        adjustment = "cr3" if kind == "wild" else "clustered"
        first, last = (wild.resampler(fit, adjustment=adjustment) for fit in system.fits[1:])
        second = effect_matrix(system.models[2], system.parameters[2], system.through).value
        return cls(system.models, system.exposure, system.through, kind, first, last, second)

    def regenerate(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """New mediator and outcome, entity-major."""
        n = len(self.second)
        both = (self.mediator, self.outcome)
        if self.kind == "wild":
            m, y = (one.outcome(rng.choice(one.points, size=n)) for one in both)
        else:
            whom, kept = rng.integers(n, size=n), np.ones(n)
            m, y = (replace(one, enlarged=one.enlarged[whom]).outcome(kept) for one in both)
        # `second` holds the multiplier of the outcome equation
        moved = (m - self.mediator.data.y).reshape(n, -1)
        return m, y + (self.second @ moved).ravel()

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


def simulate(system: System, draws: int = 5000, seed: int = 0) -> Draws:
    """Draw all parameters from their joint distribution and compute every path at each draw.

    Estimates are taken as jointly normal, or as t(C − 1) where the covariance is clustered for few
    clusters: normal draws, each divided by the root of a χ²(C − 1)/(C − 1). Products of them are
    skewed as the product of two estimates is, which the delta method does not see. Draws with a
    spatial coefficient outside the stable range of W are set aside and counted.
    Where the system's covariance is independent, the total equation is drawn independently too,
    and what mixes it with the others (the gap) has no meaning: it is NaN.
    """
    draws = whole(draws, MediationError, "draws", low=2)
    seed = whole(seed, MediationError, "seed")
    unknown = np.isnan(system.covariance)
    covariance = np.where(unknown, 0.0, system.covariance)
    center = np.concatenate(system.parameters)
    rng = np.random.default_rng(seed)
    sample = rng.multivariate_normal(np.zeros_like(center), covariance, draws, method="eigh")
    if system.df is not None:
        sample /= np.sqrt(rng.chisquare(system.df, size=(draws, 1)) / system.df)
    sample += center
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

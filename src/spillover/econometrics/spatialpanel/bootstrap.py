"""The wild cluster bootstrap of a spatial panel: signs flip, the map stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.checks import confidence, processes, shown, some, whole
from spillover.econometrics.spatialpanel.clusters import POWERS, leverage_adjustment, periods
from spillover.econometrics.spatialpanel.covariance import (
    Inference,
    covariance,
    inference,
    residuals,
    small_sample_factor,
)
from spillover.econometrics.spatialpanel.data import (
    Array,
    PanelData,
    SpatialPanelError,
    within,
)
from spillover.econometrics.spatialpanel.design import Design, Specification, raw_columns
from spillover.econometrics.spatialpanel.effects import KINDS, EffectParts
from spillover.econometrics.spatialpanel.likelihood import Estimate

if TYPE_CHECKING:
    from spillover.econometrics.spatialpanel.model import PanelResults, SpatialPanel

WEIGHTS = ("rademacher", "webb")
ADJUSTMENTS = (None, "clustered", "cr2", "cr3")
# Webb (2014): six points with mean 0, variance 1 and more than two values a cluster
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_POINTS = {"rademacher": np.array([-1.0, 1.0]), "webb": np.concatenate([-_WEBB, _WEBB])}


@dataclass(frozen=True, eq=False)
class Resampler:
    """New outcomes from a fit: the residuals of each cluster times one random number.

    W, X, the effects and the places of all entities stay as they are. With residuals e of the
    fit, enlarged residuals ẽ and one number s_g for each cluster g,

        y* = y + (I − ρW)⁻¹(s_g·ẽ − e),

    ρ being λ where the error is spatial, and 0 in a model without either. Dependence over time,
    and unequal variances of the clusters, are kept (Cameron, Gelbach and Miller 2008).

    Attributes
    ----------
    data : the panel that was fitted
    residuals, enlarged : e and ẽ, shape (N, T)
    groups : cluster number of each row, shape (N, T)
    multiplier : (I − ρW)⁻¹, shape (N, N); None in a model without ρ and λ
    points : values that s_g takes, all with the same probability
    """

    data: PanelData
    residuals: Array
    enlarged: Array
    groups: NDArray[np.intp]
    multiplier: Array | None
    points: Array

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return int(self.groups.max()) + 1

    def outcome(self, signs: Array) -> Array:
        """y* for given s_g, shape (N·T,) as the panel's rows; `signs` has shape (clusters,)."""
        change = signs[self.groups] * self.enlarged - self.residuals
        if self.multiplier is not None:
            change = self.multiplier @ change
        return np.asarray(self.data.y + change.ravel())

    def draw(self, generator: np.random.Generator) -> PanelData:
        """The panel with a new outcome, for `SpatialPanel.from_data`."""
        signs = generator.choice(self.points, size=self.clusters)
        return replace(self.data, y=self.outcome(signs))


def resampler(
    fit: PanelResults,
    weights: str = "rademacher",
    clusters: Any = None,
    adjustment: str | None = "clustered",
) -> Resampler:
    """Prepare the wild cluster bootstrap of a fit.

    Parameters
    ----------
    fit : the fit whose fitted values and residuals are kept; for a test, that of the null
    weights : s_g: "rademacher", −1 or 1; "webb", one of ±√½, ±1, ±√(3/2), for ten clusters or
        fewer (Webb 2014)
    clusters : as in `SpatialPanel.fit`; None: those of the fit, or the entities
    adjustment : how residuals, which are smaller than errors, are enlarged; as the covariance of
        the same name does it. None: not at all; "clustered": all by the root of
        C/(C−1)·(NT−1)/(NT−k); "cr2" and "cr3": those of cluster g by
        (I − H_gg) to the power of −½ and −1, H the hat matrix of Z and Wy, or of filtered Z and
        Wu: without the latter, samples of ρ vary too little where neighbours are many

    Raises
    ------
    SpatialPanelError
        Unknown weights or adjustment; random effects outside a spatial error, whose residuals
        are not independent between entities.
    """
    return _resampler(fit.model, _groups(fit, clusters), weights, adjustment)


def _resampler(
    model: SpatialPanel, groups: NDArray[np.intp], weights: str, adjustment: str | None
) -> Resampler:
    for name, value, allowed in (
        ("weights", weights, WEIGHTS),
        ("adjustment", adjustment, ADJUSTMENTS),
    ):
        if value not in allowed:
            raise SpatialPanelError(f"{name}={value!r}; expected one of {list(allowed)}")
    at = model.estimate
    if at.kappa is not None:
        raise SpatialPanelError(
            "the bootstrap has no random effects outside a spatial error: their residuals are not "
            "independent between entities; use random_effects='kkp' or fixed effects"
        )
    e = _innovations(model.design, at)
    identity = np.eye(len(model.weights))
    shape = model.data.shape
    return Resampler(
        model.data,
        e.reshape(shape),
        _enlarged(model.design, at, e, groups, adjustment).reshape(shape),
        groups.reshape(shape),
        None if at.rho is None else model.weights.multiplier(at.rho, identity),
        _POINTS[weights],
    )


def _groups(fit: PanelResults, clusters: Any) -> NDArray[np.intp]:
    """Cluster number of each row: as given, else those of the fit, else the entities."""
    if clusters is None and fit.inference.groups is not None:
        return fit.inference.groups
    groups = inference(fit.model.data, "clustered", clusters).groups
    assert groups is not None
    return groups


def _innovations(design: Design, at: Estimate) -> Array:
    """e with random entity effects left in it, so that they flip with the rest of an entity."""
    if at.phi is None:
        return residuals(design, at)
    data, weights, spec = design.data, design.weights, design.spec
    rest = data.y - raw_columns(data, weights, spec) @ at.b
    if at.rho is not None:
        rest = rest - at.rho * weights.lag(data.y if spec.spatial == "lag" else rest)
    return within(rest[:, None], data.shape, spec.fixed_effects)[:, 0]


def _enlarged(
    design: Design, at: Estimate, e: Array, groups: NDArray[np.intp], adjustment: str | None
) -> Array:
    """ẽ, see `resampler`."""
    if adjustment is None:
        return e
    if adjustment == "clustered":
        return np.asarray(e * np.sqrt(small_sample_factor(design, Inference("clustered", groups))))
    columns = design.Z
    if at.rho is not None:
        assert design.lag_y is not None
        lag = design.lag_y
        if design.lag_Z is not None:
            columns, lag = columns - at.rho * design.lag_Z, lag - design.lag_Z @ at.b
        columns = np.column_stack([columns, lag])
    columns, count = np.column_stack([columns, periods(design)]), int(groups.max()) + 1
    return np.asarray(e + leverage_adjustment(columns, e, groups, count, POWERS[adjustment]))


@dataclass(frozen=True, eq=False)
class _Plan:
    """How samples are made, and how their estimates are divided by standard errors."""

    draws: int
    seed: int
    weights: str
    jobs: int
    inference: Inference


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap:
    """A fit with the wild cluster bootstrap of its parameters and effects.

    Attributes
    ----------
    fit : the fit; its estimates are the point estimates here
    estimates : of every kept sample, the parameters, then the effects; shape (kept, p + 3K)
    errors : their standard errors in that sample, of the same shape
    failed : number of samples without a maximum of the likelihood; they are left out
    """

    fit: PanelResults
    estimates: Array
    errors: Array
    failed: int
    _plan: _Plan

    @cached_property
    def _sample(self) -> tuple[Array, Array]:
        """Estimates and standard errors in the sample itself, shape (p + 3K,) each."""
        return _quantities(self.fit.model, self._plan.inference)

    @cached_property
    def _statistics(self) -> Array:
        """t* = (θ* − θ)/se*."""
        return np.asarray((self.estimates - self._sample[0]) / self.errors)

    @property
    def params(self) -> pd.Series[float]:
        """The estimates of the fit."""
        return self.fit.params

    @property
    def std_errors(self) -> pd.Series[float]:
        """Standard deviations of the parameters over the samples."""
        names = self.fit.names
        return pd.Series(self._deviations[: len(names)], names, name="std_error")

    @property
    def _deviations(self) -> Array:
        return np.asarray(self.estimates.std(axis=0, ddof=1))

    @property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided: share of samples with ``|t*|`` at or above ``|t|``, the data included."""
        names = self.fit.names
        return pd.Series(self._pvalues[: len(names)], names, name="pvalue")

    @cached_property
    def _pvalues(self) -> Array:
        estimates, errors = self._sample
        return _share_above(self._statistics, estimates / errors)

    def conf_int(self, level: float = 0.95, kind: str = "symmetric") -> pd.DataFrame:
        """Confidence intervals of the parameters, columns lower and upper.

        Parameters
        ----------
        level : share of samples in which the interval holds the parameter
        kind : "symmetric": θ ± q·se, q the quantile of ``|t*|``; "equal-tailed": from θ − q₂·se to
            θ − q₁·se, q₁ and q₂ those of t* in the lower and the upper tail
        """
        names = self.fit.names
        lower, upper = self._bounds(level, kind)
        columns = {"lower": lower[: len(names)], "upper": upper[: len(names)]}
        return pd.DataFrame(columns, index=names)

    def _bounds(self, level: float, kind: str) -> tuple[Array, Array]:
        confidence(level, SpatialPanelError)
        estimates, errors = self._sample
        if kind == "symmetric":
            reach = np.quantile(np.abs(self._statistics), level, axis=0) * errors
            return estimates - reach, estimates + reach
        if kind == "equal-tailed":
            tails = [(1 - level) / 2, (1 + level) / 2]
            low, high = np.quantile(self._statistics, tails, axis=0)
            return estimates - high * errors, estimates - low * errors
        raise SpatialPanelError(f"kind={kind!r}; expected 'symmetric' or 'equal-tailed'")

    def effects(self, level: float = 0.95, kind: str = "symmetric") -> pd.DataFrame:
        """Direct, indirect and total effect of each regressor with bootstrap inference.

        Returns
        -------
        DataFrame, index: columns of X; columns: (direct, indirect, total) × (effect, std_error,
        pvalue, lower, upper)
        """
        p = len(self.fit.names)
        lower, upper = self._bounds(level, kind)
        parts = {
            "effect": self._sample[0],
            "std_error": self._deviations,
            "pvalue": self._pvalues,
            "lower": lower,
            "upper": upper,
        }
        columns = {
            (effect, part): values[p:].reshape(-1, len(KINDS))[:, place]
            for place, effect in enumerate(KINDS)
            for part, values in parts.items()
        }
        return pd.DataFrame(columns, index=self.fit.model.regressors)

    def null_pvalue(self, parameter: str) -> float:
        """Two-sided p-value of one parameter from samples in which it is zero.

        The model is estimated without the parameter, samples are made from that fit, and t* is
        not centred. Without ρ or λ that model is the SLX or OLS. It has smaller errors of the
        first kind than `pvalues` where few clusters decide (Cameron, Gelbach and Miller 2008).

        Parameters
        ----------
        parameter : a name in `fit.params`, but not the constant

        Raises
        ------
        SpatialPanelError
            Not a parameter that can be left out.
        """
        plan, model = self._plan, self.fit.model
        assert plan.inference.groups is not None
        if not isinstance(parameter, str):
            raise SpatialPanelError(f"parameter={shown(parameter)}; expected a name in fit.params")
        without = _without(model, parameter)
        sampler = _resampler(without, plan.inference.groups, plan.weights, "cr2")
        estimates, errors, _ = _run(sampler, model, plan)
        place = list(self.fit.names).index(parameter)
        estimate, error = (values[place] for values in self._sample)
        statistics = estimates[:, [place]] / errors[:, [place]]
        return float(_share_above(statistics, np.array([estimate / error]))[0])

    def __repr__(self) -> str:
        return f"Bootstrap({len(self.estimates)} samples, {self.failed} failed)"


def _share_above(statistics: Array, statistic: Array) -> Array:
    above = (np.abs(statistics) >= np.abs(statistic)).sum(axis=0)
    return np.asarray((1 + above) / (1 + len(statistics)))


def bootstrap(
    fit: PanelResults,
    draws: int = 999,
    seed: int = 0,
    weights: str = "rademacher",
    clusters: Any = None,
    jobs: int = 1,
) -> Bootstrap:
    """Bootstrap a fit; see `PanelResults.bootstrap`."""
    # for tails of 5 %
    whole(draws, SpatialPanelError, "draws", 99)
    whole(seed, SpatialPanelError, "seed")
    processes(jobs, SpatialPanelError)
    groups = _groups(fit, clusters)
    how = inference(fit.model.data, "cr3", groups)
    plan = _Plan(draws, seed, weights, jobs, how)
    sampler = _resampler(fit.model, groups, weights, "cr2")
    return Bootstrap(fit, *_run(sampler, fit.model, plan), plan)


def _run(sampler: Resampler, model: SpatialPanel, plan: _Plan) -> tuple[Array, Array, int]:
    """Estimates and standard errors of the samples that have a maximum, and how many have none."""
    from joblib import Parallel, delayed

    seeds = np.random.SeedSequence(plan.seed).spawn(plan.draws)
    share = -(-len(seeds) // max(plan.jobs, 1)) if plan.jobs > 0 else 50
    parts = [seeds[start : start + share] for start in range(0, len(seeds), share)]
    found = Parallel(n_jobs=plan.jobs)(
        delayed(_samples)(sampler, model, plan.inference, part) for part in parts
    )
    kept = [pair for part in found for pair in part if pair is not None]
    if len(kept) < max(2, plan.draws // 2):
        raise SpatialPanelError(
            f"only {len(kept)} of {plan.draws} samples could be estimated; simplify the model"
        )
    estimates, errors = (np.array(values) for values in zip(*kept, strict=True))
    return estimates, errors, plan.draws - len(kept)


def _samples(
    sampler: Resampler,
    model: SpatialPanel,
    how: Inference,
    seeds: Sequence[np.random.SeedSequence],
) -> list[tuple[Array, Array] | None]:
    found: list[tuple[Array, Array] | None] = []
    for seed in seeds:
        # a sampler of the null has other regressors
        data = replace(model.data, y=sampler.draw(np.random.default_rng(seed)).y)
        try:
            found.append(_quantities(model.from_data(data, model.weights, model.spec), how))
        except SpatialPanelError:
            found.append(None)
    return found


def _quantities(model: SpatialPanel, how: Inference) -> tuple[Array, Array]:
    """Parameters, then effects, and their standard errors, each of shape (p + 3K,)."""
    at = model.estimate
    p = len(at.theta)
    cov = covariance(model.design, at, how)[:p, :p]
    rho = at.rho if model.spec.spatial == "lag" else None
    parts = EffectParts(model.weights, at.theta, cov, *model.positions, rho)
    return (
        np.concatenate([at.theta, parts.point().ravel()]),
        np.concatenate([np.sqrt(np.diag(cov)), parts.delta_errors().ravel()]),
    )


def _without(model: SpatialPanel, parameter: str) -> SpatialPanel:
    """The model without one parameter: ρ or λ, a lag W_x, or x with its lag kept."""
    data, weights, spec = model.data, model.weights, model.spec
    plain = {"sar": "ols", "sem": "ols", "sdm": "slx", "sdem": "slx"}
    unlagged = {"sdm": "sar", "sdem": "sem", "slx": "ols"}
    if parameter == spec.coefficient:
        # the correction of Lee and Yu (2010) by its bias needs a ρ or λ
        correction = None if spec.correction == "lee-yu" else spec.correction
        spec = replace(spec, model=plain[spec.model], correction=correction)
    elif parameter in data.names and len(data.names) > 1:
        data, spec = _drop(data, weights.lag(data.X), parameter, spec)
    elif parameter.removeprefix("W_") in spec.lagged:
        lagged = tuple(name for name in spec.lagged if name != parameter.removeprefix("W_"))
        spec = replace(spec, lagged=lagged)
    else:
        known = [name for name in model.design.names if name != "const"]
        known += [spec.coefficient] if spec.coefficient else []
        raise SpatialPanelError(
            f"parameter {parameter!r} cannot be left out; expected one of {some(known, 20)}"
        )
    if not spec.lagged and spec.model in unlagged:
        spec = replace(spec, model=unlagged[spec.model])
    return model.from_data(data, weights, spec)


def _drop(
    data: PanelData, lags: Array, name: str, spec: Specification
) -> tuple[PanelData, Specification]:
    """Take x out of X; where it is lagged, Wx takes its place as a column that is not lagged."""
    place = data.names.index(name)
    if name in spec.lagged:
        X = data.X.copy()
        X[:, place] = lags[:, place]
        names = tuple(f"W_{n}" if n == name else n for n in data.names)
    else:
        X = np.delete(data.X, place, axis=1)
        names = tuple(n for n in data.names if n != name)
    spec = replace(spec, lagged=tuple(n for n in spec.lagged if n != name))
    return replace(data, X=np.ascontiguousarray(X), names=names, columns=pd.Index(names)), spec

"""How far the intervals of a fit can be trusted: many samples simulated from it, and refitted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import PanelResults, SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.data import some
from spillover.multiverse.parallel import completed
from spillover.multiverse.specification import MultiverseError

Array = NDArray[np.float64]

DESIGNS = ("iid", "heteroskedastic", "serial", "both")
"""Errors that samples are drawn with."""

_EFFECTS = ("direct", "indirect", "total")
_WITH_CLUSTERS = ("clustered", "cr2", "cr3")
_CHUNK = 25


def reliability(
    fit: PanelResults,
    replications: int = 2000,
    designs: Sequence[str] = DESIGNS,
    cov_types: Sequence[str] | None = None,
    corrections: Sequence[str | None] | None = None,
    *,
    params: Mapping[str, float] | None = None,
    variables: Sequence[str] | None = None,
    heterogeneity: float = 0.6,
    persistence: float = 0.6,
    level: float = 0.95,
    seed: int = 0,
    jobs: int = 1,
    scheduler: Any = None,
    progress: bool = False,
) -> pd.DataFrame:
    """Bias of the estimates and coverage of the intervals of a fit, by simulation.

    Samples are drawn from the fitted model, at its own W, N, T, X, effects and parameters,

        y = (I − ρW)⁻¹(Xβ + WXθ + effects + ε),  or  y = Xβ + WXθ + effects + (I − λW)⁻¹ε,

    and estimated as the fit was. Random effects are drawn anew in every sample. ε has the fit's
    variance σ² on average, and is

    - "iid": normal, independent and alike;
    - "heteroskedastic": with a standard deviation of each entity's own, log-normal and the same
      in all samples;
    - "serial": a stationary AR(1) within each entity;
    - "both": the last two together.

    Parameters
    ----------
    fit : PanelResults
        Of any model, effects, panel and W.
    replications : int
        Samples; coverage near .95 has then a Monte Carlo error of √(.95·.05/replications), .005
        for 2,000.
    designs : sequence of str
        Of the four above.
    cov_types, corrections : sequences of str
        Covariances and corrections to estimate with, as for `SpatialPanel`; the fit's own by
        default.
    params : mapping, optional
        Parameters to draw with in place of the estimates: ``{"rho": 0.0}``; "sigma2" is one.
    variables : sequence of str, optional
        Regressors to report; all by default.
    heterogeneity : float
        Standard deviation of the logarithm of the entities' standard deviations.
    persistence : float
        Autocorrelation of the serially correlated errors, between −1 and 1.
    level : float
        Of the intervals.
    seed : int
        Every sample has a seed of its own that follows from this one, so that results depend
        neither on `jobs` nor on the designs asked for, and the first samples of a long run are
        those of a short one.
    jobs : int
        Processes, through joblib.
    scheduler : str or distributed.Client, optional
        A Dask cluster in the place of `jobs`: its address, or a client.
    progress : bool
        Show a progress bar.

    Returns
    -------
    DataFrame
        One row for each design, correction, covariance and quantity: design, correction (None
        is written "none"), cov_type, quantity ("rho", "lambda", "coefficient", "direct",
        "indirect" or "total"), variable (the name of the coefficient or of the regressor);
        true; bias, sd (of the estimates over the samples), std_error (mean of the estimated
        ones) and coverage (share of the intervals that hold the true value), each with its Monte
        Carlo error in the column ``…_mc_error``; replications, and failures: samples that could
        not be estimated, or had no standard error, which the other columns leave out.

    Raises
    ------
    MultiverseError
        Unknown designs, parameters or variables; numbers out of range.
    SpatialPanelError
        A covariance or correction that the model does not allow.

    Examples
    --------
    >>> from spillover import CARBON
    >>> fit = CARBON.spatial("sar").fit()
    >>> table = reliability(fit, 20, designs=["iid"], variables=["GIA"])
    >>> table["quantity"].to_list()
    ['coefficient', 'rho', 'direct', 'indirect', 'total']
    """
    samples = simulate(
        fit,
        replications,
        designs,
        cov_types,
        corrections,
        params=params,
        variables=variables,
        heterogeneity=heterogeneity,
        persistence=persistence,
        level=level,
        seed=seed,
        jobs=jobs,
        scheduler=scheduler,
        progress=progress,
    )
    return samples.table()


@dataclass(frozen=True, eq=False)
class Samples:
    """Estimates from many simulated samples.

    Attributes
    ----------
    estimates : array, shape (replications, designs, corrections, quantities)
    errors : array, shape (replications, designs, corrections, cov_types, quantities)
        Standard errors; NaN where there is none.
    critical : array, shape (cov_types,)
        What they are multiplied by in an interval.
    true : array, shape (quantities,)
    quantities : DataFrame
        Columns quantity and variable.
    designs, corrections, cov_types : tuple
        Labels of the axes.
    """

    estimates: Array
    errors: Array
    critical: Array
    true: Array
    quantities: pd.DataFrame
    designs: tuple[str, ...]
    corrections: tuple[str | None, ...]
    cov_types: tuple[str, ...]

    def table(self, first: int | None = None) -> pd.DataFrame:
        """Summarise all samples, or the first of them; see `reliability`."""
        parts = []
        for d, design in enumerate(self.designs):
            for c, correction in enumerate(self.corrections):
                for v, cov_type in enumerate(self.cov_types):
                    estimates, errors = self.estimates[:first, d, c], self.errors[:first, d, c, v]
                    summary = _summary(estimates, errors, self.critical[v], self.true)
                    labels = {
                        "design": design,
                        "correction": correction or "none",
                        "cov_type": cov_type,
                    }
                    labelled = pd.DataFrame(labels, index=self.quantities.index)
                    parts.append(pd.concat([labelled, self.quantities, summary], axis=1))
        return pd.concat(parts, ignore_index=True)


def _summary(estimates: Array, errors: Array, critical: float, true: Array) -> pd.DataFrame:
    """Bias, spread, errors and coverage of each quantity, with their Monte Carlo errors."""
    kept = np.isfinite(estimates).all(axis=1) & np.isfinite(errors).all(axis=1)
    made, se = estimates[kept], errors[kept]
    count = len(made)
    if count < 2:
        blank = np.full(len(true), np.nan)
        bias = sd = sd_error = mean = mean_error = covered = covered_error = blank
    else:
        bias = made.mean(axis=0) - true
        sd, mean = made.std(axis=0, ddof=1), se.mean(axis=0)
        # the variance of a sample variance is (μ₄ − σ⁴)/R
        fourth = ((made - made.mean(axis=0)) ** 4).mean(axis=0)
        varies = sd > 0
        sd_error = np.sqrt(np.maximum(fourth - sd**4, 0.0) / count)
        sd_error = np.divide(sd_error, 2 * sd, out=np.zeros_like(sd), where=varies)
        mean_error = se.std(axis=0, ddof=1) / np.sqrt(count)
        covered = (np.abs(made - true) <= critical * se).mean(axis=0)
        covered = np.where(varies, covered, np.nan)
        covered_error = np.sqrt(covered * (1 - covered) / count)
    return pd.DataFrame(
        {
            "true": true,
            "bias": bias,
            "bias_mc_error": sd / np.sqrt(max(count, 1)),
            "sd": sd,
            "sd_mc_error": sd_error,
            "std_error": mean,
            "std_error_mc_error": mean_error,
            "coverage": covered,
            "coverage_mc_error": covered_error,
            "replications": len(estimates),
            "failures": len(estimates) - count,
        }
    )


def simulate(
    fit: PanelResults,
    replications: int,
    designs: Sequence[str] = DESIGNS,
    cov_types: Sequence[str] | None = None,
    corrections: Sequence[str | None] | None = None,
    *,
    params: Mapping[str, float] | None = None,
    variables: Sequence[str] | None = None,
    heterogeneity: float = 0.6,
    persistence: float = 0.6,
    level: float = 0.95,
    seed: int = 0,
    jobs: int = 1,
    scheduler: Any = None,
    progress: bool = False,
) -> Samples:
    """Draw and estimate the samples of `reliability`, whose parameters these are."""
    if replications < 2:
        raise MultiverseError(f"replications={replications}; expected two or more")
    if not 0 < level < 1:
        raise MultiverseError(f"level={level}; expected a share between 0 and 1, such as .95")
    if heterogeneity < 0 or not -1 < persistence < 1:
        raise MultiverseError(
            f"heterogeneity={heterogeneity}, persistence={persistence}; expected zero or more, "
            "and a number between −1 and 1"
        )
    chosen = _labels("designs", designs, DESIGNS)
    kinds = _labels("cov_types", cov_types or (fit.inference.cov_type,))
    repairs = (fit.model.spec.correction,) if corrections is None else tuple(corrections)
    root = np.random.SeedSequence(seed)
    logs = np.random.default_rng(root.spawn(1)[0]).standard_normal(len(fit.model.weights))
    spread = np.exp(heterogeneity * logs)
    sampler = _Sampler(
        fit=_at(fit, params or {}),
        models=tuple(_corrected(fit.model, repair) for repair in repairs),
        fits=tuple((kind, _options(fit, kind)) for kind in kinds),
        designs=chosen,
        spread=spread / np.sqrt((spread**2).mean()),
        persistence=persistence,
        variables=_positions(fit, variables),
    )
    critical = sampler.critical(level)
    seeds = root.spawn(replications)
    chunks = [seeds[i : i + _CHUNK] for i in range(0, replications, _CHUNK)]
    bar = f"{replications} samples" if progress else ""
    # a copy, as other processes have one: its arrays lie in memory, and so add up, as theirs
    found = completed(_run, chunks, deepcopy(sampler), jobs=jobs, scheduler=scheduler, progress=bar)
    done = [part for _, part in sorted(found, key=lambda numbered: numbered[0])]
    estimates, errors = (np.concatenate(part) for part in zip(*done, strict=True))
    return Samples(
        estimates,
        errors,
        critical,
        sampler.true,
        sampler.quantities,
        chosen,
        tuple(model.spec.correction for model in sampler.models),
        kinds,
    )


def _run(seeds: Sequence[np.random.SeedSequence], sampler: _Sampler) -> tuple[Array, Array]:
    return sampler.run(seeds)


def _labels(name: str, given: Sequence[str], known: Sequence[str] = ()) -> tuple[str, ...]:
    labels = (given,) if isinstance(given, str) else tuple(given)
    unknown = [label for label in labels if known and label not in known]
    if unknown or not labels:
        raise MultiverseError(
            f"{name} has {some(unknown) or 'nothing'}; choose from {some(known, 9)}"
        )
    return labels


def _at(fit: PanelResults, params: Mapping[str, float]) -> PanelResults:
    """The fit with other parameters in the place of the estimates."""
    names, theta = list(fit.names), fit.estimate.theta.copy()
    unknown = [name for name in params if name not in names and name != "sigma2"]
    if unknown:
        known = [*names, "sigma2"]
        raise MultiverseError(f"params has {some(unknown)}; the model has {some(known, 40)}")
    for name, value in params.items():
        if name in names:
            theta[names.index(name)] = value
    sigma2 = float(params.get("sigma2", fit.sigma2))
    if not (np.isfinite(theta).all() and np.isfinite(sigma2) and sigma2 > 0):
        raise MultiverseError("params needs finite numbers, and a positive sigma2")
    if fit.estimate.rho is None:
        return replace(fit, estimate=replace(fit.estimate, b=theta, sigma2=sigma2))
    low, high = fit.model.weights.interval
    if not low < theta[-1] < high:
        raise MultiverseError(
            f"params has {names[-1]}={theta[-1]:.4f}; expected a number between {low:.4f} and "
            f"{high:.4f}, as W allows"
        )
    moved = replace(fit.estimate, b=theta[:-1], rho=float(theta[-1]), sigma2=sigma2)
    return replace(fit, estimate=moved)


def _corrected(model: SpatialPanel, correction: str | None) -> SpatialPanel:
    if correction == model.spec.correction:
        return model
    data, spec = model.data, model.spec
    X = pd.DataFrame(data.X, index=data.index, columns=data.columns)
    return SpatialPanel(
        pd.Series(data.y, index=data.index, name=data.outcome),
        X,
        model.weights,
        spec.model,
        spec.lagged or None,
        spec.fixed_effects,
        spec.random_effects,
        spec.lag_after_demeaning,
        correction,
    )


def _options(fit: PanelResults, cov_type: str) -> dict[str, Any]:
    """Options of `SpatialPanel.fit`: the clusters, factors and lags of the fit."""
    how = fit.inference
    options: dict[str, Any] = {"small_sample": how.small_sample}
    n, t = fit.model.data.shape
    if how.groups is not None and cov_type in _WITH_CLUSTERS:
        by_entity = np.array_equal(how.groups, np.repeat(np.arange(n), t))
        options |= {} if by_entity else {"clusters": how.groups}
    if cov_type == how.cov_type == "driscoll-kraay":
        options["bandwidth"] = how.bandwidth
    return options


def _positions(fit: PanelResults, variables: Sequence[str] | None) -> tuple[int, ...]:
    """Positions of the regressors to report."""
    names = fit.model.data.names
    if variables is None:
        return tuple(range(len(names)))
    return tuple(names.index(name) for name in _labels("variables", variables, names))


@dataclass(frozen=True, eq=False)
class _Sampler:
    """What draws a sample from a fit and estimates it.

    Attributes
    ----------
    fit : at the parameters to draw with
    models : one for each correction, of any y
    fits : covariances with their options
    spread : standard deviation of each entity's error, in units of σ, shape (N,)
    variables : positions of the regressors to report
    """

    fit: PanelResults
    models: tuple[SpatialPanel, ...]
    fits: tuple[tuple[str, dict[str, Any]], ...]
    designs: tuple[str, ...]
    spread: Array
    persistence: float
    variables: tuple[int, ...]

    @cached_property
    def _kept(self) -> NDArray[np.intp]:
        """Which coefficients to report: β and θ of the variables, ρ or λ."""
        own, lag = self.fit.model.positions
        chosen = list(self.variables)
        with_lag = [j for j in lag[chosen] if j >= 0]
        spatial = [len(self.fit.names) - 1] if self.fit.estimate.rho is not None else []
        return np.array([*own[chosen], *with_lag, *spatial], dtype=np.intp)

    @property
    def quantities(self) -> pd.DataFrame:
        """What is estimated, one row each."""
        last = self.fit.model.spec.coefficient
        names = [str(self.fit.names[j]) for j in self._kept]
        kinds = [name if name == last else "coefficient" for name in names]
        for j in self.variables:
            kinds += _EFFECTS
            names += [self.fit.model.data.names[j]] * len(_EFFECTS)
        return pd.DataFrame({"quantity": kinds, "variable": names})

    def _values(self, fit: PanelResults) -> Array:
        effects = fit.effect_parts.point()[list(self.variables)]
        return np.concatenate([fit.estimate.theta[self._kept], effects.ravel()])

    @property
    def true(self) -> Array:
        """The quantities at the parameters that samples are drawn with."""
        return self._values(self.fit)

    def critical(self, level: float) -> Array:
        """Half the length of an interval in standard errors, for each covariance.

        Every correction is fitted with every covariance here, on the data as they are, so that
        what is not allowed is refused before anything is drawn.
        """
        found = []
        for model in self.models:
            for cov_type, options in self.fits:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    made = model.fit(cov_type, **options)
                reach = (made.conf_int(level)["upper"] - made.params) / made.std_errors
                found.append(float(reach.iloc[0]))
        return np.array(found[: len(self.fits)])

    @cached_property
    def _systematic(self) -> Array:
        """Xβ + WXθ + fixed effects, shape (N, T)."""
        values = self.fit.predict(kind="signal") + self.fit.estimated_effects
        table = values.to_numpy().reshape(self.fit.model.data.shape)
        if self.fit.estimate.random:
            table = table - self.fit.entity_effects.to_numpy()[:, None]
        return np.asarray(table)

    def _random_effects(self, generator: np.random.Generator) -> Array:
        """μ of every entity, shape (N, 1); zeros where effects are fixed."""
        at, (n, t) = self.fit.estimate, self.fit.model.data.shape
        if not at.random:
            return np.zeros((n, 1))
        # φ² = σ²/(Tσ²_μ + σ²)
        share = at.kappa if at.phi is None else (1 / at.phi**2 - 1) / t
        assert share is not None
        return np.asarray(np.sqrt(share * at.sigma2) * generator.standard_normal((n, 1)))

    def outcomes(self, seed: np.random.SeedSequence) -> list[Array]:
        """y of one sample under each design, shape (N·T,), all made of the same draws."""
        model, at = self.fit.model, self.fit.estimate
        generator = np.random.default_rng(seed)
        drawn = generator.standard_normal(model.data.shape)
        effects = self._random_effects(generator)
        made = []
        for design in self.designs:
            e = drawn
            if design in ("serial", "both"):
                from scipy.signal import lfilter

                scaled = np.sqrt(1 - self.persistence**2) * drawn
                scaled[:, 0] = drawn[:, 0]
                e = lfilter([1.0], [1.0, -self.persistence], scaled, axis=1)
            if design in ("heteroskedastic", "both"):
                e = self.spread[:, None] * e
            e = np.sqrt(at.sigma2) * e
            if at.rho is None:
                y = self._systematic + effects + e
            elif model.spec.spatial == "lag":
                y = model.weights.multiplier(at.rho, self._systematic + effects + e)
            elif model.spec.outside_error:
                y = self._systematic + effects + model.weights.multiplier(at.rho, e)
            else:
                y = self._systematic + model.weights.multiplier(at.rho, effects + e)
            made.append(np.ascontiguousarray(y).ravel())
        return made

    def run(self, seeds: Sequence[np.random.SeedSequence]) -> tuple[Array, Array]:
        """Estimates and standard errors of some samples, as `Samples` has them."""
        shape = (len(seeds), len(self.designs), len(self.models))
        count = len(self.quantities)
        estimates = np.full((*shape, count), np.nan)
        errors = np.full((*shape, len(self.fits), count), np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for r, seed in enumerate(seeds):
                for d, y in enumerate(self.outcomes(seed)):
                    for c, model in enumerate(self.models):
                        self._estimate(model, y, estimates[r, d, c], errors[r, d, c])
        return estimates, errors

    def _estimate(self, model: SpatialPanel, y: Array, estimates: Array, errors: Array) -> None:
        """Fill in the estimates of one sample; what cannot be estimated stays NaN."""
        try:
            # with the entities of W, so that they need not be compared again
            data = replace(model.data, y=y, entities=model.weights.entities)
            fresh = SpatialPanel.from_data(data, model.weights, model.spec)
            _ = fresh.estimate
        except SpatialPanelError:
            return
        chosen = list(self.variables)
        for v, (cov_type, options) in enumerate(self.fits):
            try:
                made = fresh.fit(cov_type, **options)
            except SpatialPanelError:
                continue
            variances = np.diag(made.cov_full)[self._kept]
            coefficients = np.sqrt(np.where(variances > 0, variances, np.nan))
            effects = made.effect_parts.delta_errors()[chosen]
            errors[v] = np.concatenate([coefficients, effects.ravel()])
            estimates[:] = self._values(made)

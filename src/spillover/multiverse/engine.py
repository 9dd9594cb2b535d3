"""Estimate specifications, many at once, and tabulate them; failures are rows with a reason."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from spillover.data.measures import MeasureError
from spillover.econometrics.checks import shown, whole
from spillover.econometrics.spatialpanel import (
    PanelResults,
    SpatialPanel,
    SpatialPanelError,
    SpatialWeights,
)
from spillover.econometrics.spatialpanel.effects import effects_frame, quantile
from spillover.econometrics.weights import WeightsError
from spillover.multiverse.specification import (
    WITHOUT_DURBIN,
    MultiverseError,
    Specification,
    plan,
)
from spillover.studies.study import Study, StudyError
from spillover.studies.variables import VariableError

DRAWS, SEED = 500, 0
"""Of the effects that are means of draws; Stata's xsmle makes 500."""

EFFECTS = ("direct", "indirect", "total")

REASONS = (StudyError, VariableError, MeasureError, WeightsError, SpatialPanelError)
"""What a specification may fail with; any other error is a fault of the program and is raised."""

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Fitted:
    """What one specification gives.

    Attributes
    ----------
    effects : DataFrame or None
        Direct, indirect and total effects as the estimator returns them; None if it failed.
    rho, rho_std_error : float
        The spatial coefficient (λ where the error is spatial); NaN without one.
    units, periods : int
        N and T; 0 if the data could not be had.
    loglik : float
        Log-likelihood.
    reason, note : str
        Why it failed; what the estimator warned of.
    """

    spec: Specification
    effects: pd.DataFrame | None = None
    rho: float = np.nan
    rho_std_error: float = np.nan
    units: int = 0
    periods: int = 0
    loglik: float = np.nan
    reason: str = ""
    note: str = ""


@dataclass
class Store:
    """Variables and weights of many specifications, each made at its first use, as are errors.

    Making them costs ten times as much as a fit.
    """

    known: dict[Any, Any] = field(default_factory=dict)
    last: tuple[Any, SpatialPanel | None] = (None, None)

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self.known:
            try:
                self.known[key] = make()
            except REASONS as error:
                self.known[key] = error
        found: T | Exception = self.known[key]
        if isinstance(found, Exception):
            raise found.with_traceback(None)
        return found

    def frame(self, study: Study) -> pd.DataFrame:
        """Outcome and regressors of a study."""
        names = (study.outcome, *study.regressors)
        columns = [self._variable(study, name) for name in names]
        index = columns[0].index
        if any(column.index is not index for column in columns):
            return pd.DataFrame(dict(zip(names, columns, strict=True)))
        return pd.DataFrame(np.column_stack(columns), index=index, columns=list(names))

    def _variable(self, study: Study, name: str) -> pd.Series:
        variants = tuple(study.variants.get(symbol) for symbol in name.split(":"))
        sample = (study.years, study.gdp, study.without, study.without_years)
        return self._once((study.key, name, variants, sample), lambda: self._sharing(study, name))

    def _sharing(self, study: Study, name: str) -> pd.Series:
        """A variable whose index is the very object of the others in its sample, if they agree."""
        rows = self._rows(study, name)
        key = (study.key, study.years, study.without, study.without_years)
        index = self.known.setdefault(key, rows.index)
        return rows.set_axis(index) if index.equals(rows.index) else rows

    def _rows(self, study: Study, name: str) -> pd.Series:
        """A variable in the sample; where it is complete without omissions, rows of that."""
        whole = study.but(without=(), without_years=())
        if ":" not in name and (study.without or study.without_years):
            try:
                full = self._variable(whole, name)
            except REASONS:
                full = None
            if full is not None and set(study.without) <= set(full.index.unique(0)):
                left = full.index.isin(study.without, level=0)
                return full[~(left | full.index.isin(study.without_years, level=1))]
        return study.frame(name)[name]

    def weights(self, study: Study) -> SpatialWeights:
        """Weights of a study, with their spectrum."""
        name = study.weights if isinstance(study.weights, str) else id(study.weights)
        key = (study.key, name, study.years, study.gdp, study.without)
        return self._once(key, lambda: SpatialWeights(study.graph()))

    def model(self, spec: Specification) -> SpatialPanel:
        """Return the model of a specification; the last one is kept for other covariances."""
        key = (spec.study, spec.model, dict(spec.options))
        if self.last[1] is None or self.last[0] != key:
            study, data = spec.study, self.frame(spec.study)
            model = SpatialPanel(
                data[study.outcome],
                data[list(study.regressors)],
                self.weights(study),
                spec.model,
                list(spec.lagged) if spec.model not in WITHOUT_DURBIN.values() else None,
                study.fixed_effects,
                **{"correction": study.correction, **spec.options},
            )
            self.last = (key, model)
        assert self.last[1] is not None
        return self.last[1]


def evaluate(spec: Specification, store: Store) -> Fitted:
    """Estimate one specification; what cannot be estimated comes back with the reason."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            found = _fit(spec, store)
        except REASONS as error:
            found = Fitted(spec, reason=str(error))
    return replace(found, note="; ".join(dict.fromkeys(str(w.message) for w in heard)))


def _fit(spec: Specification, store: Store) -> Fitted:
    model = store.model(spec)
    fit = model.fit(cov_type=spec.cov_type, **spec.fit_options)
    name = model.spec.coefficient
    units, periods = model.data.shape
    return Fitted(
        spec,
        _effects(fit, spec.effects),
        float(fit.params[name]) if name else np.nan,
        float(fit.std_errors[name]) if name else np.nan,
        units,
        periods,
        float(fit.loglik),
    )


def _effects(fit: PanelResults, by: str) -> pd.DataFrame:
    if by == "at the estimates":
        return fit.effects()
    draws = fit.effect_parts.simulate(DRAWS, SEED)
    return effects_frame(draws.mean(axis=0), draws.std(axis=0, ddof=1), fit.model.regressors)


def run(specs: Sequence[Specification], n_jobs: int = 1) -> list[Fitted]:
    """Estimate specifications and return the results in their order.

    Parameters
    ----------
    specs : sequence of Specification
    n_jobs : int
        Processes; more than one pays off from some thousand specifications. The results do not
        depend on it.

    Raises
    ------
    MultiverseError
        Not a list of specifications, or a number of processes that is none.
    """
    if not isinstance(specs, list | tuple):
        raise MultiverseError(f"specs={shown(specs)}; expected a list of specifications")
    for spec in specs:
        if not isinstance(spec, Specification):
            raise MultiverseError(f"specs holds {shown(spec)}; expected specifications: see plan()")
    if n_jobs != -1:
        whole(n_jobs, MultiverseError, "n_jobs", 1)
    if n_jobs == 1 or len(specs) < 2:
        return _chunk(specs, Store())
    from joblib import Parallel, delayed

    size = -(-len(specs) // (4 * abs(n_jobs)))
    chunks = [specs[i : i + size] for i in range(0, len(specs), size)]
    name = uuid.uuid4().hex
    done = Parallel(n_jobs=n_jobs, inner_max_num_threads=1)(
        delayed(_chunk_in_process)(chunk, name) for chunk in chunks
    )
    return [fitted for chunk in done for fitted in chunk]


def _chunk(specs: Sequence[Specification], store: Store) -> list[Fitted]:
    return [evaluate(spec, store) for spec in specs]


@lru_cache(maxsize=1)
def _process_store(name: str) -> Store:
    """The store of one run in one worker process."""
    return Store()


def _chunk_in_process(specs: Sequence[Specification], name: str) -> list[Fitted]:
    return _chunk(specs, _process_store(name))


def tidy(results: Sequence[Fitted], symbol: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """One row per specification: what it is, the effects of one variable, why it failed.

    Parameters
    ----------
    results : sequence of Fitted
    symbol : str, optional
        The variable whose effects are wanted; each study's exposure by default.
    level : float
        Of the confidence intervals, normal or t as the covariance has it.

    Returns
    -------
    DataFrame
        group, label, outcome, exposure, years, weights, model, lagged, fixed_effects, cov_type;
        direct, indirect and total, each with ``_std_error``, ``_pvalue``, ``_low``, ``_high``;
        rho, rho_std_error, N, T, loglik, reason, note.
    """
    described, estimates = [], []
    for fitted in results:
        spec, study = fitted.spec, fitted.spec.study
        described.append(
            {
                "group": spec.group,
                "label": spec.label,
                "outcome": study.variants.get(study.outcome, "default"),
                "exposure": study.variants.get(study.exposure, "default"),
                "years": f"{study.years[0]}–{study.years[1]}",
                "weights": spec.weights,
                "model": spec.model,
                "lagged": " ".join(spec.lagged),
                "fixed_effects": spec.fixed_effects,
                "cov_type": spec.cov_type,
            }
        )
        estimates.append(estimate_row(fitted, symbol or study.exposure, level))
    return pd.concat([pd.DataFrame(described), pd.DataFrame(estimates)], axis=1)


def estimate_row(fitted: Fitted, symbol: str, level: float = 0.95) -> dict[str, Any]:
    """Effects of one variable with errors, p-values and intervals; ρ; size; what went wrong."""
    cells = np.full((len(EFFECTS), 3), np.nan)
    if fitted.effects is not None:
        cells = fitted.effects.loc[symbol].to_numpy(dtype=float).reshape(cells.shape)
    df = None if fitted.effects is None else fitted.effects.attrs["df"]
    reach = quantile(0.5 + level / 2, df)
    row: dict[str, Any] = {}
    for effect, (point, error, p_value) in zip(EFFECTS, cells.tolist(), strict=True):
        row[effect] = point
        row[f"{effect}_std_error"] = error
        row[f"{effect}_pvalue"] = p_value
        row[f"{effect}_low"] = point - reach * error
        row[f"{effect}_high"] = point + reach * error
    row |= {"rho": fitted.rho, "rho_std_error": fitted.rho_std_error}
    row |= {"N": fitted.units, "T": fitted.periods, "loglik": fitted.loglik}
    return row | {"reason": fitted.reason, "note": fitted.note}


def with_choices(results: Sequence[Fitted], rest: pd.DataFrame) -> pd.DataFrame:
    """Put the choices in front of a table of the same rows, as ordered categories."""
    rows = pd.DataFrame([dict(r.spec.choices) for r in results], index=rest.index)
    for name in rows:
        order = list(dict.fromkeys(rows[name]))
        rows[name] = pd.Categorical(rows[name], categories=order, ordered=True)
    return pd.concat([rows, rest], axis=1)


def grid(study: Study, n_jobs: int = 1, symbol: str | None = None, **choices: Any) -> pd.DataFrame:
    """Effects of the exposure under every combination of choices.

    Parameters
    ----------
    n_jobs : int
        Processes; the result does not depend on it.
    symbol : str, optional
        Another variable in the exposure's place.
    **choices
        As in :func:`spillover.multiverse.plan`.

    Returns
    -------
    DataFrame
        One row per combination: the choices as categories in the order given, then estimates,
        errors, p-values and intervals, rho, N, T, loglik, reason, note.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> table = grid(CARBON, durbin=["all", "none"], weights=["rook", "inverse distance"])
    >>> table["durbin"].to_list()
    ['all', 'all', 'none', 'none']
    """
    results = run(plan(study, **choices), n_jobs)
    estimates = [estimate_row(fitted, symbol or study.exposure) for fitted in results]
    return with_choices(results, pd.DataFrame(estimates))

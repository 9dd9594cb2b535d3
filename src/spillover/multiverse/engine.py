"""Estimate specifications, many at once, each once; failures are rows with a reason.

Frames and weights are made once per variant, so that the fit is the cost; which specifications
there are is decided elsewhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from spillover.data.measures import MeasureError
from spillover.econometrics.spatialpanel import (
    PanelResults,
    SpatialPanel,
    SpatialPanelError,
    SpatialWeights,
)
from spillover.econometrics.spatialpanel.data import PanelData, read_panel
from spillover.econometrics.spatialpanel.design import specify
from spillover.econometrics.spatialpanel.effects import effects_frame
from spillover.econometrics.weights import WeightsError
from spillover.multiverse.specification import Specification
from spillover.studies.study import Study, StudyError
from spillover.studies.variables import VariableError
from spillover.studies.weights import ECONOMIC

DRAWS, SEED = 500, 0
"""Of the effects that are means of draws; Stata's xsmle makes 500."""

MODEL_DEFAULTS = {"random_effects": False, "lag_after_demeaning": False, "correction": None}

EFFECTS = ("direct", "indirect", "total")
REASONS = (StudyError, VariableError, MeasureError, WeightsError, SpatialPanelError)
"""What a specification may fail with; any other error is a fault of the program and is raised."""

Array = NDArray[np.float64]


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
    loglik, outcome_sd : float
        Log-likelihood; standard deviation of the outcome in the sample.
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
    outcome_sd: float = np.nan
    reason: str = ""
    note: str = ""


def _data_key(study: Study) -> tuple[Any, ...]:
    variants = tuple(sorted(study.variants.items()))
    return (
        study.key, study.outcome, study.regressors, study.years, study.gdp, variants,
        study.without, study.without_years,
    )  # fmt: skip


def _weights_key(study: Study) -> tuple[Any, ...]:
    if not isinstance(study.weights, str):
        return id(study.weights), study.years, study.gdp, study.without
    if study.weights in ECONOMIC:
        return study.weights, study.years, study.gdp, study.without
    return study.weights, study.without


@dataclass
class Store:
    """Frames and prepared weights of one run, each made at its first use; so are their errors."""

    frames: dict[Any, pd.DataFrame | Exception] = field(default_factory=dict)
    panels: dict[Any, PanelData] = field(default_factory=dict)
    graphs: dict[Any, SpatialWeights | Exception] = field(default_factory=dict)
    last: tuple[Any, SpatialPanel | None] = (None, None)

    def frame(self, study: Study) -> pd.DataFrame:
        """Outcome and regressors of a study."""
        key = _data_key(study)
        if key not in self.frames:
            try:
                self.frames[key] = self._frame(study)
            except REASONS as error:
                self.frames[key] = error
        found = self.frames[key]
        if isinstance(found, Exception):
            raise found.with_traceback(None)
        return found

    def _frame(self, study: Study) -> pd.DataFrame:
        """Rows of the frame without omissions where that is complete: building it is the cost."""
        names = (study.outcome, *study.regressors)
        whole = study.but(without=(), without_years=())
        products = any(":" in name for name in names)
        if products or _data_key(whole) == _data_key(study):
            return study.frame(*names)
        try:
            rows = self.frame(whole)
        except REASONS:
            return study.frame(*names)
        if not set(study.without) <= set(rows.index.unique(0)):
            return study.frame(*names)
        left = rows.index.isin(study.without, level=0)
        left |= rows.index.isin(study.without_years, level=1)
        return rows[~left]

    def weights(self, study: Study) -> SpatialWeights:
        """Weights of a study, with their spectrum."""
        key = _weights_key(study)
        if key not in self.graphs:
            try:
                self.graphs[key] = SpatialWeights(study.graph())
            except REASONS as error:
                self.graphs[key] = error
        found = self.graphs[key]
        if isinstance(found, Exception):
            raise found.with_traceback(None)
        return found

    def model(self, spec: Specification) -> SpatialPanel:
        """Return the model of a specification; the last one is kept for other covariances."""
        study, graph = spec.study, id(spec.study.weights)
        key = (
            _data_key(study), graph, spec.model, study.lagged, spec.fixed_effects,
            tuple(spec.options.items()),
        )  # fmt: skip
        if self.last[0] != key or self.last[1] is None:
            self.last = (key, self._model(spec))
        assert self.last[1] is not None
        return self.last[1]

    def panel(self, study: Study) -> PanelData:
        """Return the same as arrays, read and checked by the estimator."""
        key = _data_key(study)
        if key not in self.panels:
            data = self.frame(study)
            y, X = data[study.outcome], data[list(study.regressors)]
            self.panels[key] = read_panel(y, X)
        return self.panels[key]

    def _model(self, spec: Specification) -> SpatialPanel:
        study, data = spec.study, self.panel(spec.study)
        durbin = bool(spec.lagged) and study.lagged is not None
        asked = specify(
            spec.model,
            data.names,
            list(spec.lagged) if durbin else None,
            study.fixed_effects,
            **{**MODEL_DEFAULTS, **spec.options},
        )
        return SpatialPanel.from_data(data, self.weights(study), asked)


def evaluate(spec: Specification, store: Store) -> Fitted:
    """Estimate one specification; what cannot be estimated comes back with the reason."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            result = _fit(spec, store)
        except REASONS as error:
            return Fitted(spec, reason=str(error), note=_words(heard))
    return Fitted(**{**result.__dict__, "note": _words(heard)})


def _words(heard: list[warnings.WarningMessage]) -> str:
    return "; ".join(dict.fromkeys(str(w.message) for w in heard))


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
        float(np.std(model.data.y, ddof=1)),
    )


def _effects(fit: PanelResults, by: str) -> pd.DataFrame:
    if by == "at the estimates":
        return fit.effects()
    draws = fit.effect_parts.simulate(DRAWS, SEED)
    return effects_frame(draws.mean(axis=0), draws.std(axis=0, ddof=1), fit.model.regressors)


def _chunk(specs: Sequence[Specification]) -> list[Fitted]:
    store = Store()
    return [evaluate(spec, store) for spec in specs]


def run(specs: Sequence[Specification], n_jobs: int = 1) -> list[Fitted]:
    """Estimate specifications and return the results in their order.

    Parameters
    ----------
    specs : sequence of Specification
    n_jobs : int
        Processes; more than one pays off from some thousand specifications. The results do not
        depend on it.
    """
    if n_jobs == 1 or len(specs) < 2:
        return _chunk(specs)
    size = -(-len(specs) // (4 * abs(n_jobs)))
    chunks = [specs[i : i + size] for i in range(0, len(specs), size)]
    done = Parallel(n_jobs=n_jobs, inner_max_num_threads=1)(delayed(_chunk)(c) for c in chunks)
    return [fitted for chunk in done for fitted in chunk]

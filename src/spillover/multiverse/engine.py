"""Estimate specifications, many at once, and tabulate them; failures are rows with a reason."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.data.measures import MeasureError
from spillover.econometrics.checks import shown
from spillover.econometrics.spatialpanel import (
    SpatialPanel,
    SpatialPanelError,
    SpatialWeights,
    design,
)
from spillover.econometrics.spatialpanel.data import Array, PanelData, read_panel, side_by_side
from spillover.econometrics.spatialpanel.effects import quantile, two_sided
from spillover.econometrics.weights import WeightsError
from spillover.multiverse.parallel import completed
from spillover.multiverse.specification import (
    WITHOUT_DURBIN,
    MultiverseError,
    Plan,
    Specification,
)
from spillover.studies.study import Study, StudyError
from spillover.studies.variables import VariableError
from spillover.studies.weights import NAMED

DRAWS, SEED = 500, 0
"""Of the effects that are means of draws; Stata's xsmle makes 500."""

BATCH = 500
"""Specifications that a process estimates at a time."""

EFFECTS = ("direct", "indirect", "total")

REASONS = (StudyError, VariableError, MeasureError, WeightsError, SpatialPanelError)
"""What a specification may fail with; any other error is a fault of the program and is raised."""

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Fitted:
    """What one specification gives.

    Attributes
    ----------
    names : tuple of str
        The regressors, K of them.
    points, std_errors : arrays, shape (K, 3)
        Direct, indirect and total effects with their errors; NaN where a model has no spillover.
        None if the specification failed.
    df : int or None
        Degrees of freedom of t; None for the normal distribution.
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
    names: tuple[str, ...] = ()
    points: Array | None = None
    std_errors: Array | None = None
    df: int | None = None
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
    last_data: tuple[Any, PanelData | None] = (None, None)

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

    def data(self, study: Study) -> PanelData:
        """Outcome and regressors of a study, checked."""
        names = (study.outcome, *study.regressors)
        key = (study.key, names, tuple(self._variable_key(study, name) for name in names))
        if self.last_data[0] != key:
            self.last_data = (key, self._data(study, names))
        found = self.last_data[1]
        assert found is not None
        return found

    def _data(self, study: Study, names: tuple[str, ...]) -> PanelData:
        columns = [self._variable(study, name) for name in names]
        try:
            y, *X = (self._read(study, name) for name in names)
        except SpatialPanelError:
            pass  # a variable that cannot be read alone: the whole says why
        else:
            if X and all(x.index is y.index for x in X):
                return side_by_side(y, X)
        data = pd.DataFrame(dict(zip(names, columns, strict=True)))
        return read_panel(data[study.outcome], data[list(study.regressors)])

    def frame(self, study: Study) -> pd.DataFrame:
        """Outcome and regressors of a study, as its columns are."""
        names = (study.outcome, *study.regressors)
        columns = [self._variable(study, name) for name in names]
        return pd.DataFrame(dict(zip(names, columns, strict=True)))

    def _read(self, study: Study, name: str) -> PanelData:
        """One variable as an array, checked once."""
        return self._once(
            ("read", self._variable_key(study, name)),
            lambda: read_panel(self._variable(study, name), self._variable(study, name).to_frame()),
        )

    @staticmethod
    def _variable_key(study: Study, name: str) -> tuple[Any, ...]:
        variants = tuple(study.variants.get(symbol) for symbol in name.split(":"))
        sample = (study.years, study.gdp, study.without, study.without_years)
        return (study.key, name, variants, sample)

    def _variable(self, study: Study, name: str) -> pd.Series:
        return self._once(self._variable_key(study, name), lambda: self._sharing(study, name))

    def _sharing(self, study: Study, name: str) -> pd.Series:
        """A variable whose index is the very object of the others in its sample, if they agree."""
        rows = self._rows(study, name)
        key = (study.key, study.years, study.without, study.without_years)
        index = self.known.setdefault(key, rows.index)
        return rows.set_axis(index) if index.equals(rows.index) else rows

    def _rows(self, study: Study, name: str) -> pd.Series:
        """A variable in the sample: rows of what it is in all years, if they are complete."""
        if ":" in name:  # a product of variables less their means in the sample
            return study.frame(name)[name]
        key = ("all years", study.key, name, study.variants.get(name), study.gdp)
        if key not in self.known:
            years = study.figures().values.index.get_level_values("year")
            span = (int(years.min()), int(years.max()))
            everything = study.but(years=span, without=(), without_years=())
            self.known[key] = everything.frame(name, gaps=True)[name]
        column: pd.Series = self.known[key]
        found = column[study.rows(column.index)]
        return study.frame(name)[name] if found.isna().any() else found

    def weights(self, study: Study) -> SpatialWeights:
        """Weights of a study, with their spectrum."""
        name = study.weights if isinstance(study.weights, str) else id(study.weights)
        # those that are not by income are the same in all years
        when = () if name in NAMED and not study.named_weights else (study.years, study.gdp)
        key = ("weights", study.key, name, when, study.without)
        return self._once(key, lambda: SpatialWeights(study.graph()))

    def model(self, spec: Specification) -> SpatialPanel:
        """Return the model of a specification; the last one is kept for other covariances."""
        key = (spec.study, spec.model, dict(spec.options))
        if self.last[1] is None or self.last[0] != key:
            study, data, weights = spec.study, self.data(spec.study), self.weights(spec.study)
            lagged = None if spec.model in WITHOUT_DURBIN.values() else list(spec.lagged)
            options = {
                "random_effects": False,
                "lag_after_demeaning": False,
                "correction": study.correction,
                **spec.options,
            }
            declared = design.specify(
                spec.model, data.names, lagged, study.fixed_effects, weights=weights, **options
            )
            self.last = (key, SpatialPanel.from_data(data, weights, declared))
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
    parts = fit.effect_parts
    if spec.effects == "at the estimates":
        points, errors, df = parts.point(), parts.delta_errors(), fit.df
    else:
        draws = parts.simulate(DRAWS, SEED)
        points, errors, df = draws.mean(axis=0), draws.std(axis=0, ddof=1), None
    place = len(model.design.names) if model.spec.coefficient else None
    units, periods = model.data.shape
    return Fitted(
        spec,
        model.data.names,
        points,
        errors,
        df,
        np.nan if place is None else float(fit.estimate.theta[place]),
        np.nan if place is None else float(np.sqrt(fit.cov_full[place, place])),
        units,
        periods,
        float(fit.loglik),
    )


_stores: dict[str, Store] = {}
_one_at_a_time = Lock()


def _batch(
    positions: NDArray[np.intp], shared: tuple[str, Sequence[Specification]]
) -> list[Fitted]:
    """Estimate some of the specifications with the store that this process keeps for the run."""
    run, specs = shared
    # threads of one worker share its store, and warnings are heard by all
    with _one_at_a_time:
        if run not in _stores:
            _stores.clear()
            _stores[run] = Store()
        return [evaluate(specs[int(at)], _stores[run]) for at in positions]


def table_of(positions: NDArray[np.intp], shared: tuple[str, Plan, str | None]) -> pd.DataFrame:
    """Estimates of some of a plan's specifications, with their positions as index."""
    run, plan, symbol = shared
    found = _batch(positions, (run, plan))
    return estimates(found, symbol).set_axis(positions)


def in_batches(order: NDArray[np.intp], size: int) -> list[NDArray[np.intp]]:
    """Positions in parts of one size, but for the last."""
    return [order[start : start + size] for start in range(0, len(order), size)]


def run(
    specs: Sequence[Specification], jobs: int = 1, *, scheduler: Any = None, progress: bool = False
) -> list[Fitted]:
    """Estimate specifications and return the results in their order.

    Parameters
    ----------
    specs : sequence of Specification
    jobs : int
        Processes; more than one pays off from some thousand specifications. The results do not
        depend on it.
    scheduler : str or distributed.Client, optional
        A Dask cluster in the place of `jobs`.
    progress : bool
        Show a bar.

    Raises
    ------
    MultiverseError
        Not a list of specifications, a number of processes that is none, or no scheduler.
    """
    if not isinstance(specs, list | tuple | Plan):
        raise MultiverseError(f"specs={shown(specs)}; expected a list of specifications")
    if not isinstance(specs, Plan):
        for spec in specs:
            if not isinstance(spec, Specification):
                raise MultiverseError(
                    f"specs holds {shown(spec)}; expected specifications: see plan()"
                )
    order = specs.by_data() if isinstance(specs, Plan) else np.arange(len(specs))
    batches = in_batches(order, min(BATCH, -(-len(specs) // 8) or 1))
    done: list[Fitted | None] = [None] * len(specs)
    bar = f"{len(specs)} specifications" if progress else ""
    shared = (uuid.uuid4().hex, specs)
    for position, found in completed(
        _batch, batches, shared, jobs=jobs, scheduler=scheduler, progress=bar
    ):
        for at, fitted in zip(batches[position].tolist(), found, strict=True):
            # from another process comes a copy of the specification
            done[at] = replace(fitted, spec=specs[at])
    assert all(fitted is not None for fitted in done)
    return [fitted for fitted in done if fitted is not None]


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
    described = []
    for fitted in results:
        spec, study = fitted.spec, fitted.spec.study
        described.append(
            {
                "group": spec.group,
                "label": spec.label,
                "outcome": str(study.variants.get(study.outcome, "default")),
                "exposure": str(study.variants.get(study.exposure, "default")),
                "years": f"{study.years[0]}–{study.years[1]}",
                "weights": spec.weights,
                "model": spec.model,
                "lagged": " ".join(spec.lagged),
                "fixed_effects": spec.fixed_effects,
                "cov_type": spec.cov_type,
            }
        )
    return pd.concat([pd.DataFrame(described), estimates(results, symbol, level)], axis=1)


def estimates(
    results: Sequence[Fitted], symbol: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Effects of one variable with errors, p-values and intervals; ρ; size; what went wrong."""
    cells = np.full((len(results), 2, len(EFFECTS)), np.nan)
    for row, fitted in enumerate(results):
        if fitted.points is not None and fitted.std_errors is not None:
            name = symbol or fitted.spec.study.exposure
            if name not in fitted.names:
                raise MultiverseError(
                    f"{name!r} is not in the model {fitted.spec.label!r}, which has "
                    f"{', '.join(fitted.names)}"
                )
            at = fitted.names.index(name)
            cells[row] = fitted.points[at], fitted.std_errors[at]
    points, errors = cells[:, 0], cells[:, 1]
    statistic = np.full(points.shape, np.nan)
    np.divide(np.abs(points), errors, out=statistic, where=errors > 0)
    p_values, reach = np.full(points.shape, np.nan), np.full(len(results), np.nan)
    kinds = np.array([np.nan if fitted.df is None else fitted.df for fitted in results])
    for kind in dict.fromkeys(fitted.df for fitted in results):
        rows = np.isnan(kinds) if kind is None else kinds == kind
        p_values[rows] = two_sided(statistic[rows], kind)
        reach[rows] = quantile(0.5 + level / 2, kind)
    table: dict[str, Any] = {}
    for column, effect in enumerate(EFFECTS):
        point, error = points[:, column], errors[:, column]
        table[effect] = point
        table[f"{effect}_std_error"] = error
        table[f"{effect}_pvalue"] = p_values[:, column]
        table[f"{effect}_low"] = point - reach * error
        table[f"{effect}_high"] = point + reach * error
    for name, field_name in _PER_FIT.items():
        table[name] = [getattr(fitted, field_name) for fitted in results]
    return pd.DataFrame(table)


_PER_FIT = {
    "rho": "rho",
    "rho_std_error": "rho_std_error",
    "N": "units",
    "T": "periods",
    "loglik": "loglik",
    "reason": "reason",
    "note": "note",
}


def with_choices(results: Sequence[Fitted], rest: pd.DataFrame) -> pd.DataFrame:
    """Put the choices in front of a table of the same rows, as ordered categories."""
    rows = pd.DataFrame([dict(r.spec.choices) for r in results], index=rest.index)
    for name in rows:
        order = list(dict.fromkeys(rows[name]))
        rows[name] = pd.Categorical(rows[name], categories=order, ordered=True)
    return pd.concat([rows, rest], axis=1)

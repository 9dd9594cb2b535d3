"""The data of an instrumental-variable regression and its small-sample conventions.

Regressions themselves are linearmodels' ``IV2SLS`` and ``IVGMM`` on demeaned columns; what they
cannot know, the parameters that demeaning took, is put right here, and errors for few clusters
are those of :mod:`spillover.econometrics.regression`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from spillover.econometrics.checks import flag, one_of, some
from spillover.econometrics.regression import (
    CLUSTERED,
    COV_TYPES,
    adjusted_residuals,
    small_sample_factor,
)
from spillover.econometrics.spatialpanel.data import (
    FIXED_EFFECTS,
    Array,
    absorbed,
    read_panel,
    within,
)


class InstrumentError(ValueError):
    """An instrument or a specification that cannot be used; the message says why."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Demeaned columns of one regression, rows entity-major, and how errors are estimated.

    `exogenous` has the constant, last, where there are no effects; `groups` is the number of the
    entity of each row.
    """

    y: pd.Series
    exogenous: pd.DataFrame
    endogenous: pd.DataFrame
    instruments: pd.DataFrame
    groups: NDArray[np.intp]
    fixed_effects: str
    cov_type: str
    small_sample: bool

    @property
    def clusters(self) -> int:
        """Number of entities."""
        return int(self.groups[-1]) + 1

    @property
    def clustered(self) -> bool:
        """Whether errors are clustered by entity."""
        return self.cov_type in CLUSTERED

    @property
    def as_linearmodels(self) -> dict[str, Any]:
        """The covariance as linearmodels takes it; it has no "cr2" and "cr3"."""
        if not self.clustered:
            return {"cov_type": self.cov_type}
        return {"cov_type": "clustered", "clusters": self.groups}

    @property
    def outer(self) -> Array:
        """Exogenous columns with what demeaning took and clusters do not hold.

        A constant and dummies of the years, as
        :func:`spillover.econometrics.regression.design` has them.
        """
        columns = [self.exogenous.to_numpy()]
        if self.fixed_effects != "none":
            columns.append(np.ones((len(self.y), 1)))
        if self.fixed_effects in ("time", "twoway"):
            periods = len(self.y) // self.clusters
            columns.append(np.tile(np.eye(periods)[:, 1:] - 1 / periods, (self.clusters, 1)))
        return np.column_stack(columns)

    def absorbed(self, cov_type: str | None = None) -> int:
        """Parameters that demeaning took and a covariance must count.

        All of them, but for entity effects where errors are clustered by entity: each then lies
        within one cluster, and one constant is left to count, as in Stata's ``reghdfe``.
        """
        shape = (self.clusters, len(self.y) // self.clusters)
        if (cov_type or self.cov_type) in CLUSTERED:
            effects = {"entity": "none", "twoway": "time"}.get(
                self.fixed_effects, self.fixed_effects
            )
            return absorbed(shape, effects) + (self.fixed_effects == "entity")
        return absorbed(shape, self.fixed_effects)

    def factor(self, k: int) -> float:
        """Small-sample factor of the covariance of k coefficients."""
        if not self.small_sample:
            return 1.0
        n, parameters = len(self.y), k + self.absorbed()
        if self.clustered:
            return small_sample_factor(self.cov_type, n, parameters, self.clusters)
        return n / (n - parameters)

    def df(self, k: int) -> int | None:
        """Degrees of freedom of t and F: n − k, or clusters less one; None for normal and χ²."""
        if not self.small_sample:
            return None
        return self.clusters - 1 if self.clustered else len(self.y) - k - self.absorbed()

    def least_squares(self, y: pd.Series, X: pd.DataFrame) -> Any:
        """Ordinary least squares."""
        return self._fit(y, X, None, None)

    def two_stage(self) -> Any:
        """Two-stage least squares."""
        return self._fit(self.y, self.exogenous, self.endogenous, self.instruments)

    def gmm(self) -> Any:
        """Two-step GMM, weights by the same covariance."""
        from linearmodels.iv import IVGMM

        options = self.as_linearmodels
        parts = (self.y, self.exogenous, self.endogenous, self.instruments)
        weights = {"weight_type": options["cov_type"]} | options
        del weights["cov_type"]
        return IVGMM(*parts, **weights).fit(debiased=False, **options)

    def _fit(self, *parts: Any) -> Any:
        from linearmodels.iv import IV2SLS

        return IV2SLS(*parts).fit(debiased=False, **self.as_linearmodels)

    def covariance(self, fit: Any) -> pd.DataFrame:
        """Covariance of a linearmodels fit, least squares or two stages, for small samples.

        For "cr2" and "cr3" the leverage of a cluster is that of the regressors' fitted values;
        "cr3" is then, to the first order, the jackknife over clusters.
        """
        k = len(fit.params)
        if self.cov_type not in ("cr2", "cr3"):
            # as linearmodels has it there are no factors
            return pd.DataFrame(fit.cov * self.factor(k))
        model = fit.model
        X = np.column_stack([model.exog.ndarray, model.endog.ndarray])
        Z = np.column_stack([model.exog.ndarray, model.instruments.ndarray])
        fitted = Z @ np.linalg.lstsq(Z, X, rcond=None)[0]
        columns = np.column_stack([fitted, self.outer[:, self.exogenous.shape[1] :]])
        enlarged = adjusted_residuals(
            columns, fit.resids.to_numpy()[:, None], self.groups, self.cov_type
        )
        scores = (np.linalg.pinv(columns).T[:, :k] * enlarged).reshape(self.clusters, -1, k)
        summed = scores.sum(axis=1)
        whole = self.factor(k) * summed.T @ summed
        return pd.DataFrame(whole, index=fit.cov.index, columns=fit.cov.columns)

    def table(self, fit: Any) -> pd.DataFrame:
        """Coefficients of a linearmodels fit with small-sample errors and p-values."""
        error = np.sqrt(pd.Series(np.diag(self.covariance(fit)), fit.params.index))
        t = fit.params / error
        df = self.df(len(fit.params))
        reference = stats.norm if df is None else stats.t(df)
        table = {"estimate": fit.params, "std_error": error, "tstat": t}
        return pd.DataFrame({**table, "pvalue": 2 * reference.sf(np.abs(t))})

    def strength(self, cov_type: str | None = None) -> float:
        """What a first-stage F of linearmodels must be multiplied by: effects are regressors."""
        left = len(self.y) - self.instruments.shape[1] - self.exogenous.shape[1]
        return (left - self.absorbed(cov_type)) / left


def table_of(role: str, given: object, y: object) -> pd.DataFrame:
    """Columns of one kind on the rows of y: a DataFrame, a Series or None.

    Raises
    ------
    InstrumentError
        Another type; other rows than those of y; y without an index by (entity, time).
    """
    if not isinstance(y, pd.Series) or y.index.nlevels != 2:
        kind = type(y).__name__
        kind += " without a two-level index" if isinstance(y, pd.Series) else ""
        raise InstrumentError(f"y is a {kind}; expected a Series indexed by (entity, time)")
    if given is None:
        return pd.DataFrame(index=y.index)
    if isinstance(given, pd.Series):
        given = given.to_frame(given.name if given.name is not None else role)
    if not isinstance(given, pd.DataFrame):
        raise InstrumentError(
            f"{role} is a {type(given).__name__}; expected a DataFrame on the rows of y"
        )
    if given.index.nlevels != 2 or given.columns.nlevels != 1:
        raise InstrumentError(
            f"{role} has {given.index.nlevels} levels of rows and {given.columns.nlevels} of "
            "columns; expected rows by (entity, time) and one name for each column"
        )
    if not given.index.equals(y.index):
        if not given.index.is_unique or not y.index.is_unique:
            raise InstrumentError(f"y or {role} has an (entity, time) more than once; keep one row")
        other = given.index.symmetric_difference(y.index)
        if len(other):
            raise InstrumentError(
                f"{role} and y have different rows, {some(other, 3)}; keep the same in both"
            )
        given = given.loc[y.index]
    return given


def sample(
    y: pd.Series,
    exogenous: pd.DataFrame | None,
    endogenous: pd.DataFrame,
    instruments: pd.DataFrame,
    fixed_effects: str = "none",
    cov_type: str = "heteroskedastic",
    small_sample: bool = True,
) -> Sample:
    """Read a balanced panel and take the effects out of every column.

    Raises
    ------
    InstrumentError
        Columns that are no table on the rows of y; fewer instruments than endogenous regressors;
        a column that the effects absorb, saying why; columns that are combinations of others;
        a column called "const"; unknown effects or covariance.
    spillover.econometrics.spatialpanel.SpatialPanelError
        Rows that are missing, values that are not numbers.
    """
    one_of(cov_type, COV_TYPES, InstrumentError, "cov_type")
    one_of(fixed_effects, FIXED_EFFECTS, InstrumentError, "fixed_effects")
    flag(small_sample, InstrumentError, "small_sample")
    parts = [
        table_of(role, given, y)
        for role, given in (
            ("exogenous", exogenous),
            ("endogenous", endogenous),
            ("instruments", instruments),
        )
    ]
    first, second, third = (part.shape[1] for part in parts)
    if not second:
        raise InstrumentError(
            "endogenous has no columns; name the regressors that have instruments, or use "
            "spillover.econometrics.regression.ols"
        )
    if third < second:
        raise InstrumentError(
            f"{third} instruments for {second} endogenous regressors; give at least one "
            "instrument for each"
        )
    whole = pd.concat(parts, axis=1)
    if twice := list(whole.columns[whole.columns.duplicated()].unique()):
        raise InstrumentError(
            f"{some(twice)} given more than once among exogenous, endogenous and instruments; "
            "each column has one part, and one name"
        )
    if "const" in whole:
        raise InstrumentError("a column is called 'const', as the constant is; rename or drop it")
    data = read_panel(y, whole)
    values = within(np.column_stack([data.X, data.y]), data.shape, fixed_effects)
    gone = np.linalg.norm(values[:, :-1], axis=0) <= 1e-9 * np.linalg.norm(data.X, axis=0)
    if np.ptp(values[:, -1]) <= 1e-9 * np.abs(data.y).max():
        raise InstrumentError("y has no variation left once the effects are taken out")
    if gone.any():
        place = int(np.flatnonzero(gone)[0])
        role = "instrument" if place >= first + second else "regressor"
        why = _ABSORBED["time" if fixed_effects == "time" else "entity"]
        raise InstrumentError(f"{role} {data.names[place]!r} {why}")
    frame = pd.DataFrame(values[:, :-1], index=data.index, columns=list(data.names))
    exog = frame.iloc[:, :first]
    exog = exog.assign(const=1.0) if fixed_effects == "none" else exog
    endog, excluded = frame.iloc[:, first : first + second], frame.iloc[:, first + second :]
    _independent("regressors", pd.concat([exog, endog], axis=1))
    _independent("instruments and exogenous regressors", pd.concat([exog, excluded], axis=1))
    return Sample(
        pd.Series(values[:, -1], index=data.index, name=data.outcome),
        exog,
        endog,
        excluded,
        np.repeat(np.arange(data.shape[0]), data.shape[1]),
        fixed_effects,
        "clustered" if cov_type == "robust" else cov_type,
        small_sample,
    )


def _independent(what: str, table: pd.DataFrame) -> None:
    """Refuse columns that are linear combinations of those before them, naming all of them."""
    values = table.to_numpy() / np.linalg.norm(table.to_numpy(), axis=0)
    for place, name in enumerate(table.columns):
        before = values[:, :place]
        slopes = np.linalg.lstsq(before, values[:, place], rcond=None)[0]
        if np.linalg.norm(values[:, place] - before @ slopes) <= 1e-9:
            parts = list(table.columns[:place][np.abs(slopes) > 1e-6])
            raise InstrumentError(
                f"{what} are collinear: {name!r} is a linear combination of {some(parts)} (and "
                "of the effects, where there are any); drop one of them"
            )


_ABSORBED = {
    "time": "has the same value everywhere in each year, so year effects absorb it; drop it or "
    "the effects",
    "entity": "does not change over time: entity effects compare each entity with itself, and "
    "against itself such a variable never moves, so nothing of it is left to explain the "
    "exposure; drop the effects, or let it work through something that changes "
    "(for example terrain × national generation)",
}

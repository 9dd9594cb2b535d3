"""The data of an instrumental-variable regression and its small-sample conventions.

Regressions themselves are linearmodels' ``IV2SLS`` and ``IVGMM`` on demeaned columns; what they
cannot know, the parameters that demeaning took, is put right here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from spillover.econometrics.spatialpanel.data import FIXED_EFFECTS, absorbed, read_panel, within

COV_TYPES = ("unadjusted", "heteroskedastic", "clustered", "robust")


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
    def clustered(self) -> dict[str, Any]:
        """The clusters, where errors are clustered, as linearmodels takes them."""
        return {"clusters": self.groups} if self.cov_type == "clustered" else {}

    def absorbed(self, cov_type: str | None = None) -> int:
        """Parameters that demeaning took, as linearmodels' PanelOLS counts them.

        All of them, but for entity effects where errors are clustered by entity: each then lies
        within one cluster, and one constant is left to count.
        """
        if (cov_type or self.cov_type) == "clustered" and self.fixed_effects == "entity":
            return 1
        return absorbed((self.clusters, len(self.y) // self.clusters), self.fixed_effects)

    def factor(self, k: int) -> float:
        """Small-sample factor of a covariance: n/(n−k), times (G/(G−1))·(n−1)/n if clustered."""
        if not self.small_sample:
            return 1.0
        n, g = len(self.y), self.clusters
        scale = n / (n - k - self.absorbed())
        return scale * g / (g - 1) * (n - 1) / n if self.clustered else scale

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

        parts = (self.y, self.exogenous, self.endogenous, self.instruments)
        model = IVGMM(*parts, weight_type=self.cov_type, **self.clustered)
        return model.fit(cov_type=self.cov_type, debiased=False, **self.clustered)

    def _fit(self, *parts: Any) -> Any:
        from linearmodels.iv import IV2SLS

        return IV2SLS(*parts).fit(cov_type=self.cov_type, debiased=False, **self.clustered)

    def table(self, fit: Any) -> pd.DataFrame:
        """Coefficients of a linearmodels fit with small-sample errors and p-values."""
        k = len(fit.params)
        error = fit.std_errors * np.sqrt(self.factor(k))
        t = fit.params / error
        df = self.df(k)
        reference = stats.norm if df is None else stats.t(df)
        table = {"estimate": fit.params, "std_error": error, "tstat": t}
        return pd.DataFrame({**table, "pvalue": 2 * reference.sf(np.abs(t))})

    def strength(self, cov_type: str | None = None) -> float:
        """What a first-stage F of linearmodels must be multiplied by: effects are regressors."""
        left = len(self.y) - self.instruments.shape[1] - self.exogenous.shape[1]
        return (left - self.absorbed(cov_type)) / left


def sample(
    y: pd.Series,
    exogenous: pd.DataFrame,
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
        Fewer instruments than endogenous regressors; a column that the effects absorb, saying
        why; unknown effects or covariance.
    spillover.econometrics.spatialpanel.SpatialPanelError
        Rows that differ or are missing, values that are not numbers.
    """
    if cov_type not in COV_TYPES:
        raise InstrumentError(f"cov_type={cov_type!r}; choose from {list(COV_TYPES)}")
    if fixed_effects not in FIXED_EFFECTS:
        raise InstrumentError(f"fixed_effects={fixed_effects!r}; choose from {list(FIXED_EFFECTS)}")
    parts = [exogenous, endogenous, instruments]
    first, second, third = (part.shape[1] for part in parts)
    if third < second:
        raise InstrumentError(
            f"{third} instruments for {second} endogenous regressors; give at least one "
            "instrument for each"
        )
    data = read_panel(y, pd.concat(parts, axis=1))
    values = within(np.column_stack([data.X, data.y]), data.shape, fixed_effects)
    gone = np.linalg.norm(values[:, :-1], axis=0) <= 1e-9 * np.linalg.norm(data.X, axis=0)
    if gone.any():
        place = int(np.flatnonzero(gone)[0])
        role = "instrument" if place >= first + second else "regressor"
        why = _ABSORBED["time" if fixed_effects == "time" else "entity"]
        raise InstrumentError(f"{role} {data.names[place]!r} {why}")
    frame = pd.DataFrame(values[:, :-1], index=data.index, columns=list(data.names))
    exog = frame.iloc[:, :first]
    return Sample(
        pd.Series(values[:, -1], index=data.index, name=data.outcome),
        exog.assign(const=1.0) if fixed_effects == "none" else exog,
        frame.iloc[:, first : first + second],
        frame.iloc[:, first + second :],
        np.repeat(np.arange(data.shape[0]), data.shape[1]),
        fixed_effects,
        "clustered" if cov_type == "robust" else cov_type,
        small_sample,
    )


_ABSORBED = {
    "time": "has the same value everywhere in each year, so year effects absorb it; drop it or "
    "the effects",
    "entity": "does not change over time: entity effects compare each entity with itself, and "
    "against itself such a variable never moves, so nothing of it is left to explain the "
    "exposure; drop the effects, or let it work through something that changes "
    "(for example terrain × national generation)",
}

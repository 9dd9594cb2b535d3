"""The sample of an instrumental-variable regression, demeaned where effects are asked for.

It reads, aligns and demeans, and refuses instruments that the effects absorb; it estimates
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from spillover.econometrics.spatialpanel.data import absorbed, read_panel, within

Array = NDArray[np.float64]
FIXED_EFFECTS = ("none", "entity", "time", "twoway")
COV_TYPES = ("unadjusted", "heteroskedastic", "clustered")


class InstrumentError(ValueError):
    """An instrument or a specification that cannot be used; the message says why."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Demeaned columns of one regression, rows entity-major.

    Attributes
    ----------
    y : Series
    exogenous, endogenous, instruments : DataFrame
        `exogenous` has the constant, last, where there are no effects.
    groups : array
        Number of the entity of each row.
    fixed_effects : str
        "none", "entity", "time" or "twoway".
    """

    y: pd.Series
    exogenous: pd.DataFrame
    endogenous: pd.DataFrame
    instruments: pd.DataFrame
    groups: NDArray[np.intp]
    fixed_effects: str

    @property
    def nobs(self) -> int:
        """Rows."""
        return len(self.y)

    @property
    def clusters(self) -> int:
        """Number of entities."""
        return int(self.groups[-1]) + 1

    def absorbed(self, cov_type: str) -> int:
        """Parameters that demeaning took, as linearmodels' PanelOLS counts them.

        All of them, but for entity effects where errors are clustered by entity: each then lies
        within one cluster, and one constant is left to count.
        """
        if cov_type == "clustered" and self.fixed_effects == "entity":
            return 1
        return absorbed((self.clusters, self.nobs // self.clusters), self.fixed_effects)

    def factor(self, k: int, cov_type: str) -> float:
        """Small-sample factor of a covariance: n/(n−k), times (G/(G−1))·(n−1)/n if clustered."""
        n, g = self.nobs, self.clusters
        scale = n / (n - k - self.absorbed(cov_type))
        return scale * g / (g - 1) * (n - 1) / n if cov_type == "clustered" else scale

    def df(self, k: int, cov_type: str) -> int:
        """Degrees of freedom of t and F: n − k, or clusters less one."""
        if cov_type == "clustered":
            return self.clusters - 1
        return self.nobs - k - self.absorbed(cov_type)

    def options(self, cov_type: str) -> dict[str, Any]:
        """Arguments for linearmodels' ``fit``; the small-sample factor is ours."""
        check_cov_type(cov_type)
        if cov_type == "clustered":
            return {"cov_type": "clustered", "clusters": self.groups, "debiased": False}
        return {"cov_type": cov_type, "debiased": False}


def check_cov_type(name: str) -> None:
    """Raise on an unknown covariance."""
    if name not in COV_TYPES:
        raise InstrumentError(f"no cov_type {name!r}; choose from {list(COV_TYPES)}")


def sample(
    y: pd.Series,
    exogenous: pd.DataFrame,
    endogenous: pd.DataFrame,
    instruments: pd.DataFrame,
    fixed_effects: str = "none",
) -> Sample:
    """Read a balanced panel and take the effects out of every column.

    Raises
    ------
    InstrumentError
        Fewer instruments than endogenous regressors; a column that the effects absorb, saying
        why; unknown effects.
    spillover.econometrics.spatialpanel.SpatialPanelError
        Rows that differ or are missing, values that are not numbers.
    """
    if fixed_effects not in FIXED_EFFECTS:
        raise InstrumentError(f"fixed_effects={fixed_effects!r}; choose from {list(FIXED_EFFECTS)}")
    parts = [exogenous, endogenous, instruments]
    widths = [part.shape[1] for part in parts]
    if widths[2] < widths[1]:
        raise InstrumentError(
            f"{widths[2]} instruments for {widths[1]} endogenous regressors; give at least one "
            "instrument for each"
        )
    data = read_panel(y, pd.concat(parts, axis=1))
    values = within(np.column_stack([data.X, data.y]), data.shape, fixed_effects)
    _refuse_absorbed(data.X, values[:, :-1], data.names, widths, fixed_effects)
    frame = pd.DataFrame(values[:, :-1], index=data.index, columns=list(data.names))
    first, second = widths[0], widths[0] + widths[1]
    exog = frame.iloc[:, :first]
    return Sample(
        pd.Series(values[:, -1], index=data.index, name=data.outcome),
        exog.assign(const=1.0) if fixed_effects == "none" else exog,
        frame.iloc[:, first:second],
        frame.iloc[:, second:],
        np.repeat(np.arange(data.shape[0]), data.shape[1]),
        fixed_effects,
    )


def _refuse_absorbed(
    raw: Array, moved: Array, names: Sequence[str], widths: list[int], fixed_effects: str
) -> None:
    gone = np.linalg.norm(moved, axis=0) <= 1e-9 * np.linalg.norm(raw, axis=0)
    if not gone.any():
        return
    place = int(np.flatnonzero(gone)[0])
    role = "instrument" if place >= widths[0] + widths[1] else "regressor"
    raise InstrumentError(f"{role} {names[place]!r} {_why(fixed_effects)}")


def _why(fixed_effects: str) -> str:
    if fixed_effects == "time":
        return (
            "has the same value everywhere in each year, so year effects absorb it; drop it or "
            "the effects"
        )
    return (
        "does not change over time: province effects compare each province with itself, and "
        "against itself such a variable never moves, so nothing of it is left to explain the "
        "exposure; drop the effects, or let it work through something that changes "
        "(instruments.times, for example terrain × national generation)"
    )


def normal_or_t(df: int | None) -> Any:
    """The reference distribution of a ratio to its error."""
    return stats.norm if df is None else stats.t(df)


def chi2_or_f(restrictions: int, df: int | None) -> Any:
    """The reference distribution of a Wald statistic over its restrictions."""
    if df is None:
        return stats.chi2(restrictions, scale=1 / restrictions)
    return stats.f(restrictions, df)

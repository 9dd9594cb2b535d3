"""A mediation as a reader sees it: steps, effects with intervals, routes and shares.

Frames are made here from the quantities of :mod:`.paths` and the draws of :mod:`.draws`; nothing
is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from spillover.econometrics.confidence import ConfidenceSet, fieller
from spillover.econometrics.mediation import draws as drawing
from spillover.econometrics.mediation.draws import Draws
from spillover.econometrics.mediation.effects import KINDS
from spillover.econometrics.mediation.paths import ALL, PATHS, delta
from spillover.econometrics.mediation.steps import stepwise
from spillover.econometrics.mediation.system import MediationError, System

Array = NDArray[np.float64]
INTERVALS = ("percentile", "bias-corrected")
SHARES = {
    "mediated / sum of paths": ("mediated", "sum of paths", False),
    "mediated / total effect": ("mediated", "total effect", False),
    "1 − not mediated / total effect": ("not mediated", "total effect", True),
}
"""Numerator, denominator, and whether the share is what is left of one.

The first is a share of a sum and adds up by construction; the last is the papers' difference
method, which equals the first only without space and in least squares.
"""


@dataclass(frozen=True, eq=False)
class Mediation:
    """A spatial mediation: three equations and what they say about the path.

    Attributes
    ----------
    system : System
        The fits with their joint covariance.
    level : float
        Confidence level of all intervals.
    """

    system: System
    level: float = 0.95

    @cached_property
    def _delta(self) -> tuple[Array, Array]:
        return delta(self.system)

    def bootstrap(
        self, draws: int = 999, seed: int = 0, kind: str = "wild", jobs: int = 1
    ) -> Draws:
        """Draw by :func:`spillover.econometrics.mediation.draws.bootstrap`, for the methods below."""
        return drawing.bootstrap(self.system, draws, seed, kind, jobs=jobs)

    def simulate(self, draws: int = 5000, seed: int = 0) -> Draws:
        """Draw by :func:`spillover.econometrics.mediation.draws.simulate`, for the methods below."""
        return drawing.simulate(self.system, draws, seed)

    def quantities(self, draws: Draws | None = None, interval: str = "percentile") -> pd.DataFrame:
        """Every quantity with error, p-value and interval, indexed by (path, kind).

        Parameters
        ----------
        draws : Draws, optional
            Errors, p-values and intervals from them; by the delta method without.
        interval : str
            "percentile" or "bias-corrected" (Efron 1987, without acceleration: that would need
            estimates with one province left out, and so with another map).

        Returns
        -------
        DataFrame
            effect, std_error, pvalue, low, high; the effect is always the estimate itself.
        """
        point, covariance = self._delta
        if draws is None:
            error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
            columns = _normal(point, error, self.level)
        else:
            columns = _from_draws(point, draws.values, interval, self.level)
        return pd.DataFrame({"effect": point, **columns}, index=ALL)

    def effects(self, draws: Draws | None = None, interval: str = "percentile") -> pd.DataFrame:
        """Direct, indirect and total effect of every path.

        Returns
        -------
        DataFrame
            Index :data:`spillover.econometrics.mediation.paths.PATHS`; columns (direct, indirect, total) ×
            (effect, std_error, pvalue, low, high). "gap" is total effect less sum of paths: it
            would be zero in least squares without space, and is not here.
        """
        long = self.quantities(draws, interval)
        parts = {kind: long.xs(kind, level="kind").reindex(list(PATHS)) for kind in KINDS}
        return pd.concat(parts, axis=1).rename_axis(index=None)

    def routes(self, draws: Draws | None = None, interval: str = "percentile") -> pd.DataFrame:
        """How the mediated effect travels: by whose mediator it passes.

        Returns
        -------
        DataFrame
            Index :data:`spillover.econometrics.mediation.effects.ROUTES`; ``part_of`` says which effect the
            route is part of; then effect, std_error, pvalue, low, high.
        """
        long = self.quantities(draws, interval)
        table = long[long.index.get_level_values("path") == "route"].droplevel("path")
        table.insert(0, "part_of", ["direct", "direct", "indirect", "indirect", "indirect"])
        return table.rename_axis(index=None)

    def shares(self, draws: Draws | None = None) -> pd.DataFrame:
        """Mediated share of the direct, indirect and total effect, by three definitions.

        Returns
        -------
        DataFrame
            Indexed by (definition, kind): share; std_error, low and high by the delta method;
            ``fieller`` (a :class:`ConfidenceSet`) and ``bounded``; ``denominator_pvalue``; with
            draws also draws_low and draws_high (percentiles). Where the denominator cannot be
            told from zero the share can be anything: Fieller's set is unbounded there, and the
            finite intervals of the other methods are not to be believed.
        """
        point, covariance = self._delta
        values = dict(zip(ALL, point.tolist(), strict=True))
        joint = pd.DataFrame(covariance, index=ALL, columns=ALL)
        sample = None if draws is None else pd.DataFrame(draws.values, columns=ALL)
        rows = {
            (name, kind): _share(values, joint, sample, name, kind, self.level)
            for name in SHARES
            for kind in KINDS
        }
        index = pd.MultiIndex.from_tuples(list(rows), names=["definition", "kind"])
        return pd.DataFrame(list(rows.values()), index=index)

    def steps(self) -> pd.DataFrame:
        """Baron and Kenny's steps as the first paper reads them; see :func:`.steps.stepwise`."""
        return stepwise(self.system)


def _normal(point: Array, error: Array, level: float) -> dict[str, Array]:
    z = np.divide(np.abs(point), error, out=np.full_like(point, np.nan), where=error > 0)
    reach = float(ndtri(0.5 + level / 2)) * error
    return {
        "std_error": error,
        "pvalue": 2 * ndtr(-z),
        "low": point - reach,
        "high": point + reach,
    }


def _from_draws(point: Array, values: Array, interval: str, level: float) -> dict[str, Array]:
    if interval not in INTERVALS:
        raise MediationError(f"interval={interval!r}; choose from {list(INTERVALS)}")
    tails = np.array([0.5 - level / 2, 0.5 + level / 2])
    # share of draws below the estimate; ties count half
    below = ((values < point).mean(axis=0) + (values <= point).mean(axis=0)) / 2
    edge = 0.5 / len(values)
    shift = ndtri(np.clip(below, edge, 1 - edge))
    shift = shift if interval == "bias-corrected" else np.zeros_like(shift)
    ends = np.array(
        [
            np.quantile(values[:, j], ndtr(2 * shift[j] + ndtri(tails)))
            for j in range(values.shape[1])
        ]
    )
    positive = (values >= 0).sum(axis=0)
    side = np.minimum(positive, len(values) - positive)
    unknown = np.isnan(values).any(axis=0)
    pvalue = np.minimum(1.0, 2 * (side + 1) / (len(values) + 1))
    return {
        "std_error": values.std(axis=0, ddof=1),
        "pvalue": np.where(unknown, np.nan, pvalue),
        "low": ends[:, 0],
        "high": ends[:, 1],
    }


def _share(
    values: dict[tuple[str, str], float],
    joint: pd.DataFrame,
    sample: pd.DataFrame | None,
    name: str,
    kind: str,
    level: float,
) -> dict[str, object]:
    """One share with all its intervals; NaN where the model sets the denominator to zero."""
    above, under, complement = SHARES[name]
    top, bottom = (above, kind), (under, kind)
    part = joint.loc[[top, bottom], [top, bottom]].to_numpy()
    m, d, vm, vd, vmd = values[top], values[bottom], part[0, 0], part[1, 1], part[0, 1]
    if vd == 0:
        return {"share": np.nan, "fieller": None, "bounded": False}
    ratio = m / d
    error = np.sqrt(max(vm - 2 * ratio * vmd + ratio**2 * vd, 0.0)) / abs(d)
    error = np.nan if np.isnan(vmd) else error
    share = 1 - ratio if complement else ratio
    reach = float(ndtri(0.5 + level / 2)) * error
    limits = None if np.isnan(vmd) else fieller(m, d, vm, vd, vmd, level)
    if limits is not None and complement:
        limits = ConfidenceSet(tuple((1 - b, 1 - a) for a, b in limits.intervals[::-1]), level)
    row: dict[str, object] = {
        "share": share,
        "std_error": error,
        "low": share - reach,
        "high": share + reach,
        "fieller": limits,
        "bounded": limits is not None and limits.bounded,
        "denominator_pvalue": float(2 * ndtr(-abs(d) / np.sqrt(vd))),
    }
    if sample is not None:
        drawn = (sample[top] / sample[bottom]).to_numpy()
        drawn = 1 - drawn if complement else drawn
        tails = [0.5 - level / 2, 0.5 + level / 2]
        row["draws_low"], row["draws_high"] = (float(q) for q in np.quantile(drawn, tails))
    return row

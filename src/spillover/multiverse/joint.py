"""One question asked of several variants of a study: tests that allow for how many there are.

:func:`joint_tests` says which of a few variants have an effect, :func:`curve_tests` whether a
whole curve of thousands could come about without any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from spillover.econometrics import wild
from spillover.econometrics.checks import one_of, some
from spillover.econometrics.multiplicity import holm, step_down
from spillover.econometrics.regression import design
from spillover.econometrics.spatialpanel.data import Array
from spillover.econometrics.weights import dense
from spillover.multiverse.curve import LEVEL, WEIGHT, Weigh, weighted, weighted_median
from spillover.multiverse.engine import EFFECTS, REASONS, Store
from spillover.multiverse.grid import own_study
from spillover.multiverse.specification import (
    FIT_OPTIONS,
    MODEL_OPTIONS,
    MultiverseError,
    Specification,
    plan,
)
from spillover.studies.study import Study, StudyError


def joint_tests(study: Study, draws: int = 9999, seed: int = 0, **choices: Any) -> pd.DataFrame:
    """Test the exposure's effects under every combination of choices, together.

    Of the regression with spatial lags of the regressors (SLX), y = xβ + Wxθ + …, in which effects
    are linear: direct β, indirect θ times the mean row sum of W, total their sum. Every null is
    tested by the wild cluster bootstrap with CR3 errors, and all by the same draws, so that what
    the tests have in common is known.

    Parameters
    ----------
    study : Study
        Its fixed effects and weights; clusters are its units.
    draws, seed : int
    **choices
        As in :func:`spillover.multiverse.plan`; all variants must have the same units.

    Returns
    -------
    DataFrame
        Indexed by (label, effect): effect, std_error (CR3), pvalue (of this test alone), holm and
        step_down (adjusted for all rows).

    Raises
    ------
    MultiverseError
        Variants with other units, random effects, or an exposure without a spatial lag.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> table = joint_tests(CARBON, 999, GIA=["hydro", "wind and solar"])
    >>> table.shape
    (6, 5)
    """
    specs = plan(study, **choices)
    units = sorted(specs[0].study.units)
    signs, complete = wild.draws(len(units), draws, seed=seed, fault=MultiverseError)
    source = _Source(units)
    keys, estimates, statistics, drawn = [], [], [], []
    for spec in specs:
        y, X, restrictions, places, _ = source.regression(spec)
        clusters = np.repeat(np.arange(len(units)), len(y) // len(units))
        b = np.linalg.lstsq(X, y, rcond=None)[0]
        for effect, restriction in zip(EFFECTS, restrictions, strict=True):
            test = wild.restriction_test(X, restriction[None, :], clusters, "cr3")
            keys.append((spec.label, effect))
            estimates.append(float(restriction @ b))
            statistics.append(test.statistic(y))
            drawn.append(test.drawn(y, signs[places], "cr2"))
    alone = [wild.pvalue(s, d, complete) for s, d in zip(statistics, drawn, strict=True)]
    value, F = np.array(estimates), np.array(statistics)
    return pd.DataFrame(
        {
            "effect": value,
            "std_error": np.abs(value) / np.sqrt(F),
            "pvalue": alone,
            "holm": holm(alone),
            "step_down": step_down(F, drawn),
        },
        index=pd.MultiIndex.from_tuples(keys, names=["label", "effect"]),
    )


UNUSED = ("model", "cov_type", "effects", *MODEL_OPTIONS, *FIT_OPTIONS)
"""Choices that make no difference to a test of least squares with CR3 errors."""

STATISTICS = ("median", "share significant", "mean z")


@dataclass(frozen=True, eq=False)
class CurveTests:
    """What a whole specification curve says against no effect in any specification.

    Attributes
    ----------
    tests : DataFrame
        Indexed by (effect, statistic): value; null, its median where there is no effect; low and
        high, between which 95 % of the draws lie; pvalue.
    table : DataFrame
        One row a specification, as :func:`spillover.multiverse.grid` has it (without the columns
        that least squares has not), with its weight: estimates, CR3 errors and their t-tests; or
        the reason why there are none.
    draws : int
    direction : str or None
    """

    tests: pd.DataFrame
    table: pd.DataFrame
    draws: int
    direction: str | None


def curve_tests(
    study: Study | pd.DataFrame,
    draws: int = 999,
    seed: int = 0,
    weigh: Weigh | None = None,
    direction: str | None = None,
    **choices: Any,
) -> CurveTests:
    """Test that the exposure has no effect in any specification, by the whole curve.

    Three statistics of the curve (Simonsohn, Simmons and Nelson 2020): the median effect; the
    share of specifications in which the effect is significant in the predominant direction; the
    mean of z over all p-values (Stouffer). Each is compared with what it is in samples without an
    effect, so that it does not matter how much the specifications have in common.

    Parameters
    ----------
    study : Study or DataFrame
        A declared study, or a panel of your own as :func:`spillover.multiverse.grid` takes it;
        clusters are its units.
    draws, seed : int
    weigh : mapping, optional
        How much each specification counts, as in :func:`spillover.multiverse.weighted`.
    direction : str, optional
        "positive" or "negative": tests against an effect in this direction alone; by default
        against either.
    **choices
        As in :func:`spillover.multiverse.plan`. Windows, measures and weights may differ; units
        may not.

    Returns
    -------
    CurveTests

    Raises
    ------
    MultiverseError
        Specifications with other units, random effects, or without a spatial lag of the exposure;
        a choice that makes no difference to least squares with CR3 errors, which would count one
        specification several times; no specification that can be estimated.

    Notes
    -----
    As in :func:`joint_tests`, of the regression with spatial lags of the regressors (SLX), whose
    effects are linear in its coefficients. For each specification and effect the null is imposed
    on the specification's own regression, and the sign of all its residuals in a unit is drawn
    (the wild cluster bootstrap, with CR3 errors). One draw is one sign for each unit, the same in
    all specifications, which keeps their dependence (the resampling of Simonsohn, Simmons and
    Nelson redraws whole rows to the same end).

    With estimates b and their t (of as many degrees of freedom as units less one), weights w: the
    median is of b times the standard deviation of the exposure over that of the outcome, so that
    measures in other units count alike; z = Φ⁻¹(F(t)), positive where the effect is. Against
    either direction the absolute median, the larger of the two shares and the absolute mean of z
    are compared. Positive and negative effects cancel in the first and the third. A low
    p-value says that not all specifications are without an effect, not which one has it.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> found = curve_tests(CARBON, 199, GIA=["hydro", "wind and solar"], weights=["rook"])
    >>> found.tests.loc["direct"].index.to_list()
    ['median', 'share significant', 'mean z']
    """
    for name in choices:
        if name in UNUSED:
            raise MultiverseError(
                f"{name} makes no difference to least squares with CR3 errors; leave it out, so "
                "that no specification counts several times"
            )
    if direction is not None:
        one_of(direction, ("positive", "negative"), MultiverseError, "direction")
    if not isinstance(study, Study):
        study, choices = own_study(study, choices)
    planned = plan(study, **choices)
    table, specs = planned.labels(), list(planned)
    weights = weighted(table, weigh or {})[WEIGHT].to_numpy()
    units = sorted(specs[0].study.units)
    signs, complete = wild.draws(len(units), draws, seed=seed, fault=MultiverseError)
    source, curve = _Source(units), _Curve(len(units) - 1)
    rows: list[dict[str, Any]] = [{}] * len(specs)
    for alike in _by_design(specs):
        test: wild.SharedDraws | None = None
        for i in alike:
            try:
                y, X, restrictions, places, scale = source.regression(specs[i])
                test = test or wild.SharedDraws(X, restrictions, len(units), StudyError)
            except REASONS as error:
                rows[i] = {"reason": str(error)}
                continue
            estimated = test.estimates(y)
            rows[i] = curve.row(*estimated)
            if weights[i]:
                curve.add(weights[i], scale, estimated, test.drawn(y, signs[places]))
    if not curve.weights:
        raise MultiverseError(f"nothing could be estimated; {specs[0].label}: {rows[0]['reason']}")
    found = table.join(pd.DataFrame(rows, columns=[*_COLUMNS, "reason"], index=table.index))
    found = found.assign(reason=found["reason"].fillna(""), **{WEIGHT: weights})
    return CurveTests(curve.tests(direction, complete), found, signs.shape[1], direction)


_COLUMNS = [
    f"{e}{part}" for e in EFFECTS for part in ("", "_std_error", "_pvalue", "_low", "_high")
]


class _Curve:
    """Statistics of a curve, gathered one specification at a time: in the data and in draws."""

    def __init__(self, df: int) -> None:
        self.df, self.reach = df, float(special.stdtrit(df, 1 - LEVEL / 2))
        self.weights: list[float] = []
        self.effects: list[Array] = []  # in standard deviations, the data first: (q, 1 + B)
        self.sums: Array = np.zeros(
            (3, 1, 1)
        )  # of w for positive and negative ones, of w z: (3, q, 1 + B)

    def row(self, estimates: Array, errors: Array) -> dict[str, float]:
        p = 2 * special.stdtr(self.df, -np.abs(estimates / errors))
        reach = self.reach * errors
        parts = np.column_stack([estimates, errors, p, estimates - reach, estimates + reach])
        return dict(zip(_COLUMNS, parts.ravel().tolist(), strict=True))

    def add(
        self, weight: float, scale: float, data: tuple[Array, Array], drawn: tuple[Array, Array]
    ) -> None:
        estimates = np.column_stack([data[0], drawn[0]])
        t = np.column_stack([data[0] / data[1], drawn[1]])
        z = -special.ndtri(special.stdtr(self.df, -np.abs(t))) * np.sign(t)
        self.sums = self.sums + weight * np.array([t > self.reach, t < -self.reach, z])
        self.effects.append(scale * estimates)
        self.weights.append(weight)

    def tests(self, direction: str | None, complete: bool) -> pd.DataFrame:
        weights = np.array(self.weights) / sum(self.weights)
        positive, negative, z = self.sums / sum(self.weights)
        median = weighted_median(np.array(self.effects), weights)
        share = {"positive": positive, "negative": negative, None: np.maximum(positive, negative)}
        sign = -1.0 if direction == "negative" else 1.0
        values = np.stack([median, share[direction], z], axis=1)  # (q, 3, 1 + B)
        against = np.stack([sign * median, share[direction], sign * z], axis=1)
        if direction is None:
            against = np.abs(against)
        low, middle, high = np.quantile(values[..., 1:], [0.025, 0.5, 0.975], axis=-1)
        flat = against.reshape(-1, against.shape[-1])
        return pd.DataFrame(
            {
                "value": values[..., 0].ravel(),
                "null": middle.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
                "pvalue": [wild.pvalue(row[0], row[1:], complete) for row in flat],
            },
            index=pd.MultiIndex.from_product([EFFECTS, STATISTICS], names=["effect", "statistic"]),
        )


class _Source:
    """Regressions of many specifications; what several of them share is made once."""

    def __init__(self, units: Sequence[str]) -> None:
        self.units = list(units)
        self.store = Store()
        self.matrices: dict[Any, Array] = {}

    def regression(self, spec: Specification) -> tuple[Array, Array, Array, list[int], float]:
        """y, columns, restrictions, each unit's place among all, ratio of standard deviations."""
        study, data = spec.study, self.store.data(spec.study)
        if set(data.entities) != set(self.units):
            raise MultiverseError(
                f"{spec.label} has other units than the first: "
                f"{some(sorted(set(data.entities) ^ set(self.units)))}; expected the same, so that "
                "all can be tested by the same draws"
            )
        key = _graph(study)
        if key not in self.matrices:
            W = dense(study.graph())
            self.matrices[key] = W.loc[data.entities, data.entities].to_numpy()
        columns, restrictions = _design(spec, data.X, self.matrices[key])
        places = [self.units.index(unit) for unit in data.entities]
        exposure = data.X[:, study.regressors.index(study.exposure)]
        return data.y, columns, restrictions, places, float(exposure.std() / data.y.std())


def _graph(study: Study) -> Any:
    """What weights depend on."""
    name = study.weights if isinstance(study.weights, str) else id(study.weights)
    return name, study.gdp, study.years, study.without


def _by_design(specs: Sequence[Specification]) -> list[list[int]]:
    """Positions of specifications that differ in the outcome alone, which share regressors."""
    groups: dict[Any, list[int]] = {}
    for i, spec in enumerate(specs):
        study = spec.study
        variants = [study.variants.get(s) for name in study.regressors for s in name.split(":")]
        key = (study.regressors, *variants, study.without_years, _graph(study))
        groups.setdefault((*key, spec.fixed_effects, spec.lagged), []).append(i)
    return list(groups.values())


def _design(spec: Specification, X: Array, W: Array) -> tuple[Array, Array]:
    """Columns of a regression, and the weights of the coefficients in each effect.

    Parameters
    ----------
    X : array, shape (N·T, k)
        Regressors, all years of the first unit first.
    W : array, shape (N, N)
    """
    study = spec.study
    if spec.fixed_effects == "random" or study.exposure not in spec.lagged:
        raise MultiverseError(
            f"{spec.label}: {spec.fixed_effects} effects, lags of {list(spec.lagged)}; expected "
            f"fixed effects and a lag of {study.exposure}"
        )
    units, years = len(W), len(X) // len(W)
    own = X[:, [study.regressors.index(name) for name in spec.lagged]]
    lags = (W @ own.reshape(units, -1)).reshape(own.shape)
    places = np.repeat(np.arange(units), years), np.tile(np.arange(years), units)
    columns = design(np.column_stack([X, lags]), *places, study.fixed_effects)
    restrictions = np.zeros((len(EFFECTS), columns.shape[1]))
    restrictions[[0, 2], study.regressors.index(study.exposure)] = 1.0
    restrictions[1:, X.shape[1] + spec.lagged.index(study.exposure)] = W.sum() / len(W)
    return columns, restrictions

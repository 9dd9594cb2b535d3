"""The robustness checks of a study: one thing varied at a time, everything else as declared.

Which variants there are follows from the study and the catalogue of variables, so that a fork
gets its own; nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

from spillover.data import panel
from spillover.multiverse.engine import run
from spillover.multiverse.specification import (
    MultiverseError,
    Specification,
    specify,
)
from spillover.multiverse.tabulating import tidy
from spillover.studies import variables, weights
from spillover.studies.study import Study

MIN_YEARS = 6
MAX_GAPS = 3

Variants = Iterable[Specification]


def _one(study: Study, group: str, label: str, **choices: Any) -> Specification:
    return specify(study, **choices).named(group, label)


def _span(years: tuple[int, int]) -> str:
    return f"{years[0]}–{years[1]}"


def windows(study: Study) -> Variants:
    """Every shorter window of at least six consecutive years."""
    first, last = study.years
    for length in range(last - first, MIN_YEARS - 1, -1):
        for start in range(first, last - length + 2):
            years = (start, start + length - 1)
            yield _one(study, "window", _span(years), years=years)


def matrices(study: Study) -> Variants:
    """Every other matrix of weights: of the map, and of incomes."""
    for name in (*weights.NAMED, *weights.ECONOMIC):
        if name != study.weights:
            yield _one(study, "weights", name, weights=name)


def provinces(study: Study) -> Variants:
    """Each province left out in turn; where that leaves another alone, both as well."""
    for name in panel.provinces():
        if name in study.without:
            continue
        alone = _only_neighbour_of(study, name)
        for left in [(name,), (name, *alone)] if alone else [(name,)]:
            label = f"without {' and '.join(left)}"
            yield _one(study, "province left out", label, without=(*study.without, *left))


def _only_neighbour_of(study: Study, name: str) -> list[str]:
    """Provinces with no neighbour but `name`."""
    adjacency = study.graph().adjacency
    count = adjacency.groupby(level="focal").size()
    return [other for other in adjacency[:, name].index if count[other] == 1]


def years(study: Study) -> Variants:
    """Each year left out in turn; the panel stays balanced."""
    for year in range(study.years[0], study.years[1] + 1):
        if year not in study.without_years:
            left = (*study.without_years, year)
            yield _one(study, "year left out", f"without {year}", without_years=left)


def _other_variants(study: Study, symbol: str) -> list[variables.Variable]:
    known = variables.catalogue()[symbol]
    current = variables.pick(symbol, study.variants.get(symbol)).variant
    return [v for name, v in known.items() if name != current]


def _common(study: Study, variant: variables.Variable) -> tuple[int, int]:
    return max(study.years[0], variant.years[0]), min(study.years[1], variant.years[1])


def candidates(study: Study) -> Variants:
    """Other measures of the outcome in the years they are complete, and ours in the same years."""
    own = variables.pick(study.outcome, study.variants.get(study.outcome)).variant
    group, seen = f"{study.outcome} candidate", set()
    for variant in _other_variants(study, study.outcome):
        span = _common(study, variant)
        if span != study.years and span not in seen:
            yield _one(study, group, f"{own}, {_span(span)}", years=span)
        seen.add(span)
        label = f"{variant.variant}, {_span(span)}"
        yield _one(study, group, label, years=span, **{study.outcome: variant.variant})


def vintages(study: Study) -> Variants:
    """Other vintages of GDP."""
    for vintage in variables.GDP_VINTAGES:
        if vintage != study.gdp:
            yield _one(study, "GDP vintage", vintage, gdp=vintage)


def measures(study: Study) -> Variants:
    """Other variants of exposure and controls; where one has gaps, ours in the same sample too."""
    for symbol in study.regressors:
        for variant in _other_variants(study, symbol):
            group = f"{symbol} variant"
            changed = {symbol: variant.variant}
            if _common(study, variant) == study.years:
                yield _one(study, group, variant.variant, **changed)
                continue
            sample = complete_sample(study.but(**changed), symbol)
            label = f"{_span(sample['years'])}, {30 - len(sample['without'])} provinces"
            own = variables.pick(symbol, study.variants.get(symbol)).variant
            yield _one(study, group, f"{own}, {label}", **sample)
            yield _one(study, group, f"{variant.variant}, {label}", **sample, **changed)


def complete_sample(study: Study, symbol: str) -> dict[str, Any]:
    """Years in which at most three provinces lack a variable, without those that lack it then.

    Returns
    -------
    dict
        ``years`` and ``without``, for :meth:`spillover.studies.study.Study.but`.
    """
    first, last = study.years
    variant = {symbol: study.variants.get(symbol)}
    whole = variables.build(panel.load(), variant, study.gdp)[symbol]
    gaps = whole.unstack("year").loc[:, first:last].isna()
    good = gaps.columns[gaps.sum() <= MAX_GAPS]
    if not len(good):
        raise MultiverseError(f"{symbol} has no year with at most {MAX_GAPS} gaps in {study.years}")
    lacking = [name for name in panel.provinces() if gaps.loc[name, good].any()]
    return {
        "years": (int(good[0]), int(good[-1])),
        "without": tuple(dict.fromkeys((*study.without, *lacking))),
    }


def control_sets(study: Study) -> Variants:
    """Each control left out in turn, then all; each mediator held fixed."""
    for name in study.controls:
        rest = tuple(c for c in study.controls if c != name)
        yield _one(study, "controls", f"without {name}", controls=rest)
    if study.controls:
        yield _one(study, "controls", "without controls", controls=())
    for name in study.mediators:
        yield _one(study, "controls", f"with {name}", controls=(*study.controls, name))


def durbin_sets(study: Study) -> Variants:
    """Spatial lags of all regressors, of the exposure, of none; other spatial models."""
    labels = {"all": "lags of all", "exposure": f"lag of {study.exposure}", "none": "no lags (SAR)"}
    for value, label in labels.items():
        spec = _one(study, "spatial terms", label, durbin=value)
        if spec.lagged != specify(study).lagged:
            yield spec
    for model in ("slx", "sdem", "sem", "ols"):
        yield _one(study, "spatial terms", model.upper(), model=model)


def fixed_effects(study: Study) -> Variants:
    """Other fixed effects, and random ones."""
    for name in ("none", "entity", "time", "twoway", "random"):
        if name != study.fixed_effects:
            yield _one(study, "fixed effects", name, fixed_effects=name)


def covariances(study: Study) -> Variants:
    """Other covariances of the same estimates."""
    for name in ("observed", "expected", "driscoll-kraay"):
        yield _one(study, "covariance", name, cov_type=name)
    yield _one(study, "covariance", "robust, small sample", small_sample=True)


def corrections(study: Study) -> Variants:
    """Demean first and lag then; means of draws; bias corrections of Lee and Yu."""
    yield _one(study, "estimator", "lag after demeaning", lag_after_demeaning=True)
    yield _one(study, "estimator", "mean of draws", effects="mean of draws")
    for name in ("lee-yu", "transformation"):
        yield _one(study, "estimator", name, correction=name)


GROUPS: dict[str, Callable[[Study], Variants]] = {
    "window": windows,
    "weights": matrices,
    "province": provinces,
    "year": years,
    "outcome": candidates,
    "vintage": vintages,
    "measures": measures,
    "controls": control_sets,
    "spatial terms": durbin_sets,
    "fixed effects": fixed_effects,
    "covariance": covariances,
    "estimator": corrections,
}
"""What is varied, in the order of the table."""


def variants(study: Study, groups: Sequence[str] | None = None) -> list[Specification]:
    """All robustness checks of a study in their order, the study itself first.

    Parameters
    ----------
    groups : sequence of str, optional
        Keys of :data:`GROUPS`; all by default.
    """
    for name in groups or ():
        if name not in GROUPS:
            raise MultiverseError(f"no group {name!r}; choose from {list(GROUPS)}")
    found = [_one(study, "baseline", "as declared")]
    for name in groups or GROUPS:
        found.extend(GROUPS[name](study))
    return found


def robustness(study: Study, groups: Sequence[str] | None = None, n_jobs: int = 1) -> pd.DataFrame:
    """Effects of the exposure under every robustness check, one row each.

    Parameters
    ----------
    study : Study
    groups : sequence of str, optional
        Keys of :data:`GROUPS`; all by default.
    n_jobs : int
        Processes; the result does not depend on it.

    Returns
    -------
    DataFrame
        As :func:`spillover.multiverse.tidy` describes; a check that cannot be estimated
        is a row with the reason.

    Examples
    --------
    >>> from spillover.studies.study import CARBON
    >>> table = robustness(CARBON, groups=["province"])
    >>> len(table), table.loc[table["reason"] != "", "label"].to_list()
    (32, ['without Guangdong'])
    """
    return tidy(run(variants(study, groups), n_jobs))

"""The robustness checks of a study: one thing varied at a time, everything else as declared.

Which variants there are follows from the study, its variables and their alternatives, so that a
fork gets its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from spillover.econometrics.checks import shown
from spillover.multiverse.engine import estimates, run, tidy, with_choices
from spillover.multiverse.specification import (
    FIXED_EFFECTS,
    MultiverseError,
    Specification,
    labelled,
    plan,
    specify,
)
from spillover.studies import variables
from spillover.studies.study import Study

MIN_YEARS = 6
MAX_GAPS = 3

Variants = Iterable[Specification]


def _span(years: tuple[int, int]) -> str:
    return f"{years[0]}–{years[1]}"


def windows(study: Study) -> Variants:
    """Every shorter window of at least six consecutive years."""
    first, last = study.years
    for length in range(last - first, MIN_YEARS - 1, -1):
        for start in range(first, last - length + 2):
            years = (start, start + length - 1)
            yield specify(study, "window", _span(years), years=years)


def _matrices(study: Study) -> Variants:
    """Every other matrix of weights that the study has a name for."""
    for name in study.weights_names:
        if name != study.weights:
            yield specify(study, "weights", name, weights=name)


def units(study: Study) -> Variants:
    """Each unit left out in turn; where that leaves another without neighbours, both as well."""
    adjacency = study.graph().adjacency
    neighbours = adjacency.groupby(level="focal").size()
    for name in study.units:
        alone = [other for other in adjacency[:, name].index if neighbours[other] == 1]
        for left in [(name,), (name, *alone)] if alone else [(name,)]:
            label = f"without {' and '.join(left)}"
            yield specify(study, "province left out", label, without=(*study.without, *left))


def years(study: Study) -> Variants:
    """Each year left out in turn; the panel stays balanced."""
    for year in range(study.years[0], study.years[1] + 1):
        if year not in study.without_years:
            left = (*study.without_years, year)
            yield specify(study, "year left out", f"without {year}", without_years=left)


def _other_variants(study: Study, symbol: str) -> list[variables.Variable]:
    current = study.variable(symbol).variant
    return [v for name, v in study.alternatives(symbol).items() if name != current]


def _common(study: Study, variant: variables.Variable) -> tuple[int, int]:
    return max(study.years[0], variant.years[0]), min(study.years[1], variant.years[1])


def candidates(study: Study) -> Variants:
    """Other measures of the outcome in the years they are complete, and ours in the same years."""
    own = study.variable(study.outcome).variant
    group, seen = f"{study.outcome} candidate", set()
    for variant in _other_variants(study, study.outcome):
        span = _common(study, variant)
        if span != study.years and span not in seen:
            yield specify(study, group, f"{own}, {_span(span)}", years=span)
        seen.add(span)
        label = f"{variant.variant}, {_span(span)}"
        yield specify(study, group, label, years=span, **{study.outcome: variant.variant})


def vintages(study: Study) -> Variants:
    """Other vintages of GDP, where a variable rests on it."""
    rests = any("gdp" in study.variable(symbol).columns for symbol in study.symbols)
    for vintage in variables.GDP_VINTAGES:
        if rests and vintage != study.gdp:
            yield specify(study, "GDP vintage", vintage, gdp=vintage)


def measures(study: Study) -> Variants:
    """Other variants of exposure and controls; where one has gaps, ours in the same sample too."""
    for symbol in study.regressors:
        own = study.variable(symbol).variant
        for variant in _other_variants(study, symbol):
            group, changed = f"{symbol} variant", {symbol: variant.variant}
            if _common(study, variant) == study.years:
                yield specify(study, group, variant.variant, **changed)
                continue
            sample = _complete_sample(study.but(**changed), symbol)
            left = len(study.but(**sample).units)
            label = f"{_span(sample['years'])}, {left} provinces"
            yield specify(study, group, f"{own}, {label}", **sample)
            yield specify(study, group, f"{variant.variant}, {label}", **sample, **changed)


def _complete_sample(study: Study, symbol: str) -> dict[str, Any]:
    """Years in which at most three units lack a variable, without those that lack it then.

    Returns
    -------
    dict
        ``years`` and ``without``, for :meth:`spillover.studies.study.Study.but`.
    """
    whole = study.but(without=(), without_years=())
    gaps = whole.frame(symbol, gaps=True)[symbol].unstack("year").isna()
    good = gaps.columns[gaps.sum() <= MAX_GAPS]
    if not len(good):
        raise MultiverseError(f"{symbol} has no year with at most {MAX_GAPS} gaps in {study.years}")
    with_gaps = gaps[good].any(axis=1)
    lacking = [name for name in whole.units if with_gaps[name]]
    return {
        "years": (int(good[0]), int(good[-1])),
        "without": tuple(dict.fromkeys((*study.without, *lacking))),
    }


def _control_sets(study: Study) -> Variants:
    """Each control left out in turn, then all; each mediator held fixed."""
    for name in study.controls:
        rest = tuple(c for c in study.controls if c != name)
        yield specify(study, "controls", f"without {name}", controls=rest)
    if study.controls:
        yield specify(study, "controls", "without controls", controls=())
    for name in study.mediators:
        yield specify(study, "controls", f"with {name}", controls=(*study.controls, name))


def _durbin_sets(study: Study) -> Variants:
    """Spatial lags of all regressors, of the exposure, of none; other spatial models."""
    labels = {"all": "lags of all", "exposure": f"lag of {study.exposure}", "none": "no lags (SAR)"}
    for value, label in labels.items():
        spec = specify(study, "spatial terms", label, durbin=value)
        if spec.lagged != specify(study).lagged:
            yield spec
    for model in ("slx", "sdem", "sem", "ols"):
        yield specify(study, "spatial terms", model.upper(), model=model)


def fixed_effects(study: Study) -> Variants:
    """Other fixed effects, and random ones."""
    for name in FIXED_EFFECTS:
        if name != study.fixed_effects:
            yield specify(study, "fixed effects", name, fixed_effects=name)


def covariances(study: Study) -> Variants:
    """Other covariances of the same estimates."""
    for name in ("clustered", "cr2", "cr3", "clustered-xsmle", "observed", "driscoll-kraay"):
        if name != study.cov_type:
            yield specify(study, "covariance", name, cov_type=name)


def corrections(study: Study) -> Variants:
    """Demean first and lag then; means of draws; no correction (as printed), and the others."""
    yield specify(study, "estimator", "lag after demeaning", lag_after_demeaning=True)
    yield specify(study, "estimator", "mean of draws", effects="mean of draws")
    labels = {None: "dummy variables", "lee-yu": "lee-yu", "transformation": "transformation"}
    for value, label in labels.items():
        if value != {"auto": "transformation"}.get(str(study.correction), study.correction):
            yield specify(study, "estimator", label, correction=value)


GROUPS: dict[str, Callable[[Study], Variants]] = {
    "window": windows,
    "weights": _matrices,
    "province": units,
    "year": years,
    "outcome": candidates,
    "vintage": vintages,
    "measures": measures,
    "controls": _control_sets,
    "spatial terms": _durbin_sets,
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
    if groups is not None and not isinstance(groups, list | tuple):
        raise MultiverseError(f"groups={shown(groups)}; expected a list, as ['province']")
    for name in groups or ():
        if name not in GROUPS:
            raise MultiverseError(f"no group {name!r}; choose from {list(GROUPS)}")
    found = [specify(study, "baseline", "as declared")]
    for name in groups or GROUPS:
        found.extend(GROUPS[name](study))
    return found


def robustness(study: Study, groups: Sequence[str] | None = None, jobs: int = 1) -> pd.DataFrame:
    """Effects of the exposure under every robustness check, one row each.

    Parameters
    ----------
    study : Study
    groups : sequence of str, optional
        Keys of :data:`GROUPS`; all by default.
    jobs : int
        Processes; the result does not depend on it.

    Returns
    -------
    DataFrame
        As :func:`spillover.multiverse.tidy` describes; a check that cannot be estimated
        is a row with the reason.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> table = robustness(CARBON, groups=["province"])
    >>> len(table), table.loc[table["reason"] != "", "label"].to_list()
    (32, ['without Guangdong'])
    """
    return tidy(run(variants(study, groups), jobs))


def crossing(study: Study, jobs: int = 1, **choices: Any) -> pd.DataFrame:
    """Effects of the exposure under every measure of the outcome, every effect and every weights.

    The measures are compared in the years that all of them cover, and each in all of its own: where
    two differ, the first comparison says whether the measure is the reason.

    Parameters
    ----------
    study : Study
    jobs : int
        Processes; the result does not depend on it.
    **choices
        As in :func:`spillover.multiverse.plan`: further choices, or others than all of the
        study's weights and the four `fixed_effects` "none", "time", "entity" and "twoway".

    Returns
    -------
    DataFrame
        One row a combination, each once: the outcome's measure under the outcome's symbol, years,
        the choices, all as categories; common and own, whether the years are those of all
        measures and those of this one; then the columns of :func:`spillover.multiverse.grid`.

    Raises
    ------
    MultiverseError
        The measures have no year in common.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> table = crossing(CARBON, weights=["rook"], fixed_effects=["twoway"])
    >>> table.loc[table["own"], ["CP", "years"]].iloc[0].to_list()
    ['CEADs apparent', '2013–2022']
    """
    spans = {name: _common(study, v) for name, v in study.alternatives(study.outcome).items()}
    shared = max(first for first, _ in spans.values()), min(last for _, last in spans.values())
    if shared[0] > shared[1]:
        raise MultiverseError(f"measures of {study.outcome} have no year in common: {spans}")
    varied = {
        "fixed_effects": ["none", "time", "entity", "twoway"],
        "weights": list(study.weights_names),
        **choices,
    }
    specs, kinds = [], []
    for name, own in spans.items():
        for years in dict.fromkeys((shared, own)):
            sample = {study.outcome: name, "years": years}
            more = plan(study.but(**sample), **varied)
            labels = {study.outcome: name, "years": _span(years)}
            specs += [replace(spec, choices={**labels, **spec.choices}) for spec in more]
            kinds += [{"common": years == shared, "own": years == own}] * len(more)
    results = run(specs, jobs)
    rest = pd.concat([pd.DataFrame(kinds), estimates(results, study.exposure)], axis=1)
    return with_choices(results, rest)


def choices(study: Study) -> dict[str, dict[str, Any]]:
    """All choices that a study knows, for :func:`spillover.multiverse.grid` to cross or sample.

    Returns
    -------
    dict
        Name of a choice to its values by label: measures of the outcome and of the exposure,
        vintage of GDP, controls (all, none, each left out), effects, weights, spatial lags, model,
        windows of at least six years, correction and covariance. The crossing of all has millions
        of specifications, some of which cannot be estimated.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> known = choices(CARBON)
    >>> list(known["GIA"])[:2], len(known["years"])
    (['hydro, wind and solar', 'hydro and wind'], 15)
    """
    rest = {f"without {n}": tuple(c for c in study.controls if c != n) for n in study.controls}
    spans = {_span(study.years): study.years, **{s.label: s.study.years for s in windows(study)}}
    vintages_ = [study.gdp, *(s.study.gdp for s in vintages(study))]
    return labelled(
        {
            study.outcome: list(study.alternatives(study.outcome)),
            "gdp": vintages_,
            study.exposure: list(study.alternatives(study.exposure)),
            "controls": {"all": study.controls, **rest, "none": ()},
            "years": spans,
            "fixed_effects": list(FIXED_EFFECTS),
            "weights": list(study.weights_names),
            "durbin": ["all", "exposure", "none"],
            "model": ["sdm", "sdem", "slx"],
            "correction": {"transformation": "auto", "dummies": None},
            "cov_type": ["cr3", "clustered", "observed"],
        }
    )

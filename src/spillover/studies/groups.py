"""Heterogeneity of a study: its provinces ranked, grouped, and compared, one call each.

It hands a study's data to the generic functions and lays sensitivities side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from spillover.econometrics import checks
from spillover.econometrics.heterogeneity import (
    ByGroup,
    Curve,
    HeterogeneityError,
    Threshold,
    by_group,
    local,
    threshold,
    varying,
)
from spillover.econometrics.spatialpanel.data import FIXED_EFFECTS
from spillover.studies.rankings import DEFAULT, RANKINGS, percentile, ranking, split

if TYPE_CHECKING:
    from spillover.studies.study import Study

SIZES = ((10, 10, 10), (8, 12, 10), (12, 8, 10), (10, 8, 12), (10, 12, 8), (9, 12, 9), (11, 8, 11))
"""Group sizes (low, medium, high) of the sensitivity: borders shifted by up to two provinces."""


def _data(study: Study) -> tuple[pd.Series, pd.DataFrame]:
    frame = study.frame(study.outcome, *study.regressors)
    return frame[study.outcome], frame[list(study.regressors)]


def _figure(study: Study, by: str | pd.Series) -> pd.Series:
    """A ranking's figure, or one's own, by province of the study."""
    provinces = study.frame(study.outcome).index.unique("province")
    if isinstance(by, str):
        return ranking(by).drop(list(study.without), errors="ignore")
    values = checks.by_label(by, provinces, HeterogeneityError, "by", of="province")
    checks.columns_of_numbers(values.to_frame("by"), HeterogeneityError, "the figure")
    return values


def study_groups(
    study: Study,
    by: str | pd.Series = DEFAULT,
    sizes: tuple[int, ...] = (10, 10, 10),
    **options: Any,
) -> ByGroup:
    """Group regressions of a study, and the test that the groups are alike.

    Parameters
    ----------
    study : Study
    by : str or Series
        A name in :data:`.rankings.RANKINGS`, or a figure of your own by province.
    sizes : tuple of int
        Provinces in the low, medium and high group.
    **options
        As for :func:`.groups.by_group`: fixed_effects, cov_type, full, draws, seed.

    Raises
    ------
    HeterogeneityError
        No such ranking, a province without a value, sizes that do not add up.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> study_groups(CARBON).fit["nobs"].tolist()
    [100, 100, 100]
    """
    groups = split(_figure(study, by), sizes)
    return by_group(*_data(study), study.exposure, groups, **options)


def study_curve(
    study: Study, by: str | pd.Series = DEFAULT, kind: str = "spline", **options: Any
) -> Curve:
    """Return the exposure's coefficient over the provinces' percentile in a ranking.

    Parameters
    ----------
    kind : str
        "linear", "spline" or "local".
    **options
        As for :func:`.smooth.varying` or :func:`.smooth.local`.
    """
    checks.one_of(kind, ("linear", "spline", "local"), HeterogeneityError, "kind")
    z = percentile(_figure(study, by))
    if kind == "local":
        return local(*_data(study), study.exposure, z, **options)
    return varying(*_data(study), study.exposure, z, basis=kind, **options)


def study_threshold(study: Study, by: str | pd.Series = DEFAULT, **options: Any) -> Threshold:
    """Threshold in the figure's own units; options as for :func:`.threshold.threshold`."""
    return threshold(*_data(study), study.exposure, _figure(study, by), **options)


def sensitivity(
    study: Study,
    rankings: Sequence[str] = tuple(RANKINGS),
    sizes: Sequence[tuple[int, ...]] = SIZES,
    fixed_effects: Sequence[str] = ("none", "twoway"),
    full: bool = False,
) -> pd.DataFrame:
    """Compare the exposure's coefficient by group under every ranking, border and set of effects.

    Returns
    -------
    DataFrame
        Indexed by (ranking, sizes, fixed_effects): for each group estimate, low and high (joint
        model, CR3 clustered by province), ``equality_pvalue`` by the bootstrap, and
        ``on_outcome``: whether the ranking is made from the outcome.
    """
    rankings = checks.names(rankings, RANKINGS, HeterogeneityError, "rankings", "the project")
    fixed_effects = checks.names(
        fixed_effects, FIXED_EFFECTS, HeterogeneityError, "fixed_effects", "a panel"
    )
    y, X = _data(study)
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    for name in rankings:
        figure = _figure(study, name)
        for size in sizes:
            groups = split(figure, size)
            for kind in fixed_effects:
                found = by_group(y, X, study.exposure, groups, kind, full=full)
                rows[name, "-".join(map(str, size)), kind] = _line(found, name)
    index = pd.MultiIndex.from_tuples(list(rows), names=["ranking", "sizes", "fixed_effects"])
    return pd.DataFrame(list(rows.values()), index=index)


def _line(found: ByGroup, name: str) -> dict[str, object]:
    row: dict[str, object] = {
        f"{group}_{column}": found.exposure.loc[group, column]
        for group in found.exposure.index
        for column in ("estimate", "low", "high")
    }
    row["equality_pvalue"] = found.tests.loc["exposure", "pvalue"]
    row["on_outcome"] = RANKINGS[name].on_outcome
    return row

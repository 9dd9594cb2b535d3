"""What was estimated? How near each specification comes to a published table, and what they share.

Nearness is not identity: another specification that was not searched may be nearer. Nor is it
evidence where the yardstick decides it: :func:`smallest` shows distances by several.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics import regression
from spillover.multiverse.curve import choices_of
from spillover.multiverse.engine import EFFECTS, REASONS, Fitted, Store, run, with_choices
from spillover.multiverse.specification import labelled, plan
from spillover.replication import published
from spillover.replication.lag_structure import (
    SearchError,
    Target,
    implied_rho,
    lag_evidence,
    ratio_spread,
    root_mean_square,
    target,
    targets,
)
from spillover.studies import CARBON, Study

__all__ = [
    "DEFAULT_CHOICES",
    "Target",
    "implied_rho",
    "importance",
    "lag_evidence",
    "nearest",
    "regression_target",
    "search",
    "search_least_squares",
    "share_of_distance",
    "smallest",
    "target",
    "targets",
]

DEFAULT_CHOICES: dict[str, Any] = {
    "fixed_effects": ["none", "entity", "time", "twoway", "random"],
    "durbin": ["all", "exposure", "none"],
    "CP": ["CEADs apparent", "CEADs sectoral", "CEADs final use", "energy"],
    "weights": ["rook", "inverse distance", "5 nearest", "economic distance"],
    "years": [(2013, 2022), (2013, 2019)],
}
"""480 specifications of the first study; three of the inventories end before 2022."""

SLOW = ("URB", "PDE")
"""Urbanisation and density, which hardly move within a province."""

LEAST_SQUARES_CHOICES: dict[str, Any] = {
    "fixed_effects": ["none", "entity", "time", "twoway"],
    "years": [(2013, 2022), (2016, 2021), (2013, 2019)],
    "CP": ["CEADs apparent", "CEADs sectoral", "CEADs final use", "energy"],
    "gdp": ["census4", "census5", "first_release"],
    "cov_type": ["heteroskedastic", "clustered"],
}
"""288 regressions of the first study."""


def search(target: Target, study: Study = CARBON, jobs: int = 1, **choices: Any) -> pd.DataFrame:
    """Measure how near every combination of choices comes to published effects.

    Parameters
    ----------
    target : Target
    study : Study
        The study whose choices vary, with dummy variables as the papers have them unless it
        declares a correction.
    jobs : int
        Processes; the result does not depend on it.
    **choices
        As in :func:`spillover.multiverse.grid`; :data:`DEFAULT_CHOICES` by default.

    Returns
    -------
    DataFrame
        One row per combination, the choices as categories, then:
        distance (root mean square of (ours − published)/published error over all effects);
        distance_sd (the same with ours brought to the published scale of the outcome by the ratio
        of standard deviations) and within_two_errors (how many effects, likewise scaled);
        distance_both (scaled, in √(published error² + our error²), which is small wherever ours
        is imprecise); signs_agree, exposure_signs_agree (of three); errors_apart (root mean square
        log ratio of standard errors); rho; ratio_spread (variation of indirect/direct over the
        controls); sample_agrees (as many observations as published); the exposure's effects; by
        variable distance_sd, distance_both and error (of the direct effect, scaled); reason.
    """
    if study.correction == "auto":
        study = study.but(correction=None, cov_type="clustered")
    results = run(plan(study, **(choices or DEFAULT_CHOICES)), jobs)
    deviations = _Deviations(study)
    rows = [
        {**measure(fitted, target, deviations.of(fitted.spec.study)), "reason": ""}
        if fitted.points is not None
        else {"reason": fitted.reason}
        for fitted in results
    ]
    return with_choices(results, pd.DataFrame(rows))


class _Deviations:
    """Standard deviation of the outcome over the study's window, by variant and GDP vintage.

    Over the full window, as the published one, or as much of it as the variant has.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.known: dict[Any, float] = {}

    def of(self, study: Study) -> float:
        name = study.outcome
        key = (name, study.variants.get(name), study.gdp, study.without)
        if key not in self.known:
            whole = study.but(years=self.study.years, without_years=self.study.without_years)
            self.known[key] = float(whole.frame(name, gaps=True)[name].std())
        return self.known[key]


def measure(fitted: Fitted, target: Target, our_sd: float) -> dict[str, Any]:
    """All distances of one fitted specification from a target; see :func:`search`."""
    assert fitted.points is not None
    assert fitted.std_errors is not None
    names = [str(name) for name in target.values.index]
    if lacking := [name for name in names if name not in fitted.names]:
        raise SearchError(f"the model has no {lacking}, which the target prints; add to controls")
    at = [fitted.names.index(name) for name in names]
    ours, errors = fitted.points[at], fitted.std_errors[at]
    printed, spread = target.values.to_numpy(), target.errors.to_numpy()
    scale = target.outcome_sd / our_sd
    scaled = (ours * scale - printed) / spread
    both = (ours * scale - printed) / np.hypot(spread, errors * scale)
    agree = np.sign(ours) == np.sign(printed)
    exposure = names.index(target.exposure)
    row: dict[str, Any] = {
        "distance": root_mean_square((ours - printed) / spread),
        "distance_sd": root_mean_square(scaled),
        "distance_both": root_mean_square(both),
        "within_two_errors": int((np.abs(scaled) <= 2).sum()),
        "signs_agree": int(agree.sum()),
        "exposure_signs_agree": int(agree[exposure].sum()),
        "errors_apart": _log_ratio(errors * scale, spread),
        "rho": fitted.rho,
        "ratio_spread": ratio_spread(ours, target.control_rows),
        "sample_agrees": fitted.units * fitted.periods == target.observations,
    }
    row |= {effect: ours[exposure, i] for i, effect in enumerate(EFFECTS)}
    for i, name in enumerate(names):
        row[f"distance_sd {name}"] = root_mean_square(scaled[i])
        row[f"distance_both {name}"] = root_mean_square(both[i])
        row[f"error {name}"] = float(errors[i, 0] * scale)
    return row


def _log_ratio(ours: NDArray[np.float64], printed: NDArray[np.float64]) -> float:
    if (ours <= 0).any() or not np.isfinite(ours).all():
        return float("nan")
    return root_mean_square(np.log(ours / printed))


def regression_target(column: str) -> Target:
    """Return a column of Table 6, its coefficients without the constant.

    Parameters
    ----------
    column : str
        "OLS" or "FE".

    Examples
    --------
    >>> float(regression_target("OLS").values.loc["GIA", "coefficient"])
    0.108
    """
    table = published.load(6)
    held = table[(table["column"] == column) & ~table["row"].isin(["Constant", "model"])]
    if held.empty:
        raise SearchError(f"Table 6 has no column {column!r}; choose OLS or FE")
    wide = held.pivot(index="row", columns="statistic", values="value").astype(float)
    wide = wide.reindex(held["row"].unique())
    moments = published.load(5).set_index(["row", "statistic"])["value"]
    return Target(
        f"Table 6, {column}",
        wide[["coefficient"]],
        wide[["std_error"]].set_axis(["coefficient"], axis=1),
        exposure="GIA",
        outcome_sd=float(moments["CP", "sd"]),
        observations=published.about(6)["observations"],
    )


def search_least_squares(target: Target, study: Study = CARBON, **choices: Any) -> pd.DataFrame:
    """Measure how near least squares come to a column of Table 6 under every choice.

    Parameters
    ----------
    target : Target
        Of :func:`regression_target`.
    **choices
        fixed_effects ("none", "entity", "time", "twoway"), cov_type, and whatever
        :meth:`spillover.studies.study.Study.but` takes; :data:`LEAST_SQUARES_CHOICES` by default.

    Returns
    -------
    DataFrame
        As :func:`search`; the coefficients as "estimate GIA" and so on.
    """
    table = labelled(choices or LEAST_SQUARES_CHOICES)
    store, deviations, rows = Store(), _Deviations(study), []
    for labels in product(*table.values()):
        made = {name: table[name][label] for name, label in zip(table, labels, strict=True)}
        options: dict[str, Any] = {
            "fixed_effects": study.fixed_effects,
            "cov_type": "heteroskedastic",
        }
        options |= {name: made.pop(name) for name in options if name in made}
        variant = study.but(**made)
        row: dict[str, Any] = dict(zip(table, labels, strict=True))
        try:
            data = store.frame(variant)
            y, X = data[variant.outcome], data[list(variant.regressors)]
            ours = regression.tidy(regression.ols(y, X, **options))
        except REASONS as error:
            rows.append(row | {"reason": str(error)})
        else:
            found = _measure_coefficients(ours, target, deviations.of(variant))
            rows.append(row | found | {"reason": ""})
    frame = pd.DataFrame(rows)
    for name, values in table.items():
        frame[name] = pd.Categorical(frame[name], categories=list(values), ordered=True)
    return frame


def _measure_coefficients(ours: pd.DataFrame, target: Target, our_sd: float) -> dict[str, float]:
    printed, spread = target.values["coefficient"], target.errors["coefficient"]
    ours, scale = ours.loc[list(printed.index)], target.outcome_sd / our_sd
    scaled = (ours["estimate"] * scale - printed) / spread
    return {
        "distance": root_mean_square((ours["estimate"] - printed) / spread),
        "distance_sd": root_mean_square(scaled),
        "within_two_errors": int((scaled.abs() <= 2).sum()),
        "signs_agree": int((np.sign(ours["estimate"]) == np.sign(printed)).sum()),
        "errors_apart": root_mean_square(np.log(ours["std_error"] * scale / spread)),
        **{f"estimate {name}": float(value) for name, value in ours["estimate"].items()},
    }


def _estimated(table: pd.DataFrame, by: str) -> pd.DataFrame:
    if by not in table:
        raise SearchError(f"the table has no column {by!r}; pass a table made by search()")
    return table[table["reason"] == ""]


def nearest(table: pd.DataFrame, n: int = 10, by: str = "distance_sd") -> pd.DataFrame:
    """Return the `n` specifications nearest to the target; ties in the order of the grid."""
    return _estimated(table, by).sort_values(by, kind="stable").head(n)


def importance(table: pd.DataFrame, by: str = "distance_sd") -> pd.Series:
    """Share of the variance of the log distance that each choice's means explain, alone.

    Shares need not add to one: the choices interact, and failures make the grid uneven.
    """
    held = _estimated(table, by)
    logs = np.log(held[by])
    total = float(((logs - logs.mean()) ** 2).sum())
    shares = {}
    for name in choices_of(table):
        means = logs.groupby(held[name], observed=True).transform("mean")
        shares[name] = float(((means - logs.mean()) ** 2).sum()) / total
    return pd.Series(shares, name="share of variance")


def _squares(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Mean squared distance of each variable's effects."""
    held = _estimated(table, by)
    columns = [name for name in held if str(name).startswith(f"{by} ")]
    return (held[columns] ** 2).set_axis([str(c).removeprefix(f"{by} ") for c in columns], axis=1)


def share_of_distance(
    table: pd.DataFrame, variables: Sequence[str] = SLOW, by: str = "distance_sd"
) -> pd.Series:
    """Share of each specification's squared distance that rests on some variables' effects."""
    squares = _squares(table, by)
    return squares[list(variables)].sum(axis=1) / squares.sum(axis=1)


def smallest(
    table: pd.DataFrame, choice: str = "fixed_effects", without: Sequence[str] = SLOW
) -> pd.DataFrame:
    """Smallest distance for every value of a choice, by four yardsticks.

    Parameters
    ----------
    table : DataFrame
        Of :func:`search`.
    choice : str
        The others vary freely.
    without : sequence of str
        Variables whose effects half of the yardsticks leave out.

    Returns
    -------
    DataFrame
        Rows: errors ("published", "both") by effects ("all", "without URB, PDE"); columns: the
        values of the choice.
    """
    rows = {}
    kinds = {"published": "distance_sd", "both": "distance_both"}
    for errors, by in kinds.items():
        squares = _squares(table, by)
        some = squares.drop(columns=list(without))
        for effects, cells in {"all": squares, f"without {', '.join(without)}": some}.items():
            distance = np.sqrt(cells.mean(axis=1))
            values = table.loc[cells.index, choice]
            rows[errors, effects] = distance.groupby(values, observed=True).min()
    return pd.DataFrame(rows).T.rename_axis(["errors", "effects"])

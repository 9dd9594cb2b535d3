"""Our counterpart of every number that a paper's tables print.

``tables.csv`` names for each table the calculation here that gives its counterpart; each estimates
what the table says it holds, as the paper's text writes the model, and returns it under the
printed labels. Verdicts are given by :mod:`spillover.replication.verdicts`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from spillover.data import panel
from spillover.econometrics import regression
from spillover.econometrics.instruments import InstrumentError
from spillover.econometrics.moran import moran_by_year
from spillover.econometrics.selection import choose_model
from spillover.econometrics.spatialpanel import SpatialPanelError
from spillover.replication import published, verdicts
from spillover.studies import CARBON, STUDIES, Study, StudyError
from spillover.studies import groups as groups_of
from spillover.studies import instruments as instruments_of
from spillover.studies.variables import VariableError

EFFECTS = ("direct", "indirect", "total")
PRINTED_ROWS = {"const": "Constant"}

Line = dict[str, Any]


def _one(row: str, column: str, statistic: str, value: float) -> Line:
    return {"row": row, "column": column, "statistic": statistic, "value": float(value)}


def _coefficients(table: pd.DataFrame, column: str) -> Iterable[Line]:
    """Coefficient, error and p-value of each row of an estimate/std_error/pvalue table."""
    names = {"estimate": "coefficient", "std_error": "std_error", "pvalue": "p_value"}
    for row, values in table.iterrows():
        for name, statistic in names.items():
            yield _one(PRINTED_ROWS.get(str(row), str(row)), column, statistic, values[name])


def _effects(effects: pd.DataFrame, prefix: str = "") -> Iterable[Line]:
    """Lines of a table of direct, indirect and total effects, columns named `prefix` + effect."""
    for effect in EFFECTS:
        part = pd.DataFrame(effects[effect]).rename(columns={"effect": "estimate"})
        yield from _coefficients(part, f"{prefix}{effect}")


def moran(study: Study, printed: pd.DataFrame) -> Iterable[Line]:
    """Moran's I of each printed variable by year, z under randomisation."""
    for symbol, values in study.frame(*printed["column"].unique()).items():
        for year, row in moran_by_year(values, study.graph(), permutations=0).iterrows():
            yield _one(str(year), str(symbol), "moran_i", row["I"])
            yield _one(str(year), str(symbol), "z", row["z_rand"])


_TESTS = {
    "LM error": "LM error",
    "robust LM error": "Robust LM error",
    "LM lag": "LM lag",
    "robust LM lag": "Robust LM lag",
    "LR SAR": "LR SDM against SAR",
    "LR SEM": "LR SDM against SEM",
    "Wald SAR": "Wald SDM against SAR",
    "Wald SEM": "Wald SDM against SEM",
}
"""Rows of a table of tests, and the tests behind them."""


def as_printed(study: Study) -> Study:
    """The study with the estimator of the papers: maximum likelihood with dummy variables.

    Unless the study itself declares a correction. A published number is compared with that of the
    same estimator; what the estimator is worth is a question of its own. Standard errors are the
    study's: a test of a difference needs errors that hold their size.
    """
    return study.but(correction=None) if study.correction == "auto" else study


def model_choice(study: Study, printed: pd.DataFrame) -> Iterable[Line]:
    """LM, LR and Wald tests with the study's effects; Wald on the observed information."""
    study = as_printed(study)
    data = study.frame(study.outcome, *study.regressors)
    choice = choose_model(
        data[study.outcome],
        data[list(study.regressors)],
        study.graph(),
        lagged=study.lagged,
        fixed_effects=study.fixed_effects,
        correction=study.correction,
    )
    for row in printed["row"].unique():
        test = choice[_TESTS[row]]
        if pd.isna(test.pvalue):  # the smaller model is no special case of the larger
            yield _one(row, "test", "chi2", math.nan) | {"reason": "the models are not nested"}
            continue
        yield _one(row, "test", "chi2", test.statistic)
        yield _one(row, "test", "p_value", test.pvalue)


def moments(study: Study, _: pd.DataFrame) -> Iterable[Line]:
    """Descriptive statistics."""
    names = {"count": "observations", "mean": "mean", "std": "sd", "min": "min", "max": "max"}
    for symbol, row in panel.describe(study.frame()).iterrows():
        for name, statistic in names.items():
            yield _one(str(symbol), "all", statistic, row[name])


def regressions(study: Study, _: pd.DataFrame) -> Iterable[Line]:
    """Pooled least squares and the study's fixed effects (two-way)."""
    data = study.frame(study.outcome, *study.regressors)
    y, X = data[study.outcome], data[list(study.regressors)]
    ols = regression.ols(y, X, "none", study.cov_type)
    fe = regression.ols(y, X, study.fixed_effects, study.cov_type)
    for column, result in (("OLS", ols), ("FE", fe)):
        yield from _coefficients(regression.tidy(result), column)
        yield _one("model", column, "observations", result.nobs)
    yield _one("model", "OLS", "r_squared", ols.rsquared)
    yield _one("model", "FE", "r_squared", fe.rsquared_inclusive)


def mediation(study: Study, _: pd.DataFrame) -> Iterable[Line]:
    """Three Durbin models of the mediation: effects."""
    study = as_printed(study)
    mediator = study.mediators[0]
    models = (study.spatial(), study.spatial(outcome=mediator), study.spatial(add=(mediator,)))
    for number, model in enumerate(models, start=1):
        yield from _effects(model.fit(cov_type=study.cov_type).effects(), f"({number}) ")


def effects(study: Study, _: pd.DataFrame) -> Iterable[Line]:
    """Effects of the study's Durbin model."""
    return _effects(as_printed(study).spatial().fit(cov_type=study.cov_type).effects())


def windows(study: Study, printed: pd.DataFrame) -> Iterable[Line]:
    """The Durbin model in each window that the columns name, as "2013-2022 total"."""
    for name in printed["column"].str.partition(" ")[0].unique():
        first, last = name.split("-")
        inside = as_printed(study).but(years=(int(first), int(last)))
        fit = inside.spatial().fit(cov_type=study.cov_type)
        main = {"estimate": fit.params, "std_error": fit.std_errors, "pvalue": fit.pvalues}
        yield from _coefficients(pd.DataFrame(main).loc[list(study.regressors)], f"{name} main")
        yield from _effects(fit.effects(), f"{name} ")
        yield _one("model", name, "observations", fit.nobs)


def instruments(study: Study, printed: pd.DataFrame) -> Iterable[Line]:
    """Two-stage least squares with each instrument of the printed first stages; no fixed effects.

    The printed second stages have a constant and the one with last year's exposure 270
    observations: last year's exposure is taken within the window.
    """
    first_stages = printed[printed["column"].str.endswith("first stage")]
    names = first_stages[~first_stages["row"].isin(["Constant", "model"])]
    for column, instrument in dict(names[["column", "row"]].to_numpy()).items():
        fit = instruments_of.endogeneity(study, [instrument], cov_type=study.cov_type)
        first = fit.first_stage.droplevel("endogenous").loc[[instrument, "const"]]
        second = fit.coefficients.loc[[study.exposure, "const"]]
        strength = fit.diagnostics["statistic"]
        for place, table in ((column, first), (column.replace("first", "second"), second)):
            yield from _coefficients(table, place)
            yield _one("model", place, "kp_rk_lm", strength["Kleibergen–Paap rk LM"])
            yield _one("model", place, "kp_rk_wald_f", strength["Kleibergen–Paap rk Wald F"])
            yield _one("model", place, "observations", fit.nobs)


def groups(study: Study, printed: pd.DataFrame) -> Iterable[Line]:
    """Pooled least squares in the printed groups, by a ranking of our own."""
    found = groups_of.study_groups(study, cov_type=study.cov_type)
    for group in printed["column"].unique():
        yield from _coefficients(found.coefficients.loc[[group]].droplevel("group"), group)
        yield _one("model", group, "r_squared", found.fit["r_squared"][group])
        yield _one("model", group, "observations", found.fit["nobs"][group])


CALCULATIONS: dict[str, Callable[[Study, pd.DataFrame], Iterable[Line]]] = {
    f.__name__: f
    for f in (
        moran, model_choice, moments, regressions, mediation, effects, windows, instruments, groups
    )
}  # fmt: skip
"""From a study and a printed table to our numbers under its labels, by the name in tables.csv."""

_WHITE = ("regressions", "instruments", "groups")
"""Calculations whose published errors are White's; the others' are clustered by unit."""


def replicate(table: int, study: Study = CARBON, published_errors: bool = False) -> pd.DataFrame:
    """Compute our counterpart of a printed table.

    Parameters
    ----------
    table : int
        A table that prints numbers.
    study : Study
        The paper's study, or a variant of it.
    published_errors : bool
        Compute standard errors as the paper says it computed its own, not as the study does.

    Returns
    -------
    DataFrame
        row, column, statistic, value under the printed labels; ``p_value`` beside coefficients;
        empty where ``tables.csv`` names no calculation.

    Raises
    ------
    PublishedError
        The table prints no numbers.
    ValueError
        ``tables.csv`` names a calculation that is not known.

    Examples
    --------
    >>> ours = replicate(5).set_index(["row", "statistic"])["value"]
    >>> round(float(ours["Agdp", "mean"]), 3)
    0.754
    """
    printed = published.load(table, study.printed_folder)
    counterpart = published.about(table, study.printed_folder)["counterpart"]
    if not counterpart:
        return pd.DataFrame(columns=[*published.KEY, "value"])
    name, _, weights = counterpart.partition(" under ")
    if name not in CALCULATIONS:
        raise ValueError(
            f"{study.printed}/tables.csv: Table {table}: counterpart: found {name!r}; expected one "
            f"of {list(CALCULATIONS)}"
        )
    study = study.but(weights=weights) if weights else study
    if published_errors:
        study = study.but(cov_type="heteroskedastic" if name in _WHITE else "clustered")
    return pd.DataFrame(CALCULATIONS[name](study, printed))


def compare(table: int, study: Study = CARBON, published_errors: bool = False) -> pd.DataFrame:
    """Set our counterpart of a table beside the published one, number by number, with verdicts.

    A variant of the study may lack rows that are published, years, or what a table needs; those
    numbers are then not comparable. Rows that it has beside the published ones are left out.
    """
    folder = study.printed_folder
    reason = published.about(table, folder)["no_counterpart"]
    our_sd: dict[str, float] = {}
    try:
        ours = replicate(table, study, published_errors)
        our_sd = {str(k): float(v) for k, v in study.frame().std().items()}
    except (StudyError, VariableError, SpatialPanelError, InstrumentError) as error:
        if study == STUDIES.get(study.key):
            raise
        ours, reason = pd.DataFrame(columns=[*published.KEY, "value"]), str(error)
    if study != STUDIES.get(study.key, study):
        ours = ours.merge(published.load(table, folder)[["row", "column"]].drop_duplicates())
        reason = reason or "this variant of the study has no such number"
    return verdicts.compare(ours, table, reason, our_sd, folder)

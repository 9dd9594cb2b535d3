"""Our counterpart of every number that the first paper prints, table by table.

Each function estimates what its table says it holds, as the paper's text writes the model, and
returns it under the printed labels; verdicts are the business of :mod:`spillover.replication.published`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from spillover.data import panel
from spillover.econometrics import regression
from spillover.econometrics.moran import moran_by_year
from spillover.econometrics.selection import choose_model
from spillover.replication import published
from spillover.studies import groups as groups_of
from spillover.studies import instruments as instruments_of
from spillover.studies.study import CARBON, Study

EFFECTS = ("direct", "indirect", "total")
PRINTED_ROWS = {"const": "Constant"}

Line = dict[str, Any]


def _coefficients(table: pd.DataFrame, column: str) -> Iterable[Line]:
    """Coefficient, error and p-value of each row of an estimate/std_error/pvalue table."""
    names = {"estimate": "coefficient", "std_error": "std_error", "pvalue": "p_value"}
    for row, values in table.iterrows():
        label = PRINTED_ROWS.get(str(row), str(row))
        for name, statistic in names.items():
            yield {"row": label, "column": column, "statistic": statistic, "value": values[name]}


def _one(row: str, column: str, statistic: str, value: float) -> Line:
    return {"row": row, "column": column, "statistic": statistic, "value": float(value)}


def effect_lines(effects: pd.DataFrame, prefix: str = "") -> Iterable[Line]:
    """Lines of a table of direct, indirect and total effects, columns named `prefix` + effect."""
    for effect in EFFECTS:
        part = pd.DataFrame(effects[effect]).rename(columns={"effect": "estimate"})
        yield from _coefficients(part, f"{prefix}{effect}")


def main_lines(results: Any, column: str, rows: Iterable[str]) -> Iterable[Line]:
    """Lines of a model's own coefficients."""
    names = list(rows)
    parts = {
        "estimate": results.params[names],
        "std_error": results.std_errors[names],
        "pvalue": results.pvalues[names],
    }
    yield from _coefficients(pd.DataFrame(parts), column)


def _moran(study: Study) -> Iterable[Line]:
    graph = study.graph()
    data = study.frame(study.outcome, study.exposure)
    for symbol in data:
        for year, row in moran_by_year(data[symbol], graph, permutations=0).iterrows():
            yield _one(str(year), str(symbol), "moran_i", row["I"])
            yield _one(str(year), str(symbol), "z", row["z_rand"])


def table1(study: Study) -> Iterable[Line]:
    """Moran's I by year under the study's weights (contiguity), z under randomisation."""
    return _moran(study)


def table2(study: Study) -> Iterable[Line]:
    """Moran's I by year under inverse distance, z under randomisation."""
    return _moran(study.but(weights="inverse distance"))


TESTS = {
    "LM error": "LM error",
    "robust LM error": "Robust LM error",
    "LM lag": "LM lag",
    "robust LM lag": "Robust LM lag",
    "LR SAR": "LR SDM against SAR",
    "LR SEM": "LR SDM against SEM",
    "Wald SAR": "Wald SDM against SAR",
    "Wald SEM": "Wald SDM against SEM",
}
"""Rows of Table 3 and the tests behind them."""


def table3(study: Study) -> Iterable[Line]:
    """LM, LR and Wald tests with the study's effects; Wald on the observed information."""
    data = study.frame(study.outcome, *study.regressors)
    choice = choose_model(
        data[study.outcome],
        data[list(study.regressors)],
        study.graph(),
        lagged=study.lagged,
        fixed_effects=study.fixed_effects,
    )
    for row, name in TESTS.items():
        yield _one(row, "test", "chi2", choice[name].statistic)
        yield _one(row, "test", "p_value", choice[name].pvalue)


def table5(study: Study) -> Iterable[Line]:
    """Descriptive statistics."""
    names = {"count": "observations", "mean": "mean", "std": "sd", "min": "min", "max": "max"}
    for symbol, row in panel.describe(study.frame()).iterrows():
        for name, statistic in names.items():
            yield _one(str(symbol), "all", statistic, row[name])


def table6(study: Study) -> Iterable[Line]:
    """Pooled least squares and the study's fixed effects (two-way), White errors."""
    data = study.frame(study.outcome, *study.regressors)
    y, X = data[study.outcome], data[list(study.regressors)]
    ols = regression.ols(y, X)
    fe = regression.ols(y, X, study.fixed_effects)
    for column, result in (("OLS", ols), ("FE", fe)):
        yield from _coefficients(regression.tidy(result), column)
        yield _one("model", column, "observations", result.nobs)
    yield _one("model", "OLS", "r_squared", ols.rsquared)
    yield _one("model", "FE", "r_squared", fe.rsquared_inclusive)


def table7(study: Study) -> Iterable[Line]:
    """Three Durbin models of the mediation: effects, errors clustered by province."""
    mediator = study.mediators[0]
    models = (
        study.spatial(),
        study.spatial(outcome=mediator),
        study.spatial(add=(mediator,)),
    )
    for number, model in enumerate(models, start=1):
        effects = model.fit(cov_type="robust").effects()
        yield from effect_lines(effects, prefix=f"({number}) ")


def table8(study: Study) -> Iterable[Line]:
    """Effects of the two-way Durbin model, every regressor lagged, errors clustered."""
    return effect_lines(study.spatial().fit(cov_type="robust").effects())


def table9(study: Study) -> Iterable[Line]:
    """The Durbin model in the full window and in a shorter one."""
    for years, name in (((2013, 2022), "2013-2022"), ((2016, 2021), "2016-2021")):
        fit = study.but(years=years).spatial().fit(cov_type="robust")
        yield from main_lines(fit, f"{name} main", study.regressors)
        yield from effect_lines(fit.effects(), prefix=f"{name} ")
        yield _one("model", name, "observations", fit.nobs)


def table10(study: Study) -> Iterable[Line]:
    """The Durbin model under inverse distance."""
    return table8(study.but(weights="inverse distance"))


def table11(study: Study) -> Iterable[Line]:
    """Two-stage least squares with last year's exposure, and with terrain; no fixed effects.

    The printed second stages have a constant and the first one 270 observations: last year's
    exposure is taken within the window.
    """
    for column, instrument in (("IV1", f"L.{study.exposure}"), ("IV2", "Terrain")):
        fit = instruments_of.endogeneity(study, [instrument])
        first = fit.first_stage.droplevel("endogenous").loc[[instrument, "const"]]
        second = fit.coefficients.loc[[study.exposure, "const"]]
        strength = fit.diagnostics["statistic"]
        for stage, table in (("first", first), ("second", second)):
            place = f"{column} {stage} stage"
            yield from _coefficients(table, place)
            yield _one("model", place, "kp_rk_lm", strength["Kleibergen–Paap rk LM"])
            yield _one("model", place, "kp_rk_wald_f", strength["Kleibergen–Paap rk Wald F"])
            yield _one("model", place, "observations", fit.nobs)


def table12(study: Study) -> Iterable[Line]:
    """Pooled least squares in three groups of ten, by a ranking of our own, White errors."""
    found = groups_of.study_groups(study)
    for group in ("high", "medium", "low"):
        table = found.coefficients.loc[[group]].droplevel("group")
        yield from _coefficients(table, group)
        for name, statistic in (("r_squared", "r_squared"), ("nobs", "observations")):
            yield _one("model", group, statistic, found.fit[name][group])


TABLES: dict[int, Callable[[Study], Iterable[Line]]] = {
    1: table1,
    2: table2,
    3: table3,
    5: table5,
    6: table6,
    7: table7,
    8: table8,
    9: table9,
    10: table10,
    11: table11,
    12: table12,
}
"""The function that makes our counterpart of each printed table."""

NOTES = {
    5: "the same variables from public figures",
    8: "two-way effects, every regressor lagged, as the paper's equation (2) writes it",
}


def replicate(table: int, study: Study = CARBON) -> pd.DataFrame:
    """Compute our counterpart of a printed table.

    Parameters
    ----------
    table : int
        A key of :data:`TABLES`.
    study : Study
        The first paper's study, or a variant of it.

    Returns
    -------
    DataFrame
        row, column, statistic, value under the printed labels; ``p_value`` beside coefficients.

    Examples
    --------
    >>> ours = replicate(5).set_index(["row", "statistic"])["value"]
    >>> round(float(ours["Agdp", "mean"]), 3)
    0.754
    """
    if table not in TABLES:
        raise ValueError(f"no counterpart of Table {table}; there is one of {sorted(TABLES)}")
    return pd.DataFrame(TABLES[table](study))


def standard_deviations(study: Study = CARBON) -> dict[str, float]:
    """Our standard deviation of every variable of the study, by symbol."""
    return {str(k): float(v) for k, v in study.frame().std().items()}


def compare(table: int, study: Study = CARBON) -> pd.DataFrame:
    """Set our counterpart of a table beside the printed one, number by number, with verdicts.

    A variant of the study may lack rows that are printed, which are then not comparable, or have
    rows that are not, which are left out.
    """
    ours, reason = replicate(table, study), ""
    if study != CARBON:
        reason = "this variant of the study has no such number"
        ours = ours.merge(published.load(table)[["row", "column"]].drop_duplicates())
    return published.compare(ours, table, reason, our_sd=standard_deviations(study))

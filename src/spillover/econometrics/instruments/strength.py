"""Are the instruments relevant, strong, valid, and needed? The usual tests in one frame.

All through linearmodels, with the degrees of freedom of demeaned data put right; Stock and Yogo's
values stand beside them with their limits said.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from linearmodels.iv import IV2SLS, IVGMM
from scipy import stats

from spillover.econometrics.instruments.sample import Sample, chi2_or_f

STOCK_YOGO = {
    1: {10: 16.38, 15: 8.96, 20: 6.66, 25: 5.53},
    2: {10: 19.93, 15: 11.59, 20: 8.75, 25: 7.25},
    3: {10: 22.30, 15: 12.83, 20: 9.54, 25: 7.80},
}
"""Critical values of the Cragg–Donald F for one endogenous regressor and one to three instruments:
above it a nominal 5 % test rejects a truth at most this often (in %). Derived for i.i.d. errors
(Stock and Yogo 2005, table 5.2); beside a robust or clustered F they are only a habit."""

TESTS = {
    "Kleibergen–Paap rk LM": "the instruments do not identify the coefficient",
    "Kleibergen–Paap rk Wald F": "no null of its own: a measure of strength",
    "Cragg–Donald F": "no null of its own: strength under i.i.d. errors",
    "Wu–Hausman": "the exposure is exogenous (i.i.d. errors)",
    "Durbin": "the exposure is exogenous (i.i.d. errors)",
    "Hausman, this covariance": "the exposure is exogenous",
    "Sargan": "all instruments are valid (i.i.d. errors)",
    "Hansen J": "all instruments are valid",
}
"""Tests and what they hold under the null."""


def stock_yogo(instruments: int) -> pd.Series:
    """Stock–Yogo values by maximal size in %, empty where the table has none.

    Examples
    --------
    >>> float(stock_yogo(1)[10])
    16.38
    """
    return pd.Series(STOCK_YOGO.get(instruments, {}), name="critical F", dtype=float)


def first_stages(data: Sample, cov_type: str, small_sample: bool = True) -> pd.DataFrame:
    """Regression of every endogenous variable on instruments and exogenous regressors.

    Returns
    -------
    DataFrame
        Indexed by (endogenous, regressor): estimate, std_error, tstat, pvalue.
    """
    X = pd.concat([data.instruments, data.exogenous], axis=1)
    tables = {}
    for name in data.endogenous:
        fit = IV2SLS(data.endogenous[name], X, None, None).fit(**data.options(cov_type))
        tables[str(name)] = coefficients(fit, data, cov_type, small_sample)
    return pd.concat(tables, names=["endogenous", "regressor"])


def coefficients(fit: Any, data: Sample, cov_type: str, small_sample: bool) -> pd.DataFrame:
    """Coefficients of a linearmodels fit, in our small-sample convention."""
    k = len(fit.params)
    factor = data.factor(k, cov_type) if small_sample else 1.0
    error = fit.std_errors * np.sqrt(factor)
    t = fit.params / error
    reference = stats.t(data.df(k, cov_type)) if small_sample else stats.norm
    table = {"estimate": fit.params, "std_error": error, "tstat": t}
    return pd.DataFrame({**table, "pvalue": 2 * reference.sf(np.abs(t))})


def diagnostics(fit: Any, data: Sample, cov_type: str, small_sample: bool = True) -> pd.DataFrame:
    """Tests of relevance, strength, exogeneity and overidentification.

    Returns
    -------
    DataFrame
        Indexed by the names in :data:`TESTS`: statistic, df, df_denom, pvalue, null; NaN where a
        test does not exist (no overidentification, no distribution).

    Notes
    -----
    F statistics count the effects as regressors, LM statistics are n times a correlation, as
    Stata's ivreg2 has them with the effects as dummies.
    """
    n, absorbed = data.nobs, data.absorbed(cov_type)
    q, k = data.instruments.shape[1], data.exogenous.shape[1]
    first = fit.first_stage
    lm = first.kleibergen_paap
    shrink = (n - q - k - absorbed) / (n - q - k)
    iid = (n - q - k - data.absorbed("unadjusted")) / (n - q - k)
    rows = {
        "Kleibergen–Paap rk LM": (lm.stat, lm.df, np.nan, lm.pval),
        "Kleibergen–Paap rk Wald F": (first.kleibergen_paap_f * shrink, q, np.nan, np.nan),
        "Cragg–Donald F": (first.cragg_donald_f * iid, q, np.nan, np.nan),
        "Wu–Hausman": _wu_hausman(fit, data),
        "Durbin": (fit.durbin().stat, fit.durbin().df, np.nan, fit.durbin().pval),
        "Hausman, this covariance": _hausman(data, cov_type, small_sample),
    }
    extra = q - data.endogenous.shape[1]
    sargan = (fit.sargan.stat, extra, np.nan, fit.sargan.pval) if extra else (np.nan,) * 4
    rows["Sargan"] = sargan
    rows["Hansen J"] = _hansen(data, cov_type) if extra else (np.nan,) * 4
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["statistic", "df", "df_denom", "pvalue"]
    )
    return table.astype(float).assign(null=pd.Series(TESTS))


def _wu_hausman(fit: Any, data: Sample) -> tuple[float, float, float, float]:
    """F of the first-stage residuals, its denominator less the absorbed effects."""
    test = fit.wu_hausman()
    left = test.df_denom - data.absorbed("unadjusted")
    statistic = test.stat * left / test.df_denom
    return statistic, test.df, left, float(stats.f.sf(statistic, test.df, left))


def _hausman(data: Sample, cov_type: str, small_sample: bool) -> tuple[float, float, float, float]:
    """Wald test of first-stage residuals added to the outcome's regression (control function)."""
    Z = pd.concat([data.instruments, data.exogenous], axis=1).to_numpy()
    x = data.endogenous.to_numpy()
    residual = x - Z @ np.linalg.lstsq(Z, x, rcond=None)[0]
    names = [f"residual of {name}" for name in data.endogenous]
    added = pd.DataFrame(residual, index=data.y.index, columns=names)
    X = pd.concat([data.endogenous, data.exogenous, added], axis=1)
    fit = IV2SLS(data.y, X, None, None).fit(**data.options(cov_type))
    factor = data.factor(X.shape[1], cov_type) if small_sample else 1.0
    b, V = fit.params[names].to_numpy(), fit.cov.loc[names, names].to_numpy() * factor
    df = data.df(X.shape[1], cov_type) if small_sample else None
    statistic = float(b @ np.linalg.solve(V, b)) / len(b)
    reference = chi2_or_f(len(b), df)
    return statistic, len(b), np.nan if df is None else df, float(reference.sf(statistic))


def _hansen(data: Sample, cov_type: str) -> tuple[float, float, float, float]:
    """Hansen's J of two-step GMM under the covariance's own assumption."""
    cluster = {"clusters": data.groups} if cov_type == "clustered" else {}
    model = IVGMM(
        data.y,
        data.exogenous,
        data.endogenous,
        data.instruments,
        weight_type=cov_type,
        **cluster,
    )
    result: Any = model.fit(**data.options(cov_type))
    test = result.j_stat
    return float(test.stat), float(test.df), np.nan, float(test.pval)

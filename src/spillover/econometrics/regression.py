"""Regressions without space: pooled least squares and fixed effects, through linearmodels.

Thin on purpose: it sets the conventions of the printed tables (constant, degrees of freedom) and
returns linearmodels' own results; spatial models are in :mod:`spillover.econometrics.spatialpanel`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from linearmodels.panel import PanelOLS, PooledOLS
from linearmodels.panel.results import PanelEffectsResults, PanelResults

COVARIANCES: dict[str, dict[str, Any]] = {
    "homoskedastic": {"cov_type": "unadjusted"},
    "robust": {"cov_type": "robust"},
    "clustered": {"cov_type": "clustered", "cluster_entity": True, "group_debias": True},
}


def _with_constant(X: pd.DataFrame) -> pd.DataFrame:
    return X.assign(const=1.0)


def _covariance(name: str) -> dict[str, Any]:
    if name not in COVARIANCES:
        raise ValueError(f"no covariance {name!r}; choose from {list(COVARIANCES)}")
    return COVARIANCES[name]


def pooled_ols(y: pd.Series, X: pd.DataFrame, covariance: str = "robust") -> PanelResults:
    """Pooled least squares with a constant.

    Parameters
    ----------
    y : Series
        N·T values indexed by (province, year).
    X : DataFrame
        N·T × K, without a constant.
    covariance : str
        "homoskedastic", "robust" (White, with the factor n/(n − k), Stata's ``robust``) or
        "clustered" by province.

    Returns
    -------
    linearmodels.panel.results.PanelResults
    """
    return PooledOLS(y, _with_constant(X)).fit(debiased=True, **_covariance(covariance))


def fixed_effects(
    y: pd.Series, X: pd.DataFrame, covariance: str = "robust", effects: str = "twoway"
) -> PanelEffectsResults:
    """Least squares with province effects, year effects or both, and the mean constant.

    Parameters
    ----------
    effects : str
        "entity", "time" or "twoway".

    Notes
    -----
    The constant is the mean of all effects, as Stata's ``xtreg`` and ``reghdfe`` report it;
    ``rsquared_inclusive`` counts what the effects explain.
    """
    if effects not in ("entity", "time", "twoway"):
        raise ValueError(f"no effects {effects!r}; choose entity, time or twoway")
    model = PanelOLS(
        y,
        _with_constant(X),
        entity_effects=effects in ("entity", "twoway"),
        time_effects=effects in ("time", "twoway"),
    )
    return model.fit(debiased=True, **_covariance(covariance))


def tidy(result: Any) -> pd.DataFrame:
    """Estimates of a linearmodels result: estimate, std_error, tstat, pvalue by name."""
    return pd.DataFrame(
        {
            "estimate": result.params,
            "std_error": result.std_errors,
            "tstat": result.tstats,
            "pvalue": result.pvalues,
        }
    )

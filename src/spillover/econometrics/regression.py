"""Regressions without space: pooled least squares and fixed effects, through linearmodels.

It sets the conventions of the printed tables (constant, degrees of freedom) and returns
linearmodels' own results; spatial models are in :mod:`spillover.econometrics.spatialpanel`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from spillover.econometrics.spatialpanel.data import FIXED_EFFECTS

COV_TYPES = ("unadjusted", "heteroskedastic", "clustered", "robust")


def ols(
    y: pd.Series, X: pd.DataFrame, fixed_effects: str = "none", cov_type: str = "heteroskedastic"
) -> Any:
    """Least squares, pooled or with fixed effects.

    Parameters
    ----------
    y : Series
        N·T values indexed by (entity, time).
    X : DataFrame
        N·T × K, without a constant: one is added.
    fixed_effects : str
        "none", "entity", "time" or "twoway".
    cov_type : str
        "unadjusted" (i.i.d. errors), "heteroskedastic" (White, with the factor n/(n − k): HC1,
        Stata's ``robust`` for a cross-section), "clustered" by entity, or "robust", which is the
        same as "clustered", as in Stata's ``xtreg``.

    Returns
    -------
    linearmodels.panel.results.PanelResults
        Of ``PooledOLS``, or of ``PanelOLS`` with fixed effects.

    Notes
    -----
    The constant is the mean of all effects, as Stata's ``xtreg`` and ``reghdfe`` report it;
    ``rsquared_inclusive`` counts what the effects explain.
    """
    from linearmodels.panel import PanelOLS, PooledOLS

    if fixed_effects not in FIXED_EFFECTS:
        raise ValueError(f"fixed_effects={fixed_effects!r}; choose from {list(FIXED_EFFECTS)}")
    if cov_type not in COV_TYPES:
        raise ValueError(f"cov_type={cov_type!r}; choose from {list(COV_TYPES)}")
    options: dict[str, Any] = {"cov_type": cov_type}
    if cov_type in ("clustered", "robust"):
        options = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True}
    with_constant = X.assign(const=1.0)
    if fixed_effects == "none":
        return PooledOLS(y, with_constant).fit(debiased=True, **options)
    model = PanelOLS(
        y,
        with_constant,
        entity_effects=fixed_effects in ("entity", "twoway"),
        time_effects=fixed_effects in ("time", "twoway"),
    )
    return model.fit(debiased=True, **options)


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

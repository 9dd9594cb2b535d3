"""Two-stage least squares for panels, with everything needed to judge its instruments.

Thin over linearmodels' IV2SLS; the spatial version is in :mod:`.spatial`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from linearmodels.iv import IV2SLS

from spillover.econometrics.confidence import ConfidenceSet
from spillover.econometrics.instruments import anderson_rubin as ar
from spillover.econometrics.instruments.sample import Sample, check_cov_type, sample
from spillover.econometrics.instruments.strength import (
    coefficients,
    diagnostics,
    first_stages,
    stock_yogo,
)


@dataclass(frozen=True, eq=False)
class TwoStage:
    """Second stage, first stages and tests of one instrumental-variable regression.

    Attributes
    ----------
    coefficients : DataFrame
        Second stage: estimate, std_error, tstat, pvalue by regressor.
    first_stage : DataFrame
        The same by (endogenous, regressor).
    diagnostics : DataFrame
        See :func:`spillover.econometrics.instruments.strength.diagnostics`.
    stock_yogo : Series
        Critical F by maximal size in %; for i.i.d. errors.
    reduced_form : ReducedForm or None
        For Anderson–Rubin tests; None with several endogenous regressors.
    anderson_rubin : ConfidenceSet or None
        Confidence set for the coefficient, valid with weak instruments.
    least_squares : DataFrame
        The same equation by least squares, for comparison.
    nobs : int
    fixed_effects, cov_type : str
    instruments : tuple of str
    """

    coefficients: pd.DataFrame
    first_stage: pd.DataFrame
    diagnostics: pd.DataFrame
    stock_yogo: pd.Series
    reduced_form: ar.ReducedForm | None
    anderson_rubin: ConfidenceSet | None
    least_squares: pd.DataFrame
    nobs: int
    fixed_effects: str
    cov_type: str
    instruments: tuple[str, ...]


def two_stage(
    y: pd.Series,
    exogenous: pd.DataFrame,
    endogenous: pd.DataFrame,
    instruments: pd.DataFrame,
    fixed_effects: str = "none",
    cov_type: str = "heteroskedastic",
    small_sample: bool = True,
    level: float = 0.95,
) -> TwoStage:
    """Estimate by two-stage least squares.

    Parameters
    ----------
    y : Series
        A balanced panel indexed by (entity, time).
    exogenous, endogenous, instruments : DataFrame
        On the same rows; a constant is added where there are no effects.
    fixed_effects : str
        "none", "entity", "time" or "twoway", taken out of every column (the same as dummies).
    cov_type : str
        "unadjusted", "heteroskedastic" (White) or "clustered" by entity.
    small_sample : bool
        Small-sample factors, t and F; without, the asymptotic normal and χ² (Stata's ivreg2
        without ``small``).
    level : float
        Of the Anderson–Rubin set.

    Raises
    ------
    InstrumentError
        An instrument that the effects absorb, and why; too few instruments; unknown names.

    Examples
    --------
    >>> import numpy as np
    >>> rows = pd.MultiIndex.from_product([range(40), range(5)], names=["unit", "year"])
    >>> z, u, c, e = np.random.default_rng(1).normal(size=(4, 200))
    >>> data = pd.DataFrame({"x": z + u, "y": 2 * z + 3 * u + e, "z": z, "c": c}, index=rows)
    >>> fit = two_stage(data["y"], data[["c"]], data[["x"]], data[["z"]])
    >>> bool(abs(fit.coefficients.loc["x", "estimate"] - 2) < 0.2)
    True
    """
    check_cov_type(cov_type)
    data = sample(y, exogenous, endogenous, instruments, fixed_effects)
    fit, plain = _fits(data, cov_type)
    single = data.endogenous.shape[1] == 1
    form = ar.reduced_form(data, cov_type, small_sample) if single else None
    return TwoStage(
        coefficients(fit, data, cov_type, small_sample).loc[list(plain.params.index)],
        first_stages(data, cov_type, small_sample),
        diagnostics(fit, data, cov_type, small_sample),
        stock_yogo(data.instruments.shape[1]) if single else stock_yogo(0),
        form,
        ar.confidence_set(form, level) if form is not None else None,
        coefficients(plain, data, cov_type, small_sample),
        data.nobs,
        fixed_effects,
        cov_type,
        tuple(str(name) for name in data.instruments),
    )


def _fits(data: Sample, cov_type: str) -> tuple[Any, Any]:
    """The equation by two-stage and by ordinary least squares."""
    options = data.options(cov_type)
    both = pd.concat([data.endogenous, data.exogenous], axis=1)
    fit = IV2SLS(data.y, data.exogenous, data.endogenous, data.instruments).fit(**options)
    return fit, IV2SLS(data.y, both, None, None).fit(**options)

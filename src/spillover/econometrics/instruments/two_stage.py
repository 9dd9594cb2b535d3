"""Two-stage least squares for panels, with everything needed to judge its instruments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.polynomial import Polynomial
from scipy import stats

from spillover.econometrics.checks import confidence, number
from spillover.econometrics.confidence import ConfidenceSet, where_nonpositive
from spillover.econometrics.instruments.sample import InstrumentError, Sample, sample
from spillover.econometrics.regression import adjusted_residuals
from spillover.econometrics.spatialpanel.data import Array
from spillover.econometrics.wild import CoefficientTest, InstrumentedTest, WildTest, draws, invert

STOCK_YOGO = {
    1: {10: 16.38, 15: 8.96, 20: 6.66, 25: 5.53},
    2: {10: 19.93, 15: 11.59, 20: 8.75, 25: 7.25},
    3: {10: 22.30, 15: 12.83, 20: 9.54, 25: 7.80},
}
"""Critical values of the Cragg–Donald F for one endogenous regressor and one to three instruments:
above it a nominal 5 % test rejects a truth at most this often (in %). Derived for i.i.d. errors
(Stock and Yogo 2005, table 5.2); beside a robust or clustered F they are only a habit."""

_NULLS = {
    "Kleibergen–Paap rk LM": "the instruments do not identify the coefficient",
    "Kleibergen–Paap rk Wald F": "no null of its own: a measure of strength",
    "Cragg–Donald F": "no null of its own: strength under i.i.d. errors",
    "Wu–Hausman": "the exposure is exogenous (i.i.d. errors)",
    "Durbin": "the exposure is exogenous (i.i.d. errors)",
    "Hausman, this covariance": "the exposure is exogenous",
    "Sargan": "all instruments are valid (i.i.d. errors)",
    "Hansen J": "all instruments are valid",
}


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
        Tests of relevance, strength, exogeneity and overidentification: statistic, df, df_denom,
        pvalue, null; NaN where a test has no distribution. J is 0 where there are as many
        instruments as endogenous regressors, as in Stata's ivreg2.
        F statistics count the effects as regressors, LM statistics are n times a correlation, as
        Stata's ivreg2 has them with the effects as dummies.
    stock_yogo : Series
        Critical F by maximal size in %, for i.i.d. errors; empty where the table has none.
    reduced_form : ReducedForm or None
        For Anderson–Rubin tests; None with several endogenous regressors.
    anderson_rubin : ConfidenceSet or None
        Confidence set for the coefficient, valid with weak instruments.
    least_squares : DataFrame
        The same equation by least squares, for comparison.
    nobs : int
    fixed_effects, cov_type : str
    instruments : tuple of str
    sample : Sample
        Demeaned columns that were estimated.
    """

    coefficients: pd.DataFrame
    first_stage: pd.DataFrame
    diagnostics: pd.DataFrame
    stock_yogo: pd.Series
    reduced_form: ReducedForm | None
    anderson_rubin: ConfidenceSet | None
    least_squares: pd.DataFrame
    nobs: int
    fixed_effects: str
    cov_type: str
    instruments: tuple[str, ...]
    sample: Sample = field(repr=False)

    def wild(
        self,
        value: float = 0.0,
        level: float | None = 0.95,
        replications: int = 9999,
        weights: str = "rademacher",
        seed: int = 0,
    ) -> WildTest:
        """Test the endogenous regressor's coefficient by the wild restricted efficient bootstrap.

        Clusters are the entities, whatever `cov_type` is; the statistic is t² with clustered
        errors.

        Parameters
        ----------
        value : float
            The coefficient under the null.
        level : float or None
            Of the confidence set; None leaves it out, which saves nearly all of the time.
        replications, weights, seed
            As for :meth:`spillover.econometrics.regression.Regression.wild`.

        Raises
        ------
        InstrumentError
            Several endogenous regressors.

        References
        ----------
        Davidson and MacKinnon (2010), J. Business and Economic Statistics 28.
        """
        y, x, Z, outer, groups = self._arrays()
        test = InstrumentedTest(y, x, Z, outer, groups)
        signs, complete = draws(self.sample.clusters, replications, weights, seed, InstrumentError)
        start, scale = self._around(level)
        return invert(
            test.statistic,
            lambda at: test.drawn(at, signs),
            complete,
            value,
            start,
            scale,
            level,
        )

    def wild_anderson_rubin(
        self,
        value: float = 0.0,
        level: float | None = 0.95,
        replications: int = 9999,
        weights: str = "rademacher",
        seed: int = 0,
    ) -> WildTest:
        """Anderson and Rubin's test with the wild cluster bootstrap in the place of F.

        Valid with weak instruments and few clusters; parameters are those of :meth:`wild`.
        """
        y, x, Z, outer, groups = self._arrays()
        test = CoefficientTest(Z, outer, groups)
        signs, complete = draws(self.sample.clusters, replications, weights, seed, InstrumentError)
        start, scale = self._around(level)
        return invert(
            lambda at: test.statistic(y - at * x),
            lambda at: test.drawn(y - at * x, signs),
            complete,
            value,
            start,
            scale,
            level,
        )

    def _arrays(self) -> tuple[Array, Array, Array, Array, Any]:
        data = self.sample
        if data.endogenous.shape[1] != 1:
            raise InstrumentError(
                f"{data.endogenous.shape[1]} endogenous regressors; the bootstrap is for one"
            )
        x = data.endogenous.iloc[:, 0].to_numpy()
        return data.y.to_numpy(), x, data.instruments.to_numpy(), data.outer, data.groups

    def _around(self, level: float | None) -> tuple[float, float]:
        """Where to look for a confidence set: the estimate and its standard error."""
        if level is not None:
            confidence(level, InstrumentError)
        name = self.sample.endogenous.columns[0]
        estimate, error = self.coefficients.loc[name, ["estimate", "std_error"]].to_numpy(float)
        return float(estimate), float(error)


def two_stage(
    y: pd.Series,
    exogenous: pd.DataFrame | None,
    endogenous: pd.DataFrame,
    instruments: pd.DataFrame,
    fixed_effects: str = "none",
    cov_type: str = "heteroskedastic",
    small_sample: bool = True,
    level: float = 0.95,
) -> TwoStage:
    """Estimate by two-stage least squares, through linearmodels' ``IV2SLS``.

    Parameters
    ----------
    y : Series
        A balanced panel indexed by (entity, time).
    exogenous, endogenous, instruments : DataFrame
        On the same rows; a constant is added where there are no effects. No exogenous regressors:
        None.
    fixed_effects : str
        "none", "entity", "time" or "twoway", taken out of every column (the same as dummies).
    cov_type : str
        "unadjusted", "heteroskedastic" (White), or clustered by entity: "clustered", which is also
        "robust", "cr2" or "cr3", with t and F of C − 1 degrees of freedom. Tests that linearmodels
        makes (Kleibergen–Paap, Hansen) are clustered without adjustment under all four.
    small_sample : bool
        Small-sample factors, t and F; without, the asymptotic normal and χ² (Stata's ivreg2
        without ``small``).
    level : float
        Of the Anderson–Rubin set.

    Raises
    ------
    InstrumentError
        An instrument that the effects absorb, and why; too few instruments, or collinear ones;
        unknown names.

    Notes
    -----
    "Hausman, this covariance" is the Wald test of the first stage's residuals added to the
    outcome's regression (the control function). Stata's ``ivreg2, endog()`` tests the same null by
    another statistic, the difference of two J statistics; with i.i.d. errors that one is Durbin's,
    with robust or clustered errors the two differ in any one sample.

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
    confidence(level, InstrumentError)
    data = sample(y, exogenous, endogenous, instruments, fixed_effects, cov_type, small_sample)
    fit = data.two_stage()
    plain = data.least_squares(data.y, pd.concat([data.endogenous, data.exogenous], axis=1))
    first = pd.concat([data.instruments, data.exogenous], axis=1)
    stages = {name: data.least_squares(x, first) for name, x in data.endogenous.items()}
    single = len(stages) == 1
    form = _reduced_form(data) if single else None
    critical = STOCK_YOGO.get(data.instruments.shape[1], {}) if single else {}
    return TwoStage(
        data.table(fit).loc[list(plain.params.index)],
        pd.concat(
            {name: data.table(stage) for name, stage in stages.items()},
            names=["endogenous", "regressor"],
        ),
        _diagnostics(data, fit),
        pd.Series(critical, name="critical F", dtype=float),
        form,
        form.confidence_set(level) if form else None,
        data.table(plain),
        len(data.y),
        fixed_effects,
        cov_type,
        tuple(str(name) for name in data.instruments),
        data,
    )


def _diagnostics(data: Sample, fit: Any) -> pd.DataFrame:
    none = (np.nan,) * 4
    q, first = data.instruments.shape[1], fit.first_stage
    extra = q - data.endogenous.shape[1]
    lm, durbin, wu = first.kleibergen_paap, fit.durbin(), fit.wu_hausman()
    rows = {
        "Kleibergen–Paap rk LM": (lm.stat, lm.df, np.nan, lm.pval),
        "Kleibergen–Paap rk Wald F": (first.kleibergen_paap_f * data.strength(), q, *none[:2]),
        "Cragg–Donald F": (first.cragg_donald_f * data.strength("unadjusted"), q, *none[:2]),
    }
    # the denominator of linearmodels' F does not know the absorbed effects
    left = wu.df_denom - data.absorbed("unadjusted")
    value = wu.stat * left / wu.df_denom
    rows["Wu–Hausman"] = (value, wu.df, left, stats.f.sf(value, wu.df, left))
    rows["Durbin"] = (durbin.stat, durbin.df, np.nan, durbin.pval)
    rows["Hausman, this covariance"] = _hausman(data)
    # exactly identified: nothing to test, and ivreg2 prints 0
    rows["Sargan"] = rows["Hansen J"] = (0.0, 0, np.nan, np.nan)
    if extra:
        j = data.gmm().j_stat
        rows["Sargan"] = (fit.sargan.stat, extra, np.nan, fit.sargan.pval)
        rows["Hansen J"] = (j.stat, j.df, np.nan, j.pval)
    columns = ["statistic", "df", "df_denom", "pvalue"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.astype(float).assign(null=pd.Series(_NULLS))


def _hausman(data: Sample) -> tuple[float, float, float, float]:
    """Wald test of first-stage residuals added to the outcome's regression (control function)."""
    Z = pd.concat([data.instruments, data.exogenous], axis=1).to_numpy()
    residuals = data.endogenous - Z @ np.linalg.lstsq(Z, data.endogenous, rcond=None)[0]
    added = residuals.add_prefix("residual of ")
    X = pd.concat([data.endogenous, data.exogenous, added], axis=1)
    fit = data.least_squares(data.y, X)
    b = fit.params[added.columns].to_numpy()
    V = data.covariance(fit).loc[added.columns, added.columns].to_numpy()
    q, df = len(b), data.df(X.shape[1])
    statistic = float(b @ np.linalg.solve(V, b)) / q
    return statistic, q, np.nan if df is None else df, float(_f(q, df).sf(statistic))


def _f(restrictions: int, df: int | None) -> Any:
    """The reference distribution of a Wald statistic over its restrictions."""
    if df is None:
        return stats.chi2(restrictions, scale=1 / restrictions)
    return stats.f(restrictions, df)


@dataclass(frozen=True, eq=False)
class ReducedForm:
    """Coefficients of the instruments in the equations of y and of the exposure.

    Under β the coefficients of y − βx are g(β) = π_y − βπ_x, with covariance
    V(β) = V_yy − β(V_yx + V_xy) + β²V_xx: all residuals are linear in β. The Anderson–Rubin test
    of β is the Wald test of g(β) = 0: valid however weak the instruments are.

    Attributes
    ----------
    outcome, exposure : array, shape (q,)
        π_y and π_x.
    covariance : array, shape (2q, 2q)
        Of (π_y, π_x).
    df : int or None
        Denominator degrees of freedom; None for the asymptotic χ².
    """

    outcome: Array
    exposure: Array
    covariance: Array
    df: int | None

    def _blocks(self) -> tuple[Array, Array, Array]:
        """V_yy, V_yx + V_xy and V_xx."""
        q = len(self.outcome)
        yx = self.covariance[:q, q:]
        return self.covariance[:q, :q], yx + yx.T, self.covariance[q:, q:]

    def statistic(self, beta: float) -> float:
        """Return g′V⁻¹g/q at a value of the coefficient."""
        number(beta, InstrumentError, "beta")
        gap = self.outcome - beta * self.exposure
        yy, mixed, xx = self._blocks()
        variance = yy - beta * mixed + beta**2 * xx
        return float(gap @ np.linalg.solve(variance, gap)) / len(gap)

    def pvalue(self, beta: float) -> float:
        """Return the p-value of H₀: the coefficient is `beta`, the instruments valid."""
        return float(_f(len(self.outcome), self.df).sf(self.statistic(beta)))

    def confidence_set(self, level: float = 0.95) -> ConfidenceSet:
        """Return every value that the Anderson–Rubin test does not reject, exactly.

        g′V⁻¹g ≤ c holds where det[[c, g′], [g, V]] ≥ 0 (V is positive definite; Schur), a
        polynomial of degree 2q in β. Its roots are the ends: no grid. The set is unbounded where
        the instruments do not matter for the exposure at the same level, and empty where no value
        fits all of them.
        """
        confidence(level, InstrumentError)
        q = len(self.outcome)
        critical = q * float(_f(q, self.df).ppf(level))
        yy, mixed, xx = self._blocks()
        # units in which the exposure's coefficients have unit variance, and y is of their size
        scale = np.sqrt(np.trace(yy) / np.trace(xx))
        root = np.linalg.inv(np.linalg.cholesky(xx))
        y, x = root @ self.outcome / scale, root @ self.exposure
        vy, vm = root @ yy @ root.T / scale**2, root @ mixed @ root.T / scale
        gap = [Polynomial([a, -b]) for a, b in zip(y, x, strict=True)]
        table = [[Polynomial([critical]), *gap]]
        for i in range(q):
            row = [Polynomial([vy[i, j], -vm[i, j], float(i == j)]) for j in range(q)]
            table.append([gap[i], *row])
        parts = where_nonpositive((-_determinant(table)).coef.tolist())
        return ConfidenceSet(tuple((low * scale, high * scale) for low, high in parts), level)


def _reduced_form(data: Sample) -> ReducedForm:
    """Regress outcome and exposure on instruments and exogenous regressors.

    The joint covariance comes from the two regressions stacked, each row with both residuals.
    """
    if data.endogenous.shape[1] != 1:
        raise InstrumentError(
            f"{data.endogenous.shape[1]} endogenous regressors; the Anderson–Rubin set is for one"
        )
    targets = np.column_stack([data.y, data.endogenous.iloc[:, 0]])
    outer, Z = data.outer, data.instruments.to_numpy()
    whole = np.column_stack([Z, outer])
    inverse = np.linalg.pinv(whole)
    q, k = Z.shape[1], Z.shape[1] + data.exogenous.shape[1]
    pi = inverse @ targets
    e = targets - whole @ pi
    if data.cov_type == "unadjusted":
        joint = np.kron(e.T @ e / len(e), (inverse @ inverse.T)[:q, :q])
    else:
        if data.clustered:
            e = adjusted_residuals(whole, e, data.groups, data.cov_type)
        rows = (e[:, :, None] * inverse.T[:, None, :q]).reshape(len(e), -1)
        if data.clustered:
            rows = rows.reshape(data.clusters, -1, rows.shape[1]).sum(axis=1)
        joint = rows.T @ rows
    return ReducedForm(pi[:q, 0], pi[:q, 1], np.asarray(data.factor(k) * joint), data.df(k))


def _determinant(table: list[list[Polynomial]]) -> Polynomial:
    """Determinant of a matrix of polynomials, by expansion along the first row."""
    if len(table) == 1:
        return table[0][0]
    total = Polynomial([0.0])
    for j, entry in enumerate(table[0]):
        minor = [[*row[:j], *row[j + 1 :]] for row in table[1:]]
        total = total + (-1.0) ** j * entry * _determinant(minor)
    return total

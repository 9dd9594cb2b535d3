"""Regressions without space: pooled least squares and fixed effects, with few clusters in mind.

linearmodels estimates; what it does not have, errors that hold with thirty clusters, is added
here. Spatial models are in :mod:`spillover.econometrics.spatialpanel`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from spillover.econometrics import checks
from spillover.econometrics.spatialpanel.data import FIXED_EFFECTS, Array, read_rows

if TYPE_CHECKING:
    from spillover.econometrics.wild import WildTest

CLUSTERED = ("clustered", "robust", "cr2", "cr3")
"""Covariances clustered by entity, with t of C − 1 degrees of freedom for C entities."""

COV_TYPES = ("unadjusted", "heteroskedastic", *CLUSTERED)

KERNELS = ("bartlett", "uniform")


def clustered_covariance(
    X: Array, residuals: Array, clusters: NDArray[np.intp], cov_type: str = "cr3"
) -> Array:
    """Covariance of least-squares coefficients whose errors depend on each other within clusters.

    A⁻¹ (Σ_g X_g′ u_g u_g′ X_g) A⁻¹ with A = X′X. With few clusters the residuals e_g are too
    small where a cluster pulls the fit towards itself; H_gg = X_g A⁻¹ X_g′ says how much.

    Parameters
    ----------
    X : array, shape (n, k)
        All columns of the regression. Dummies of the clusters themselves may be taken out by
        demeaning; dummies of periods must be among the columns (see :func:`design`).
    residuals : array, shape (n,)
    clusters : array of int, shape (n,)
    cov_type : str
        "clustered" or "robust": u_g = e_g, times C/(C − 1)·(n − 1)/(n − k), as Stata's
        ``reghdfe``. "cr2": u_g = (I − H_gg)^(−1/2) e_g, unbiased under i.i.d. errors (Bell and
        McCaffrey 2002). "cr3": u_g = (I − H_gg)⁻¹ e_g, times (C − 1)/C: the jackknife that leaves
        out one cluster at a time (MacKinnon, Nielsen and Webb 2023).

    Returns
    -------
    array, shape (k, k)
        For t and F with C − 1 degrees of freedom.

    Notes
    -----
    For weighted least squares give X and the residuals times the roots of the weights. Where a
    regressor moves in one cluster alone, I − H_gg is singular; its inverse is then Moore and
    Penrose's, and the residuals have no part in the direction that is lost.

    References
    ----------
    Bell and McCaffrey (2002), Survey Methodology 28; Pustejovsky and Tipton (2018), J. Business
    and Economic Statistics 36 (absorbed cluster effects); MacKinnon, Nielsen and Webb (2023),
    J. Econometrics 232.

    Examples
    --------
    >>> x = np.array([[1.0], [1.0], [1.0], [1.0]])
    >>> e = np.array([-1.0, -1.0, 1.0, 1.0])
    >>> clustered_covariance(x, e, np.array([0, 0, 1, 1]), "cr3")
    array([[1.]])
    """
    c = len(np.unique(clusters))
    if c < 2:
        raise ValueError(f"{c} cluster; clustered errors need two or more")
    n, k = X.shape
    bread = np.linalg.inv(X.T @ X)
    rows = X * adjusted_residuals(X, residuals[:, None], clusters, cov_type)
    scores = np.array([rows[clusters == label].sum(axis=0) for label in np.unique(clusters)])
    factor = small_sample_factor(cov_type, n, k, c)
    return np.asarray(factor * bread @ (scores.T @ scores) @ bread)


def small_sample_factor(cov_type: str, n: int, k: int, c: int) -> float:
    """Factor of a clustered covariance with n rows, k columns and c clusters.

    >>> small_sample_factor("clustered", 300, 16, 30)
    1.0891...
    """
    return {"cr2": 1.0, "cr3": (c - 1) / c}.get(cov_type, c / (c - 1) * (n - 1) / (n - k))


def adjusted_residuals(
    X: Array, residuals: Array, clusters: NDArray[np.intp], cov_type: str
) -> Array:
    """Residuals (or other columns) as "cr2" and "cr3" enlarge them, cluster by cluster.

    Parameters and notes are those of :func:`clustered_covariance`, but that residuals may have
    several columns; "clustered" and "robust" leave them as they are.
    """
    checks.one_of(cov_type, CLUSTERED, ValueError, "cov_type")
    if cov_type not in ("cr2", "cr3"):
        return residuals
    power = -0.5 if cov_type == "cr2" else -1.0
    bread = np.linalg.inv(X.T @ X)
    enlarged = np.empty_like(residuals)
    for label in np.unique(clusters):
        inside = clusters == label
        left, directions = np.linalg.eigh(np.eye(inside.sum()) - X[inside] @ bread @ X[inside].T)
        kept = left > 1e-9
        by = np.where(kept, left, 1.0) ** power * kept
        enlarged[inside] = directions @ (by[:, None] * (directions.T @ residuals[inside]))
    return enlarged


def conley_covariance(
    X: Array,
    residuals: Array,
    entities: NDArray[np.intp],
    periods: NDArray[np.intp],
    distances: Array,
    cutoff: float,
    kernel: str = "bartlett",
    lags: int = 0,
) -> Array:
    """Covariance of least-squares coefficients whose errors depend on each other in space.

    A⁻¹ (Σ_t Σ_ij k(d_ij/c) x_it e_it e_jt x_jt′) A⁻¹ with A = X′X: within a period every pair
    of entities counts by its distance d_ij, nothing from the cutoff c on (Conley 1999). With
    `lags`, each entity's own past is added by the Bartlett weights of Newey and West.

    Parameters
    ----------
    X : array, shape (n, k)
        All columns of the regression, effects taken out or among them.
    residuals : array, shape (n,)
    entities, periods : array of int, shape (n,)
        Numbers, from 0.
    distances : array, shape (N, N)
        Between entities, in their order.
    cutoff : float
        In the units of the distances.
    kernel : str
        "bartlett", k(u) = 1 − u, or "uniform", k(u) = 1 for u < 1.
    lags : int
        Periods back; 0 takes an entity's errors as independent over time.

    Returns
    -------
    array, shape (k, k)
        Without small-sample factors; of few entities within the cutoff of each other it is an
        average of few products, and its variances can come out negative.

    References
    ----------
    Conley (1999), J. Econometrics 92; Hsiang (2010), PNAS 107, for panels.
    """
    near = np.clip(1 - distances / cutoff, 0, None)
    if kernel == "uniform":
        near = (distances < cutoff).astype(float)
    scores = np.zeros((int(entities.max()) + 1, int(periods.max()) + 1, X.shape[1]))
    np.add.at(scores, (entities, periods), X * residuals[:, None])
    meat = np.einsum("itk,ij,jtl->kl", scores, near, scores, optimize=True)
    for lag in range(1, lags + 1):
        cross = np.einsum("itk,itl->kl", scores[:, lag:], scores[:, :-lag])
        meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    bread = np.linalg.inv(X.T @ X)
    return np.asarray(bread @ meat @ bread)


def design(X: Array, entities: NDArray[np.intp], periods: NDArray[np.intp], effects: str) -> Array:
    """Columns of a regression with effects as :func:`clustered_covariance` needs them.

    Parameters
    ----------
    X : array, shape (n, k)
        Regressors without a constant.
    entities, periods : array of int, shape (n,)
        Numbers, from 0, of the entity and of the period of each row; the panel need not be
        balanced.
    effects : str
        "none", "entity", "time" or "twoway".

    Returns
    -------
    array, shape (n, k + 1) or, with effects of time, (n, k + T)
        Regressors, a constant, dummies of all periods but the first. Entity effects are taken
        out by demeaning (and the regressors' means put back), so that their dummies are not
        counted: each lies within its own cluster. Least squares on these columns gives the
        coefficients of the regression with all effects; the constant is their mean.
    """
    columns = X
    if effects in ("time", "twoway"):
        dummies = (periods[:, None] == np.unique(periods)[1:]).astype(float)
        columns = np.column_stack([X, dummies - dummies.mean(axis=0)])
    if effects in ("entity", "twoway"):
        sums = np.zeros((int(entities.max()) + 1, columns.shape[1]))
        np.add.at(sums, entities, columns)
        means = sums / np.bincount(entities)[:, None]
        columns = columns - means[entities] + columns.mean(axis=0)
    return np.insert(columns, X.shape[1], 1.0, axis=1)


@dataclass(frozen=True, eq=False)
class Regression:
    """Least squares, pooled or with fixed effects; named as linearmodels names its results.

    Attributes
    ----------
    params : Series
        Coefficients; the constant, ``const``, is last.
    cov : DataFrame
    df : int
        Degrees of freedom of t: clusters less one where errors are clustered, n − k otherwise.
    nobs : int
    rsquared, rsquared_inclusive : float
        Share of the variance explained within the effects, and with what the effects explain;
        the same without effects.
    resids : Series
    fixed_effects, cov_type : str
    columns : array
        All columns of the regression, those of `params` first, see :func:`design`.
    clusters : array of int
        Number of the entity of each row.
    """

    params: pd.Series
    cov: pd.DataFrame
    df: int
    nobs: int
    rsquared: float
    rsquared_inclusive: float
    resids: pd.Series
    fixed_effects: str
    cov_type: str
    columns: Array = field(repr=False)
    clusters: NDArray[np.intp] = field(repr=False)

    @property
    def std_errors(self) -> pd.Series:
        """Standard errors."""
        return pd.Series(np.sqrt(np.diag(self.cov)), self.params.index, name="std_error")

    @property
    def tstats(self) -> pd.Series:
        """Coefficients over their standard errors."""
        return (self.params / self.std_errors).rename("tstat")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided p-values, by t of `df` degrees of freedom."""
        values = 2 * stdtr(self.df, -np.abs(self.tstats))
        return pd.Series(values, self.params.index, name="pvalue")

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Confidence intervals: lower and upper by regressor."""
        checks.confidence(level, ValueError)
        reach = float(stdtrit(self.df, 0.5 + level / 2)) * self.std_errors
        return pd.DataFrame({"lower": self.params - reach, "upper": self.params + reach})

    def wild(
        self,
        name: str,
        value: float = 0.0,
        level: float | None = 0.95,
        replications: int = 9999,
        weights: str = "rademacher",
        seed: int = 0,
    ) -> WildTest:
        """Test a coefficient by the wild cluster bootstrap that imposes the null.

        Clusters are the entities, whatever `cov_type` is; the statistic is the square of t with
        "clustered" errors, whose bootstrap keeps closer to its size here than that of "cr3".

        Parameters
        ----------
        name : str
            A regressor.
        value : float
            Its coefficient under the null.
        level : float
            Of the confidence set, which holds every value that the test does not reject; None
            leaves it out.
        replications : int
            Draws; all 2^C are taken instead where there are no more of them.
        weights : str
            "rademacher", or "webb" for fewer than a dozen clusters.
        seed : int

        Raises
        ------
        ValueError
            No such regressor; unknown weights.

        References
        ----------
        Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90; MacKinnon,
        Nielsen and Webb (2023), J. Econometrics 232.
        """
        from spillover.econometrics import wild

        checks.one_of(name, self.params.index, ValueError, "name")
        if level is not None:
            checks.confidence(level, ValueError)
        place = list(self.params.index).index(name)
        own = self.columns[:, [place]]
        others = np.delete(self.columns, place, axis=1)
        test = wild.CoefficientTest(own, others, self.clusters)
        signs, complete = wild.draws(int(self.clusters.max()) + 1, replications, weights, seed)
        estimate, residuals = float(self.params[name]), self.resids.to_numpy()

        def restricted(at: float) -> Array:
            return np.asarray(residuals + (estimate - at) * own[:, 0])

        return wild.invert(
            lambda at: test.statistic(restricted(at)),
            lambda at: test.drawn(restricted(at), signs),
            complete,
            value,
            estimate,
            float(self.std_errors[name]),
            level,
        )


def ols(
    y: pd.Series,
    X: pd.DataFrame,
    fixed_effects: str = "none",
    cov_type: str = "heteroskedastic",
    distances: pd.DataFrame | None = None,
    cutoff: float | None = None,
    kernel: str = "bartlett",
    lags: int = 0,
) -> Regression:
    """Least squares, pooled or with fixed effects.

    Parameters
    ----------
    y : Series
        Values indexed by (entity, time).
    X : DataFrame
        K columns on the same rows, without a constant: one is added.
    fixed_effects : str
        "none", "entity", "time" or "twoway".
    cov_type : str
        "unadjusted" (i.i.d. errors); "heteroskedastic" (White, with the factor n/(n − k): HC1,
        Stata's ``robust`` for a cross-section); clustered by entity: "clustered", which is
        also "robust" as in Stata's ``xtreg``, "cr2" or "cr3"
        (see :func:`clustered_covariance`); or "conley", dependent in space
        (see :func:`conley_covariance`), with the factor n/(n − k) and k counting all effects.
    distances : DataFrame, optional
        For "conley": entities × entities.
    cutoff : float, optional
        For "conley": the distance from which errors are independent.
    kernel : str
        "bartlett" or "uniform".
    lags : int
        Periods over which an entity's errors depend on each other under "conley".

    Raises
    ------
    ValueError
        Unknown effects or covariance; y or X that are not indexed by (entity, time), have other
        rows, or values that are missing or no numbers; columns that the effects absorb, or that
        are combinations of others; "conley"
        without distances of all entities or a cutoff, or either without "conley".

    Notes
    -----
    Estimates are those of linearmodels' ``PooledOLS`` and ``PanelOLS``. The constant is the mean
    of all effects, as Stata's ``xtreg`` and ``reghdfe`` report it; ``rsquared_inclusive`` counts
    what the effects explain.
    """
    from linearmodels.panel import PanelOLS, PooledOLS
    from linearmodels.panel.utility import AbsorbingEffectError

    checks.one_of(fixed_effects, FIXED_EFFECTS, ValueError, "fixed_effects")
    checks.one_of(cov_type, (*COV_TYPES, "conley"), ValueError, "cov_type")
    if (cov_type == "conley") != (distances is not None and cutoff is not None):
        raise ValueError("cov_type='conley' takes distances and a cutoff, and no other takes them")
    checks.one_of(kernel, KERNELS, ValueError, "kernel")
    checks.whole(lags, ValueError, "lags")
    y, X = read_rows(y, X)
    with_constant = X.assign(const=1.0)
    model = (
        PooledOLS(y, with_constant)
        if fixed_effects == "none"
        else PanelOLS(
            y,
            with_constant,
            entity_effects=fixed_effects in ("entity", "twoway"),
            time_effects=fixed_effects in ("time", "twoway"),
        )
    )
    plain = cov_type if cov_type in ("unadjusted", "heteroskedastic") else "unadjusted"
    try:
        fit = model.fit(cov_type=plain, debiased=True)
    except AbsorbingEffectError:
        raise ValueError(
            f"columns of X do not vary once {fixed_effects} effects are taken out; drop them or "
            "choose other fixed_effects"
        ) from None
    rows = fit.resids.index
    entities, names = pd.factorize(rows.get_level_values(0))
    periods, _ = pd.factorize(rows.get_level_values(1), sort=True)
    columns = design(X.loc[rows].to_numpy(dtype=float), entities, periods, fixed_effects)
    cov, df, residuals = fit.cov, int(fit.df_resid), fit.resids.to_numpy()
    sandwich = None
    if cov_type in CLUSTERED:
        sandwich, df = clustered_covariance(columns, residuals, entities, cov_type), len(names) - 1
    elif distances is not None and cutoff is not None:
        between = _between(distances, names, cutoff)
        places = (entities, periods, between, cutoff, kernel, lags)
        sandwich = len(rows) / df * conley_covariance(columns, residuals, *places)
    if sandwich is not None:
        k = len(fit.params)
        cov = pd.DataFrame(sandwich[:k, :k], index=cov.index, columns=cov.columns)
    return Regression(
        fit.params,
        cov,
        df,
        int(fit.nobs),
        float(fit.rsquared),
        float(getattr(fit, "rsquared_inclusive", fit.rsquared)),
        fit.resids,
        fixed_effects,
        cov_type,
        columns,
        entities,
    )


def _between(distances: pd.DataFrame, names: pd.Index, cutoff: float) -> Array:
    """Distances in the order of the entities, none missing."""
    checks.number(cutoff, ValueError, "cutoff", low=0.0)
    checks.square(distances, ValueError, "distances")
    if missing := list(names.difference(distances.index)):
        raise ValueError(f"distances have no {checks.some(missing)}; give those of all entities")
    return distances.loc[names, names].to_numpy(dtype=float)


def tidy(result: Regression) -> pd.DataFrame:
    """Estimates of a regression: estimate, std_error, tstat, pvalue by name."""
    return pd.DataFrame(
        {
            "estimate": result.params,
            "std_error": result.std_errors,
            "tstat": result.tstats,
            "pvalue": result.pvalues,
        }
    )

"""Least squares on arrays with clustered errors, and Wald tests: the arithmetic of this room.

It follows the small-sample conventions of linearmodels; it knows no names.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
COV_TYPES = ("unadjusted", "heteroskedastic", "clustered")


class HeterogeneityError(ValueError):
    """A ranking, grouping or model that cannot be used as asked; the message says why."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients with their covariance.

    Attributes
    ----------
    b, cov : array, shapes (k,) and (k, k)
    df : int
        Of t and F: n − k, or clusters less one.
    residuals : array, shape (n,)
    """

    b: Array
    cov: Array
    df: int
    residuals: Array

    def linear(self, rows: Array) -> tuple[Array, Array]:
        """Estimates and standard errors of linear combinations, one for each row."""
        variance = np.einsum("ij,jk,ik->i", rows, self.cov, rows)
        return rows @ self.b, np.sqrt(np.maximum(variance, 0.0))

    def wald(self, restriction: Array) -> dict[str, float]:
        """F test of restriction @ b = 0."""
        gap = restriction @ self.b
        q = len(gap)
        value = float(gap @ np.linalg.solve(restriction @ self.cov @ restriction.T, gap)) / q
        pvalue = float(stats.f.sf(value, q, self.df))
        return {"statistic": value, "df": q, "df_denom": self.df, "pvalue": pvalue}

    def reach(self, level: float) -> float:
        """Quantile of t for two-sided intervals."""
        return float(stats.t.ppf(0.5 + level / 2, self.df))

    def pvalues(self, estimates: Array, errors: Array) -> Array:
        """Two-sided p-values from t."""
        return np.asarray(2 * stats.t.sf(np.abs(estimates / errors), self.df))


def least_squares(
    y: Array,
    X: Array,
    units: NDArray[np.intp],
    cov_type: str = "clustered",
    absorbed: int = 0,
    weights: Array | None = None,
) -> Fit:
    """Weighted least squares.

    Parameters
    ----------
    y, X : array, shapes (n,) and (n, k)
    units : array of int
        Cluster of each row.
    cov_type : str
        "unadjusted", "heteroskedastic" (n/(n − k)) or "clustered" ((G/(G − 1))·(n − 1)/(n − k)).
    absorbed : int
        Parameters that demeaning took.
    weights : array, optional
        Of the rows; the sandwich is that of the weighted scores.

    Raises
    ------
    HeterogeneityError
        Collinear columns.
    """
    if cov_type not in COV_TYPES:
        raise HeterogeneityError(f"no cov_type {cov_type!r}; choose from {list(COV_TYPES)}")
    w = np.ones(len(y)) if weights is None else weights
    n, k = X.shape
    if np.linalg.matrix_rank(X * np.sqrt(w)[:, None]) < k:
        raise HeterogeneityError(
            f"{k} regressors are collinear, in some group or under these effects; drop one, or "
            "use fewer groups, knots or effects"
        )
    bread = np.linalg.inv((X * w[:, None]).T @ X)
    b = bread @ X.T @ (w * y)
    e = y - X @ b
    left = n - k - absorbed
    if cov_type == "unadjusted":
        return Fit(b, bread * float(w @ e**2) / left, left, e)
    rows = X * (w * e)[:, None]
    if cov_type == "heteroskedastic":
        return Fit(b, n / left * bread @ rows.T @ rows @ bread, left, e)
    sums = np.zeros((int(units.max()) + 1, k))
    np.add.at(sums, units, rows)
    g = len(np.unique(units))
    factor = g / (g - 1) * (n - 1) / left
    return Fit(b, factor * bread @ sums.T @ sums @ bread, g - 1, e)

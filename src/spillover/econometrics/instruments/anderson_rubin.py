"""The Anderson–Rubin test of one coefficient and the confidence set that inverts it.

Valid however weak the instruments are; it says nothing on whether they are exogenous.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from spillover.econometrics.confidence import ConfidenceSet, where_nonpositive
from spillover.econometrics.instruments.sample import InstrumentError, Sample, chi2_or_f

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ReducedForm:
    """Coefficients of the instruments in the equations of y and of the exposure.

    Under β the coefficients of y − βx are g(β) = π_y − βπ_x, with covariance
    V(β) = V_yy − β(V_yx + V_xy) + β²V_xx: all residuals are linear in β.

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

    @property
    def restrictions(self) -> int:
        """Number of instruments q."""
        return len(self.outcome)

    def blocks(self) -> tuple[Array, Array, Array]:
        """V_yy, V_yx + V_xy and V_xx."""
        q = self.restrictions
        yy, yx = self.covariance[:q, :q], self.covariance[:q, q:]
        return yy, yx + yx.T, self.covariance[q:, q:]

    def statistic(self, beta: float) -> float:
        """Return g′V⁻¹g/q at a value of the coefficient."""
        gap = self.outcome - beta * self.exposure
        yy, mixed, xx = self.blocks()
        variance = yy - beta * mixed + beta**2 * xx
        return float(gap @ np.linalg.solve(variance, gap)) / self.restrictions

    def pvalue(self, beta: float) -> float:
        """Return the p-value of H₀: the coefficient is `beta`, the instruments valid."""
        return float(chi2_or_f(self.restrictions, self.df).sf(self.statistic(beta)))


def reduced_form(data: Sample, cov_type: str, small_sample: bool = True) -> ReducedForm:
    """Regress outcome and exposure on instruments and exogenous regressors.

    The joint covariance comes from the two regressions stacked, each row with both residuals.
    """
    if data.endogenous.shape[1] != 1:
        raise InstrumentError(
            f"{data.endogenous.shape[1]} endogenous regressors; the Anderson–Rubin set here is "
            "for one"
        )
    q = data.instruments.shape[1]
    targets = np.column_stack([data.y, data.endogenous.iloc[:, 0]])
    outer = data.exogenous.to_numpy()
    Z = _annihilate(data.instruments.to_numpy(), outer)
    bread: Array = np.linalg.inv(Z.T @ Z).astype(float)
    pi = bread @ Z.T @ targets
    e = _annihilate(targets, outer) - Z @ pi
    k = q + outer.shape[1]
    factor = data.factor(k, cov_type) if small_sample else 1.0
    joint = factor * _joint(Z @ bread, e, bread, data, cov_type)
    df = data.df(k, cov_type) if small_sample else None
    return ReducedForm(pi[:, 0], pi[:, 1], joint, df)


def _annihilate(columns: Array, on: Array) -> Array:
    if not on.shape[1]:
        return columns
    return np.asarray(columns - on @ np.linalg.lstsq(on, columns, rcond=None)[0], dtype=float)


def _joint(influence: Array, e: Array, bread: Array, data: Sample, cov_type: str) -> Array:
    """Covariance of the stacked coefficients of two regressions on the same columns."""
    if cov_type == "unadjusted":
        return np.asarray(np.kron(e.T @ e / data.nobs, bread), dtype=float)
    rows = np.concatenate([influence * e[:, [0]], influence * e[:, [1]]], axis=1)
    if cov_type == "clustered":
        rows = rows.reshape(data.clusters, -1, rows.shape[1]).sum(axis=1)
    return np.asarray(rows.T @ rows)


def confidence_set(form: ReducedForm, level: float = 0.95) -> ConfidenceSet:
    """Return every value that the Anderson–Rubin test does not reject, exactly.

    g′V⁻¹g ≤ c holds where det[[c, g′], [g, V]] ≥ 0 (V is positive definite; Schur), a polynomial
    of degree 2q in β. Its roots are the ends: no grid. The set is unbounded where the instruments
    do not matter for the exposure at the same level, and empty where no value fits all of them.
    """
    q = form.restrictions
    critical = q * float(chi2_or_f(q, form.df).ppf(level))
    yy, mixed, xx = form.blocks()
    # units in which the exposure's coefficients have unit variance, and y is of their size
    scale = np.sqrt(np.trace(yy) / np.trace(xx))
    root = np.linalg.inv(np.linalg.cholesky(xx))
    y, x = root @ form.outcome / scale, root @ form.exposure
    vy, vm = root @ yy @ root.T / scale**2, root @ mixed @ root.T / scale
    table = [[Polynomial([critical]), *(Polynomial([a, -b]) for a, b in zip(y, x, strict=True))]]
    for i in range(q):
        row = [Polynomial([vy[i, j], -vm[i, j], float(i == j)]) for j in range(q)]
        table.append([Polynomial([y[i], -x[i]]), *row])
    parts = where_nonpositive((-_determinant(table)).coef.tolist())
    return ConfidenceSet(tuple((low * scale, high * scale) for low, high in parts), level)


def _determinant(table: list[list[Polynomial]]) -> Polynomial:
    """Determinant of a matrix of polynomials, by expansion along the first row."""
    if len(table) == 1:
        return table[0][0]
    total = Polynomial([0.0])
    for j, entry in enumerate(table[0]):
        minor = [[*row[:j], *row[j + 1 :]] for row in table[1:]]
        total = total + (-1.0) ** j * entry * _determinant(minor)
    return total

"""Estimates with their covariance: what can be said before looking at single rows.

The part of the results that tests and tables read; fitted values and effects are in `results`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from spillover.econometrics.spatialpanel.covariance import Inference
from spillover.econometrics.spatialpanel.errors import SpatialPanelError
from spillover.econometrics.spatialpanel.estimation import Estimate

if TYPE_CHECKING:
    from spillover.econometrics.spatialpanel.model import SpatialPanel

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class FittedParameters:
    """Estimates of a spatial panel with their covariance.

    Attributes
    ----------
    model : the `SpatialPanel` that was fitted
    estimate : point estimates as numbers
    cov_full : covariance of the parameters, then σ², then φ of random effects
    inference : which covariance it is
    """

    model: SpatialPanel
    estimate: Estimate
    cov_full: Array
    inference: Inference

    @cached_property
    def names(self) -> pd.Index[str]:
        """Names of the parameters: const, X, W_X, then rho or lambda."""
        last = self.model.spec.coefficient
        return pd.Index(self.model.column_names + ((last,) if last else ()))

    @cached_property
    def params(self) -> pd.Series[float]:
        """Estimates, in the order const, X, W_X, rho (lambda where the error is spatial)."""
        return pd.Series(self.estimate.theta, index=self.names, name="parameter")

    @cached_property
    def _errors(self) -> Array:
        return np.sqrt(np.diag(self.cov_full)[: len(self.names)])

    @cached_property
    def std_errors(self) -> pd.Series[float]:
        """Square roots of the diagonal of `cov`."""
        return pd.Series(self._errors, index=self.names, name="std_error")

    @cached_property
    def tstats(self) -> pd.Series[float]:
        """Estimates over their standard errors, asymptotically standard normal."""
        return (self.params / self.std_errors).rename("tstat")

    @cached_property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided, from the standard normal."""
        values = 2 * ndtr(-np.abs(self.tstats.to_numpy()))
        return pd.Series(values, index=self.names, name="pvalue")

    @cached_property
    def cov(self) -> pd.DataFrame:
        """Covariance of the estimates, without σ² (which is in `cov_full`)."""
        p = len(self.names)
        return pd.DataFrame(self.cov_full[:p, :p], index=self.names, columns=self.names)

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Confidence intervals, columns lower and upper."""
        if not 0 < level < 1:
            raise SpatialPanelError(f"level={level}; expected a share between 0 and 1")
        reach = float(ndtri(0.5 + level / 2)) * self.std_errors
        return pd.DataFrame({"lower": self.params - reach, "upper": self.params + reach})

    @property
    def sigma2(self) -> float:
        """σ² = SSR/NT, or as a correction has it."""
        return self.estimate.sigma2

    @property
    def loglik(self) -> float:
        """Log-likelihood at the maximum, all constants included."""
        return self.estimate.loglik

    @property
    def nobs(self) -> int:
        """Rows of the panel, N·T."""
        return len(self.model.data.y)

    @property
    def df_model(self) -> int:
        """Parameters in `aic` and `bic`: slopes, ρ or λ, σ² and φ, but no fixed effects."""
        return len(self.names) + 1 + self.estimate.random

    @property
    def aic(self) -> float:
        """−2lnL + 2p; p counts slopes, ρ or λ, σ² and φ, but not the fixed effects."""
        return -2 * self.loglik + 2 * self.df_model

    @property
    def bic(self) -> float:
        """−2lnL + p·ln(NT), p as in `aic`."""
        return float(-2 * self.loglik + self.df_model * np.log(self.nobs))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of these estimates must know: data re-ordered, other maxima, …"""
        notes = list(self.model.data.notes)
        for place, height in self.estimate.others:
            notes.append(
                f"The likelihood has another maximum at {self.model.spec.coefficient} = "
                f"{place:.4f}, lower by {self.loglik - height:.4f}."
            )
        if self.estimate.phi == 1.0 or self.estimate.kappa == 0.0:
            notes.append("The variance of the random effects is zero.")
        if self.inference.cov_type == "expected" and self.estimate.rho is not None:
            cross = self.model.weights.trace_cross(self.estimate.rho)
            if cross.std_error:
                share = cross.std_error / cross.value
                notes.append(f"tr(G'G) was estimated with a standard error of {share:.2%} of it.")
        if self.estimate.rho is None:
            return tuple(notes)
        return (*notes, *self.model.weights.log_determinant.notes)

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row for each parameter: term, estimate, std_error, statistic, pvalue, bounds."""
        bounds = self.conf_int(level)
        return pd.DataFrame(
            {
                "term": self.names,
                "estimate": self.params.to_numpy(),
                "std_error": self.std_errors.to_numpy(),
                "statistic": self.tstats.to_numpy(),
                "pvalue": self.pvalues.to_numpy(),
                "lower": bounds["lower"].to_numpy(),
                "upper": bounds["upper"].to_numpy(),
            }
        )

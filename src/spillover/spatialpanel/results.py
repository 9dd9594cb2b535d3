"""The results of a fit, as an econometrician reads them.

Frames are made when they are asked for; the numbers were made by the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from spillover.spatialpanel import impacts
from spillover.spatialpanel.covariance import Inference, residuals
from spillover.spatialpanel.errors import SpatialPanelError
from spillover.spatialpanel.estimation import Estimate

if TYPE_CHECKING:
    from spillover.spatialpanel.model import SpatialPanel

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class PanelResults:
    """Estimates of a spatial panel with their covariance.

    Attributes
    ----------
    model : the `SpatialPanel` that was fitted
    estimate : point estimates as numbers
    cov_full : covariance of the parameters and, last, σ²
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
        """Parameters that `aic` and `bic` count: slopes, spatial coefficient, σ²; no effects."""
        return len(self.names) + 1

    @property
    def aic(self) -> float:
        """−2lnL + 2p; p is `df_model`: slopes, spatial coefficient, σ², not the fixed effects."""
        return -2 * self.loglik + 2 * self.df_model

    @property
    def bic(self) -> float:
        """−2lnL + p·ln(NT), p as in `aic`."""
        return float(-2 * self.loglik + self.df_model * np.log(self.nobs))

    @cached_property
    def _residuals(self) -> Array:
        return residuals(self.model.design, self.model.spec.spatial, self.estimate)

    @cached_property
    def resids(self) -> pd.Series[float]:
        """Innovations e: what effects, regressors and spatial terms leave unexplained."""
        return pd.Series(self._residuals, index=self.model.data.index, name="residual")

    @cached_property
    def fitted_values(self) -> pd.Series[float]:
        """y − e, effects and spatial terms included."""
        values = self.model.data.y - self._residuals
        return pd.Series(values, index=self.model.data.index, name="fitted")

    def effects(self, method: str = "delta") -> pd.DataFrame:
        """Direct, indirect and total effect of each regressor (LeSage and Pace 2009).

        Parameters
        ----------
        method : "delta" for standard errors by the delta method

        Returns
        -------
        DataFrame, index: columns of X; columns: (direct, indirect, total) × (effect, std_error,
        pvalue)
        """
        if method != "delta":
            raise SpatialPanelError(f"method={method!r}; expected 'delta'")
        model = self.model
        own, lag = model.positions
        at = impacts.multipliers(
            model.weights, self.estimate.rho if model.spec.spatial == "lag" else None
        )
        theta = self.estimate.theta
        p = len(theta)
        values = impacts.point_effects(*impacts.coefficients(theta, own, lag), at)
        errors = impacts.delta_errors(theta, self.cov_full[:p, :p], own, lag, at)
        return impacts.effects_frame(values, errors, model.regressors)

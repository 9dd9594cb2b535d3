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

from spillover.spatialpanel import impacts, prediction
from spillover.spatialpanel.covariance import Inference, residuals, residuals_of_random
from spillover.spatialpanel.errors import SpatialPanelError
from spillover.spatialpanel.estimation import Estimate
from spillover.spatialpanel.tables import Summary, summarise

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

    @cached_property
    def _residuals(self) -> Array:
        model, at = self.model, self.estimate
        if not at.random:
            return residuals(model.design, model.spec.spatial, at)
        return residuals_of_random(model.data, model.weights, model.spec, at)

    @cached_property
    def resids(self) -> pd.Series[float]:
        """Innovations e: what effects, regressors and spatial terms leave unexplained."""
        return pd.Series(self._residuals, index=self.model.data.index, name="residual")

    @cached_property
    def fitted_values(self) -> pd.Series[float]:
        """y − e, effects and spatial terms included."""
        values = self.model.data.y - self._residuals
        return pd.Series(values, index=self.model.data.index, name="fitted")

    @cached_property
    def _rsquared(self) -> tuple[float, float, float]:
        model = self.model
        return prediction.rsquared(model.data, model.weights, model.spec, self.estimate)

    @property
    def rsquared_within(self) -> float:
        """Squared correlation of y and (I − ρW)⁻¹(Xβ + WXθ), both demeaned by entity."""
        return self._rsquared[0]

    @property
    def rsquared_between(self) -> float:
        """The same of their means by entity."""
        return self._rsquared[1]

    @property
    def rsquared_overall(self) -> float:
        """The same of the values as they are."""
        return self._rsquared[2]

    @cached_property
    def _recovered(self) -> prediction.Recovered:
        model = self.model
        return prediction.recover(model.data, model.weights, model.spec, self.estimate)

    @cached_property
    def estimated_effects(self) -> pd.Series[float]:
        """Effects of every row: constant, entity and time effect together."""
        values = self._recovered.on_panel()
        return pd.Series(values, index=self.model.data.index, name="estimated_effects")

    @cached_property
    def entity_effects(self) -> pd.Series[float]:
        """Entity effects, summing to zero; of random effects the best linear predictor."""
        return pd.Series(self._recovered.entity, self.model.data.entities, name="entity_effect")

    @cached_property
    def time_effects(self) -> pd.Series[float]:
        """Time effects, summing to zero."""
        return pd.Series(self._recovered.time, self.model.data.periods, name="time_effect")

    def predict(
        self, X: pd.DataFrame | None = None, *, kind: str = "reduced", effects: bool = True
    ) -> pd.Series[float]:
        """Predict y for the model's own or other regressors on the same panel.

        Parameters
        ----------
        X : regressors in the layout of the model's; None: the model's own
        kind : "reduced": (I − ρW)⁻¹(Xβ + WXθ + effects), what X implies; "structural":
            ρWy + Xβ + WXθ + effects, given the neighbours' y; "signal": Xβ + WXθ
        effects : whether to add the recovered effects

        Raises
        ------
        SpatialPanelError
            X with other rows or columns than the model's.
        """
        model = self.model
        data = model.data if X is None else model.data.with_regressors(X)
        added = self._recovered if effects else None
        values = prediction.predict(data, model.weights, model.spec, self.estimate, kind, added)
        return pd.Series(values, index=data.index, name="prediction")

    @cached_property
    def summary(self) -> Summary:
        """The fit as a table, for the terminal and for notebooks."""
        return summarise(self)

    def __repr__(self) -> str:
        return f"{self.model!r}\n{self.params.to_string()}"

    def _repr_html_(self) -> str:
        return self.summary._repr_html_()

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

    def effects(self, method: str = "delta", *, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
        """Direct, indirect and total effect of each regressor (LeSage and Pace 2009).

        direct_k = β_k·tr(S)/N + θ_k·tr(SW)/N, total_k = β_k·1′S1/N + θ_k·1′SW1/N,
        S = (I − ρW)⁻¹; indirect = total − direct. The effect is always the value at the
        estimates, not the mean of draws.

        Parameters
        ----------
        method : "delta": standard errors by the delta method; "simulate": standard deviation
            over draws of the parameters from their estimated joint normal distribution
        draws, seed : of the simulation

        Returns
        -------
        DataFrame, index: columns of X; columns: (direct, indirect, total) × (effect, std_error,
        pvalue)
        """
        parts = self.effect_parts
        if method == "delta":
            errors = parts.delta_errors()
        elif method == "simulate":
            errors = parts.simulate(draws, seed).std(axis=0, ddof=1)
        else:
            raise SpatialPanelError(f"method={method!r}; expected 'delta' or 'simulate'")
        return impacts.effects_frame(parts.point(), errors, self.model.regressors)

    @cached_property
    def effect_parts(self) -> impacts.EffectParts:
        """The numbers that effects are made of."""
        model, theta = self.model, self.estimate.theta
        p = len(theta)
        rho = self.estimate.rho if model.spec.spatial == "lag" else None
        own, lag = model.positions
        return impacts.EffectParts(model.weights, theta, self.cov_full[:p, :p], own, lag, rho)

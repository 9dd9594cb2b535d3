"""The results of a fit, as an econometrician reads them.

Frames are made when they are asked for; the numbers were made by the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import impacts, prediction
from spillover.econometrics.spatialpanel.covariance import residuals, residuals_of_random
from spillover.econometrics.spatialpanel.errors import SpatialPanelError
from spillover.econometrics.spatialpanel.fitted_parameters import FittedParameters
from spillover.econometrics.spatialpanel.tables import Summary, summarise

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class PanelResults(FittedParameters):
    """Estimates of a spatial panel with their covariance, residuals, predictions and effects.

    Its parameters and their errors are described in `FittedParameters`.
    """

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

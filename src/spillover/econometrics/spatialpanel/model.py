"""The model object: what the user names, put together from the other rooms.

It holds a specification with its data and weights and fits it; formulae live elsewhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel.corrections import bias_corrected, likelihood_weights
from spillover.econometrics.spatialpanel.covariance import covariance, inference
from spillover.econometrics.spatialpanel.data import PanelData, read_panel
from spillover.econometrics.spatialpanel.design import Design, build
from spillover.econometrics.spatialpanel.errors import LikelihoodWarning
from spillover.econometrics.spatialpanel.estimation import Estimate, estimate
from spillover.econometrics.spatialpanel.formulas import read_formula
from spillover.econometrics.spatialpanel.operator import SpatialWeights
from spillover.econometrics.spatialpanel.random_effects import estimate_random
from spillover.econometrics.spatialpanel.random_error import estimate_error_components
from spillover.econometrics.spatialpanel.results import PanelResults
from spillover.econometrics.spatialpanel.specification import Specification, specify
from spillover.econometrics.spatialpanel.weights_reading import Weights

Array = NDArray[np.float64]


class SpatialPanel:
    """A spatial panel model, estimated by maximum likelihood.

    y = ρWy + Xβ + WX_D θ + effects + u, u = λWu + ε (Elhorst 2014; LeSage and Pace 2009).

    Parameters
    ----------
    y : Series with a MultiIndex (entity, time), a balanced panel of N·T rows
    X : DataFrame with the same rows
    W : libpysal Graph, square DataFrame keyed by entity, or `SpatialWeights`
    model : "sar" (ρ), "sem" (λ), "slx" (θ), "sdm" (ρ, θ), "sdem" (λ, θ) or "ols"
    lagged : columns of X that get a spatial lag, where the model has θ; None: all
    fixed_effects : "none" (with a constant), "entity", "time" or "twoway"
    random_effects : True for random entity effects in place of fixed ones (with
        fixed_effects="time": beside time effects). With a spatial error they stand outside it,
        y = Xβ + μ + u, u = λWu + ε, as in xsmle; "kkp": inside, u = λWu + μ + ε
    lag_after_demeaning : False: ℓ = Q(Wy), maximum likelihood with dummy variables; True: W(Qy),
        as splm and SDPDmod have it
    correction : None; "lee-yu": bias-corrected; "transformation": the likelihood of data
        transformed to be free of the effects (Lee and Yu 2010)

    Raises
    ------
    SpatialPanelError
        Anything in the data, weights or specification that cannot be estimated as given.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([list("abcd"), range(3)], names=["place", "year"])
    >>> x = pd.Series([1, 4, 2, 8, 5, 7, 3, 9, 1, 6, 2, 4.0], index=index, name="x")
    >>> ring = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]]) / 2
    >>> ring = pd.DataFrame(ring, list("abcd"), list("abcd"))
    >>> y = (2 * x + [0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1]).rename("y")
    >>> fit = SpatialPanel(y, x.to_frame(), ring, model="sar", fixed_effects="entity").fit()
    >>> list(fit.params.index)
    ['x', 'rho']
    """

    def __init__(
        self,
        y: pd.Series,
        X: pd.DataFrame,
        W: Weights | SpatialWeights,
        model: str = "sdm",
        lagged: Sequence[str] | str | None = None,
        fixed_effects: str = "twoway",
        random_effects: bool | str = False,
        lag_after_demeaning: bool = False,
        correction: str | None = None,
    ) -> None:
        self.data: PanelData = read_panel(y, X)
        self.spec: Specification = specify(
            model,
            self.data.names,
            lagged,
            fixed_effects,
            random_effects,
            lag_after_demeaning,
            correction,
        )
        self.weights: SpatialWeights = SpatialWeights.of(W).aligned(self.data.entities)
        self._base: Design = build(self.data, self.weights, self.spec)

    @classmethod
    def from_formula(
        cls, formula: str, data: pd.DataFrame, W: Weights | SpatialWeights, **options: Any
    ) -> SpatialPanel:
        """A model from a formula such as "y ~ x + log(z)".

        Parameters
        ----------
        formula : read by formulaic; a constant is the model's own business, so that 1, 0 or −1
            in it change nothing
        data : DataFrame with a MultiIndex (entity, time)
        W, options : as in `SpatialPanel`

        Raises
        ------
        SpatialPanelError
            No left-hand side, or columns that are not in data.
        """
        y, X = read_formula(formula, data)
        return cls(y, X, W, **options)

    def __repr__(self) -> str:
        n, t = self.data.shape
        return f"SpatialPanel({self.spec.model}, {n} entities × {t} periods)"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the regression coefficients: const, X, W_X."""
        return self._base.names

    @property
    def regressors(self) -> pd.Index[Any]:
        """The columns of X."""
        return self.data.columns

    @cached_property
    def positions(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Position of β and of θ of each regressor among the parameters; −1: no lag."""
        names = self.data.names
        first = int(self.spec.fixed_effects == "none")
        own = np.arange(first, first + len(names))
        lag = np.full(len(names), -1)
        for place, name in enumerate(self.spec.lagged):
            lag[names.index(name)] = first + len(names) + place
        return own, lag

    @classmethod
    def from_data(
        cls, data: PanelData, weights: SpatialWeights, spec: Specification
    ) -> SpatialPanel:
        """A model from parts that were read and checked before."""
        made = object.__new__(cls)
        made.data, made.weights, made.spec = data, weights.aligned(data.entities), spec
        made._base = build(data, made.weights, spec)
        return made

    @cached_property
    def _solution(self) -> tuple[Estimate, Design]:
        spec, base = self.spec, self._base
        if spec.outside_error:
            return estimate_error_components(base, self.weights), base
        if spec.random_effects:
            return estimate_random(base, self.weights, spec.spatial)
        counts = likelihood_weights(self.data.shape, spec, self.weights)
        found = estimate(base.R, self.weights, spec.spatial, *counts)
        if spec.correction == "lee-yu":
            found = bias_corrected(found, base, self.weights, spec)
        return found, base

    @property
    def estimate(self) -> Estimate:
        """The point estimates, made at the first call and shared by all covariances."""
        return self._solution[0]

    @property
    def design(self) -> Design:
        """The transformed columns of the likelihood; quasi-demeaned with random effects."""
        return self._solution[1] if self.spec.random_effects else self._base

    def fit(
        self,
        cov_type: str = "observed",
        *,
        clusters: Any = None,
        bandwidth: int | None = None,
        small_sample: bool = False,
    ) -> PanelResults:
        """Estimate the model.

        Parameters
        ----------
        cov_type : "observed" or "expected" information; "robust": clustered by entity;
            "clustered": by the groups in `clusters`; "driscoll-kraay"
        clusters : Series of groups, over the panel's rows or keyed by entity
        bandwidth : lags of Driscoll–Kraay's kernel; None: ⌊4(T/100)^(2/9)⌋
        small_sample : multiply a clustered covariance by C/(C−1)

        Raises
        ------
        SpatialPanelError
            No interior maximum, or no positive definite information at it.

        Warns
        -----
        LikelihoodWarning
            The likelihood has several maxima.
        """
        how = inference(self.data, cov_type, clusters, bandwidth, small_sample)
        if self.estimate.others:
            warnings.warn(
                f"the likelihood has {1 + len(self.estimate.others)} maxima; the highest is "
                f"reported, at {self.spec.coefficient} = {self.estimate.rho:.4f}: see notes",
                LikelihoodWarning,
                stacklevel=2,
            )
        spread = covariance(self.design, self.weights, self.spec.spatial, self.estimate, how)
        return PanelResults(self, self.estimate, spread, how)

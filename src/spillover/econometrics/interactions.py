"""Effects of an exposure that depend on a moderator, in spatial panels.

It adds centred products of exposure and moderators (with their spatial lags) to a model and
reports the marginal effect of the exposure over the range of a moderator; the "effect of the
product term", which is nobody's effect, it does not report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc

from spillover.econometrics import checks
from spillover.econometrics.spatialpanel import PanelResults, SpatialPanel, SpatialWeights
from spillover.econometrics.spatialpanel.data import Array
from spillover.econometrics.spatialpanel.effects import KINDS, EffectParts, quantile, two_sided
from spillover.econometrics.spatialpanel.weights import Weights

_CENTRINGS = ("mean", "entity", "none")


class InteractionError(ValueError):
    """An interaction that cannot be set up as asked; the message says how to mend it."""


@dataclass(frozen=True, eq=False)
class Moderated:
    """A fitted model with products of exposure and moderators.

    Attributes
    ----------
    fit : PanelResults
        Its own coefficients; that of the exposure holds where every moderator is at its centre.
    exposure : str
    moderators : tuple of str
    products : dict
        Moderator to the name of its product with the exposure.
    centring : str
        "mean", "entity" or "none".
    centres : Series
        What was subtracted from exposure and moderators; NaN where each entity has its own.
    observed : DataFrame
        The moderators as they enter, centred.
    """

    fit: PanelResults
    exposure: str
    moderators: tuple[str, ...]
    products: dict[str, str]
    centring: str
    centres: pd.Series
    observed: pd.DataFrame

    def marginal(
        self, moderator: str, grid: Array | None = None, level: float = 0.95, points: int = 41
    ) -> pd.DataFrame:
        """Marginal effect of the exposure over the range of a moderator.

        In y = ρWy + βx + πxm + θWx + ψW(xm) + … a change of x everywhere that the moderator
        stands at m moves y by (I − ρW)⁻¹[(β + πm)I + (θ + ψm)W]: the usual effects with
        coefficients that are linear in m, so that the delta method needs the joint covariance of
        (β, π, θ, ψ, ρ). Other moderators stand at their centre.

        Parameters
        ----------
        moderator : str
        grid : array, optional
            Values of the moderator in its own units (not centred, but with centring "entity",
            where it is the difference from the entity's mean); by default `points` from its 1st
            to its 99th percentile.
        level : float
            Of the intervals, which take the t distribution where the fit does
            (``fit.df`` degrees of freedom).

        Returns
        -------
        DataFrame
            Index: moderator's value; columns (direct, indirect, total) × (effect, std_error,
            pvalue, low, high), pointwise.

        Raises
        ------
        InteractionError
            No such moderator; a grid that is no list of numbers; a level outside one half to one.
        """
        if not isinstance(moderator, str) or moderator not in self.products:
            raise InteractionError(
                f"no moderator {checks.shown(moderator)}; this model has "
                f"{checks.some(self.moderators, 20)}"
            )
        checks.confidence(level, InteractionError)
        centre = float(np.nan_to_num(self.centres[moderator]))
        if grid is None:
            checks.whole(points, InteractionError, "points", low=1)
            ends = np.quantile(self.observed[moderator], [0.01, 0.99]) + centre
            grid = np.linspace(ends[0], ends[1], points)
        grid = _numbers(grid)
        lines = [self._at(moderator, float(m) - centre, level) for m in grid]
        columns = pd.MultiIndex.from_product(
            [KINDS, ("effect", "std_error", "pvalue", "low", "high")]
        )
        return pd.DataFrame(np.array(lines), pd.Index(grid, name=moderator), columns)

    def _at(self, moderator: str, value: float, level: float) -> Array:
        """Three effects with their inference, flat, at a centred value of the moderator."""
        parts = self.fit.effect_parts
        names = list(self.fit.model.regressors)
        x, product = names.index(self.exposure), names.index(self.products[moderator])
        # coefficients at m: β + πm and θ + ψm, a linear map of the parameters
        move = np.eye(len(parts.params))
        for places in (parts.own_of, parts.lag_of):
            if places[x] >= 0 and places[product] >= 0:
                move[places[x], places[product]] = value
        at = EffectParts(
            parts.weights,
            move @ parts.params,
            move @ parts.cov @ move.T,
            parts.own_of[[x]],
            parts.lag_of[[x]],
            parts.rho,
        )
        effect, error = at.point()[0], at.delta_errors()[0]
        reach = quantile(0.5 + level / 2, self.fit.df) * error
        z = np.divide(effect, error, out=np.full(3, np.nan), where=error > 0)
        rows = [effect, error, two_sided(z, self.fit.df), effect - reach, effect + reach]
        return np.array(rows).T.ravel()

    def tests(self) -> pd.DataFrame:
        """Wald tests that a moderator does not matter: its product and the product's lag are zero.

        Returns
        -------
        DataFrame
            By moderator: statistic W, df (q restrictions), pvalue. W is compared with χ²(q), or,
            where the fit has `df` for few clusters, W/q with F(q, df). With 30 entities, ten years
            and CR3 errors, at the two studies' own data, it rejects a moderator that does not
            matter in 1 to 5 % of samples; with "clustered" ones in 9 to 35 %
            (benchmarks/sizes_of_groups.py).
        """
        rows = {}
        for moderator, product in self.products.items():
            names = [n for n in (product, f"W_{product}") if n in self.fit.params.index]
            b, V = self.fit.params[names].to_numpy(), self.fit.cov.loc[names, names].to_numpy()
            value = float(b @ np.linalg.solve(V, b))
            rows[moderator] = {
                "statistic": value,
                "df": len(names),
                "pvalue": _wald_pvalue(value, len(names), self.fit.df),
            }
        return pd.DataFrame(rows).T.astype({"df": int})


def moderate(
    y: pd.Series,
    X: pd.DataFrame,
    exposure: str,
    moderators: Sequence[str],
    W: Weights | SpatialWeights,
    centring: str = "mean",
    cov_type: str = "cr3",
    lagged: Sequence[str] | None = None,
    lag_products: bool = True,
    **options: Any,
) -> Moderated:
    """Fit a spatial panel with products of an exposure and moderators.

    Parameters
    ----------
    y, X : Series, DataFrame
        X holds the exposure and every moderator on its own too: a product without its parts
        would force their effects to zero at the centre.
    exposure : str
    moderators : sequence of str
    W : Graph, square DataFrame or SpatialWeights
    centring : str
        "mean": exposure and moderators enter the product less their mean over the sample, so
        that the exposure's own coefficient is its effect at the mean moderator. "entity": less
        their entity's mean, so that the product uses differences within entities alone
        (Giesselmann and Schmidt-Catran 2022); "none". The model's fit is the same under "mean"
        and "none", as the parts are in it; under "entity" it is another model.
    cov_type : str
        Of the fit; marginal effects inherit it. The default, clustered by entity with residuals
        enlarged for leverage and t of the entities less one, is made for few clusters.
    lagged : sequence of str, optional
        Regressors with a spatial lag, None for all.
    lag_products : bool
        Products get one too, where the exposure has one.
    **options
        Of :class:`spillover.econometrics.spatialpanel.SpatialPanel`: model, fixed_effects, …

    Raises
    ------
    InteractionError
        Names that X does not have, an unknown centring, moderators that are no numbers.
    SpatialPanelError
        Data, weights or options that :class:`SpatialPanel` refuses.
    """
    if not isinstance(X, pd.DataFrame):
        raise InteractionError(
            f"X is {checks.shown(X)}; expected a DataFrame that holds exposure and moderators"
        )
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].unique()
        raise InteractionError(f"X has columns named twice: {checks.some(twice)}; rename one")
    if not isinstance(exposure, str):
        raise InteractionError(f"exposure={checks.shown(exposure)}; expected the name of a column")
    moderators = checks.names(moderators, X.columns, InteractionError, "moderators")
    if exposure not in X.columns:
        raise InteractionError(f"X has no column {exposure!r}; put exposure and moderators into it")
    if exposure in moderators or not moderators:
        raise InteractionError("give one or more moderators other than the exposure itself")
    if lagged is not None:
        lagged = checks.names(lagged, X.columns, InteractionError, "lagged")
    checks.flag(lag_products, InteractionError, "lag_products")
    wanted = [exposure, *moderators]
    checks.columns_of_numbers(X[wanted], InteractionError)
    centred, centres = _centred(X[wanted], centring)
    products = {m: f"{exposure}×{m}" for m in moderators}
    made = pd.DataFrame({p: centred[exposure] * centred[m] for m, p in products.items()})
    full = pd.concat([X, made], axis=1)
    if options.get("model", "sdm") in ("slx", "sdm", "sdem"):
        base = list(X.columns if lagged is None else lagged)
        both = lag_products and exposure in base
        options["lagged"] = base + (list(made.columns) if both else [])
    fit = SpatialPanel(y, full, W, **options).fit(cov_type=cov_type)
    chosen = tuple(moderators)
    return Moderated(fit, exposure, chosen, products, centring, centres, centred[list(chosen)])


def _numbers(grid: object) -> Array:
    """A grid as a flat array of finite numbers."""
    try:
        values = np.asarray(grid, dtype=float)
    except (TypeError, ValueError):
        values = np.array([[]])
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise InteractionError(
            f"grid={checks.shown(grid)}; expected finite numbers, in the moderator's units"
        )
    return values


def _wald_pvalue(value: float, q: int, df: int | None) -> float:
    tail = chdtrc(q, value) if df is None else fdtrc(q, df, value / q)
    return float(tail)


def _centred(frame: pd.DataFrame, centring: str) -> tuple[pd.DataFrame, pd.Series]:
    if centring == "mean":
        return frame - frame.mean(), frame.mean()
    if centring == "entity":
        means = frame.groupby(level=0, sort=False).transform("mean")
        return frame - means, pd.Series(np.nan, index=frame.columns)
    if centring == "none":
        return frame, pd.Series(0.0, index=frame.columns)
    raise InteractionError(f"centring={centring!r}; choose from {list(_CENTRINGS)}")

"""Spatial GMM that no variance of any unit can bias: a second opinion on maximum likelihood.

The likelihood takes the errors of all units to have one variance. Where they have not, its ρ is
inconsistent; the moments here hold whatever the variances, and whatever the errors' correlation
over time within a unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import optimize

from spillover.econometrics import checks
from spillover.econometrics.instruments.sample import InstrumentError
from spillover.econometrics.spatialpanel import SpatialPanel, SpatialWeights
from spillover.econometrics.spatialpanel.data import Array, within
from spillover.econometrics.spatialpanel.effects import EffectParts, effects_frame, two_sided
from spillover.econometrics.spatialpanel.weights import Weights

COV_TYPES = ("clustered", "robust", "cr2", "cr3")
_POINTS = 40


@dataclass(frozen=True, eq=False)
class SpatialGMM:
    """A spatial lag or Durbin model by robust moments.

    Attributes
    ----------
    coefficients : DataFrame
        estimate, std_error, tstat, pvalue; names as in SpatialPanel, rho last.
    effects : DataFrame
        (direct, indirect, total) × (effect, std_error, pvalue) by regressor, delta method.
    cov : DataFrame
        Of the coefficients, clustered by entity.
    df : int
        Degrees of freedom of t for p-values and intervals: entities less one.
    nobs : int
    note : str
        What the reader must know of this fit; empty where all is well.
    """

    coefficients: pd.DataFrame
    effects: pd.DataFrame
    cov: pd.DataFrame
    df: int
    nobs: int
    note: str


def spatial_gmm(
    y: pd.Series,
    X: pd.DataFrame,
    W: Weights | SpatialWeights,
    lagged: Sequence[str] | None = None,
    fixed_effects: str = "twoway",
    cov_type: str = "cr3",
) -> SpatialGMM:
    r"""Estimate y = ρWy + Xβ + WX_Dθ + effects + ε, ε of any variance in each unit and period.

    With Z = [X, WX_D], M what takes effects and Z out, e(ρ) = M(y − ρWy), G = W(I − ρW)⁻¹:

    .. math:: Z'e = 0, \qquad (Wy)'e(\rho) - \sum_i \tilde e_i' B_i(\rho) \tilde e_i = 0

    Bᵢ is the block of M(I ⊗ G) that belongs to unit i. Wy holds Gε, so that (Wy)′e has the mean
    Σᵢ tr(BᵢΣᵢ) for Σᵢ the T × T covariance of the errors of unit i. Maximum likelihood takes
    σ²·tr for it; here each unit's own residuals stand in, ẽᵢ = (Mᵢᵢ)^(−½)eᵢ, which are as large as
    the errors are although M has made eᵢ smaller. What is left are the moment of the optimal
    instrument, GZ(β, θ), and a quadratic form without diagonal, ε′(G − diag G)ε, added as the
    likelihood adds them.

    Parameters
    ----------
    y, X : Series, DataFrame
        A balanced panel indexed by (entity, time).
    W : Graph, DataFrame or SpatialWeights
        N units, up to about a thousand: (I − ρW)⁻¹ is made as a full matrix some fifty times.
    lagged : sequence of str, optional
        Regressors with a spatial lag; None: all (Durbin); an empty list: none (spatial lag model).
    fixed_effects : str
        "none", "entity", "time" or "twoway".
    cov_type : str
        "clustered" or "robust" (times C/(C − 1)·(n − 1)/(n − k)), "cr2" or "cr3", all by entity,
        as in :func:`spillover.econometrics.regression.clustered_covariance`; p-values take t with
        N − 1 degrees of freedom.

    Raises
    ------
    InstrumentError
        No ρ that solves the moments; an unknown covariance.
    spillover.econometrics.spatialpanel.SpatialPanelError
        Data, weights or a specification that cannot be estimated as given.

    Notes
    -----
    The covariance has the squares of the linear moments, summed over entities, and
    Σ_{i<j}(aᵢⱼ + aⱼᵢ)²E(εᵢ′εⱼ)² for the quadratic form, whose terms are martingale differences in
    any order of the entities and uncorrelated with the linear moments. Errors of different units
    must be independent. "clustered" has (eᵢ′eⱼ)² for E(εᵢ′εⱼ)²: right for many units whatever the
    errors' correlation over time, too small where one pair of noisy neighbours has most of the
    weight. "cr2" and "cr3" have τ·eᵢ′eᵢ·eⱼ′eⱼ with τ the mean of (eᵢ′eⱼ)²/(eᵢ′eᵢ·eⱼ′eⱼ) over all
    pairs, for errors of any size that are correlated over time in the same way.

    Where several ρ solve the moments the one nearest to maximum likelihood's is taken, and the
    note says so.

    In simulations of two studies of 30 units × 10 years with two-way effects (500 replications of
    each of 19 designs), the bias of ρ was −.03 to .00, where maximum likelihood's was −.12 to .01
    with the transformation. 95 % intervals by "cr3" held ρ in 95 to 99 % of samples, indirect and
    total effects in 95 to 98 %, direct effects in 88 to 99 %, least with unequal variances
    between units. ``benchmarks/second_opinion.py`` has the same designs.

    References
    ----------
    Kelejian and Prucha (2010), J. Econometrics 157, 53–67; Lin and Lee (2010), J. Econometrics
    157, 34–52 (quadratic moments without diagonal); Liu and Yang (2015), Regional Science and
    Urban Economics 52 (the moments as a modified score, and the correction for M).

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(12), range(6)], names=["place", "year"])
    >>> rng = np.random.default_rng(2)
    >>> ring = (np.roll(np.eye(12), 1, 0) + np.roll(np.eye(12), -1, 0)) / 2
    >>> x = pd.Series(rng.normal(size=72), index, name="x")
    >>> signal = 2 * x.to_numpy().reshape(12, 6) + rng.normal(size=(12, 6))
    >>> y = pd.Series(np.linalg.solve(np.eye(12) - 0.4 * ring, signal).ravel(), index, name="y")
    >>> fit = spatial_gmm(y, x.to_frame(), pd.DataFrame(ring), lagged=[], fixed_effects="entity")
    >>> list(fit.coefficients.index)
    ['x', 'rho']
    >>> bool(abs(fit.coefficients.loc["rho", "estimate"] - 0.4) < 0.15)
    True
    """
    checks.one_of(cov_type, COV_TYPES, InstrumentError, "cov_type")
    plain = isinstance(lagged, list | tuple | set | pd.Index) and len(lagged) == 0
    model = SpatialPanel(
        y,
        X,
        W,
        "sar" if plain else "sdm",
        None if plain else lagged,
        fixed_effects,
        correction=None,
    )
    moments = _Moments(model)
    rho, note = moments.solve()
    theta = np.append(moments.b0 - rho * moments.b1, rho)
    names = [*model.design.names, "rho"]
    cov = moments.covariance(rho, cov_type)
    own, lag = model.positions
    parts = EffectParts(model.weights, theta, cov, own, lag, rho)
    df = model.data.shape[0] - 1
    error = np.sqrt(np.diag(cov))
    columns = {"estimate": theta, "std_error": error, "tstat": theta / error}
    return SpatialGMM(
        pd.DataFrame({**columns, "pvalue": two_sided(theta / error, df)}, names),
        effects_frame(parts.point(), parts.delta_errors(), model.regressors, df),
        pd.DataFrame(cov, names, names),
        df,
        len(model.data.y),
        note,
    )


class _Moments:
    """The moments of one model, arrays of shape (N, T) and (N, T, k)."""

    def __init__(self, model: SpatialPanel) -> None:
        design = model.design
        assert design.lag_y is not None
        self.model, self.shape = model, design.shape
        self.W = model.weights.matrix.toarray()
        effects = model.spec.fixed_effects
        self.time = effects in ("time", "twoway")
        self.Z = design.Z.reshape(*self.shape, -1)
        self.lag_y = design.lag_y.reshape(self.shape)
        self.bread = np.linalg.inv(design.Z.T @ design.Z)
        self.b0 = self.bread @ (design.Z.T @ design.y)
        self.b1 = self.bread @ (design.Z.T @ design.lag_y)
        self.e0 = (design.y - design.Z @ self.b0).reshape(self.shape)
        self.e1 = (design.lag_y - design.Z @ self.b1).reshape(self.shape)
        t = self.shape[1]
        demeaned = np.eye(t) - 1 / t if effects in ("entity", "twoway") else np.eye(t)
        self.effects_out = demeaned * (1 - self.time / self.shape[0])

    def residuals(self, rho: float) -> Array:
        """e(ρ), shape (N, T)."""
        return self.e0 - rho * self.e1

    def adjusted(self, e: Array, Z: Array, power: float) -> Array:
        """(Mᵢᵢ)^power·eᵢ with Mᵢᵢ the block of unit i of what takes effects and Z out."""
        flat = Z.reshape(-1, Z.shape[2])
        hat = (Z @ np.linalg.inv(flat.T @ flat)) @ Z.transpose(0, 2, 1)
        left, directions = np.linalg.eigh(self.effects_out - hat)
        kept = left > 1e-9
        by = np.where(kept, left, 1.0) ** power * kept
        turned = np.einsum("its,it->is", directions, e)
        return np.asarray(np.einsum("its,is->it", directions, by * turned))

    @cached_property
    def _adjusted_parts(self) -> tuple[Array, Array]:
        return self.adjusted(self.e0, self.Z, -0.5), self.adjusted(self.e1, self.Z, -0.5)

    def G(self, rho: float) -> Array:
        """W(I − ρW)⁻¹, shape (N, N)."""
        return np.asarray(np.linalg.solve(np.eye(len(self.W)) - rho * self.W, self.W))

    def value(self, rho: float) -> float:
        """(Wy)′e − Σᵢ ẽᵢ′Bᵢẽᵢ."""
        G = self.G(rho)
        diagonal = np.diag(G) - (G.mean(axis=0) if self.time else 0)
        first, second = self._adjusted_parts
        e = first - rho * second
        GZ = (G.T @ self.Z.reshape(len(G), -1)).reshape(self.Z.shape)
        through_Z = np.einsum("it,itk->ik", e, self.Z @ self.bread) * np.einsum("it,itk->ik", e, GZ)
        own = diagonal @ np.square(e).sum(axis=1) - through_Z.sum()
        return float((self.lag_y * self.residuals(rho)).sum() - own)

    def solve(self) -> tuple[float, str]:
        """ρ, and a note where more than one solves the moments."""
        low, high = self.model.weights.interval
        middle = self.model.estimate.rho or 0.0
        # close together near maximum likelihood's, wide apart near the ends
        steps = np.linspace(0.005, 1, _POINTS // 2) ** 1.5
        below, above = middle - steps * (middle - low), middle + steps * (high - middle)
        grid = np.unique(np.clip(np.r_[below, above], low + 1e-4, high - 1e-4))
        values = [self.value(float(rho)) for rho in grid]
        found = [
            float(optimize.brentq(self.value, *ends, xtol=1e-12))
            for ends, (left, right) in zip(pairwise(grid), pairwise(values), strict=True)
            if left > 0 >= right
        ]
        if not found:
            raise InstrumentError(
                f"no rho in ({low:.3f}, {high:.3f}) solves the moments: W and the regressors say "
                "too little about it; use maximum likelihood or another W"
            )
        nearest = min(found, key=lambda rho: abs(rho - middle))
        others = ", ".join(f"{rho:.3f}" for rho in found if rho != nearest)
        return nearest, f"the moments also hold at rho = {others}" if others else ""

    def covariance(self, rho: float, cov_type: str) -> Array:
        """Covariance of b and ρ, shape (k + 1, k + 1)."""
        data, weights, (n, t) = self.model.data, self.model.weights, self.shape
        k = self.Z.shape[2]
        slope = (self.value(rho + 1e-5) - self.value(rho - 1e-5)) / 2e-5
        G, e = self.G(rho), self.residuals(rho)
        # what Wy has besides Gε: G(Zb + effects), less what Z explains of it
        known = (data.y - rho * weights.lag(data.y)).reshape(n, t) - e
        r = within((G @ known).reshape(-1, 1), (n, t), self.model.spec.fixed_effects)
        flat = self.Z.reshape(n * t, k)
        r = (r - flat @ (self.bread @ (flat.T @ r))).reshape(n, t, 1)
        columns, inner = np.concatenate([self.Z, r], axis=2), e
        if cov_type in ("cr2", "cr3"):
            inner = self.adjusted(e, columns, -0.5)
            e = inner if cov_type == "cr2" else self.adjusted(e, columns, -1.0)
            factor = 1.0 if cov_type == "cr2" else (n - 1) / n
        else:
            dummies = t - 1 if self.time else 0
            constant = 0 if self.model.spec.fixed_effects == "none" else 1
            left = n * t - (k + 1 + constant + dummies)
            factor = n / (n - 1) * (n * t - 1) / left
        centred = G - G.mean(axis=0) if self.time else G
        centred = centred - centred.mean(axis=1, keepdims=True) if self.time else centred
        weight = np.square(centred + centred.T) * (1 - np.eye(n))
        products = np.square(inner @ inner.T)
        if cov_type in ("cr2", "cr3"):
            size = np.square(inner).sum(axis=1)
            shares = products / np.outer(size, size)
            products = np.outer(size, size) * (shares.sum() - n) / (n * (n - 1))
        quadratic = (weight * products).sum() / 2
        by_slope = np.append(self.b1, -1.0) / slope
        linear = np.einsum("itk,it->ik", np.concatenate([self.Z @ self.bread, r], axis=2), e)
        influence = np.pad(linear[:, :k], ((0, 0), (0, 1))) + linear[:, k:] * by_slope
        meat = influence.T @ influence + quadratic * np.outer(by_slope, by_slope)
        return np.asarray(factor * meat)

"""Lee and Yu's (2010) corrections for the incidental parameters of fixed effects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spillover.econometrics.spatialpanel.covariance import information, inverse
from spillover.econometrics.spatialpanel.data import SpatialPanelError
from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.likelihood import Estimate


def likelihood_counts(design: Design) -> tuple[int, int, int]:
    """Rows n, and how often ln|I − ρW| (m) and −ln(1 − ρ) (u) count in the likelihood.

    Without transformation n = NT, m = T, u = 0. Transformed, entity effects leave N(T−1) rows
    with m = T−1; time effects leave (N−1) rows a period and take the unit eigenvalue out of W,
    u = m (Lee and Yu 2010, eq. 28).

    Raises
    ------
    SpatialPanelError
        A correction for time effects with W not row-standardised: 1 is then no eigenvalue.
    """
    n, t = design.shape
    correction, effects = design.spec.correction, design.spec.fixed_effects
    time = effects in ("time", "twoway")
    if correction and time and not design.weights.row_standardised:
        raise SpatialPanelError(
            f"correction={correction!r} with time effects needs a row-standardised W (its "
            "rows must sum to one); standardise it, or use correction=None"
        )
    if correction != "transformation":
        return n * t, t, 0
    if n == 2 and time:
        raise SpatialPanelError("the transformation for time effects needs three entities or more")
    periods = t if effects == "time" else t - 1
    return ((n - 1) * periods, periods, periods) if time else (n * periods, periods, 0)


def bias_corrected(at: Estimate, design: Design) -> Estimate:
    """Lee and Yu's bias correction of the estimates with dummy variables.

    Entity effects: σ²·T/(T−1). Time effects: θ + T·I⁻¹[0, 1/(1−ρ), 1/2σ²]′ with the expected
    information I (Lee and Yu 2010, eq. 26); two-way effects: this, then σ²·T/(T−1). Where entity
    effects are taken out, N(T−1) rows and (T−1)·ln|I − ρW| enter the information afterwards.

    Raises
    ------
    SpatialPanelError
        A spatial coefficient outside its interval, before or after the correction.
    """
    t = design.shape[1]
    effects = design.spec.fixed_effects
    if effects != "entity":
        assert at.rho is not None
        low, high = design.weights.interval
        if not low < at.rho < high:
            raise SpatialPanelError("the bias correction needs an interior spatial coefficient")
        k = len(at.b)
        score = np.concatenate([np.zeros(k), [1 / (1 - at.rho), 1 / (2 * at.sigma2)]])
        step = t * (inverse(information(design, at, expected=True)) @ score)
        rho = at.rho + float(step[k])
        if not low < rho < high:
            raise SpatialPanelError(
                f"the bias correction moves the spatial coefficient to {rho:.4f}, outside "
                f"({low:.4f}, {high:.4f}); use correction='transformation'"
            )
        at = replace(at, b=at.b + step[:k], rho=rho, sigma2=at.sigma2 + float(step[k + 1]))
    if effects != "time":
        n = design.shape[0] * (t - 1)
        at = replace(at, sigma2=at.sigma2 * t / (t - 1), n=n, m=t - 1)
    return at

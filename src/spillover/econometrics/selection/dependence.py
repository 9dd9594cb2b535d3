"""Cross-section dependence left in the residuals of a fit.

A diagnosis after estimation; it does not choose between spatial models.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from spillover.econometrics.selection.hypothesis import HypothesisTest
from spillover.econometrics.spatialpanel import PanelResults, SpatialPanelError


def pesaran_cd(fit: PanelResults) -> HypothesisTest:
    """Pesaran's (2004) CD = √(2T/(N(N−1)))·Σ_{i<j} r_ij, standard normal without dependence.

    r_ij is the correlation over time of the residuals of i and j.

    Raises
    ------
    SpatialPanelError
        Fewer than three periods, or an entity whose residuals do not vary.
    """
    n, t = fit.model.data.shape
    if t < 3:
        raise SpatialPanelError(f"Pesaran's CD needs three periods or more; the panel has {t}")
    e = fit.resids.to_numpy().reshape(n, t)
    e = e - e.mean(axis=1, keepdims=True)
    size = np.linalg.norm(e, axis=1, keepdims=True)
    if (size == 0).any():
        raise SpatialPanelError("residuals of an entity do not vary: no correlation is defined")
    # Σ_{i<j} r_ij from the sum of the standardised series: no N × N matrix
    pairs = (np.square((e / size).sum(axis=0)).sum() - n) / 2
    statistic = float(np.sqrt(2 * t / (n * (n - 1))) * pairs)
    pvalue = float(2 * ndtr(-abs(statistic)))
    return HypothesisTest(
        "Pesaran CD", "no cross-section dependence of residuals", statistic, np.nan, pvalue
    )

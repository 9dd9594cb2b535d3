"""Mundlak's test of random against fixed effects, which always has a p-value.

It estimates one more model; Hausman's test, which compares two fits, lives in `nested`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from spillover.econometrics.selection.hypothesis import HypothesisTest, chi_square
from spillover.econometrics.spatialpanel import PanelResults, SpatialPanel, SpatialPanelError


def mundlak(random: PanelResults) -> HypothesisTest:
    """Wald test that means over time of X (and WX) do not belong in a random-effects model.

    Under the null they have no effect, so that random effects are uncorrelated with X (Mundlak
    1978; Debarsy 2012 for the Durbin model); χ² with as many degrees as means.

    Raises
    ------
    SpatialPanelError
        Not a fit with random effects, or no column of X varies over time and between entities.
    """
    model = random.model
    if not model.spec.random_effects:
        raise SpatialPanelError("Mundlak's test starts from a fit with random_effects=True")
    data, spec = model.data, model.spec
    n, t = data.shape
    cube = data.X.reshape(n, t, -1)
    means = cube.mean(axis=1)
    moves = np.abs(cube - means[:, None, :]).max(axis=(0, 1)) > 1e-12 * np.abs(data.X).max(axis=0)
    use = moves & (np.ptp(means, axis=0) > 0)
    if not use.any():
        raise SpatialPanelError("no column of X varies both over time and between entities")
    varying = [name for name, wanted in zip(data.names, use, strict=True) if wanted]
    added = tuple(f"mean_{name}" for name in varying)
    extended = replace(
        data,
        X=np.concatenate([data.X, np.repeat(means[:, use], t, axis=0)], axis=1),
        names=data.names + added,
        columns=pd.Index(data.names + added),
    )
    lagged = spec.lagged + tuple(f"mean_{name}" for name in varying if name in spec.lagged)
    fit = SpatialPanel.from_data(extended, model.weights, replace(spec, lagged=lagged)).fit()
    wanted = {*added, *(f"W_{name}" for name in added)}
    tested = [i for i, name in enumerate(fit.names) if name in wanted]
    gap = fit.estimate.theta[tested]
    spread = fit.cov_full[np.ix_(tested, tested)]
    statistic = float(gap @ np.linalg.solve(spread, gap))
    return chi_square("Mundlak", "random effects are uncorrelated with X", statistic, len(gap))

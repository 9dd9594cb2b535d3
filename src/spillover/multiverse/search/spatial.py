"""Search over spatial models: the distance of each from a printed table of effects.

Distances are measured in printed standard errors; specifications are run by
:mod:`spillover.multiverse`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spillover.multiverse.engine import Fitted, run
from spillover.multiverse.grids import plan, with_choices
from spillover.replication.lag_structure import (
    EFFECTS,
    Array,
    SearchError,
    Target,
    lag_evidence,
    ratio_spread,
    root_mean_square,
)
from spillover.studies.study import CARBON, Study

DEFAULT_CHOICES: dict[str, Any] = {
    "fixed_effects": ["none", "entity", "time", "twoway", "random"],
    "durbin": ["all", "exposure", "none"],
    "weights": [
        "rook", "inverse distance", "inverse distance squared", "5 nearest", "economic distance",
    ],
    "years": [(2013, 2022), (2016, 2021), (2013, 2019)],
    "CP": ["CEADs apparent", "CEADs sectoral", "CEADs final use", "energy"],
    "lag_after_demeaning": [False, True],
    "cov_type": ["robust", "observed"],
}  # fmt: skip
"""3,600 specifications of the first study. The covariance moves the errors alone."""


def arrays(effects: pd.DataFrame, names: Sequence[str]) -> tuple[Array, Array]:
    """Effects and their errors in the order of the printed rows, each (K, 3)."""
    places = effects.index.get_indexer(pd.Index(names))
    if (places < 0).any():
        lacking = [name for name, place in zip(names, places, strict=True) if place < 0]
        raise SearchError(f"the model has no {lacking}, which the target prints; add to controls")
    cells = effects.to_numpy(dtype=float)[places].reshape(len(names), len(EFFECTS), -1)
    return cells[:, :, 0], cells[:, :, 1]


def alignment(ours: Array, printed: Array) -> float:
    """Cosine of the angle between two tables: 1 where one is a multiple of the other."""
    return float((ours * printed).sum() / np.sqrt((ours**2).sum() * (printed**2).sum()))


def _errors_apart(ours: Array, printed: Array) -> float:
    if (ours <= 0).any() or not np.isfinite(ours).all():
        return float("nan")
    return root_mean_square(np.log(ours / printed))


def measure(fitted: Fitted, target: Target, our_sd: float, rho: float) -> dict[str, Any]:
    """All distances of one fitted specification from a target."""
    assert fitted.effects is not None
    names = [str(name) for name in target.values.index]
    ours, errors = arrays(fitted.effects, names)
    printed, spread = target.values.to_numpy(), target.errors.to_numpy()
    scale = target.outcome_sd / our_sd
    scaled = (ours * scale - printed) / spread
    agree = np.sign(ours) == np.sign(printed)
    exposure = names.index(target.exposure)
    row: dict[str, Any] = {
        "distance": root_mean_square((ours - printed) / spread),
        "distance_sd": root_mean_square(scaled),
        "median_distance_sd": float(np.median(np.abs(scaled))),
        "within_two_errors": int((np.abs(scaled) <= 2).sum()),
        "alignment": alignment(ours / spread, printed / spread),
        "signs_agree": int(agree.sum()),
        "exposure_signs_agree": int(agree[exposure].sum()),
        "errors_apart": _errors_apart(errors * scale, spread),
        "rho": fitted.rho,
        "rho_away": fitted.rho - rho,
        "ratio_spread": ratio_spread(ours, target.control_rows),
        "sample_agrees": fitted.units * fitted.periods == target.observations,
    }
    row |= {effect: ours[exposure, i] for i, effect in enumerate(EFFECTS)}
    return row | {f"distance_sd {n}": root_mean_square(scaled[i]) for i, n in enumerate(names)}


class Scale:
    """Our standard deviation of the outcome over the study's window, by variant and vintage."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.known: dict[tuple[Any, ...], float] = {}

    def of(self, study: Study) -> float:
        """As the printed one: over the full window, or as much of it as the variant has."""
        variant = study.variants.get(study.outcome)
        key = (study.outcome, variant, study.gdp, study.without)
        if key not in self.known:
            whole = self.study.but(gdp=study.gdp, without=study.without, outcome=study.outcome)
            if variant is not None:
                whole = whole.but(**{study.outcome: variant})
            self.known[key] = float(whole.frame(study.outcome, gaps=True)[study.outcome].std())
        return self.known[key]


def search(target: Target, study: Study = CARBON, n_jobs: int = 1, **choices: Any) -> pd.DataFrame:
    """Measure how near every combination of choices comes to printed effects.

    Parameters
    ----------
    target : Target
    study : Study
        The study whose choices vary.
    n_jobs : int
        Processes; the result does not depend on it.
    **choices
        As in :func:`spillover.multiverse.grid`; :data:`DEFAULT_CHOICES` by default.

    Returns
    -------
    DataFrame
        One row per combination, the choices as categories, then:
        distance (root mean square of (ours − printed)/printed error over all effects);
        distance_sd (the same with ours brought to the printed scale of the outcome by the ratio
        of standard deviations), median_distance_sd and within_two_errors (median and count over
        the effects, likewise scaled); alignment (cosine between the two tables in printed errors,
        which no scale changes: small effects may lie near by being small, but do not align by
        it); signs_agree, exposure_signs_agree (of three); errors_apart
        (root mean square log ratio of standard errors); rho, rho_away (from the ρ that the
        printed controls imply); ratio_spread (variation of indirect/direct over the controls);
        sample_agrees (as many observations as printed); the exposure's effects; distance_sd by
        variable; reason.
    """
    specs = plan(study, **(choices or DEFAULT_CHOICES))
    results = run(specs, n_jobs)
    scale, rho = Scale(study), float(lag_evidence(target)["rho"])
    rows = [
        {**measure(f, target, scale.of(f.spec.study), rho), "reason": ""}
        if f.effects is not None
        else {"reason": f.reason}
        for f in results
    ]
    return with_choices(results, pd.DataFrame(rows))

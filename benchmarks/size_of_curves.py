"""How often the joint tests of a specification curve reject, where nothing has an effect.

    python benchmarks/size_of_curves.py --samples 200

The first study's own regressors and maps, 30 provinces in 10 years; an outcome that is noise: forty
specifications (two sets of controls, four kinds of fixed effects, five matrices), 199 draws. The
errors are independent and of one variance, or differ in variance and depend on the year before
(designs "iid" and "both" of ``sizes_of_regressions.py``).
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from sizes_of_regressions import errors

from spillover import CARBON
from spillover.multiverse import curve_tests
from spillover.studies import Study

MAPS = ("rook", "inverse distance", "4 nearest", "6 nearest", "band 1,500 km")
CHOICES = {
    "controls": {"all": CARBON.controls, "none": ()},
    "fixed_effects": ["none", "time", "entity", "twoway"],
    "weights": list(MAPS),
}


def sample(design: str, seed: int) -> pd.Series:
    """p-values of one sample."""
    figures = CARBON.frame(*CARBON.regressors).sort_index()
    shape = (len(CARBON.units), len(figures) // len(CARBON.units))
    noise = errors(design, shape, np.random.default_rng(seed))
    study = Study(
        "noise", "Noise", "", "y", CARBON.exposure, controls=CARBON.controls, window=CARBON.years,
        panel=figures.assign(y=noise), weights=MAPS[0],
        named_weights={name: CARBON.but(weights=name).graph() for name in MAPS},
    )  # fmt: skip
    return curve_tests(study, 199, seed, **CHOICES).tests["pvalue"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="seed of the first sample")
    given = parser.parse_args()
    count, seeds = given.samples, range(given.first, given.first + given.samples)
    sizes = {}
    for design in ("iid", "both"):
        values = pd.concat([sample(design, seed) for seed in seeds], axis=1)
        sizes[design] = (values <= 0.05).mean(axis=1)
    print(pd.DataFrame(sizes).to_string(float_format="{:.3f}".format))
    print(f"Monte Carlo error of a share of 0.05: {np.sqrt(0.05 * 0.95 / count):.3f}")


if __name__ == "__main__":
    main()

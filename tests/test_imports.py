"""What is imported, and that the estimator works where little else than scipy is installed."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

from spillover.studies import CARBON

# Each takes from a tenth of a second to three seconds to import, once in every worker process.
HEAVY = [
    "esda",
    "formulaic",
    "geopandas",
    "libpysal",
    "linearmodels",
    "mapclassify",
    "matplotlib",
    "networkx",
    "shapely",
    "sklearn",
    "sqlalchemy",
    "statsmodels",
    "scipy.signal",
    "scipy.stats",
]

# A browser has these and what they need themselves; a study reads its codebook with yaml.
PRESENT = [
    "numpy",
    "scipy",
    "pandas",
    "dateutil",
    "pytz",
    "six",
    "tzdata",
    "joblib",
    "cloudpickle",
    "yaml",
    "_yaml",
    "spillover",
]

REFUSE = f"""
import sys, traceback

class Refuse:
    asked = []

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        top = name.partition(".")[0]
        known = top in sys.stdlib_module_names or top.startswith("_sysconfigdata")
        if name in {HEAVY}:
            by = [f"{{f.filename}}:{{f.lineno}}" for f in traceback.extract_stack()]
            cls.asked.append(f"{{name}} by {{[f for f in by if 'spillover' in f][-1:]}}")
        if name in {HEAVY} or not (known or top in {PRESENT}):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse)
"""

FIT = """
import numpy as np
import pandas as pd
from spillover import SpatialPanel

units, years = list("abcdefgh"), range(2001, 2009)
index = pd.MultiIndex.from_product([units, years])
data = pd.DataFrame(np.random.default_rng(1).normal(size=(64, 3)), index, ["y", "x1", "x2"])
ring = np.roll(np.eye(8), 1, 0) / 2 + np.roll(np.eye(8), -1, 0) / 2
W = pd.DataFrame(ring, units, units)
for model in ("sar", "sem", "slx", "sdm", "sdem"):
    fit = SpatialPanel(data["y"], data[["x1", "x2"]], W, model=model).fit(cov_type="cr3")
    fit.effects(), fit.pvalues, fit.conf_int(), str(fit.summary)
    if fit.model.spec.spatial == "lag":
        fit.effects(method="simulate", draws=20, seed=1)
"""

STUDY = """
import json
import pandas as pd
from spillover import SpatialPanel
from spillover.data.geography import contiguity
from spillover.studies import CARBON

data = CARBON.frame()
units = data.index.unique("province")
W = pd.DataFrame(0.0, units, units)
for a, b in contiguity()[["province_a", "province_b"]].to_numpy():
    W.loc[a, b] = W.loc[b, a] = 1.0
X = data[list(CARBON.regressors)]
model = SpatialPanel(data[CARBON.outcome], X, W.div(W.sum(axis=1), axis=0), model="sdm",
                     fixed_effects=CARBON.fixed_effects, correction=CARBON.correction)
print(json.dumps(model.fit().params.to_dict()))
"""


def without(program: str) -> str:
    """Run a program where the heavy packages are not installed; what it printed."""
    ask = "\nassert not Refuse.asked, Refuse.asked"
    done = subprocess.run(
        [sys.executable, "-c", REFUSE + program + ask], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "program",
    ["import spillover", "import spillover.multiverse", FIT],
    ids=["the face", "the multiverse", "a fit"],
)
def test_it_neither_needs_nor_asks_for_a_heavy_package(program: str) -> None:
    without(program)


def test_a_study_without_graphs_gives_the_estimates_it_gives_with_them() -> None:
    found = pd.Series(json.loads(without(STUDY)))
    expected = CARBON.spatial().fit().params
    pd.testing.assert_series_equal(found, expected, rtol=1e-8, check_names=False)

"""Which spatial model: LM, LR, Wald, Hausman and CD tests, and one table that decides.

It tests models; `spillover.econometrics.spatialpanel` estimates them.
"""

from spillover.econometrics.selection.choice import ModelChoice, choose_model
from spillover.econometrics.selection.dependence import pesaran_cd
from spillover.econometrics.selection.hypothesis import HypothesisTest, as_table
from spillover.econometrics.selection.lagrange import LagrangeTests, lagrange_tests
from spillover.econometrics.selection.mundlak import mundlak
from spillover.econometrics.selection.nested import hausman, likelihood_ratio, wald

__all__ = [
    "HypothesisTest",
    "LagrangeTests",
    "ModelChoice",
    "as_table",
    "choose_model",
    "hausman",
    "lagrange_tests",
    "likelihood_ratio",
    "mundlak",
    "pesaran_cd",
    "wald",
]

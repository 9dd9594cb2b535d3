"""Which spatial model: LM, LR, Wald, Hausman and CD tests, and one table that decides.

It tests models; `spillover.spatialpanel` estimates them.
"""

from spillover.selection.choice import ModelChoice, choose_model
from spillover.selection.dependence import pesaran_cd
from spillover.selection.hypothesis import HypothesisTest, as_table
from spillover.selection.lagrange import LagrangeTests, lagrange_tests
from spillover.selection.mundlak import mundlak
from spillover.selection.nested import hausman, likelihood_ratio, wald

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

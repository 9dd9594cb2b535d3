"""Which spatial model: LM, LR, Wald, Hausman and CD tests, and the decision between models."""

from spillover.econometrics.selection.choice import ModelChoice, choose_model
from spillover.econometrics.selection.tests import (
    HypothesisTest,
    LagrangeTests,
    hausman,
    lagrange_tests,
    likelihood_ratio,
    mundlak,
    pesaran_cd,
    wald,
    weighted_cd,
)

__all__ = [
    "HypothesisTest",
    "LagrangeTests",
    "ModelChoice",
    "choose_model",
    "hausman",
    "lagrange_tests",
    "likelihood_ratio",
    "mundlak",
    "pesaran_cd",
    "wald",
    "weighted_cd",
]

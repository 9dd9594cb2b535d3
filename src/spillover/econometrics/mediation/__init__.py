"""Spatial mediation: does the exposure work through a mediator, here and next door, and how much?

Three spatial panels and inference on the product of their effects; it declares no causal reading,
which needs that nothing else moves mediator and outcome together.
"""

from spillover.econometrics.mediation.results import Mediation, mediate
from spillover.econometrics.mediation.system import MediationError

__all__ = ["Mediation", "MediationError", "mediate"]

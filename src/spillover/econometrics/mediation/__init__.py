"""Spatial mediation: how much of an effect, at home and on neighbours, runs through a mediator?

Three spatial panels and inference on the product of their effects; it declares no causal reading,
which needs that nothing else moves mediator and outcome together.
"""

from spillover.econometrics.mediation.results import Mediation, mediate
from spillover.econometrics.mediation.system import MediationError

__all__ = ["Mediation", "MediationError", "mediate"]

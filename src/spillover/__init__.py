"""Spatial panel econometrics with effects, mediation and checks of a printed paper.

The names below are what most users need. Nothing heavy is imported, and no data file read, until it
is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spillover.econometrics import weights
    from spillover.econometrics.mediation import mediate
    from spillover.econometrics.selection import choose_model
    from spillover.econometrics.spatialpanel import (
        PanelResults,
        SpatialPanel,
        SpatialPanelError,
        SpatialWeights,
    )
    from spillover.multiverse.reliability import reliability
    from spillover.studies import CARBON, GROWTH, Study

__version__ = "0.1.0"

_HOMES = {
    "CARBON": "studies",
    "GROWTH": "studies",
    "PanelResults": "econometrics.spatialpanel",
    "SpatialPanel": "econometrics.spatialpanel",
    "SpatialPanelError": "econometrics.spatialpanel",
    "SpatialWeights": "econometrics.spatialpanel",
    "Study": "studies.study",
    "choose_model": "econometrics.selection",
    "mediate": "econometrics.mediation",
    "reliability": "multiverse.reliability",
}

__all__ = [
    "CARBON",
    "GROWTH",
    "PanelResults",
    "SpatialPanel",
    "SpatialPanelError",
    "SpatialWeights",
    "Study",
    "choose_model",
    "mediate",
    "reliability",
    "weights",
]


def __getattr__(name: str) -> Any:
    if name == "weights":
        return import_module("spillover.econometrics.weights")
    if name in _HOMES:
        return getattr(import_module(f"spillover.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'spillover' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

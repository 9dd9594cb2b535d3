"""Spatial panel econometrics with effects, mediation and checks of a printed paper."""

__version__ = "0.1.0"

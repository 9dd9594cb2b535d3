"""Spatial panel econometrics for any panel: estimators, tests, effects, weights."""

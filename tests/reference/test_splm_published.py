"""Random effects on the public capital panel, as Millo and Piras (2012) print them for splm.

*Journal of Statistical Software* 47(1): spatial lag with random effects, and spatial error with
effects inside the error ("kkp").
"""

import pytest
from classic_panels import public_capital

from spillover.spatialpanel import SpatialPanel


def variance_ratio(fit):
    periods = fit.model.data.shape[1]
    return (fit.estimate.phi**-2 - 1) / periods


def test_effects_inside_the_spatial_error():
    fit = SpatialPanel(*public_capital(), model="sem", random_effects="kkp").fit()
    assert fit.params["lambda"] == pytest.approx(0.526465, abs=1e-6)
    assert variance_ratio(fit) == pytest.approx(6.624775, abs=1e-5)


def test_spatial_lag():
    fit = SpatialPanel(*public_capital(), model="sar", random_effects=True).fit()
    assert fit.params["rho"] == pytest.approx(0.1616, abs=5.1e-5)
    assert variance_ratio(fit) == pytest.approx(21.3175, abs=5.1e-5)

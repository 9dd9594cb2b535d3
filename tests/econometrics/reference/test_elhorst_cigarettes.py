"""The cigarette demand panel with Elhorst's weights: two-way spatial Durbin model."""

import pytest
from classic_panels import cigarettes

from spillover.econometrics.spatialpanel import SpatialPanel


@pytest.fixture(scope="module")
def panel():
    return cigarettes()


@pytest.mark.parametrize(
    ("late", "rho", "loglik"), [(False, 0.229200, 1691.5383), (True, 0.226879, 1691.2942)]
)
def test_durbin(panel, late, rho, loglik):
    fit = SpatialPanel(*panel, lag_after_demeaning=late, correction=None).fit()
    assert fit.params["rho"] == pytest.approx(rho, abs=1e-6)
    assert fit.loglik == pytest.approx(loglik, abs=1e-4)


@pytest.mark.parametrize(("correction", "rho"), [("lee-yu", 0.2688), ("transformation", 0.2712)])
def test_incidental_parameters(panel, correction, rho):
    fit = SpatialPanel(*panel, correction=correction).fit()
    assert fit.params["rho"] == pytest.approx(rho, abs=5.1e-5)

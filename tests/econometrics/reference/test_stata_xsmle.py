"""Numbers of Stata 18, xsmle 1.4.5 (observed information), on the public capital panel.

Parameters and log-likelihoods to 1e-6, standard errors to 1e-5.
"""

import pytest
from classic_panels import public_capital

from spillover.econometrics.spatialpanel import SpatialPanel


@pytest.fixture(scope="module")
def panel():
    return public_capital()


def test_durbin_with_entity_effects(panel):
    fit = SpatialPanel(*panel, model="sdm", fixed_effects="entity").fit()
    assert fit.params["rho"] == pytest.approx(0.493304354994, abs=1e-6)
    assert fit.params["W_lemp"] == pytest.approx(-0.410255543465, abs=1e-6)
    assert fit.loglik == pytest.approx(1655.01902834, abs=1e-6)
    assert fit.std_errors["rho"] == pytest.approx(0.0336779273, abs=1e-5)


def test_lag_with_entity_effects(panel):
    fit = SpatialPanel(*panel, model="sar", fixed_effects="entity").fit()
    assert fit.params["rho"] == pytest.approx(0.274688711433, abs=1e-6)
    assert fit.loglik == pytest.approx(1609.72002982, abs=1e-6)
    assert fit.std_errors["rho"] == pytest.approx(0.0210851404, abs=1e-5)


def test_error_with_entity_effects(panel):
    fit = SpatialPanel(*panel, model="sem", fixed_effects="entity").fit()
    assert fit.params["lambda"] == pytest.approx(0.557401313505, abs=1e-6)
    assert fit.loglik == pytest.approx(1634.02068047, abs=1e-6)


def test_error_with_twoway_effects_lagged_after_demeaning(panel):
    fit = SpatialPanel(*panel, model="sem", lag_after_demeaning=True).fit()
    assert fit.params["lambda"] == pytest.approx(0.390864031765, abs=1e-6)
    assert fit.loglik == pytest.approx(1672.33826948, abs=1e-6)


def test_error_with_twoway_dummies(panel):
    """Exact dummy-variable likelihood, which differs from xsmle's."""
    fit = SpatialPanel(*panel, model="sem", correction=None).fit()
    assert fit.params["lambda"] == pytest.approx(0.394685, abs=1e-6)
    assert fit.loglik == pytest.approx(1672.82373, abs=1e-5)


def test_durbin_with_twoway_effects(panel):
    """xsmle stops at .370118, short of the maximum at .370168."""
    fit = SpatialPanel(*panel, model="sdm", correction=None).fit()
    assert fit.params["rho"] == pytest.approx(0.370118, abs=1e-4)
    assert fit.params["rho"] == pytest.approx(0.370168, abs=1e-6)
    assert fit.loglik == pytest.approx(1680.62285, abs=1e-5)

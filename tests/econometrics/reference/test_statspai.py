"""Numbers of StatsPAI 1.40.2 on the two classic panels: another program, another derivation.

Rows: ρ or λ, its standard error, log-likelihood; entity and two-way effects, observed ("oim") and
expected ("information") covariance, ℓ = Q(Wy) ("within") and W(Qy) ("splm").
"""

import pytest
from classic_panels import cigarettes, public_capital

from spillover.econometrics.spatialpanel import SpatialPanel

ENTITY = {"fixed_effects": "entity"}
LATE = {"lag_after_demeaning": True}
CASES = [
    (public_capital, "sar", ENTITY, "observed", 0.2746887114, 0.02108514, 1609.720030),
    (public_capital, "sar", ENTITY, "expected", 0.2746887114, 0.02351640, 1609.720030),
    (public_capital, "sar", {}, "observed", 0.1969144922, 0.02495620, 1659.486883),
    (public_capital, "sar", LATE, "expected", 0.1966641679, 0.02693581, 1659.447694),
    (public_capital, "sem", ENTITY, "observed", 0.5574013135, 0.03295395, 1634.020680),
    (public_capital, "sem", ENTITY, "expected", 0.5574013135, 0.03307491, 1634.020680),
    (public_capital, "sem", LATE, "observed", 0.3908640318, 0.03915889, 1672.338269),
    (public_capital, "sem", LATE, "expected", 0.3908640318, 0.03989329, 1672.338269),
    (public_capital, "sdm", ENTITY, "observed", 0.4933043550, 0.03367793, 1655.019028),
    (public_capital, "sdm", ENTITY, "expected", 0.4933043550, 0.03563833, 1655.019028),
    (public_capital, "sdm", {}, "observed", 0.3701681685, 0.03971440, 1680.622853),
    (public_capital, "sdm", LATE, "expected", 0.3688462117, 0.04041201, 1680.473532),
    (cigarettes, "sar", ENTITY, "observed", 0.2981550410, 0.02655533, 1482.599086),
    (cigarettes, "sar", {}, "observed", 0.1911770690, 0.02832123, 1683.586506),
    (cigarettes, "sar", LATE, "expected", 0.1897563479, 0.02858753, 1683.418886),
    (cigarettes, "sem", ENTITY, "expected", 0.4695592438, 0.02718241, 1538.957965),
    (cigarettes, "sem", LATE, "observed", 0.2400391718, 0.03256990, 1687.149027),
    (cigarettes, "sdm", ENTITY, "observed", 0.4570770590, 0.02611162, 1598.715264),
    (cigarettes, "sdm", {}, "observed", 0.2292002739, 0.03276566, 1691.538280),
    (cigarettes, "sdm", LATE, "expected", 0.2268794446, 0.03274672, 1691.294201),
]


@pytest.mark.parametrize(("data", "model", "options", "cov_type", "rho", "error", "loglik"), CASES)
def test_spatial_coefficient(data, model, options, cov_type, rho, error, loglik):
    fit = SpatialPanel(*data(), model=model, correction=None, **options).fit(cov_type)
    assert fit.params.iloc[-1] == pytest.approx(rho, abs=1e-8)
    assert fit.std_errors.iloc[-1] == pytest.approx(error, abs=2e-8)
    assert fit.loglik == pytest.approx(loglik, abs=2e-6)

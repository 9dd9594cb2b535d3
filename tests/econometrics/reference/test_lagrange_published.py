"""Panel LM statistics on the two classic panels, to their printed digits.

The public capital panel: pooled, entity and two-way; cigarettes: Elhorst (2014), Table 3.1 data.
"""

import pytest
from classic_panels import cigarettes, public_capital

from spillover.econometrics.selection import lagrange_tests
from spillover.econometrics.spatialpanel import SpatialPanel

PUBLIC_CAPITAL = {
    "none": (0.117, 135.891, 3.018, 138.793),
    "entity": (163.695, 223.868, 34.749, 94.923),
    "twoway": (69.166, 98.725, 9.717, 39.276),
}


@pytest.mark.parametrize("effects", PUBLIC_CAPITAL)
def test_public_capital(effects):
    lm = lagrange_tests(
        SpatialPanel(*public_capital(), model="ols", fixed_effects=effects), standardised=False
    )
    found = [test.statistic for test in (lm.lag, lm.error, lm.robust_lag, lm.robust_error)]
    assert found == pytest.approx(PUBLIC_CAPITAL[effects], abs=5.1e-4)


def test_cigarettes():
    lm = lagrange_tests(SpatialPanel(*cigarettes(), model="ols"), standardised=False)
    found = [test.statistic for test in (lm.lag, lm.error, lm.robust_lag, lm.robust_error)]
    assert found == pytest.approx([46.90, 54.65, 1.16, 8.91], abs=5.1e-3)
    assert lm.joint.statistic == pytest.approx(54.65 + 1.16, abs=1e-2)
    assert lm.joint.df == 2

"""Which measures a study has, and how its proxies are named."""

import pandas as pd

from spillover import GROWTH
from spillover.econometrics import regression
from spillover.replication import measurement


def test_proxies_are_named_with_what_they_stand_for():
    words = measurement.proxies_in_words(GROWTH, "LQ", "ST")
    assert "new-energy vehicle output (LQ)" in words
    assert "ST" not in words
    assert measurement.proxies_in_words(GROWTH, "ST") == "No variable of this page is a proxy."
    assert measurement.proxies(GROWTH).loc["HC", "In the paper"] == "the same"


def test_a_measure_of_fewer_years_follows_the_studys_own_in_the_same_years():
    listed = measurement.side_by_side(GROWTH, "LQ")
    assert [s.years for n, s in listed.items() if n.endswith("2016–2022")] == [(2016, 2022)] * 2
    assert next(iter(listed.values())) == GROWTH


def test_least_squares_by_measure_are_the_regressions_own():
    table = measurement.least_squares({"ours": GROWTH})
    data = GROWTH.frame(GROWTH.outcome, *GROWTH.regressors)
    fit = regression.ols(
        data["lnPGDP"], data[list(GROWTH.regressors)], "twoway", cov_type=GROWTH.cov_type
    )
    expected = regression.tidy(fit).loc["LQ"]
    expected["wild_pvalue"] = fit.wild("LQ", level=None).pvalue
    pd.testing.assert_series_equal(table.loc["ours", "FE"], expected, check_names=False)

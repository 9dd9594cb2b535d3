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


def test_the_share_of_new_energy_vehicles_is_that_of_the_countrys_two_totals():
    # Ministry of Industry and Information Technology, 2022: 27.021 million vehicles were made,
    # 7.058 million of them of new energy.
    share = measurement.new_energy_share(GROWTH)
    assert abs(share[2022] - 100 * 7.058 / 27.021) < 0.5
    assert list(share.index) == list(range(2011, 2023))
    assert measurement.new_energy_share(GROWTH.but(years=(2016, 2022))).index[0] == 2016


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

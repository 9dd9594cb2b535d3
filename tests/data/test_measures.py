"""Measures on cases worked by hand."""

import numpy as np
import pandas as pd
import pytest

from spillover.data import measures as m


def series(values, years=(2020, 2021), units=("a", "b")):
    index = pd.MultiIndex.from_product([units, years], names=["province", "year"])
    return pd.Series(np.asarray(values, dtype=float), index=index, name="x")


def test_location_quotient_by_hand():
    # 2020: part shares .75, .25; whole shares .5, .5. 2021: part .2, .8; whole .4, .6.
    part = series([30, 20, 10, 80])
    whole = series([50, 40, 50, 60])
    assert m.location_quotient(part, whole).tolist() == pytest.approx([1.5, 0.5, 0.5, 4 / 3])


def test_location_quotients_weighted_by_the_whole_average_to_one():
    rng = np.random.default_rng(1)
    part, whole = series(rng.uniform(1, 9, 4)), series(rng.uniform(1, 9, 4))
    weighted = m.location_quotient(part, whole) * m.share_of_year(whole)
    assert weighted.groupby(level="year").sum().tolist() == pytest.approx([1, 1])


def test_carbon_productivity_units():
    # 5,000 hundred million yuan over 100 million tonnes = 5,000 yuan per tonne = .5 of 10,000.
    assert m.carbon_productivity(series([5000] * 4), series([100] * 4)).tolist() == [0.5] * 4


def test_energy_productivity_units():
    # 3,000 hundred million yuan = 3,000e4 of 10,000 yuan, over 2,000e4 tonnes = 1.5.
    assert m.energy_productivity(series([3000] * 4), series([2000] * 4)).tolist() == [1.5] * 4


def test_lag_and_mid_year_by_hand():
    stock = series([10, 14, 100, 110])
    assert m.lag(stock).tolist() == pytest.approx([np.nan, 10, np.nan, 100], nan_ok=True)
    assert m.mid_year(stock).tolist() == pytest.approx([np.nan, 12, np.nan, 105], nan_ok=True)


def test_lag_refuses_a_gap():
    with pytest.raises(m.MeasureError, match="gap"):
        m.lag(series([1, 2, 3, 4], years=(2019, 2021)))


def test_chain_index_and_deflation_by_hand():
    growth = series([102, 110, 105, 120])
    assert m.chain_index(growth, 2020).tolist() == pytest.approx([1, 1.1, 1, 1.2])
    assert m.chain_index(growth, 2021).tolist() == pytest.approx([1 / 1.1, 1, 1 / 1.2, 1])
    real = m.deflate(series([100, 110, 100, 120]), growth, 2020)
    assert real.tolist() == pytest.approx([100, 100, 100, 100])


def test_capital_stock_by_hand():
    # g + δ = .2: K0 = 10/.2 = 50; K1 = .9·50 + 10 = 55.
    stock = m.capital_stock(series([10, 10, 20, 30]), depreciation=0.1, growth=0.1)
    assert stock.tolist() == pytest.approx([50, 55, 100, 120])


def test_capital_stock_in_steady_state_keeps_growing_at_g():
    investment = series([100 * 1.05**t for t in range(6)], years=range(2010, 2016), units=("a",))
    stock = m.capital_stock(investment, depreciation=0.08, growth=0.05)
    growth = stock.to_numpy()[1:] / stock.to_numpy()[:-1]
    # K0 = I0/(g + δ) is last year's steady state plus nothing; with I growing at g,
    # K1/K0 = 1 − δ + (g + δ)(1 + g), which tends to 1 + g.
    assert growth[0] == pytest.approx(1 - 0.08 + 0.13 * 1.05)
    assert abs(growth[-1] - 1.05) < abs(growth[0] - 1.05)


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_logarithm_names_the_cell(bad):
    with pytest.raises(m.MeasureError, match=r"logarithm of x: province b, year 2020"):
        m.logarithm(series([1, 2, bad, 4]))


def test_productivity_refuses_no_emissions():
    with pytest.raises(m.MeasureError, match="province a, year 2021"):
        m.carbon_productivity(series([1] * 4), series([1, 0, 1, 1]))

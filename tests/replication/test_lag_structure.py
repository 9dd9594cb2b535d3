"""What printed effects imply of rho, against effects made with a known rho."""

from __future__ import annotations

import pandas as pd
import pytest

from spillover.replication.lag_structure import (
    SearchError,
    implied_rho,
    indirect_over_direct,
    lag_evidence,
    printed_from,
    rho_from_ratio,
    target,
)
from spillover.studies import CARBON, weights


def test_two_units_by_hand() -> None:
    # W = [[0, 1], [1, 0]]: (I − ρW)⁻¹ = [[1, ρ], [ρ, 1]]/(1 − ρ²), so indirect/direct = ρ
    W = pd.DataFrame([[0.0, 1.0], [1.0, 0.0]])
    assert indirect_over_direct(W, 0.37) == pytest.approx(0.37)
    assert rho_from_ratio(W, -0.2) == pytest.approx(-0.2)


@pytest.mark.parametrize("name", ["rook", "inverse distance"])
def test_an_estimated_rho_comes_back_from_its_printed_effects(name: str) -> None:
    study = CARBON.but(weights=name, lagged=("GIA",), fixed_effects="none")
    fit = study.spatial().fit()
    made = printed_from(fit.effects(), 1.0, "GIA", observations=300, decimals=9)
    table = implied_rho(made, study.graph())
    controls = table[table["role"] == "control"]
    assert controls["rho"].to_numpy() == pytest.approx(float(fit.params["rho"]), abs=1e-5)
    assert abs(table.loc["GIA", "rho"] - fit.params["rho"]) > 0.01
    assert lag_evidence(made, study.graph())["ratio_spread"] == pytest.approx(0, abs=1e-6)


def test_lags_of_all_spread_the_ratios() -> None:
    made = printed_from(CARBON.spatial().fit().effects(), 1.0, "GIA", observations=300, decimals=9)
    assert lag_evidence(made)["ratio_spread"] > 0.5


def test_main_coefficients_need_no_weights() -> None:
    table = implied_rho(target("Table 9, 2013-2022"))
    assert table.loc["OP", "rho"] == pytest.approx(1 - 1.944 / 2.915)
    # lowest: main rounded down from .1815, total up from .2685; highest: the other way round
    assert table.loc["ER", "rho_low"] == pytest.approx(1 - 0.1815 / 0.2685)
    assert table.loc["ER", "rho_high"] == pytest.approx(1 - 0.1805 / 0.2695)


def test_rounding_widens_the_interval_and_holds_the_value() -> None:
    table = implied_rho(target("Table 8"))
    assert (table["rho_low"] <= table["rho"]).all()
    assert (table["rho"] <= table["rho_high"]).all()
    width = table["rho_high"] - table["rho_low"]
    assert width["ER"] == width.drop("GIA").max()


def test_the_weights_matter_where_ratios_are_used() -> None:
    rook = implied_rho(target("Table 10"), weights.rook())["rho"]
    far = implied_rho(target("Table 10"), weights.named("inverse distance"))["rho"]
    assert (far < rook).all()


def test_a_printed_model_has_its_own_outcome_and_sample() -> None:
    innovation, short = target("Table 7, model 2"), target("Table 9, 2016-2021")
    assert (innovation.outcome_sd, innovation.observations) == (0.0314, 300)
    assert (short.outcome_sd, short.observations) == (0.963, 180)
    with pytest.raises(SearchError, match=r"choose from .*'Table 8'"):
        target("Table 13")

"""Tests of several variants together: against the spatial estimator, and with a known truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from spillover.econometrics.weights import dense
from spillover.multiverse import MultiverseError, joint_tests
from spillover.studies import CARBON, Study, carbon

TWO = {name: carbon.SOURCES[name] for name in ("wind", "solar")}


def test_effects_and_errors_are_those_of_the_spatial_estimator() -> None:
    table = joint_tests(CARBON, 99, GIA=TWO)
    for name, variable in TWO.items():
        fit = CARBON.but(GIA=variable).spatial("slx").fit(cov_type="cr3")
        other = fit.effects().loc["GIA"].unstack()
        ours = table.loc[name]
        assert ours["effect"].to_numpy() == pytest.approx(other["effect"].to_numpy())
        assert ours["std_error"].to_numpy() == pytest.approx(other["std_error"].to_numpy())


def test_dense_weights_and_fewer_lags() -> None:
    study = CARBON.but(weights="inverse distance", lagged=("GIA",), fixed_effects="entity")
    table = joint_tests(study, 99, CP=["CEADs apparent"])
    other = study.spatial("slx").fit(cov_type="cr3").effects().loc["GIA"].unstack()
    assert table["effect"].to_numpy() == pytest.approx(other["effect"].to_numpy())


@dataclass(frozen=True)
class Planted(Study):
    """The first study with an outcome of noise and a spillover of wind power."""

    spillover: float = 0.0

    def frame(self, *symbols: str, gaps: bool = False) -> pd.DataFrame:
        data = super().frame(*symbols, gaps=gaps)
        wind = CARBON.but(GIA=carbon.SOURCES["wind"]).frame("GIA")["GIA"].unstack("year")
        W = dense(CARBON.graph()).loc[wind.index, wind.index]
        noise = np.random.default_rng(11).normal(size=len(data))
        lag = (W @ wind).stack().reindex(data.index)
        return data.assign(**{self.outcome: self.spillover * lag + noise})


def planted(spillover: float) -> Planted:
    fields = {name: getattr(CARBON, name) for name in Study.__dataclass_fields__}
    return Planted(**fields, spillover=spillover)


def test_a_planted_spillover_is_found_among_all_sets_and_noise_is_not() -> None:
    found = joint_tests(planted(4.0), 999, GIA=carbon.SOURCES)
    assert found["step_down"].idxmin() == ("wind", "indirect")
    assert found.loc[("wind", "indirect"), "step_down"] < 0.05
    assert found.loc[("wind", "indirect"), "effect"] == pytest.approx(4, abs=0.5)
    assert found.loc[("hydro", "total"), "step_down"] > 0.05
    assert joint_tests(planted(0.0), 999, GIA=carbon.SOURCES)["step_down"].min() > 0.05


def test_adjusted_values_are_never_below_those_alone_and_bound_by_holm() -> None:
    table = joint_tests(CARBON, 999, GIA=carbon.SOURCES)
    assert (table["step_down"] >= table["pvalue"]).all()
    assert (table["step_down"] <= table["holm"] + 1e-9).all()


def test_variants_with_other_units_are_refused() -> None:
    with pytest.raises(MultiverseError, match="other units"):
        joint_tests(CARBON, 99, without=[(), ("Qinghai",)])


def test_an_exposure_without_a_lag_is_refused() -> None:
    with pytest.raises(MultiverseError, match="a lag of GIA"):
        joint_tests(CARBON, 99, durbin=["none"])

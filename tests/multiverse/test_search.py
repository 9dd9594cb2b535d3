"""The search finds what was planted; distances by hand; what rounding leaves of rho."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from spillover.econometrics.weights import dense
from spillover.multiverse import specify
from spillover.multiverse.engine import Fitted
from spillover.multiverse.search import (
    importance,
    measure,
    nearest,
    regression_target,
    search,
    search_least_squares,
    share_of_distance,
    smallest,
    target,
    targets,
)
from spillover.replication.lag_structure import SearchError, Target, printed_from
from spillover.replication.published import load
from spillover.studies import CARBON, Study, weights

CHOICES: dict[str, Any] = {
    "fixed_effects": ["none", "entity", "time", "twoway"],
    "durbin": ["all", "exposure", "none"],
    "weights": ["rook", "inverse distance", "5 nearest"],
    "years": [(2013, 2022), (2016, 2021)],
    "cov_type": ["clustered", "observed"],
}


@dataclass(frozen=True)
class Simulated(Study):
    """The first study's regressors with an outcome drawn from a spatial model."""

    lag_all: bool = False

    def frame(self, *symbols: str, gaps: bool = False) -> pd.DataFrame:
        data = super().frame(*(symbols or self.symbols), gaps=gaps)
        return data.assign(**{self.outcome: _drawn(self.lag_all).reindex(data.index)})


def _drawn(lag_all: bool) -> pd.Series:
    """y = (I − .4W)⁻¹(Xβ + WXθ + time effect + ε), rook; θ for the exposure or for all."""
    data = CARBON.frame()
    X = data[list(CARBON.regressors)]
    W = dense(weights.rook()).loc[data.index.unique("province")]
    W = W[W.index].to_numpy()
    rng = np.random.default_rng(7)
    beta = np.array([0.1, 2.8, 0.7, -2.0, 0.2, -1.9, 0.6])
    theta = np.where(lag_all, beta[::-1] / 3, 0.0)
    theta[0] = 0.15
    inverse = np.linalg.inv(np.eye(30) - 0.4 * W)
    out = pd.Series(index=data.index, dtype=float)
    for t, year in enumerate(range(2013, 2023)):
        now = X.xs(year, level="year").to_numpy()
        drawn = now @ beta + W @ now @ theta + 0.3 * t + rng.normal(0, 0.3, 30)
        out[out.index.get_level_values("year") == year] = inverse @ drawn
    return out


def simulated(lag_all: bool) -> Simulated:
    fields = {name: getattr(CARBON, name) for name in Study.__dataclass_fields__}
    return Simulated(**fields, lag_all=lag_all)


def planted(study: Study, **choices: Any) -> Target:
    """Print the table of one specification, to three decimals, and forget which it was."""
    spec = specify(study.but(correction=None, cov_type="clustered"), **choices)
    fit = spec.study.spatial(spec.model).fit(cov_type=spec.cov_type)
    sd = float(study.frame()[study.outcome].std())
    return printed_from(fit.effects(), sd, study.exposure, observations=int(fit.nobs))


@pytest.mark.parametrize(
    "truth",
    [
        {"durbin": "exposure", "fixed_effects": "time", "weights": "rook"},
        {"durbin": "all", "fixed_effects": "twoway", "weights": "inverse distance"},
        {"durbin": "all", "fixed_effects": "none", "weights": "5 nearest", "years": (2016, 2021)},
    ],
)
def test_the_planted_specification_is_found_first(truth: dict[str, Any]) -> None:
    study = simulated(lag_all=truth["durbin"] == "all")
    printed = planted(study, **truth)
    table = search(printed, study, **CHOICES)
    first = nearest(table, 2)
    for name, value in truth.items():
        label = "2016–2021" if name == "years" else value
        assert set(first[name].astype(str)) == {label}
    rounding = 0.0005 / float(printed.errors.min().min())
    assert first["distance"].max() <= rounding
    assert (
        first["errors_apart"].min()
        == first.loc[first["cov_type"] == "clustered"]["errors_apart"].iloc[0]
    )
    assert nearest(table, 3)["distance"].iloc[2] > 5 * rounding


def test_the_data_of_a_known_model_tell_it_from_others() -> None:
    """Print the truth itself, not an estimate: its own specification comes nearest."""
    study = simulated(lag_all=False)
    table = search(planted(study, durbin="exposure", fixed_effects="time"), study, **CHOICES)
    held = table[(table["sample_agrees"]) & (table["cov_type"] == "clustered")]
    best = held.sort_values("distance").iloc[0]
    assert (best["fixed_effects"], best["durbin"], best["weights"]) == ("time", "exposure", "rook")
    assert best["rho"] == pytest.approx(0.4, abs=0.1)
    assert best["ratio_spread"] == pytest.approx(0, abs=1e-10)


def test_the_number_of_processes_changes_nothing() -> None:
    few = {"durbin": ["all", "exposure"], "weights": ["rook", "inverse distance"]}
    one, two = (search(target("Table 8"), jobs=n, **few) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def by_hand() -> tuple[Target, Fitted]:
    names = pd.Index(["x", "z"])
    values = pd.DataFrame(
        {"direct": [1.0, 2.0], "indirect": [0.5, -1.0], "total": [1.5, 1.0]}, index=names
    )
    errors = pd.DataFrame(0.5, index=names, columns=values.columns)
    # ours: x as printed; z direct 1 error above, indirect 3 above and of the other sign, total 4
    ours = np.array([[1.0, 0.5, 1.5], [2.5, 0.5, 3.0]])
    fitted = Fitted(
        specify(CARBON), ("x", "z"), ours, np.full((2, 3), 0.5), rho=0.3, units=30, periods=10
    )
    return Target("by hand", values, errors, "x", outcome_sd=2.0, observations=300), fitted


def test_distances_by_hand() -> None:
    row = measure(by_hand()[1], by_hand()[0], our_sd=2.0)
    assert row["distance"] == pytest.approx(np.sqrt((1 + 9 + 16) / 6))
    assert row["distance_sd"] == pytest.approx(row["distance"])
    assert row["within_two_errors"] == 4
    assert (row["signs_agree"], row["exposure_signs_agree"]) == (5, 3)
    assert row["errors_apart"] == pytest.approx(0)
    assert row["distance_sd x"] == 0
    assert row["sample_agrees"]


def test_scale_is_taken_out_by_the_standard_deviation() -> None:
    printed, fitted = by_hand()
    assert fitted.points is not None
    assert fitted.std_errors is not None
    doubled = replace(fitted, points=2 * fitted.points, std_errors=2 * fitted.std_errors)
    same, scaled = measure(fitted, printed, 2.0), measure(doubled, printed, 4.0)
    for name in ("distance_sd", "distance_both", "error z", "errors_apart"):
        assert scaled[name] == pytest.approx(same[name])
    assert scaled["distance"] != pytest.approx(same["distance"])


def test_a_table_of_small_effects_lies_as_far_as_zeros() -> None:
    printed, fitted = by_hand()
    small = replace(fitted, points=0.01 * printed.values.to_numpy())
    row = measure(small, printed, 2.0)
    assert row["distance_sd"] == pytest.approx(0.99 * printed.distance_of_zeros)


def test_both_errors_by_hand() -> None:
    """Errors of .5 on both sides make every distance smaller by the root of two."""
    row = measure(by_hand()[1], by_hand()[0], our_sd=2.0)
    assert row["distance_both"] == pytest.approx(row["distance_sd"] / np.sqrt(2))
    assert row["distance_both z"] == pytest.approx(np.sqrt((1 + 9 + 16) / 3 / 2))
    assert row["error x"] == pytest.approx(0.5)


def test_an_imprecise_specification_comes_near_by_both_errors_alone() -> None:
    printed, fitted = by_hand()
    assert fitted.std_errors is not None
    row = measure(replace(fitted, std_errors=1e6 * fitted.std_errors), printed, 2.0)
    assert row["distance_both"] < 1e-5
    assert row["distance_sd"] == pytest.approx(np.sqrt((1 + 9 + 16) / 6))


def yardsticks() -> pd.DataFrame:
    """Two specifications, of variables a and b; the second could not be estimated a third time."""
    table = pd.DataFrame(
        {
            "distance_sd a": [3.0, 1.0, np.nan],
            "distance_sd b": [4.0, 7.0, np.nan],
            "distance_both a": [1.0, 1.0, np.nan],
            "distance_both b": [1.0, 1.0, np.nan],
            "distance_sd": [np.sqrt(12.5), 5.0, np.nan],
            "distance_both": [1.0, 1.0, np.nan],
            "reason": ["", "", "no"],
        }
    )
    table.insert(0, "effects", pd.Categorical(["p", "q", "q"], ordered=True))
    return table


def test_what_a_distance_rests_on_by_hand() -> None:
    assert share_of_distance(yardsticks(), ["b"]).tolist() == pytest.approx([16 / 25, 49 / 50])


def test_the_yardstick_decides_which_is_nearest() -> None:
    table = smallest(yardsticks(), "effects", without=["b"])
    assert table.loc["published", "all"].tolist() == pytest.approx([np.sqrt(12.5), 5])
    assert table.loc["published", "without b"].tolist() == pytest.approx([3, 1])
    assert table.loc["both"].to_numpy() == pytest.approx(1)


def test_a_target_with_another_variable_is_refused() -> None:
    printed, fitted = by_hand()
    other = Target(
        "other", printed.values.rename(index={"z": "TEC"}), printed.errors, "x", 1.0, 300
    )
    with pytest.raises(SearchError, match="TEC"):
        measure(fitted, other, 1.0)


def test_failures_are_counted_not_dropped() -> None:
    table = search(target("Table 8"), CP=["CEADs apparent", "energy"], gdp=["census4", "census5"])
    assert (table["reason"] != "").sum() == 2
    assert (table["CP"] == "energy")[table["reason"] != ""].all()
    assert len(nearest(table, 10)) == 2


def counted() -> pd.DataFrame:
    table = pd.DataFrame({"distance_sd": [1.0, 2.0, 4.0, 8.0, np.nan], "reason": [""] * 4 + ["no"]})
    table.insert(0, "a", pd.Categorical(["p", "p", "q", "q", "q"], ordered=True))
    table.insert(1, "b", pd.Categorical(["u", "v", "u", "v", "u"], ordered=True))
    return table


def test_importance_by_hand() -> None:
    # log2 distances 0, 1, 2, 3: by a they lie at ½ and 5/2, by b at 1 and 2, about 3/2; total 5
    assert importance(counted()).tolist() == pytest.approx([4 / 5, 1 / 5])


def test_targets_are_the_printed_tables() -> None:
    assert len(targets()) == 7
    eight = target("Table 8")
    assert eight.values.loc["PDE"].to_list() == [0.650, 0.296, 0.946]
    assert eight.errors.loc["GIA"].to_list() == [0.026, 0.056, 0.066]
    assert eight.outcome_sd == 0.963
    assert target("Table 7, model 2").outcome_sd == 0.0314
    assert target("Table 9, 2016-2021").observations == 180
    with pytest.raises(SearchError, match="Table 4"):
        target("Table 4")


def test_least_squares_under_the_printed_choices_are_those_of_the_regression() -> None:
    choices = {"fixed_effects": ["none", "twoway"], "years": [(2013, 2022), (2013, 2019)]}
    table = search_least_squares(regression_target("OLS"), **choices)
    data = CARBON.frame()
    X = np.column_stack([data[list(CARBON.regressors)], np.ones(len(data))])
    slopes = np.linalg.lstsq(X, data["CP"].to_numpy(), rcond=None)[0]
    columns = [f"estimate {name}" for name in CARBON.regressors]
    assert table.loc[0, columns].to_numpy(dtype=float) == pytest.approx(slopes[:-1])
    assert len(table) == 4
    with pytest.raises(SearchError, match="2SLS"):
        regression_target("2SLS")


def test_zeros_lie_as_far_as_the_printed_t_values() -> None:
    """Table 6, pooled: the seven printed coefficients over their errors."""
    printed = load(6).query("column == 'OLS' and row not in ['Constant', 'model']")
    wide = printed.pivot(index="row", columns="statistic", values="value").astype(float)
    t = wide["coefficient"] / wide["std_error"]
    assert len(t) == 7
    distance = regression_target("OLS").distance_of_zeros
    assert distance == pytest.approx(float(np.sqrt((t**2).mean())), rel=1e-12)

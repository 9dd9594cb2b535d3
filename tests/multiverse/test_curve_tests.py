"""Joint tests of a curve: against the tests one by one, a literal bootstrap, and a known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spillover.econometrics import wild
from spillover.econometrics.regression import adjusted_residuals, clustered_covariance, design
from spillover.econometrics.weights import dense, from_dense
from spillover.multiverse import (
    MultiverseError,
    curve_tests,
    joint_tests,
    specification_curve,
    summary,
)
from spillover.studies import CARBON, Study

UNITS, YEARS = [f"u{i:02d}" for i in range(12)], range(2001, 2007)


def ring(reach: int) -> pd.DataFrame:
    near = sum(np.roll(np.eye(len(UNITS)), k, 1) for k in range(-reach, reach + 1)) - np.eye(12)
    return pd.DataFrame(near / near.sum(axis=1, keepdims=True), UNITS, UNITS)


def study(seed: int, effect: float = 0.0) -> Study:
    """A panel of one's own: errors clustered by unit, and a control that is part x."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([UNITS, YEARS], names=["province", "year"])
    own = np.repeat(rng.normal(size=(2, len(UNITS))), len(YEARS), axis=1)
    x, noise = own[0] + rng.normal(size=len(index)), own[1] + rng.normal(size=len(index))
    z = 0.5 * x + rng.normal(size=len(index))
    figures = pd.DataFrame({"x": x, "z": z, "y": effect * x + noise}, index)
    figures["other"] = effect * x + noise + 0.5 * rng.normal(size=len(index))
    return Study(
        "own", "A ring", "", "y", "x", controls=("z",), window=(2001, 2006), panel=figures,
        weights="near", named_weights={"near": from_dense(ring(1)), "far": from_dense(ring(2))},
    )  # fmt: skip


CHOICES = {
    "outcome": ["y", "other"],
    "controls": {"z": ("z",), "none": ()},
    "fixed_effects": ["none", "time", "entity", "twoway"],
    "weights": ["near", "far"],
    "durbin": ["all", "exposure"],
}


def test_of_one_specification_the_mean_of_z_is_the_test_of_joint_tests() -> None:
    one = {"weights": ["economic distance"], "years": [(2014, 2022)], "fixed_effects": ["time"]}
    found, single = curve_tests(CARBON, 999, **one), joint_tests(CARBON, 999, **one)
    ours = found.tests.xs("mean z", level="statistic")["pvalue"]
    assert ours.tolist() == single["pvalue"].tolist()
    row = found.table.iloc[0]
    assert row[["direct", "indirect", "total"]].tolist() == pytest.approx(single["effect"].tolist())
    errors = row[["direct_std_error", "indirect_std_error", "total_std_error"]].tolist()
    assert errors == pytest.approx(single["std_error"].tolist())


def literal(panel: Study, signs: np.ndarray, effects: str, graph: str) -> np.ndarray:
    """Estimates and t of the three effects, by least squares anew on the data and each draw."""
    data = panel.frame("y", "x", "z")
    W = dense(panel.named_weights[graph]).loc[UNITS, UNITS].to_numpy()
    clusters, years = np.divmod(np.arange(len(data)), len(YEARS))
    lags = np.kron(W, np.eye(len(YEARS))) @ data[["x", "z"]].to_numpy()
    X = design(np.column_stack([data[["x", "z"]], lags]), clusters, years, effects)
    y, rows = data["y"].to_numpy(), []
    own, lag = np.eye(X.shape[1])[[0, 2]]
    for away in (own, lag, own + lag):
        A = np.linalg.inv(X.T @ X)
        b = A @ X.T @ y
        under = b - A @ away * (away @ b) / (away @ A @ away)
        # columns of the model in which the effect is zero
        free = X @ np.linalg.svd(away[None])[2][1:].T
        residuals = adjusted_residuals(free, (y - X @ under)[:, None], clusters, "cr2")[:, 0]
        drawn = []
        for made in [y, *(X @ under + residuals * s[clusters] for s in signs.T)]:
            b = A @ X.T @ made
            V = clustered_covariance(X, made - X @ b, clusters, "cr3")
            drawn.append((away @ b, away @ b / np.sqrt(away @ V @ away)))
        rows.append(drawn)
    return np.moveaxis(np.array(rows), 2, 0)


def test_a_literal_bootstrap_gives_the_same() -> None:
    panel, draws = study(3, 0.2), 99
    signs = wild.draws(len(UNITS), draws, seed=5)[0]
    chosen = [(e, w) for e in ("time", "twoway") for w in ("near", "far")]
    estimates, t = np.stack([literal(panel, signs, *c) for c in chosen], axis=1)  # (4, 3, 1 + B)
    found = curve_tests(panel, draws, 5, fixed_effects=["time", "twoway"], weights=["near", "far"])
    data = panel.frame("y", "x")
    median = np.median(estimates, axis=0) * data["x"].std() / data["y"].std()
    reach = stats.t.ppf(0.975, len(UNITS) - 1)
    share = np.maximum((t > reach).mean(axis=0), (t < -reach).mean(axis=0))
    z = stats.norm.ppf(stats.t.cdf(t, len(UNITS) - 1)).mean(axis=0)
    for place, effect in enumerate(["direct", "indirect", "total"]):
        ours = found.tests.loc[effect]
        for name, values in {"median": median, "share significant": share, "mean z": z}.items():
            line = np.abs(values[place])
            assert abs(ours.at[name, "value"]) == pytest.approx(line[0])
            count = (line[1:] >= line[0] - 1e-9).sum()
            assert ours.at[name, "pvalue"] == pytest.approx((1 + count) / (1 + draws))


def test_an_effect_is_found_and_its_direction_matters() -> None:
    found = curve_tests(study(1, 1.0), 199, **CHOICES)
    assert (found.tests.loc["direct", "pvalue"] < 0.05).all()
    against = curve_tests(study(1, 1.0), 199, direction="negative", **CHOICES)
    assert (against.tests.loc["direct", "pvalue"] > 0.9).all()
    assert len(found.table) == 64
    assert summary(found.table).at["direct", "positive"] == 1
    assert len(specification_curve(found.table)) == 64


def test_size_where_there_is_no_effect() -> None:
    # 60 samples at 5 %: more than 9 rejections have a probability of 0.1 % (binomial)
    effects = ["none", "twoway"]
    fewer = {**CHOICES, "outcome": ["y"], "durbin": ["all"], "fixed_effects": effects}
    tests = [curve_tests(study(seed), 99, seed, **fewer).tests["pvalue"] for seed in range(60)]
    rejected = (pd.concat(tests, axis=1) <= 0.05).sum(axis=1)
    assert rejected.max() <= stats.binom.isf(0.001, 60, 0.05)
    # a test that never rejects is none: fewer than one in 60 has a probability of 5 %
    assert rejected.xs("mean z", level="statistic").max() >= 1


def test_weights_decide_whose_curve_it_is() -> None:
    panel = study(2)
    all_near = curve_tests(panel, 99, weights=["near"])
    weighed = curve_tests(
        panel, 99, weigh={"weights": {"near": 1, "far": 0}}, weights=["near", "far"]
    )
    pd.testing.assert_frame_equal(all_near.tests, weighed.tests)
    assert weighed.table["weight"].tolist() == [1, 0]


def test_a_panel_of_ones_own_needs_no_study() -> None:
    declared, choices = study(2), {"controls": {"z": ("z",), "none": ()}}
    given = {"outcome": "y", "exposure": "x", "weights": {"near": ring(1)}, **choices}
    own = curve_tests(declared.figures().values, 99, **given)
    pd.testing.assert_frame_equal(own.tests, curve_tests(declared, 99, **choices).tests)


def test_what_cannot_be_estimated_is_said() -> None:
    found = curve_tests(study(2), 99, years=[(2001, 2006), (2001, 2009)])
    assert found.table["reason"].str.contains("2009").tolist() == [False, True]
    assert summary(found.table)["failed"].tolist() == [1, 1, 1]
    with pytest.raises(MultiverseError, match="nothing could be estimated"):
        curve_tests(study(2), 99, years=[(2001, 2009)])


@pytest.mark.parametrize(
    ("choices", "match"),
    [
        ({"cov_type": ["cr3"]}, "cov_type makes no difference"),
        ({"without": [(), ("u03",)]}, "other units than the first: 'u03'"),
        ({"durbin": ["none"]}, "a lag of x"),
        ({"fixed_effects": ["random"]}, "random effects"),
        ({"direction": "up"}, "direction='up'"),
    ],
)
def test_what_cannot_be_tested_together_is_refused(choices: dict, match: str) -> None:
    with pytest.raises(MultiverseError, match=match):
        curve_tests(study(2), 99, **choices)

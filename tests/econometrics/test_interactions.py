"""Marginal effects under interaction, by numerical derivatives of the model's own prediction."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spillover.econometrics.interactions import InteractionError, moderate
from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError

SIDE, T = 6, 10
N = SIDE * SIDE


def lattice():
    row, column = np.divmod(np.arange(N), SIDE)
    near = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    return pd.DataFrame(near / near.sum(axis=1, keepdims=True))


W = lattice()
TRUE = {"rho": 0.3, "x": 0.8, "m": 0.5, "xm": 0.6, "W_x": 0.2, "W_m": 0.0, "W_xm": -0.4}


def simulated(seed=0):
    rng = np.random.default_rng(seed)
    w = W.to_numpy()
    x, m, e = rng.normal(size=(3, N, T))
    x, m = x + 2.0, m + 1.0
    unit = rng.normal(size=(N, 1))
    right = TRUE["x"] * x + TRUE["m"] * m + TRUE["xm"] * x * m
    right = right + w @ (TRUE["W_x"] * x + TRUE["W_xm"] * x * m) + unit + 0.5 * e
    y = np.linalg.solve(np.eye(N) - TRUE["rho"] * w, right)
    index = pd.MultiIndex.from_product([range(N), range(T)], names=["unit", "year"])
    X = pd.DataFrame({"x": x.ravel(), "m": m.ravel()}, index=index)
    return pd.Series(y.ravel(), index=index, name="y"), X


def truth(m):
    w, identity = W.to_numpy(), np.eye(N)
    inner = (TRUE["x"] + TRUE["xm"] * m) * identity + (TRUE["W_x"] + TRUE["W_xm"] * m) * w
    E = np.linalg.solve(identity - TRUE["rho"] * w, inner)
    return np.trace(E) / N, E.sum() / N - np.trace(E) / N, E.sum() / N


@pytest.mark.parametrize("centring", ["mean", "none"])
def test_recovers_the_truth(centring):
    grid = np.array([-1.0, 1.0, 3.0])
    fits = [
        moderate(*simulated(s)[:2], "x", ["m"], W, centring, fixed_effects="entity").marginal(
            "m", grid
        )
        for s in range(20)
    ]
    for row, m in enumerate(grid):
        for kind, value in zip(("direct", "indirect", "total"), truth(m), strict=True):
            found = np.array([f[kind, "effect"].iloc[row] for f in fits])
            assert abs(found.mean() - value) < 4 * found.std() / np.sqrt(20)
            inside = [f[kind, "low"].iloc[row] < value < f[kind, "high"].iloc[row] for f in fits]
            assert np.mean(inside) >= 0.7


@pytest.mark.parametrize("model", ["sdm", "sar", "slx"])
def test_by_numerical_derivative_of_the_reduced_form(model):
    """Move x of one unit a little, with every moderator at m, and look who moves."""
    y, X = simulated()
    found = moderate(y, X, "x", ["m"], W, model=model, fixed_effects="entity")
    p, w = found.fit.params, W.to_numpy()
    means = X.mean()
    m = 2.3

    def outcome(x):
        product = (x - means["x"]) * (m - means["m"])
        own = p["x"] * x + p["x×m"] * product
        lag = p.get("W_x", 0.0) * x + p.get("W_x×m", 0.0) * product
        return np.linalg.solve(np.eye(N) - p.get("rho", 0.0) * w, own + w @ lag)

    step = 1e-5
    E = np.array([(outcome(step * e) - outcome(-step * e)) / (2 * step) for e in np.eye(N)]).T
    row = found.marginal("m", np.array([m])).iloc[0]
    assert row["direct", "effect"] == pytest.approx(np.trace(E) / N)
    assert row["total", "effect"] == pytest.approx(E.sum() / N)


def test_errors_by_numerical_gradient():
    y, X = simulated()
    found = moderate(y, X, "x", ["m"], W, fixed_effects="entity")
    theta, V = found.fit.params.to_numpy(), found.fit.cov.to_numpy()
    names = list(found.fit.params.index)
    m = 2.3 - X["m"].mean()

    def effects(t):
        p = dict(zip(names, t, strict=True))
        inner = (p["x"] + p["x×m"] * m) * np.eye(N) + (p["W_x"] + p["W_x×m"] * m) * W.to_numpy()
        E = np.linalg.solve(np.eye(N) - p["rho"] * W.to_numpy(), inner)
        direct, total = np.trace(E) / N, E.sum() / N
        return np.array([direct, total - direct, total])

    step = 1e-6
    J = np.array(
        [
            (effects(theta + step * e) - effects(theta - step * e)) / (2 * step)
            for e in np.eye(len(theta))
        ]
    ).T
    expected = np.sqrt(np.diag(J @ V @ J.T))
    row = found.marginal("m", np.array([2.3])).iloc[0]
    for kind, error in zip(("direct", "indirect", "total"), expected, strict=True):
        assert row[kind, "std_error"] == pytest.approx(error, rel=1e-6)


def test_centring_moves_the_coefficient_but_not_the_effects():
    y, X = simulated()
    grid = np.array([0.0, 2.0])
    mean, none = (
        moderate(y, X, "x", ["m"], W, c, fixed_effects="entity") for c in ("mean", "none")
    )
    a, b = mean.marginal("m", grid), none.marginal("m", grid)
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-9)
    assert abs(mean.fit.params["x"] - none.fit.params["x"]) > 0.1
    # at the mean moderator the effect is that of the exposure's own coefficients
    at_mean = mean.marginal("m", np.array([X["m"].mean()])).iloc[0]
    own = mean.fit.effects().loc["x"]
    assert at_mean["total", "effect"] == pytest.approx(own["total", "effect"])
    assert at_mean["total", "std_error"] == pytest.approx(own["total", "std_error"])


def test_entity_centring_uses_differences_within_entities():
    y, X = simulated()
    found = moderate(y, X, "x", ["m"], W, "entity", fixed_effects="entity")
    deviation = X - X.groupby(level=0).transform("mean")
    product = (deviation["x"] * deviation["m"]).rename("p")
    plain = SpatialPanel(y, X.join(product), W, fixed_effects="entity").fit("cr3")
    assert found.fit.params["x×m"] == pytest.approx(plain.params["p"])
    assert found.fit.params["W_x×m"] == pytest.approx(plain.params["W_p"])


def test_intervals_and_tests_take_the_distribution_of_the_fit():
    """cr3: t with one degree of freedom less than entities; observed information: normal."""
    y, X = simulated()
    for kind, df in (("cr3", N - 1), ("observed", np.inf)):
        found = moderate(y, X, "x", ["m"], W, cov_type=kind, fixed_effects="entity")
        row = found.marginal("m", [2.3], level=0.9).iloc[0]["indirect"]
        t = row["effect"] / row["std_error"]
        assert row["pvalue"] == pytest.approx(2 * stats.t.sf(abs(t), df))
        reach = stats.t.ppf(0.95, df) * row["std_error"]
        assert row["high"] - row["effect"] == pytest.approx(reach)
        assert row["effect"] - row["low"] == pytest.approx(reach)
        test = found.tests().loc["m"]
        # an F with so many degrees of freedom is χ²/q
        f = stats.f.sf(test["statistic"] / 2, 2, min(df, 1e9))
        assert test["pvalue"] == pytest.approx(f, rel=1e-5)
    assert moderate(y, X, "x", ["m"], W).fit.inference.cov_type == "cr3"


def test_wald_that_the_moderator_matters_not():
    y, X = simulated()
    found = moderate(y, X, "x", ["m"], W, fixed_effects="entity")
    tests = found.tests()
    names = ["x×m", "W_x×m"]
    b, V = found.fit.params[names].to_numpy(), found.fit.cov.loc[names, names].to_numpy()
    assert tests.loc["m", "statistic"] == pytest.approx(b @ np.linalg.inv(V) @ b)
    assert tests.loc["m", "df"] == 2
    assert tests.loc["m", "pvalue"] < 1e-6
    idle = []
    for seed in range(12):
        noise = np.random.default_rng(100 + seed).normal(size=len(X))
        both = moderate(y, X.assign(idle=noise), "x", ["m", "idle"], W, fixed_effects="entity")
        idle.append(both.tests().loc["idle", "pvalue"])
    # uniform under the null, a mean of twelve has a standard error of .083
    assert 0.33 < np.mean(idle) < 0.67


def test_lags_of_products_follow_the_exposure():
    y, X = simulated()
    partial = moderate(y, X, "x", ["m"], W, lagged=["m"], fixed_effects="entity")
    assert list(partial.fit.params.index) == ["x", "m", "x×m", "W_m", "rho"]
    alone = moderate(y, X, "x", ["m"], W, lag_products=False, fixed_effects="entity")
    assert list(alone.fit.params.index) == ["x", "m", "x×m", "W_x", "W_m", "rho"]


def test_errors_name_the_fault():
    y, X = simulated()
    for faulty, words in (
        ({"moderators": ["q"]}, "moderators= names 'q'; X has 'x', 'm'"),
        ({"moderators": ["x"]}, "other than"),
        ({"moderators": []}, "one or more moderators"),
        ({"moderators": X["m"]}, "moderators= names"),
        ({"moderators": 3}, "moderators=3; expected a list"),
        ({"exposure": "q"}, "no column 'q'"),
        ({"exposure": ["x"]}, "expected the name of a column"),
        ({"X": X["x"]}, "X is a Series"),
        ({"X": X.to_numpy()}, "X is an array"),
        ({"X": X.assign(m="many")}, "'m' has 'many'"),
        ({"lagged": "xm"}, "lagged= names 'xm'"),
        ({"lag_products": "no"}, "True or False"),
        ({"centring": "median"}, "entity"),
    ):
        given = {"y": y, "X": X, "exposure": "x", "moderators": ["m"], "W": W} | faulty
        with pytest.raises(InteractionError, match=words) as caught:
            moderate(**given)
        assert "\n" not in str(caught.value)
    with pytest.raises(SpatialPanelError, match="'m'"):
        moderate(y, X.assign(m=X["m"].where(X["m"] < 2)), "x", ["m"], W)
    found = moderate(y, X, "x", "m", W)
    for faulty, words in (
        ({"moderator": "z"}, "no moderator 'z'"),
        ({"moderator": ["m"]}, "no moderator"),
        ({"grid": "wide"}, "grid='wide'"),
        ({"grid": [np.nan]}, "grid="),
        ({"grid": X}, "grid=a DataFrame"),
        ({"level": 95}, "0.95 for 95"),
        ({"points": 2.5}, "points=2.5"),
    ):
        with pytest.raises(InteractionError, match=words):
            found.marginal(**({"moderator": "m"} | faulty))

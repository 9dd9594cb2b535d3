"""Direct, indirect and total effects against S = (I − ρW)⁻¹ written out, and by derivation."""

import numpy as np
import pandas as pd
import pytest
from simulated import panel

from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError

KINDS = ["direct", "indirect", "total"]


def by_hand(theta, W, k, lags, rho_is_last=True):
    n = len(W)
    rho = theta[-1] if rho_is_last else 0.0
    S = np.linalg.inv(np.eye(n) - rho * W)
    rows = []
    for j in range(k):
        partial = S @ (theta[j] * np.eye(n) + (theta[k + j] * W if lags else 0))
        direct, total = np.trace(partial) / n, partial.sum() / n
        rows.append([direct, total - direct, total])
    return np.array(rows)


@pytest.mark.parametrize("model", ["ols", "slx", "sar", "sem", "sdm", "sdem"])
@pytest.mark.parametrize("weights", ["small", "unstandardised"])
def test_effects_and_delta_errors(request, weights, model):
    y, X, W = request.getfixturevalue(weights)
    fit = SpatialPanel(y, X, W, model=model).fit()
    frame = fit.effects()
    assert list(frame.index) == ["x1", "x2"]
    assert list(frame.columns.get_level_values(0).unique()) == KINDS
    assert list(frame["direct"].columns) == ["effect", "std_error", "pvalue"]
    theta, cov = fit.params.to_numpy(), fit.cov.to_numpy()
    lags, lag = model in ("slx", "sdm", "sdem"), model in ("sar", "sdm")

    def effects(values):
        return by_hand(values, W.to_numpy(), 2, lags, lag)

    found = frame.xs("effect", axis=1, level=1)[KINDS].to_numpy()
    assert found == pytest.approx(effects(theta), abs=1e-9)
    step = 1e-5
    moves = step * np.eye(len(theta))
    jacobian = np.stack([(effects(theta + m) - effects(theta - m)) / (2 * step) for m in moves], 2)
    errors = np.sqrt(np.einsum("kip,pq,kiq->ki", jacobian, cov, jacobian))
    given = frame.xs("std_error", axis=1, level=1)[KINDS].to_numpy()
    assert given == pytest.approx(errors, rel=1e-6, abs=1e-9)


def test_partial_durbin(small):
    y, X, W = small
    fit = SpatialPanel(y, X, W, lagged=["x2"]).fit()
    assert list(fit.params.index) == ["x1", "x2", "W_x2", "rho"]
    full = fit.params.reindex(["x1", "x2", "W_x1", "W_x2", "rho"], fill_value=0.0).to_numpy()
    expected = by_hand(full, W.to_numpy(), 2, True)
    found = fit.effects().xs("effect", axis=1, level=1)[KINDS].to_numpy()
    assert found == pytest.approx(expected, abs=1e-9)


def test_effects_without_fixed_effects_leave_the_constant_out(small):
    y, X, W = small
    fit = SpatialPanel(y, X, W, fixed_effects="none").fit()
    theta = fit.params.drop("const").to_numpy()
    found = fit.effects().xs("effect", axis=1, level=1)[KINDS].to_numpy()
    assert found == pytest.approx(by_hand(theta, W.to_numpy(), 2, True), abs=1e-9)


def test_lag_model_total_is_the_geometric_sum(small):
    fit = SpatialPanel(*small, model="sar").fit()
    total = fit.effects()["total"]["effect"]
    expected = fit.params[["x1", "x2"]] / (1 - fit.params["rho"])
    assert total.to_numpy() == pytest.approx(expected.to_numpy())


def test_simulated_errors_are_near_those_of_the_delta_method():
    fit = SpatialPanel(*panel(n=40, t=25), fixed_effects="entity").fit()
    delta, drawn = fit.effects(), fit.effects("simulate", draws=20_000, seed=1)
    for kind in KINDS:
        assert drawn[kind]["effect"].to_numpy() == pytest.approx(delta[kind]["effect"].to_numpy())
        assert drawn[kind]["std_error"].to_numpy() == pytest.approx(
            delta[kind]["std_error"].to_numpy(), rel=0.06
        )


def test_simulated_draws_are_the_effects_of_drawn_parameters(unstandardised):
    """The averages over units are interpolated in ρ: compare with S inverted at each draw."""
    y, X, W = unstandardised
    fit = SpatialPanel(y, X, W, fixed_effects="entity").fit()
    drawn = fit.effect_parts.simulate(200, seed=4)
    params = np.random.default_rng(4).multivariate_normal(
        fit.params.to_numpy(), fit.cov.to_numpy(), size=400
    )
    low, high = fit.model.weights.interval
    inside = params[(params[:, -1] > low) & (params[:, -1] < high)][:200]
    expected = np.array([by_hand(p, W.to_numpy(), 2, True) for p in inside])
    assert drawn == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_same_seed_same_draws(small):
    fit = SpatialPanel(*small, fixed_effects="entity").fit()
    pd.testing.assert_frame_equal(fit.effects("simulate", seed=5), fit.effects("simulate", seed=5))


@pytest.mark.parametrize("weights", ["small", "unstandardised"])
def test_matrix_of_effects(request, weights):
    y, X, W = request.getfixturevalue(weights)
    fit = SpatialPanel(y, X, W).fit()
    matrix = fit.effects_matrix("x2")
    assert list(matrix.index) == list(matrix.columns) == list(W.index)
    b, c, rho = fit.params[["x2", "W_x2", "rho"]]
    n = len(W)
    expected = np.linalg.inv(np.eye(n) - rho * W.to_numpy()) @ (b * np.eye(n) + c * W.to_numpy())
    assert matrix.to_numpy() == pytest.approx(expected, abs=1e-10)
    row = fit.effects().loc["x2"]
    assert np.trace(matrix) / n == pytest.approx(row["direct", "effect"])
    assert matrix.to_numpy().sum() / n == pytest.approx(row["total", "effect"])


def test_matrix_is_what_prediction_says(small):
    """A unit more of x in one entity changes the predicted y of every entity by its column."""
    y, X, W = small
    fit = SpatialPanel(y, X, W, fixed_effects="entity").fit()
    more = X.copy()
    more.loc[pd.IndexSlice["p04", :], "x1"] += 1.0
    change = (fit.predict(more) - fit.predict()).unstack()
    expected = fit.effects_matrix("x1")["p04"]
    for year in change:
        assert change[year].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-10)


@pytest.mark.parametrize("model", ["sar", "sdm", "slx", "sdem"])
def test_effects_by_order_add_up(small, model):
    y, X, W = small
    fit = SpatialPanel(y, X, W, model=model).fit()
    table = fit.effects_by_order("x1", orders=60)
    total = fit.effects().loc["x1"]
    assert table["direct"].sum() == pytest.approx(total["direct", "effect"], abs=1e-9)
    assert table["cumulative_total"].iloc[-1] == pytest.approx(total["total", "effect"], abs=1e-9)
    assert table.loc[0, "indirect"] == 0
    if model in ("slx", "sdem"):
        assert (table.loc[2:, "total"] == 0).all()


def test_ratio_of_indirect_to_direct(small):
    """The spatial lag model imposes one ratio; its error follows from that of ρ alone."""
    fit = SpatialPanel(*small, model="sar", fixed_effects="entity").fit()
    table = fit.indirect_to_direct()
    assert np.ptp(table["ratio"]) == pytest.approx(0, abs=1e-12)
    assert np.ptp(table["std_error"]) == pytest.approx(0, abs=1e-10)
    W = small[2].to_numpy()

    def ratio(rho):
        S = np.linalg.inv(np.eye(len(W)) - rho * W)
        return S.sum() / np.trace(S) - 1

    rho, error = fit.params["rho"], fit.std_errors["rho"]
    slope = (ratio(rho + 1e-6) - ratio(rho - 1e-6)) / 2e-6
    assert table["ratio"]["x1"] == pytest.approx(ratio(rho))
    assert table["std_error"]["x1"] == pytest.approx(abs(slope) * error, rel=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda fit: fit.effects("bootstrap"),
        lambda fit: fit.effects("simulate", draws=1),
        lambda fit: fit.effects_matrix("zz"),
        lambda fit: fit.effects_by_order("x1", orders=-1),
    ],
)
def test_faults(small, call):
    fit = SpatialPanel(*small).fit()
    with pytest.raises(SpatialPanelError):
        call(fit)

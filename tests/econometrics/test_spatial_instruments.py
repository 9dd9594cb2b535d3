"""Spatial two-stage least squares against plain matrices, known truth and a textbook example."""

import numpy as np
import pandas as pd
import pytest
from libpysal import examples
from libpysal.graph import Graph

from spillover.econometrics.instruments import InstrumentError, spatial_two_stage

SIDE, T = 7, 8
N = SIDE * SIDE


def lattice():
    row, column = np.divmod(np.arange(N), SIDE)
    near = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    return pd.DataFrame(near / near.sum(axis=1, keepdims=True))


W = lattice()


def simulated(seed, rho=0.4, theta=0.5):
    """x is endogenous (shares u with y) and moved by z; two-way effects in everything."""
    rng = np.random.default_rng(seed)
    w = W.to_numpy()
    c, z, u, e = rng.normal(size=(4, N, T))
    unit, year = rng.normal(size=(N, 1)), rng.normal(size=(1, T))
    x = z + 0.8 * u + unit
    right = 1.0 * x + theta * w @ x + 2.0 * c - 1.0 * w @ c + unit + year + u + 0.5 * e
    y = np.linalg.solve(np.eye(N) - rho * w, right)
    index = pd.MultiIndex.from_product([range(N), range(T)], names=["unit", "year"])
    data = {"y": y, "x": x, "c": c, "z": z}
    return pd.DataFrame({k: v.ravel() for k, v in data.items()}, index=index)


@pytest.mark.parametrize("method", ["2sls", "gmm"])
def test_recovers_the_truth(method):
    truth = {"x": 1.0, "W_x": 0.5, "c": 2.0, "W_c": -1.0, "rho": 0.4}
    found = []
    for seed in range(25):
        d = simulated(seed)
        fit = spatial_two_stage(
            d["y"], d[["c"]], W, d[["x"]], d[["z"]], cov_type="heteroskedastic", method=method
        )
        found.append(fit.coefficients["estimate"])
    table = pd.DataFrame(found)
    error = table.std() / np.sqrt(len(table))
    for name, value in truth.items():
        assert abs(table[name].mean() - value) < 4 * error[name]


def test_by_hand():
    d = simulated(3)
    fit = spatial_two_stage(d["y"], d[["c"]], W, d[["x"]], d[["z"]], cov_type="clustered")
    big = np.kron(W.to_numpy(), np.eye(T))
    dummies = np.column_stack(
        [np.kron(np.eye(N), np.ones((T, 1))), np.kron(np.ones((N, 1)), np.eye(T)[:, 1:])]
    )
    y, x, c, z = (d[k].to_numpy()[:, None] for k in "yxcz")
    X = np.column_stack([c, x, big @ c, big @ x, big @ y])
    H = np.column_stack([c, big @ c, big @ big @ c, z, big @ z, big @ big @ z, dummies])
    fitted = H @ np.linalg.lstsq(H, np.column_stack([X, dummies]), rcond=None)[0]
    full = np.column_stack([X, dummies])
    b = np.linalg.solve(fitted.T @ full, fitted.T @ y)[:, 0]
    assert list(fit.coefficients.index) == ["c", "x", "W_c", "W_x", "rho"]
    np.testing.assert_allclose(fit.coefficients["estimate"], b[:5], rtol=1e-7)
    rows = (fitted * (y - full @ b[:, None])).reshape(N, T, -1).sum(axis=1)
    bread = np.linalg.inv(fitted.T @ fitted)
    n, k = full.shape
    # entity dummies lie within their clusters and are not counted
    V = (bread @ rows.T @ rows @ bread)[:5, :5] * N / (N - 1) * (n - 1) / (n - k + N - 1)
    np.testing.assert_allclose(fit.coefficients["std_error"], np.sqrt(np.diag(V)), rtol=1e-6)
    S = np.linalg.inv(np.eye(N) - b[4] * W.to_numpy())
    E = S @ (b[1] * np.eye(N) + b[3] * W.to_numpy())
    assert fit.effects.loc["x", ("direct", "effect")] == pytest.approx(np.trace(E) / N)
    assert fit.effects.loc["x", ("total", "effect")] == pytest.approx(E.sum() / N)
    # the effects' errors rest on the same covariance, small-sample factor and all
    np.testing.assert_allclose(fit.cov, V, rtol=1e-6)
    w, unit = W.to_numpy(), np.eye(N)
    slopes = (0 * unit, S, 0 * unit, S @ w, S @ w @ E)
    for name, average in (("direct", lambda M: np.trace(M) / N), ("total", lambda M: M.sum() / N)):
        gradient = np.array([average(slope) for slope in slopes])
        expected = np.sqrt(gradient @ V @ gradient)
        assert fit.effects.loc["x", (name, "std_error")] == pytest.approx(expected, rel=1e-6)


def columbus():
    geopandas = pytest.importorskip("geopandas")
    shapes = geopandas.read_file(examples.get_path("columbus.shp"))
    index = pd.MultiIndex.from_product([shapes.index, [1980]], names=["place", "year"])
    data = pd.DataFrame(shapes[["HOVAL", "INC", "CRIME"]].to_numpy(), index, ["y", "i", "c"])
    return data, Graph.build_contiguity(shapes, rook=True).transform("r")


@pytest.mark.parametrize("durbin", [False, True])
@pytest.mark.parametrize("cov_type", ["unadjusted", "heteroskedastic"])
def test_columbus_as_spreg_has_it(durbin, cov_type):
    """spreg's GM_Lag: spatial lag and Durbin model, plain and White's errors."""
    from spreg import GM_Lag

    data, graph = columbus()
    fit = spatial_two_stage(
        data["y"],
        data[["i", "c"]],
        graph,
        lagged=None if durbin else [],
        fixed_effects="none",
        cov_type=cov_type,
        small_sample=False,
    )
    theirs = GM_Lag(
        data[["y"]].to_numpy(),
        data[["i", "c"]].to_numpy(),
        w=graph.to_W(),
        # its instruments are powers of W times what is lagged already
        w_lags=1 if durbin else 2,
        slx_lags=int(durbin),
        robust="white" if cov_type == "heteroskedastic" else None,
        spat_diag=False,
        hard_bound=False,
    )
    if not durbin:
        assert theirs.betas[3, 0] == pytest.approx(0.02836221)  # spreg's documentation
    np.testing.assert_allclose(fit.coefficients["estimate"], theirs.betas[:, 0], rtol=1e-6)
    np.testing.assert_allclose(fit.cov, theirs.vm, rtol=1e-5)


def test_excluded_instruments_are_those_not_included():
    d = simulated(1)
    plain = spatial_two_stage(d["y"], d[["c"]], W, d[["x"]], d[["z"]], lagged=[])
    assert plain.instruments == ("z", "W_z", "W2_z", "W_c", "W2_c")
    durbin = spatial_two_stage(d["y"], d[["c"]], W, d[["x"]], d[["z"]])
    assert durbin.instruments == ("z", "W_z", "W2_z", "W2_c")


def test_errors_name_the_fault():
    d = simulated(1)
    with pytest.raises(InstrumentError, match="have no instruments"):
        spatial_two_stage(d["y"], d[["c"]], W, d[["x"]])
    with pytest.raises(InstrumentError, match="gmm"):
        spatial_two_stage(d["y"], d[["c"]], W, method="liml")
    with pytest.raises(InstrumentError, match="names 'q'"):
        spatial_two_stage(d["y"], d[["c"]], W, lagged=["q"])


def test_explosive_rho_has_no_effects():
    """An outcome equal to its own spatial lag and a little more: rho near or beyond one."""
    rng = np.random.default_rng(0)
    d = simulated(2)
    found = []
    for _ in range(20):
        noise = pd.Series(rng.normal(size=len(d)), index=d.index, name="y")
        found.append(spatial_two_stage(noise, d[["c"]], W, lagged=[]))
    outside = [f for f in found if f.note]
    assert outside
    for fit in found:
        rho = fit.coefficients.loc["rho", "estimate"]
        assert bool(fit.note) == fit.effects.isna().all(axis=None) == (not -1 < rho < 1)


def test_tables_that_are_none_are_named():
    d = simulated(1)
    one = spatial_two_stage(d["y"], d["c"], W, d["x"], d["z"])
    many = spatial_two_stage(d["y"], d[["c"]], W, d[["x"]], d[["z"]])
    pd.testing.assert_frame_equal(one.coefficients, many.coefficients)
    with pytest.raises(InstrumentError, match="exogenous is a ndarray; expected a DataFrame"):
        spatial_two_stage(d["y"], d[["c"]].to_numpy(), W)
    with pytest.raises(InstrumentError, match="y is a ndarray; expected a Series"):
        spatial_two_stage(d["y"].to_numpy(), d[["c"]], W)
    with pytest.raises(InstrumentError, match="powers=0"):
        spatial_two_stage(d["y"], d[["c"]], W, powers=0)
    with pytest.raises(InstrumentError, match="'c2' is a linear combination of 'c'"):
        spatial_two_stage(d["y"], d[["c"]].assign(c2=2 * d["c"]), W)
    with pytest.raises(InstrumentError, match="not for GMM"):
        spatial_two_stage(d["y"], d[["c"]], W, cov_type="cr3", method="gmm")


def test_errors_for_few_clusters_grow():
    d = simulated(2)
    errors = [
        spatial_two_stage(d["y"], d[["c"]], W, d[["x"]], d[["z"]], cov_type=c).coefficients[
            "std_error"
        ]
        for c in ("cr2", "cr3")
    ]
    assert (errors[1] > errors[0]).all()


def test_the_order_of_the_rows_does_not_matter():
    """Lags are taken of rows in the order of the panel, whatever the order they came in."""
    d = simulated(5)
    one = spatial_two_stage(d["y"], d[["c"]], W, d[["x"]], d[["z"]])
    moved = d.sample(frac=1, random_state=0)
    two = spatial_two_stage(moved["y"], moved[["c"]], W, moved[["x"]], d[["z"]])
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-8)
    by_year = d.sort_index(level=1)
    three = spatial_two_stage(by_year["y"], by_year[["c"]], W, by_year[["x"]], by_year[["z"]])
    np.testing.assert_allclose(one.effects, three.effects, rtol=1e-8)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.iloc[1:], "unbalanced panel"),
        (lambda d: d.assign(c=d["c"].where(d["c"] < 1, np.inf)), "infinite"),
        (lambda d: d.assign(c="a"), "expected numbers"),
        (lambda d: d.assign(y=1.0), "y has one value everywhere"),
        (lambda d: pd.concat([d, d.iloc[:1]]), "more than once"),
    ],
)
def test_odd_figures_are_named_before_anything_is_lagged(spoil, message):
    d = spoil(simulated(1))
    with pytest.raises(ValueError, match=message):
        spatial_two_stage(d["y"], d[["c"]], W, d[["x"]], d[["z"]])

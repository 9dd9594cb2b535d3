"""Robust spatial GMM against whole matrices, maximum likelihood where it is right, and truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spillover import SpatialPanel
from spillover.econometrics.instruments import InstrumentError, spatial_gmm
from spillover.econometrics.instruments.spatial_gmm import _Moments
from spillover.econometrics.spatialpanel import SpatialPanelError, SpatialWeights

SIDE, T = 5, 6
N = SIDE * SIDE


def lattice(side=SIDE):
    row, column = np.divmod(np.arange(side * side), side)
    near = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    return pd.DataFrame(near / near.sum(axis=1, keepdims=True))


W = lattice()
UNLIKE = 12  # the centre: farthest from the mean on the diagonal of G


def simulated(rng, scale=1.0, rho=0.3, W=W, t=T, ar=0.0, x=None, effects="twoway"):
    """A panel with effects, errors of one standard deviation for each unit."""
    n, w = len(W), W.to_numpy()
    x = rng.normal(size=(n, t)) if x is None else x
    e = rng.normal(size=(n, t))
    for j in range(1, t):
        e[:, j] = ar * e[:, j - 1] + np.sqrt(1 - ar**2) * e[:, j]
    e *= np.broadcast_to(scale, n)[:, None]
    signal = x - 0.5 * w @ x + e
    if effects in ("entity", "twoway"):
        signal = signal + rng.normal(size=(n, 1))
    if effects in ("time", "twoway"):
        signal = signal + rng.normal(size=(1, t))
    y = np.linalg.solve(np.eye(n) - rho * w, signal)
    index = pd.MultiIndex.from_product([range(n), range(t)], names=["unit", "year"])
    return pd.DataFrame({"y": y.ravel(), "x": x.ravel()}, index=index)


def moments(d, effects="twoway", W=W):
    return _Moments(SpatialPanel(d["y"], d[["x"]], W, fixed_effects=effects, correction=None))


def dummies(effects, n=N, t=T):
    unit = np.kron(np.eye(n), np.ones((t, 1)))
    year = np.kron(np.ones((n, 1)), np.eye(t))
    chosen = {"none": [np.ones((n * t, 1))], "entity": [unit], "time": [year]}
    return np.column_stack(chosen.get(effects, [unit, year[:, 1:]]))


@pytest.mark.parametrize("effects", ["none", "entity", "time", "twoway"])
def test_the_moment_by_whole_matrices(effects):
    """M of order N·T with dummies, its blocks, and square roots of them, without any shortcut."""
    d = simulated(np.random.default_rng(1))
    w, rho = np.kron(W.to_numpy(), np.eye(T)), 0.2
    y, x = d["y"].to_numpy(), d["x"].to_numpy()
    columns = np.column_stack([x, w @ x, dummies(effects)])
    M = np.eye(N * T) - columns @ np.linalg.pinv(columns)
    G = w @ np.linalg.inv(np.eye(N * T) - rho * w)
    e = M @ (y - rho * w @ y)
    own = 0.0
    for unit in range(N):
        rows = slice(unit * T, (unit + 1) * T)
        left, vectors = np.linalg.eigh(M[rows, rows])
        kept = left > 1e-9
        root = (vectors[:, kept] / np.sqrt(left[kept])) @ vectors[:, kept].T
        own += root @ e[rows] @ (M @ G)[rows, rows] @ root @ e[rows]
    assert moments(d, effects).value(rho) == pytest.approx((w @ y) @ e - own, rel=1e-9)


@pytest.mark.parametrize("effects", ["none", "twoway"])
def test_the_moment_has_mean_zero_whatever_the_variances(effects):
    """One unit with five times the errors, correlated over time: z of the mean over samples."""
    rng = np.random.default_rng(3)
    scale = np.where(np.arange(N) == 0, 5.0, 1.0)
    x = rng.normal(size=(N, T))
    samples = (simulated(rng, scale, ar=0.6, x=x, effects=effects) for _ in range(150))
    found = [moments(d, effects).value(0.3) for d in samples]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))


def test_nearly_maximum_likelihood_where_all_units_are_alike():
    """On a ring G has one value on its diagonal, so that no variance can move the likelihood."""
    ring = pd.DataFrame((np.roll(np.eye(20), 1, 0) + np.roll(np.eye(20), -1, 0)) / 2)
    d = simulated(np.random.default_rng(4), W=ring, t=150, effects="entity")
    gmm = spatial_gmm(d["y"], d[["x"]], ring, fixed_effects="entity").coefficients
    ml = SpatialPanel(d["y"], d[["x"]], ring, fixed_effects="entity", correction=None).fit()
    error = ml.std_errors["rho"]
    np.testing.assert_allclose(gmm["estimate"], ml.params, atol=0.05 * error)
    clustered = spatial_gmm(d["y"], d[["x"]], ring, fixed_effects="entity", cov_type="clustered")
    ratio = clustered.coefficients.loc["rho", "std_error"] / error
    assert 0.8 < ratio < 1.25


def test_intervals_cover_where_one_unit_is_noisy():
    """Coverage of ρ and of the total effect, and bias, beside maximum likelihood's bias."""
    rng = np.random.default_rng(5)
    scale = np.where(np.arange(N) == UNLIKE, 5.0, 1.0)
    x = rng.normal(size=(N, T))
    weights = SpatialWeights(W)
    inside, bias, ml = [], [], []
    for _ in range(100):
        d = simulated(rng, scale, x=x)
        fit = spatial_gmm(d["y"], d[["x"]], weights)
        rows = [fit.coefficients.loc["rho"].to_numpy()[:2], fit.effects.loc["x", "total"][:2]]
        reach = stats.t.ppf(0.975, N - 1)
        truth = (0.3, 0.5 / 0.7)
        inside.append([abs(a - v) < reach * s for (a, s), v in zip(rows, truth, strict=True)])
        bias.append(rows[0][0] - 0.3)
        model = SpatialPanel(d["y"], d[["x"]], weights, correction="transformation")
        ml.append(model.estimate.rho - 0.3)
    cover = np.mean(inside, axis=0)
    assert ((cover > 0.9) & (cover < 0.995)).all(), cover
    assert abs(np.mean(bias)) < 3 * np.std(bias) / np.sqrt(len(bias))
    assert abs(np.mean(ml)) > 3 * np.std(ml) / np.sqrt(len(ml))


@pytest.mark.parametrize("cov_type", ["clustered", "cr2", "cr3"])
def test_neither_order_nor_units_of_measurement_matter(cov_type):
    d = simulated(np.random.default_rng(6))
    order = np.random.default_rng(0).permutation(N)
    shuffled = d.loc[list(order)]
    one = spatial_gmm(d["y"], d[["x"]], W, cov_type=cov_type)
    two = spatial_gmm(shuffled["y"], shuffled[["x"]], W.iloc[order, order], cov_type=cov_type)
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-6)
    np.testing.assert_allclose(one.effects, two.effects, rtol=1e-6)
    large = spatial_gmm(1000 * d["y"], d[["x"]], W, cov_type=cov_type)
    np.testing.assert_allclose(large.effects["total"] / [1000, 1000, 1], one.effects["total"])
    np.testing.assert_allclose(large.cov.loc["rho", "rho"], one.cov.loc["rho", "rho"], rtol=1e-6)


@pytest.mark.parametrize("cov_type", ["clustered", "cr2"])
def test_the_covariance_of_rho_by_pairs(cov_type):
    """Σ(aᵢⱼ + aⱼᵢ)²E(εᵢ′εⱼ)² pair by pair, the linear part unit by unit, both over the slope."""
    d = simulated(np.random.default_rng(7))
    m = moments(d)
    rho, _ = m.solve()
    G, e = m.G(rho), m.residuals(rho)
    w, slope = W.to_numpy(), (m.value(rho + 1e-4) - m.value(rho - 1e-4)) / 2e-4
    y, x = (d[c].to_numpy().reshape(N, T) for c in "yx")
    known = w @ np.linalg.inv(np.eye(N) - rho * w) @ (y - rho * w @ y - e)
    columns = np.column_stack([x.ravel(), (w @ x).ravel(), dummies("twoway")])
    r = known.ravel() - columns @ np.linalg.lstsq(columns, known.ravel(), rcond=None)[0]
    factor, share = N / (N - 1) * (N * T - 1) / (N * T - 3 - 1 - (T - 1)), None
    if cov_type == "cr2":
        whole = np.column_stack([columns, r])
        M = np.eye(N * T) - whole @ np.linalg.pinv(whole)
        blocks = [M[i * T : (i + 1) * T, i * T : (i + 1) * T] for i in range(N)]
        values = [np.linalg.eigh(block) for block in blocks]
        roots = [v[:, a > 1e-9] / np.sqrt(a[a > 1e-9]) @ v[:, a > 1e-9].T for a, v in values]
        e = np.stack([root @ one for root, one in zip(roots, e, strict=True)])
        apart = [(i, j) for i in range(N) for j in range(N) if i != j]
        share = np.mean([(e[i] @ e[j]) ** 2 / (e[i] @ e[i]) / (e[j] @ e[j]) for i, j in apart])
        factor = 1.0
    J = np.eye(N) - 1 / N
    A = J @ G @ J
    pairs = 0.0
    for i in range(N):
        for j in range(i):
            size = (e[i] @ e[i]) * (e[j] @ e[j])
            product = (e[i] @ e[j]) ** 2 if share is None else share * size
            pairs += (A[i, j] + A[j, i]) ** 2 * product
    linear = np.square((r.reshape(N, T) * e).sum(axis=1)).sum()
    expected = factor * (linear + pairs) / slope**2
    assert m.covariance(rho, cov_type)[-1, -1] == pytest.approx(expected, rel=1e-6)


def test_result_has_what_the_names_say():
    d = simulated(np.random.default_rng(8))
    fit = spatial_gmm(d["y"], d[["x"]], W)
    assert list(fit.coefficients.index) == ["x", "W_x", "rho"]
    assert fit.df == N - 1
    assert fit.nobs == N * T
    b, theta, rho = fit.coefficients["estimate"]
    S = np.linalg.inv(np.eye(N) - rho * W.to_numpy()) @ (b * np.eye(N) + theta * W.to_numpy())
    assert fit.effects.loc["x", ("direct", "effect")] == pytest.approx(np.trace(S) / N)
    effect, error, p = fit.effects.loc["x", "total"]
    assert effect == pytest.approx(S.sum() / N)
    assert p == pytest.approx(2 * stats.t.sf(abs(effect / error), N - 1))
    plain = spatial_gmm(d["y"], d[["x"]], W, lagged=[])
    assert list(plain.coefficients.index) == ["x", "rho"]


def test_errors_name_the_fault():
    d = simulated(np.random.default_rng(9))
    with pytest.raises(InstrumentError, match="cov_type='white'"):
        spatial_gmm(d["y"], d[["x"]], W, cov_type="white")
    with pytest.raises(SpatialPanelError, match="lagged= names 'q'"):
        spatial_gmm(d["y"], d[["x"]], W, lagged=["q"])
    with pytest.raises(SpatialPanelError, match="y is a ndarray"):
        spatial_gmm(d["y"].to_numpy(), d[["x"]], W)

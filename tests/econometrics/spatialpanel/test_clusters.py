"""Clustered covariances: the martingale scores, few clusters, and what they cover."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from scipy.stats import t as student

from spillover.econometrics import regression
from spillover.econometrics.spatialpanel import SpatialPanel, clusters
from spillover.econometrics.spatialpanel.clusters import cluster_scores
from spillover.econometrics.spatialpanel.covariance import information, inverse, residuals, scores


def made_up(n, t, rng, k=1):
    """A ring with two neighbours on each side, one more for every third; its regressors."""
    index = pd.MultiIndex.from_product([[f"u{i:03d}" for i in range(n)], range(t)])
    W = sum(np.roll(np.eye(n), step, axis=1) for step in (-2, -1, 1, 2))
    W[::3] += np.roll(np.eye(n), n // 2, axis=1)[::3]
    W = W / W.sum(axis=1, keepdims=True)
    units = index.levels[0]
    X = pd.DataFrame(rng.normal(size=(n * t, k)), index, [f"x{j}" for j in range(k)])
    return pd.DataFrame(W, units, units), X


def drawn(W, X, rho, e):
    n, t = len(W), len(X) // len(W)
    signal = (X.to_numpy().sum(axis=1).reshape(n, t)) + e
    y = np.linalg.solve(np.eye(n) - rho * W.to_numpy(), signal)
    return pd.Series(y.ravel(), X.index, name="y")


def ordered_scores(model, order):
    """Rows s_i with the pairs of the quadratic form given to the later entity of an order."""
    at = model.estimate
    design = model.design
    n, t = design.shape
    e = residuals(design, at)
    W = model.weights.matrix.toarray()
    G = W @ np.linalg.inv(np.eye(n) - at.rho * W)
    if design.spec.fixed_effects in ("time", "twoway"):
        Q = np.eye(n) - 1 / n
        G = Q @ G @ Q
    cube = e.reshape(n, t)
    signal = design.lag_y - (G @ cube).ravel()
    s2, k = at.sigma2, design.Z.shape[1]
    rows = np.zeros((n, k + 2))
    rows[:, :k] = (design.Z * e[:, None]).reshape(n, t, k).sum(axis=1) / s2
    rows[:, k] = (signal * e).reshape(n, t).sum(axis=1) / s2
    products = cube @ cube.T
    periods = at.n / n
    for place, i in enumerate(order):
        earlier = list(order[:place])
        rows[i, k] += G[i, i] * (products[i, i] / s2 - periods)
        rows[i, k] += ((G[i, earlier] + G[earlier, i]) * products[i, earlier]).sum() / s2
    rows[:, k + 1] = -periods / (2 * s2) + (cube**2).sum(axis=1) / (2 * s2**2)
    # Σ_i g_ii is tr(G) of the likelihood, less the unit eigenvalue where it is left out
    trace = np.trace(W @ np.linalg.inv(np.eye(n) - at.rho * W))
    trace -= 1 / (1 - at.rho) if at.u else 0
    rows[:, k] -= (at.m * trace - periods * np.trace(G)) / n
    return rows


@pytest.mark.parametrize("effects", ["none", "entity", "twoway"])
def test_the_mean_over_all_orders_has_a_closed_form(rng, effects):
    n, t = 6, 4
    index = pd.MultiIndex.from_product([list("abcdef"), range(t)])
    W = rng.random((n, n)) * (1 - np.eye(n))
    W = pd.DataFrame(W / W.sum(axis=1, keepdims=True), list("abcdef"), list("abcdef"))
    X = pd.DataFrame(rng.normal(size=(n * t, 1)), index, ["x"])
    groups = np.repeat(np.arange(n), t)
    models = [
        SpatialPanel(drawn(W, X, rho, rng.normal(size=(n, t))), X, W, "sar", None, effects)
        for rho in (0.3, -0.2)
    ]
    found = [
        cluster_scores(m.design, m.estimate, residuals(m.design, m.estimate), groups)
        for m in models
    ]
    orders = list(permutations(range(n)))
    rows = [np.array([ordered_scores(m, order) for order in orders]) for m in models]
    # of one equation with itself, and of two equations, as in a mediation
    for one, other in ((0, 0), (0, 1)):
        products = np.einsum("oik,oil->kl", rows[one], rows[other]) / len(orders)
        assert found[one].cross(found[other]) == pytest.approx(products)


@pytest.mark.parametrize("cov_type", ["clustered", "cr2", "cr3"])
@pytest.mark.parametrize("model", ["sdm", "sem"])
def test_the_order_of_entities_does_not_matter(small, rng, cov_type, model):
    y, X, W = small
    one = SpatialPanel(y, X, W, model=model).fit(cov_type)
    names = list(rng.permutation(W.index))
    order = pd.MultiIndex.from_product([names, y.index.unique(1)])
    other = SpatialPanel(y.loc[order], X.loc[order], W, model=model).fit(cov_type)
    assert other.cov.to_numpy() == pytest.approx(one.cov.to_numpy())
    groups = dict(zip(W.index, rng.permutation(len(W)), strict=True))
    again = SpatialPanel(y, X, W, model=model).fit(cov_type, clusters=groups)
    assert again.cov.to_numpy() == pytest.approx(one.cov.to_numpy())


def test_clusters_by_period_are_xsmles_scores_summed(small):
    """All pairs of a period are in one cluster then: nothing is left to order."""
    y, X, W = small
    model = SpatialPanel(y, X, W, fixed_effects="entity")
    periods = pd.Series(y.index.get_level_values(1), y.index)
    found = model.fit("clustered", clusters=periods, small_sample=False)
    n, t = model.data.shape
    sums = scores(model.design, found.estimate).reshape(n, t, -1).sum(axis=0)
    bread = inverse(information(model.design, found.estimate))
    expected = bread @ sums.T @ sums @ bread
    assert found.cov_full == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("effects", ["none", "entity", "time", "twoway"])
def test_cr3_without_space_is_the_jackknife_over_entities(small, effects):
    """(N − 1)/N·Σ_g (b₍₋g₎ − b)(b₍₋g₎ − b)′, each b₍₋g₎ estimated without entity g."""
    y, X, W = small
    options = {"model": "ols", "fixed_effects": effects}
    fit = SpatialPanel(y, X, W, **options).fit("cr3")
    n, away = len(W), []
    for g in W.index:
        rest, keep = W.index.drop(g), y.index.get_level_values(0) != g
        ring = pd.DataFrame(np.roll(np.eye(n - 1), 1, axis=1), rest, rest)
        away.append(SpatialPanel(y[keep], X[keep], ring, **options).fit().params - fit.params)
    away = np.array(away)
    assert fit.cov.to_numpy() == pytest.approx((n - 1) / n * away.T @ away)
    assert fit.df == n - 1


@pytest.mark.parametrize("cov_type", ["clustered", "cr2", "cr3"])
@pytest.mark.parametrize("effects", ["none", "entity", "time", "twoway"])
def test_one_regression_has_one_error_wherever_it_is_estimated(small, cov_type, effects):
    y, X, W = small
    fit = SpatialPanel(y, X, W, model="ols", fixed_effects=effects).fit(cov_type)
    other = regression.ols(y, X, effects, cov_type)
    assert fit.std_errors["x1"] == pytest.approx(other.std_errors["x1"])
    assert fit.pvalues["x1"] == pytest.approx(other.pvalues["x1"])


def test_cr2_is_unbiased_where_errors_are_alike(small):
    """E(V) = σ²(X′X)⁻¹ for i.i.d. errors, which e_g e_g′ → σ²(I − H)_gg shows without drawing."""
    y, X, W = small
    fit = SpatialPanel(y, X, W, model="ols", fixed_effects="none").fit("cr2")
    design = fit.model.design
    n, t = design.shape
    A = np.linalg.inv(design.Z.T @ design.Z)
    expected = np.zeros_like(A)
    for Zg in design.Z.reshape(n, t, -1):
        rest = np.eye(t) - Zg @ A @ Zg.T
        w, V = np.linalg.eigh(rest)
        root = V @ np.diag(w**-0.5) @ V.T
        expected += A @ Zg.T @ root @ rest @ root @ Zg @ A
    assert expected == pytest.approx(A)
    # and the function does what the derivation does
    e = residuals(design, fit.estimate).reshape(n, t)
    found = np.zeros_like(A)
    for Zg, eg in zip(design.Z.reshape(n, t, -1), e, strict=True):
        w, V = np.linalg.eigh(np.eye(t) - Zg @ A @ Zg.T)
        s = A @ Zg.T @ V @ np.diag(w**-0.5) @ V.T @ eg
        found += np.outer(s, s)
    assert fit.cov.to_numpy() == pytest.approx(found)


def test_clustered_errors_without_space_have_statas_factor(small):
    """C/(C−1)·(NT−1)/(NT−k), k with constant and time effects, entity effects nested: reghdfe's."""
    y, X, W = small
    found = SpatialPanel(y, X, W, model="ols").fit("clustered")
    names = list(found.params.index)
    n, t = found.model.data.shape
    k = len(names) + 1 + t - 1
    plain = PanelOLS(y, X, entity_effects=True, time_effects=True).fit(
        cov_type="clustered",
        cluster_entity=True,
        group_debias=False,
        debiased=False,
        auto_df=False,
        count_effects=False,
    )
    factor = n / (n - 1) * (n * t - 1) / (n * t - k)
    assert found.cov.to_numpy() == pytest.approx(plain.cov.loc[names, names].to_numpy() * factor)
    p = 2 * student.sf(np.abs(found.tstats), n - 1)
    assert found.pvalues.to_numpy() == pytest.approx(p)
    half = (found.conf_int()["upper"] - found.params) / found.std_errors
    assert half.to_numpy() == pytest.approx(np.full(len(names), student.ppf(0.975, n - 1)))


@pytest.mark.parametrize("effects", ["entity", "twoway"])
def test_large_panels_without_forming_the_multiplier(monkeypatch, rng, effects):
    W, X = made_up(160, 5, rng)
    model = SpatialPanel(drawn(W, X, 0.4, rng.normal(size=(160, 5))), X, W, fixed_effects=effects)
    exact = model.fit("clustered").cov_full
    monkeypatch.setattr(clusters, "_DENSE_UP_TO", 100)
    assert model.fit("clustered").cov_full == pytest.approx(exact, rel=0.03)
    with pytest.raises(ValueError, match="cluster by entity"):
        model.fit("clustered", clusters=dict(zip(W.index, np.arange(160) % 40, strict=True)))


def test_errors_of_rho_are_as_large_as_its_spread(rng):
    """xsmle's are about a fifth too small at any N; these are not."""
    n, t, draws = 100, 4, 400
    W, X = made_up(n, t, rng)
    first = SpatialPanel(drawn(W, X, 0.3, rng.normal(size=(n, t))), X, W, "sar", None, "entity")
    found, errors = [], {"clustered": [], "clustered-xsmle": []}
    for _ in range(draws):
        y = drawn(W, X, 0.3, rng.normal(size=(n, t))).to_numpy()
        model = SpatialPanel.from_data(replace(first.data, y=y), first.weights, first.spec)
        found.append(model.estimate.rho)
        for cov_type, kept in errors.items():
            kept.append(model.fit(cov_type).std_errors["rho"])
    spread = np.std(found)
    # the spread of 400 draws is known to 3.5 %
    assert np.mean(errors["clustered"]) / spread == pytest.approx(0.97, abs=0.09)
    assert np.mean(errors["clustered-xsmle"]) / spread < 0.88


def test_driscoll_kraay_warns_of_few_periods(small):
    with pytest.warns(UserWarning, match="the panel has"):
        SpatialPanel(*small).fit("driscoll-kraay")

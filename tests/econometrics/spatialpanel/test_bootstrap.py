"""The wild cluster bootstrap of a spatial panel."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from simulated import panel

from spillover import SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.bootstrap import _without, bootstrap, resampler

COV = "cr3"
MODELS = ("ols", "slx", "sar", "sem", "sdm", "sdem")


def on_a_ring(n, t, seed=0, rho=0.3, k=2):
    """A panel of entities on a ring, of which each has the two beside it as neighbours."""
    _, X, W = panel(n, t, seed, k=k)
    W = pd.DataFrame((np.roll(np.eye(n), 1, 0) + np.roll(np.eye(n), -1, 0)) / 2, *W.axes)
    e = np.random.default_rng(seed + 100).normal(size=(n, t))
    signal = X.to_numpy()[:, 0].reshape(n, t)
    y = np.linalg.solve(np.eye(n) - rho * W.to_numpy(), signal + 0.3 * W.to_numpy() @ signal + e)
    return pd.Series(y.ravel(), X.index, name="y"), X, W


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("effects", ["none", "entity", "twoway"])
def test_unchanged_signs_give_the_sample_back(small, model, effects):
    fit = SpatialPanel(*small, model=model, fixed_effects=effects).fit()
    sampler = resampler(fit, adjustment=None)
    np.testing.assert_allclose(sampler.outcome(np.ones(12)), fit.model.data.y, atol=1e-10)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("effects", ["entity", "time", "twoway"])
def test_samples_hold_the_structural_equation_with_the_signed_residuals(small, model, effects):
    """(I − ρW)y* is what (I − ρW)y was, plus (s − 1)e: multiplied out, not solved."""
    fit = SpatialPanel(*small, model=model, fixed_effects=effects).fit()
    sampler = resampler(fit, adjustment=None)
    signs = np.random.default_rng(1).choice([-1.0, 1.0], size=12)
    W, at, (n, t) = fit.model.weights.matrix.toarray(), fit.estimate, fit.model.data.shape
    rho = 0.0 if at.rho is None else at.rho
    change = (np.eye(n) - rho * W) @ (sampler.outcome(signs) - fit.model.data.y).reshape(n, t)
    e = fit.resids.to_numpy().reshape(n, t)
    np.testing.assert_allclose(change, (signs[:, None] - 1) * e, atol=1e-10)


@pytest.mark.parametrize("model", ["slx", "sdm", "sdem"])
def test_opposite_signs_average_to_the_fit_without_residuals(small, model):
    fit = SpatialPanel(*small, model=model, fixed_effects="twoway").fit()
    sampler = resampler(fit)
    signs = np.random.default_rng(2).choice(sampler.points, size=12)
    mean = (sampler.outcome(signs) + sampler.outcome(-signs)) / 2
    np.testing.assert_allclose(mean, sampler.outcome(np.zeros(12)), atol=1e-10)
    # a sample without residuals is explained by the parameters exactly
    if model != "sdem":
        left = fit.predict(kind="reduced") - mean
        np.testing.assert_allclose(left, 0, atol=1e-8)


def test_clusters_of_several_entities_flip_together(small):
    fit = SpatialPanel(*small, model="sdm").fit()
    names = fit.model.data.entities
    pairs = dict(zip(names, np.repeat(np.arange(6), 2), strict=True))
    sampler = resampler(fit, clusters=pairs, adjustment=None)
    assert sampler.clusters == 6
    signs = np.array([1.0, -1, 1, 1, -1, -1])
    by_entity = resampler(fit, adjustment=None).outcome(np.repeat(signs, 2))
    np.testing.assert_allclose(sampler.outcome(signs), by_entity)


def test_cr3_residuals_are_those_of_fits_without_the_entity():
    """(I − H_gg)⁻¹e_g is y_g − Z_g b(−g), b(−g) estimated on the others' rows, periods included."""
    fit = SpatialPanel(*panel(n=9, t=5, seed=2), model="slx", fixed_effects="twoway").fit()
    Z, y = fit.model.design.Z, fit.model.design.y
    dummies = np.tile((np.eye(5) - 1 / 5)[:, 1:], (9, 1))
    Z = np.column_stack([Z, dummies])
    rows = np.arange(5) + 3 * 5
    others = np.setdiff1d(np.arange(45), rows)
    b = np.linalg.lstsq(Z[others], y[others], rcond=None)[0]
    enlarged = resampler(fit, adjustment="cr3").enlarged
    np.testing.assert_allclose(enlarged[3], y[rows] - Z[rows] @ b, atol=1e-10)


@pytest.mark.parametrize("weights", ["rademacher", "webb"])
def test_weights_have_mean_zero_and_variance_one(small, weights):
    points = resampler(SpatialPanel(*small, model="slx").fit(), weights).points
    assert abs(points.mean()) < 1e-12
    assert np.mean(points**2) == pytest.approx(1)


def test_random_effects_flip_with_the_entity(small):
    y, X, W = small
    fit = SpatialPanel(y, X, W, model="sar", random_effects=True).fit()
    sampler = resampler(fit, adjustment=None)
    at, weights = fit.estimate, fit.model.weights
    Z = np.column_stack([np.ones(len(y)), X])
    composite = y.to_numpy() - at.rho * weights.lag(y.to_numpy()) - Z @ at.b
    np.testing.assert_allclose(sampler.residuals.ravel(), composite, atol=1e-10)


@pytest.mark.parametrize(
    ("options", "match"),
    [({"weights": "normal"}, "weights='normal'"), ({"adjustment": "hc3"}, "adjustment='hc3'")],
)
def test_unknown_choices_are_named(small, options, match):
    with pytest.raises(SpatialPanelError, match=match):
        resampler(SpatialPanel(*small, model="slx").fit(), **options)


def test_random_effects_outside_a_spatial_error_are_refused(small):
    fit = SpatialPanel(*small, model="sem", random_effects=True).fit()
    with pytest.raises(SpatialPanelError, match="outside a spatial error"):
        resampler(fit)


# The bootstrap itself


def test_same_seed_same_samples_whatever_the_number_of_processes():
    fit = SpatialPanel(*on_a_ring(12, 6), model="sdm").fit()
    alone = bootstrap(fit, 120, seed=5)
    with parallel_config(backend="threading"):
        shared = bootstrap(fit, 120, seed=5, jobs=2)
    np.testing.assert_array_equal(alone.estimates, shared.estimates)
    np.testing.assert_array_equal(alone.errors, shared.errors)
    assert not np.array_equal(alone.estimates, bootstrap(fit, 120, seed=6).estimates)


def test_samples_and_intervals_follow_from_refits_by_hand():
    fit = SpatialPanel(*on_a_ring(12, 6), model="sdm").fit(COV)
    found = bootstrap(fit, 99, seed=4)
    sampler, statistics, effects = resampler(fit, adjustment="cr2"), [], []
    for seed in np.random.SeedSequence(4).spawn(99):
        data = sampler.draw(np.random.default_rng(seed))
        one = SpatialPanel.from_data(data, fit.model.weights, fit.model.spec).fit(COV)
        statistics.append((one.params - fit.params) / one.std_errors)
        effects.append(one.effects().loc["x1", ("total", "effect")])
    statistics = pd.DataFrame(statistics)
    reach = statistics.abs().quantile(0.9) * fit.std_errors
    interval = found.conf_int(0.9)
    np.testing.assert_allclose(interval["upper"], fit.params + reach)
    np.testing.assert_allclose(interval["lower"], fit.params - reach)
    tails = found.conf_int(0.9, kind="equal-tailed")
    np.testing.assert_allclose(
        tails["lower"], fit.params - statistics.quantile(0.95) * fit.std_errors
    )
    above = (statistics.abs() >= fit.tstats.abs()).sum()
    np.testing.assert_allclose(found.pvalues, (1 + above) / 100)
    table = found.effects()
    assert table.loc["x1", ("total", "std_error")] == pytest.approx(np.std(effects, ddof=1))
    pd.testing.assert_frame_equal(
        table.xs("effect", axis=1, level=1), fit.effects().xs("effect", axis=1, level=1)
    )


def test_intervals_and_pvalues_agree():
    found = bootstrap(SpatialPanel(*on_a_ring(12, 6), model="sdm").fit(), 199)
    for pvalue, bounds in [
        (found.pvalues, found.conf_int(0.9)),
        (found.effects(0.9)["total", "pvalue"], found.effects(0.9)["total"]),
    ]:
        without_zero = bounds["lower"] * bounds["upper"] > 0
        assert (without_zero == (pvalue <= 0.1)).all()


def test_its_errors_are_those_of_the_clustered_covariance_where_clusters_are_many():
    y, X, W = on_a_ring(100, 6, seed=8, k=1)
    fit = SpatialPanel(y, X, W, model="sdm").fit("clustered")
    found = bootstrap(fit, 399)
    ratio = found.std_errors / fit.std_errors
    assert ratio.between(0.85, 1.15).all(), ratio
    table, delta = found.effects(), fit.effects()
    for kind in ("direct", "indirect", "total"):
        ratio = table[kind, "std_error"] / delta[kind, "std_error"]
        assert ratio.between(0.85, 1.15).all(), kind


def test_samples_without_a_maximum_are_counted(bimodal):
    y, X, W = bimodal
    fit = SpatialPanel(y, X, W, model="sar", fixed_effects="none").fit()
    found = bootstrap(fit, 150)
    assert len(found.estimates) + found.failed == 150
    assert np.isfinite(found.estimates).all()


@pytest.mark.parametrize("null", ["rho", "x1", "W_x1"])
def test_the_null_is_the_model_without_the_parameter(null):
    y, X, W = on_a_ring(15, 6)
    restricted = _without(SpatialPanel(y, X, W, model="sdm"), null).fit()
    lag = pd.DataFrame(SpatialPanel(y, X, W).weights.lag(X.to_numpy()), X.index, ["W_x1", "W_x2"])
    by_hand = {
        "rho": lambda: SpatialPanel(y, X, W, model="slx"),
        "x1": lambda: SpatialPanel(y, lag[["W_x1"]].join(X[["x2"]]), W, model="sdm", lagged=["x2"]),
        "W_x1": lambda: SpatialPanel(y, X, W, model="sdm", lagged=["x2"]),
    }[null]().fit()
    pd.testing.assert_series_equal(restricted.params, by_hand.params)
    assert restricted.loglik == pytest.approx(by_hand.loglik)


@pytest.mark.parametrize(
    ("model", "parameter", "left"),
    [("sar", "rho", "ols"), ("sem", "lambda", "ols"), ("sdem", "lambda", "slx")],
)
def test_without_its_spatial_coefficient_a_model_is_a_regression(model, parameter, left):
    restricted = _without(SpatialPanel(*on_a_ring(12, 6), model=model), parameter)
    assert restricted.spec.model == left


def test_a_null_that_is_far_off_is_rejected_and_one_that_holds_is_not():
    y, X, W = on_a_ring(15, 6)
    noise = pd.Series(np.random.default_rng(7).normal(size=len(y)), y.index, name="noise")
    found = bootstrap(SpatialPanel(y, X.join(noise), W, model="sar").fit(), 199)
    assert found.null_pvalue("x1") == pytest.approx(1 / 200)
    assert found.null_pvalue("noise") > 0.05


@pytest.mark.parametrize("parameter", ["const", "lambda", "W_x3", "x9"])
def test_a_parameter_that_cannot_be_left_out_is_named(parameter):
    found = bootstrap(SpatialPanel(*on_a_ring(12, 6), model="sdm").fit(), 99)
    with pytest.raises(SpatialPanelError, match=f"parameter '{parameter}'"):
        found.null_pvalue(parameter)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda b: b.conf_int(95), "level=95"),
        (lambda b: b.effects(kind="percentile"), "kind='percentile'"),
    ],
)
def test_what_is_asked_of_it_is_checked(call, match):
    found = bootstrap(SpatialPanel(*on_a_ring(12, 6), model="slx").fit(), 99)
    with pytest.raises(SpatialPanelError, match=match):
        call(found)


def test_too_few_samples_are_refused():
    with pytest.raises(SpatialPanelError, match="draws=20"):
        bootstrap(SpatialPanel(*on_a_ring(12, 6), model="slx").fit(), 20)


@pytest.mark.filterwarnings("ignore:the likelihood has")
def test_tests_have_their_size_with_few_clusters():
    """One sample a replication serves the distribution (Giacomini, Politis and White 2013)."""
    y, X, W = on_a_ring(15, 5, k=1)
    model = SpatialPanel(y, X, W, model="sdm")
    n, t = model.data.shape
    rng = np.random.default_rng(20)
    # unequal variances, persistent errors
    scale = np.exp(0.5 * rng.normal(size=(n, 1)))
    statistics, samples = [], []
    for _ in range(500):
        e = rng.normal(size=(n, t)) + 0.8 * rng.normal(size=(n, 1)) * np.linspace(-1, 1, t)
        y = np.linalg.solve(np.eye(n) - 0.3 * W.to_numpy(), scale * e)
        data = replace(model.data, y=y.ravel())
        fit = model.from_data(data, model.weights, model.spec).fit(COV)
        drawn = resampler(fit, adjustment="cr2").draw(rng)
        again = model.from_data(drawn, model.weights, model.spec).fit(COV)
        truth = pd.Series([0, 0, 0.3], fit.names)
        statistics.append((fit.params - truth) / fit.std_errors)
        samples.append((again.params - fit.params) / again.std_errors)
    critical = pd.DataFrame(samples).abs().quantile(0.95)
    size = (pd.DataFrame(statistics).abs() > critical).mean()
    assert size.between(0.02, 0.08).all(), size

"""The wild cluster bootstrap of a spatial panel."""

import numpy as np
import pytest
from simulated import panel

from spillover import SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.bootstrap import resampler

MODELS = ("ols", "slx", "sar", "sem", "sdm", "sdem")


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
    """(I − H_gg)⁻¹e_g is y_g − Z_g b(−g), b(−g) estimated on the other entities' rows."""
    fit = SpatialPanel(*panel(n=9, t=5, seed=2), model="slx", fixed_effects="twoway").fit()
    Z, y = fit.model.design.Z, fit.model.design.y
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

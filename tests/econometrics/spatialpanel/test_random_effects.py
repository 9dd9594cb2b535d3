"""Random effects against likelihoods with the full covariance matrix, and their limits."""

import numpy as np
import pytest
from simulated import panel

from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError


@pytest.fixture(scope="module")
def mixed():
    """Entities with effects of their own, so that the variance of the effects is not zero."""
    return panel(n=14, t=5, seed=8)


def gaussian(y, Z, V):
    """Profile log-likelihood of y ~ N(Zb, σ²V), with b and σ²."""
    inverse = np.linalg.inv(V)
    b = np.linalg.solve(Z.T @ inverse @ Z, Z.T @ inverse @ y)
    e = y - Z @ b
    n = len(y)
    s2 = e @ inverse @ e / n
    _, size = np.linalg.slogdet(V)
    return -0.5 * (n * np.log(2 * np.pi * s2) + size + n), b, s2


def components(W, t, lam, kappa, inside):
    n = len(W)
    filtered = np.linalg.inv(np.eye(n) - lam * W)
    noise = filtered @ filtered.T
    effects = noise if inside else np.eye(n)
    return np.kron(noise, np.eye(t)) + kappa * np.kron(effects, np.ones((t, t)))


@pytest.mark.parametrize(("kind", "inside"), [(True, False), ("kkp", True)])
@pytest.mark.parametrize("model", ["sem", "sdem"])
def test_spatial_error_with_random_effects(mixed, kind, inside, model):
    y, X, W = mixed
    fit = SpatialPanel(y, X, W, model=model, random_effects=kind).fit()
    at, t = fit.estimate, 5
    big = np.kron(W.to_numpy(), np.eye(t))
    columns = [np.ones((len(y), 1)), X.to_numpy()]
    if model == "sdem":
        columns.append(big @ X.to_numpy())
    Z = np.column_stack(columns)
    kappa = (at.phi**-2 - 1) / t if inside else at.kappa
    height, b, s2 = gaussian(y.to_numpy(), Z, components(W.to_numpy(), t, at.rho, kappa, inside))
    assert fit.loglik == pytest.approx(height, abs=1e-7)
    assert at.b == pytest.approx(b, abs=1e-7)
    assert fit.sigma2 == pytest.approx(s2)
    for step in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
        V = components(W.to_numpy(), t, at.rho + step[0], kappa + step[1], inside)
        assert gaussian(y.to_numpy(), Z, V)[0] < fit.loglik


def test_information_of_effects_outside_the_error(mixed):
    """Wald and likelihood-ratio intervals of λ agree to second order."""
    y, X, W = mixed
    fit = SpatialPanel(y, X, W, model="sem", random_effects=True).fit()
    Z = np.column_stack([np.ones(len(y)), X])
    lam, kappa = fit.estimate.rho, fit.estimate.kappa

    def profile(value):
        grid = kappa * np.geomspace(0.5, 2, 81)
        return max(
            gaussian(y.to_numpy(), Z, components(W.to_numpy(), 5, value, k, False))[0] for k in grid
        )

    step = 0.2 * fit.std_errors["lambda"]
    curvature = (profile(lam + step) + profile(lam - step) - 2 * profile(lam)) / step**2
    assert fit.std_errors["lambda"] == pytest.approx((-curvature) ** -0.5, rel=0.02)


def test_no_variance_between_entities_gives_the_pooled_model():
    """Entities alike by construction: the estimate is φ = 1 and the pooled likelihood."""
    y, X, W = panel(n=14, t=5, seed=8)
    y, X = (v - v.groupby(level=0).transform("mean") for v in (y, X))
    random = SpatialPanel(y, X, W, model="sar", random_effects=True).fit()
    pooled = SpatialPanel(y, X, W, model="sar", fixed_effects="none").fit()
    assert random.params.to_numpy() == pytest.approx(pooled.params.to_numpy())
    assert random.loglik == pytest.approx(pooled.loglik)
    assert any("random effects is zero" in note for note in random.notes)


def test_huge_variance_between_entities_gives_fixed_effects():
    y, X, W = panel(n=14, t=5, seed=8)
    apart = y + 200.0 * np.asarray(y.index.codes[0])
    random = SpatialPanel(apart, X, W, model="ols", random_effects=True).fit()
    fixed = SpatialPanel(apart, X, W, model="ols", fixed_effects="entity").fit()
    slopes = ["x1", "x2"]
    assert random.params[slopes].to_numpy() == pytest.approx(
        fixed.params[slopes].to_numpy(), abs=1e-3
    )


def test_predicted_effects_shrink_the_fixed_ones(mixed):
    y, X, W = mixed
    fit = SpatialPanel(y, X, W, model="ols", random_effects=True).fit()
    rest = (y - fit.params["const"] - X @ fit.params[["x1", "x2"]]).groupby(level=0).mean()
    kappa = (fit.estimate.phi**-2 - 1) / 5
    shrunk = 5 * kappa / (1 + 5 * kappa) * rest
    centred = shrunk - shrunk.mean() * 0
    assert fit.entity_effects.to_numpy() == pytest.approx(centred.to_numpy(), abs=1e-9)


def test_covariances_of_effects_outside_the_error(mixed):
    model = SpatialPanel(*mixed, model="sem", random_effects=True)
    with pytest.raises(SpatialPanelError, match="kkp"):
        model.fit("robust")


@pytest.mark.parametrize("model", ["ols", "sar", "sdm"])
def test_expected_and_robust_are_of_the_size_of_the_observed(mixed, model):
    fits = SpatialPanel(*mixed, model=model, random_effects=True)
    observed = fits.fit("observed").std_errors
    for cov_type in ("expected", "robust", "cr2", "cr3"):
        ratio = fits.fit(cov_type).std_errors / observed
        assert ((ratio > 0.2) & (ratio < 5)).all()


def test_time_effects_beside_random_ones(mixed):
    y, X, W = mixed
    fit = SpatialPanel(y, X, W, random_effects=True, fixed_effects="time").fit()
    assert "const" not in fit.params
    assert "time" in str(fit.summary)
    shifted = y + 3.0 * np.asarray(y.index.codes[1]) ** 2
    again = SpatialPanel(shifted, X, W, random_effects=True, fixed_effects="time").fit()
    assert again.params.to_numpy() == pytest.approx(fit.params.to_numpy(), abs=1e-7)

"""Score and information against numerical derivatives of log-likelihoods written out in full.

The log-likelihoods here use the raw definition with N·T × N·T matrices, nothing of the package.
"""

import numpy as np
import pytest

from spillover.econometrics.spatialpanel import SpatialPanel
from spillover.econometrics.spatialpanel.covariance import information, scores


def dummies(n, t, effects):
    parts = [np.zeros((n * t, 0))]
    if effects in ("entity", "twoway"):
        parts.append(np.kron(np.eye(n), np.ones((t, 1))))
    if effects in ("time", "twoway"):
        parts.append(np.kron(np.ones((n, 1)), np.eye(t)))
    return np.column_stack(parts)


def within(v, n, t, effects):
    D = dummies(n, t, effects)
    return v - D @ np.linalg.lstsq(D, v)[0] if D.shape[1] else v


def loglikelihood(panel, model, effects):
    """lnL(b, ρ, σ²) of a spatial panel with dummies projected out, entity-major."""
    y, X, W = panel
    n, t = len(W), len(y.index.unique(1))
    big = np.kron(W.to_numpy(), np.eye(t))
    Z = X.to_numpy()
    if model in ("sdm", "sdem"):
        Z = np.column_stack([Z, big @ Z])
    if effects == "none":
        Z = np.column_stack([np.ones(n * t), Z])

    def value(params):
        b, rho, s2 = params[:-2], params[-2], params[-1]
        if model in ("sar", "sdm"):
            e = y.to_numpy() - rho * big @ y.to_numpy() - Z @ b
        else:
            u = y.to_numpy() - Z @ b
            e = u - rho * big @ u
        e = within(e, n, t, effects)
        log_determinant = t * np.linalg.slogdet(np.eye(n) - rho * W.to_numpy())[1]
        return -n * t / 2 * np.log(2 * np.pi * s2) + log_determinant - e @ e / (2 * s2)

    return value


def gradient(f, x, step):
    moves = np.diag(step)
    return np.array([(f(x + d) - f(x - d)) / (2 * d.sum()) for d in moves])


def hessian(f, x, step):
    def once(h):
        moves = np.diag(h)
        rows = [
            [
                (f(x + a + b) - f(x + a - b) - f(x - a + b) + f(x - a - b))
                / (4 * a.sum() * b.sum())
                for a in moves
            ]
            for b in moves
        ]
        return np.array(rows)

    return (4 * once(step / 2) - once(step)) / 3


CASES = [(m, e) for m in ("sar", "sem", "sdm", "sdem") for e in ("none", "entity", "twoway")]


@pytest.mark.parametrize(("model", "effects"), CASES)
@pytest.mark.parametrize("weights", ["small", "unstandardised"])
def test_observed_information(request, weights, model, effects):
    panel = request.getfixturevalue(weights)
    model_of = SpatialPanel(*panel, model=model, fixed_effects=effects, correction=None)
    fit = model_of.fit("observed")
    f = loglikelihood(panel, model, effects)
    point = np.append(fit.estimate.theta, fit.sigma2)
    assert f(point) == pytest.approx(fit.loglik, abs=1e-8)
    errors = np.sqrt(np.diag(fit.cov_full))
    slope = gradient(f, point, 1e-3 * errors)
    assert slope * errors == pytest.approx(np.zeros(len(point)), abs=1e-5)
    numeric = -hessian(f, point, 0.05 * errors)
    exact = np.linalg.inv(fit.cov_full)
    scale = np.outer(errors, errors)
    assert numeric * scale == pytest.approx(exact * scale, abs=2e-5)


@pytest.mark.parametrize("model", ["sar", "sem", "sdm", "sdem"])
def test_scores_of_rows_are_derivatives(small, model):
    """Summed over an entity's rows they are the derivative, but for where tr(G) is booked."""
    fit = SpatialPanel(*small, model=model, fixed_effects="entity").fit()
    m = fit.model
    f = loglikelihood(small, model, "entity")
    point = np.append(fit.estimate.theta, fit.sigma2)
    rows = scores(m.design, fit.estimate)
    errors = np.sqrt(np.diag(fit.cov_full))
    assert rows.sum(axis=0) * errors == pytest.approx(np.zeros(len(point)), abs=1e-7)
    # away from the maximum the sums must follow the gradient too
    from dataclasses import replace

    away = replace(
        fit.estimate,
        b=fit.estimate.b + 0.3 * errors[:-2],
        rho=fit.estimate.rho - 0.3 * errors[-2],
        sigma2=fit.sigma2 * 1.2,
    )
    rows = scores(m.design, away)
    slope = gradient(f, np.append(away.theta, away.sigma2), 1e-3 * errors)
    assert rows.sum(axis=0) == pytest.approx(slope, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("model", ["sar", "sem", "sdm", "sdem"])
def test_expected_information_is_the_mean_of_the_observed(small, model):
    """Over draws of ε at fixed parameters, by simulation with a small standard error."""
    y, X, W = small
    fit = SpatialPanel(y, X, W, model=model, fixed_effects="none").fit("expected")
    n, t = len(W), len(y.index.unique(1))
    at, m = fit.estimate, fit.model
    S = np.linalg.inv(np.eye(n) - at.rho * W.to_numpy())
    Z = m.design.Z
    rng = np.random.default_rng(1)
    draws = []
    for _ in range(400):
        e = np.sqrt(at.sigma2) * rng.normal(size=(n, t))
        signal = (Z @ at.b).reshape(n, t)
        drawn = S @ (signal + e) if model in ("sar", "sdm") else signal + S @ e
        other = SpatialPanel(y * 0 + drawn.ravel(), X, W, model=model, fixed_effects="none")
        draws.append(information(other.design, at))
    mean, error = np.mean(draws, axis=0), np.std(draws, axis=0) / np.sqrt(len(draws))
    exact = np.linalg.inv(fit.cov_full)
    assert (np.abs(mean - exact) <= 4.5 * error + 1e-6 * np.abs(exact).max()).all()


@pytest.mark.parametrize("model", ["slx", "sar", "sdm"])
@pytest.mark.parametrize("effects", [{}, {"fixed_effects": "time"}])
def test_random_effects_likelihood_and_information(small, model, effects):
    """Against the Gaussian likelihood with the full covariance of y."""
    y, X, W = small
    fit = SpatialPanel(y, X, W, model=model, random_effects=True, **effects).fit()
    n, t = len(W), len(y.index.unique(1))
    at = fit.estimate
    big = np.kron(W.to_numpy(), np.eye(t))
    Z = X.to_numpy() if model == "sar" else np.column_stack([X, big @ X])
    time = within(np.eye(n * t), n, t, "time") if effects else np.eye(n * t)
    if not effects:
        Z = np.column_stack([np.ones(n * t), Z])
    spatial = model != "slx"

    def f(params):
        b, (s2, phi) = params[: Z.shape[1]], params[-2:]
        rho = params[Z.shape[1]] if spatial else 0.0
        ratio = (phi**-2 - 1) / t
        V = s2 * (np.eye(n * t) + ratio * np.kron(np.eye(n), np.ones((t, t))))
        e = time @ (y.to_numpy() - rho * big @ y.to_numpy() - Z @ b)
        jacobian = t * np.linalg.slogdet(np.eye(n) - rho * W.to_numpy())[1]
        _, size = np.linalg.slogdet(V)
        return jacobian - 0.5 * (n * t * np.log(2 * np.pi) + size + e @ np.linalg.solve(V, e))

    point = np.concatenate([at.theta, [at.sigma2, at.phi]])
    assert f(point) == pytest.approx(fit.loglik, abs=1e-8)
    errors = np.sqrt(np.diag(fit.cov_full))
    assert gradient(f, point, 1e-3 * errors) * errors == pytest.approx(
        np.zeros(len(point)), abs=1e-5
    )
    numeric = -hessian(f, point, 0.04 * errors)
    scale = np.outer(errors, errors)
    exact = np.linalg.inv(fit.cov_full)
    assert numeric * scale == pytest.approx(exact * scale, abs=2e-5)

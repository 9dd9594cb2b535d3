"""Models that must coincide: each test names two roads to one number."""

import numpy as np
import pandas as pd
import pytest
from classic_panels import public_capital
from libpysal.graph import Graph
from linearmodels.panel import PanelOLS, PooledOLS

from spillover.econometrics.spatialpanel import SmallSampleWarning, SpatialPanel, SpatialWeights

EFFECTS = ["none", "entity", "time", "twoway"]
MODELS = ["ols", "slx", "sar", "sem", "sdm", "sdem"]


def lagged(X, W):
    n = len(W)
    values = W.to_numpy() @ X.to_numpy().reshape(n, -1)
    return pd.DataFrame(values.reshape(X.shape), X.index, X.columns).add_prefix("W_")


@pytest.mark.parametrize("effects", EFFECTS)
def test_durbin_in_x_alone_is_least_squares_of_linearmodels(small, effects):
    y, X, W = small
    fit = SpatialPanel(y, X, W, model="slx", fixed_effects=effects, correction=None).fit()
    Z = pd.concat([X, lagged(X, W)], axis=1)
    if effects == "none":
        other = PooledOLS(y, Z.assign(const=1.0)).fit(debiased=False)
    else:
        other = PanelOLS(
            y,
            Z,
            entity_effects=effects in ("entity", "twoway"),
            time_effects=effects in ("time", "twoway"),
        ).fit(debiased=False, auto_df=False, count_effects=False)
    assert fit.params.to_numpy() == pytest.approx(other.params[fit.params.index].to_numpy())
    assert fit.std_errors.to_numpy() == pytest.approx(other.std_errors[fit.params.index].to_numpy())
    assert fit.resids.to_numpy() == pytest.approx(other.resids.to_numpy())
    assert fit.loglik == pytest.approx(other.loglik)


@pytest.mark.parametrize("effects", ["entity", "twoway"])
def test_clustered_and_driscoll_kraay_errors_are_those_of_linearmodels(small, effects):
    y, X, W = small
    model = SpatialPanel(y, X, W, model="ols", fixed_effects=effects)
    other = PanelOLS(y, X, entity_effects=True, time_effects=effects == "twoway")
    options = {"debiased": False, "auto_df": False, "count_effects": False}
    robust = other.fit(cov_type="clustered", cluster_entity=True, group_debias=False, **options)
    plain = model.fit("robust", small_sample=False)
    assert plain.cov.to_numpy() == pytest.approx(robust.cov.to_numpy())
    kernel = other.fit(cov_type="kernel", kernel="bartlett", bandwidth=2, **options)
    with pytest.warns(SmallSampleWarning, match="the panel has"):
        found = model.fit("driscoll-kraay", bandwidth=2)
    assert found.cov.to_numpy() == pytest.approx(kernel.cov.to_numpy())


@pytest.mark.parametrize("model", ["sar", "sem", "sdm", "sdem"])
@pytest.mark.parametrize("effects", ["none", "entity"])
def test_order_of_lag_and_demeaning_matters_only_with_time_effects(small, model, effects):
    y, X, W = small
    early = SpatialPanel(y, X, W, model=model, fixed_effects=effects).fit()
    late = SpatialPanel(y, X, W, model=model, fixed_effects=effects, lag_after_demeaning=True).fit()
    assert late.params.to_numpy() == pytest.approx(early.params.to_numpy(), abs=1e-9)
    assert late.cov.to_numpy() == pytest.approx(early.cov.to_numpy(), abs=1e-9)


def test_order_of_lag_and_demeaning_matters_with_time_effects(small):
    early = SpatialPanel(*small).fit()
    late = SpatialPanel(*small, lag_after_demeaning=True).fit()
    assert abs(early.params["rho"] - late.params["rho"]) > 1e-4


@pytest.mark.parametrize("effects", EFFECTS)
def test_durbin_with_common_factor_is_the_error_model(small, effects):
    """Within θ = −ρβ (and −ρ times the constant) the Durbin likelihood is the SEM's."""
    y, X, W = small
    error = SpatialPanel(y, X, W, model="sem", fixed_effects=effects, correction=None)
    durbin = SpatialPanel(y, X, W, model="sdm", fixed_effects=effects, correction=None)
    fit = error.fit()
    lam, b = fit.params["lambda"], fit.estimate.b
    k = X.shape[1]
    const = b[:-k] * (1 - lam)
    restricted = np.concatenate([const, b[-k:], -lam * b[-k:]])
    d = durbin.design
    e = d.y - lam * d.lag_y - d.Z @ restricted
    nt = len(e)
    loglik = -nt / 2 * (np.log(2 * np.pi) + 1 + np.log(e @ e / nt))
    loglik += len(X.index.unique(1)) * np.linalg.slogdet(np.eye(len(W)) - lam * W)[1]
    assert fit.loglik == pytest.approx(loglik, abs=1e-8)
    assert durbin.fit().loglik >= fit.loglik


def test_partial_durbin_without_lags_is_the_lag_model(small):
    y, X, W = small
    durbin = SpatialPanel(y, X, W, model="sdm", lagged=[]).fit()
    lag = SpatialPanel(y, X, W, model="sar").fit()
    assert durbin.params.to_numpy() == pytest.approx(lag.params.to_numpy())
    assert durbin.effects().to_numpy() == pytest.approx(lag.effects().to_numpy())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("effects", EFFECTS)
def test_permuted_units_give_permuted_results(small, model, effects, rng):
    y, X, W = small
    names = list(rng.permutation(W.index))
    order = pd.MultiIndex.from_product([names, y.index.unique(1)], names=y.index.names)
    shuffled = rng.permutation(W.index)
    one = SpatialPanel(y, X, W, model=model, fixed_effects=effects).fit()
    other = SpatialPanel(
        y.loc[order],
        X.loc[order],
        W.loc[shuffled, shuffled],
        model=model,
        fixed_effects=effects,
    ).fit()
    assert other.params.to_numpy() == pytest.approx(one.params.to_numpy(), abs=1e-9)
    assert other.cov.to_numpy() == pytest.approx(one.cov.to_numpy(), abs=1e-9)
    assert other.resids.loc[y.index].to_numpy() == pytest.approx(one.resids.to_numpy(), abs=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_rescaled_regressor_rescales_its_coefficients(small, model):
    y, X, W = small
    one = SpatialPanel(y, X, W, model=model).fit()
    other = SpatialPanel(y, X.assign(x1=X["x1"] * 1e6), W, model=model).fit()
    back = other.params.copy()
    back[back.index.isin(["x1", "W_x1"])] *= 1e6
    assert back.to_numpy() == pytest.approx(one.params.to_numpy(), rel=1e-8)
    assert other.loglik == pytest.approx(one.loglik)
    effects, again = one.effects(), other.effects()
    assert again["total"]["effect"]["x1"] * 1e6 == pytest.approx(effects["total"]["effect"]["x1"])
    assert again["indirect"]["pvalue"].to_numpy() == pytest.approx(
        effects["indirect"]["pvalue"].to_numpy(), rel=1e-6, nan_ok=True
    )


def test_rescaled_outcome_leaves_the_spatial_coefficient(small):
    y, X, W = small
    one, other = SpatialPanel(y, X, W).fit(), SpatialPanel(1000 * y, X, W).fit()
    assert other.params["rho"] == pytest.approx(one.params["rho"])
    assert other.params["x1"] == pytest.approx(1000 * one.params["x1"])
    assert other.sigma2 == pytest.approx(1e6 * one.sigma2)


def test_graph_frame_and_prepared_weights_are_one(small):
    y, X, W = small
    stacked = W.stack()
    graph = Graph(stacked[stacked > 0].rename_axis(["focal", "neighbor"]).rename("weight"))
    fits = [SpatialPanel(y, X, form).fit() for form in (W, graph, SpatialWeights(W))]
    for fit in fits[1:]:
        assert fit.params.to_numpy() == pytest.approx(fits[0].params.to_numpy(), abs=1e-11)


def test_scaled_weights_scale_the_spatial_coefficient(small):
    """W and cW describe one model, with ρ and ρ/c: nothing may rest on row sums of one."""
    y, X, W = small
    one = SpatialPanel(y, X, W, correction=None).fit()
    other = SpatialPanel(y, X, 0.25 * W, correction=None).fit()
    assert other.params["rho"] == pytest.approx(4 * one.params["rho"])
    assert other.params["rho"] < -1
    assert other.loglik == pytest.approx(one.loglik)
    assert other.effects().to_numpy() == pytest.approx(one.effects().to_numpy(), rel=1e-6)


def test_transformation_of_entity_effects_keeps_the_point_estimates(small):
    """Lee and Yu: with entity effects only σ² and the errors change, by T/(T−1)."""
    y, X, W = small
    plain = SpatialPanel(y, X, W, fixed_effects="entity").fit()
    t = len(y.index.unique(1))
    for correction in ("lee-yu", "transformation"):
        fit = SpatialPanel(y, X, W, fixed_effects="entity", correction=correction).fit()
        assert fit.params.to_numpy() == pytest.approx(plain.params.to_numpy())
        assert fit.sigma2 == pytest.approx(plain.sigma2 * t / (t - 1))


def test_bias_correction_approaches_the_transformation():
    y, X, W = public_capital()
    gaps = {}
    for effects in ("time", "twoway"):
        rho = {
            c: SpatialPanel(y, X, W, fixed_effects=effects, correction=c).fit().params["rho"]
            for c in (None, "lee-yu", "transformation")
        }
        gaps[effects] = [abs(rho[c] - rho["transformation"]) for c in ("lee-yu", None)]
    for corrected, uncorrected in gaps.values():
        assert corrected < 0.3 * uncorrected


@pytest.mark.parametrize("model", ["sar", "sdm", "sem"])
@pytest.mark.parametrize("effects", ["time", "twoway"])
def test_transformed_likelihood_by_an_explicit_basis(small, model, effects):
    """Data projected on orthonormal bases of the complements of the effects, W* = F′WF."""
    y, X, W = small
    fit = SpatialPanel(
        y, X, W, model=model, fixed_effects=effects, correction="transformation"
    ).fit()
    n, t = len(W), len(y.index.unique(1))
    F = np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]
    H = np.linalg.svd(np.eye(t) - 1 / t)[0][:, : t - 1] if effects == "twoway" else np.eye(t)
    Ws = F.T @ W.to_numpy() @ F

    def moved(v):
        return F.T @ v.to_numpy().reshape(n, t) @ H

    ys, columns = moved(y), [moved(X[c]) for c in X]
    if model == "sdm":
        columns += [F.T @ (W.to_numpy() @ X[c].to_numpy().reshape(n, t)) @ H for c in X]
    m, periods = ys.size, H.shape[1]

    def loglik(r):
        filtered = [c - r * Ws @ c for c in columns] if model == "sem" else columns
        Z = np.column_stack([c.ravel() for c in filtered])
        e = (ys - r * Ws @ ys).ravel()
        e = e - Z @ np.linalg.lstsq(Z, e)[0]
        height = -m / 2 * (np.log(2 * np.pi) + 1 + np.log(e @ e / m))
        return height + periods * np.linalg.slogdet(np.eye(n - 1) - r * Ws)[1]

    rho = fit.estimate.rho
    assert fit.loglik == pytest.approx(loglik(rho), abs=1e-8)
    assert loglik(rho) >= max(loglik(rho - 1e-4), loglik(rho + 1e-4))
    step = 0.1 * fit.std_errors.iloc[-1]
    curvature = (loglik(rho + step) + loglik(rho - step) - 2 * loglik(rho)) / step**2
    assert fit.std_errors.iloc[-1] == pytest.approx((-curvature) ** -0.5, rel=5e-3)

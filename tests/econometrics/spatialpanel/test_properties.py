"""Properties that hold for every panel and every W, on panels drawn by hypothesis."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated import links

from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError

SETTINGS = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
MODELS = st.sampled_from(["ols", "slx", "sar", "sem", "sdm", "sdem"])
EFFECTS = st.sampled_from(["none", "entity", "time", "twoway"])
pytestmark = pytest.mark.filterwarnings(
    "ignore::spillover.econometrics.spatialpanel.LikelihoodWarning"
)


@st.composite
def panels(draw):
    """Balanced panels of any scale, with weights of any scale and asymmetry."""
    n, t = draw(st.integers(6, 12)), draw(st.integers(3, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    raw = links(n, int(rng.integers(1000)))
    if draw(st.booleans()):
        raw = raw + raw.T
    W = raw / raw.sum(axis=1, keepdims=True) if draw(st.booleans()) else raw
    scale = 10.0 ** draw(st.integers(-4, 4))
    names = [f"e{i}" for i in range(n)]
    index = pd.MultiIndex.from_product([names, range(t)])
    x = rng.normal(size=(n * t, 2)) * [1.0, scale]
    y = x @ [1.0, 1 / scale] + rng.normal(size=n * t) + rng.normal()
    return (
        pd.Series(y, index, name="y"),
        pd.DataFrame(x, index, columns=["a", "b"]),
        pd.DataFrame(W, names, names),
    )


def fitted(panel, **options):
    """A fit, or None where the draw has no interior maximum (which must be said)."""
    try:
        return SpatialPanel(*panel, **options).fit()
    except SpatialPanelError as fault:
        if "edge" in str(fault) or "positive definite" in str(fault):
            return None
        raise


@SETTINGS
@given(panels(), MODELS, EFFECTS)
def test_maximum_is_inside_and_nothing_nearby_is_higher(panel, model, effects):
    fit = fitted(panel, model=model, fixed_effects=effects)
    if fit is None or fit.estimate.rho is None:
        return
    low, high = fit.model.weights.interval
    rho = fit.estimate.rho
    assert low < rho < high
    design, T = fit.model.design, fit.model.data.shape[1]
    n = fit.nobs

    def height(r):
        y, Z = design.y - r * design.lag_y, design.Z
        if design.lag_Z is not None:
            Z = Z - r * design.lag_Z
        e = y - Z @ np.linalg.lstsq(Z, y)[0]
        logdet = np.linalg.slogdet(np.eye(len(panel[2])) - r * panel[2].to_numpy())[1]
        return -n / 2 * (np.log(2 * np.pi) + 1 + np.log(e @ e / n)) + T * logdet

    assert height(rho) == pytest.approx(fit.loglik, rel=1e-9, abs=1e-7)
    for r in np.linspace(low, high, 41)[1:-1]:
        assert height(r) <= fit.loglik + 1e-6


@SETTINGS
@given(panels(), MODELS, EFFECTS, st.integers(0, 1000))
def test_order_of_entities_does_not_matter(panel, model, effects, seed):
    y, X, W = panel
    one = fitted(panel, model=model, fixed_effects=effects)
    names = list(np.random.default_rng(seed).permutation(W.index))
    order = pd.MultiIndex.from_product([names, y.index.unique(1)])
    other = fitted((y.loc[order], X.loc[order], W), model=model, fixed_effects=effects)
    if one is None or other is None:
        assert one is other
        return
    size = np.abs(one.std_errors.to_numpy())
    assert (np.abs(other.params - one.params).to_numpy() <= 1e-5 * size).all()
    assert other.loglik == pytest.approx(one.loglik, abs=1e-7)


@SETTINGS
@given(panels(), MODELS, EFFECTS, st.integers(-3, 3), st.integers(-3, 3))
def test_units_of_measurement_do_not_matter(panel, model, effects, of_y, of_x):
    y, X, W = panel
    one = fitted(panel, model=model, fixed_effects=effects)
    factor_y, factor_x = 10.0**of_y, 10.0**of_x
    scaled = (y * factor_y, X.assign(a=X["a"] * factor_x), W)
    other = fitted(scaled, model=model, fixed_effects=effects)
    if one is None or other is None:
        assert one is other
        return
    t, again = one.tstats.drop("const", errors="ignore"), other.tstats
    assert again[t.index].to_numpy() == pytest.approx(t.to_numpy(), rel=1e-4, abs=1e-4)
    assert other.loglik == pytest.approx(one.loglik - one.estimate.n * np.log(factor_y), abs=1e-5)


@SETTINGS
@given(panels(), st.sampled_from(["sar", "sdm"]), EFFECTS)
def test_averages_are_those_of_the_matrix(panel, model, effects):
    fit = fitted(panel, model=model, fixed_effects=effects)
    if fit is None:
        return
    for name in ("a", "b"):
        matrix = fit.effects_matrix(name).to_numpy()
        row = fit.effects().loc[name]
        n = len(matrix)
        assert row["direct", "effect"] == pytest.approx(np.trace(matrix) / n, rel=1e-7)
        assert row["total", "effect"] == pytest.approx(matrix.sum() / n, rel=1e-7)
        assert row["indirect", "effect"] == pytest.approx(
            (matrix.sum() - np.trace(matrix)) / n, rel=1e-6, abs=1e-9
        )


@SETTINGS
@given(panels(), st.sampled_from(["sar", "sem", "sdm", "sdem"]))
def test_demeaning_first_or_last_is_one_with_entity_effects(panel, model):
    options = {"model": model, "fixed_effects": "entity"}
    one = fitted(panel, **options)
    other = fitted(panel, lag_after_demeaning=True, **options)
    if one is None or other is None:
        assert one is other
        return
    assert other.loglik == pytest.approx(one.loglik, abs=1e-8)
    assert other.estimate.rho == pytest.approx(one.estimate.rho, abs=1e-6)


@SETTINGS
@given(panels(), EFFECTS)
def test_larger_models_fit_better(panel, effects):
    heights = {}
    for model in ("ols", "slx", "sar", "sem", "sdm", "sdem"):
        fit = fitted(panel, model=model, fixed_effects=effects)
        if fit is not None:
            heights[model] = fit.loglik
    for small, large in (
        ("ols", "slx"),
        ("ols", "sar"),
        ("slx", "sdm"),
        ("sar", "sdm"),
        ("sem", "sdem"),
        ("slx", "sdem"),
    ):
        if small in heights and large in heights:
            assert heights[small] <= heights[large] + 1e-7

"""Sparse factorisation against eigenvalues: the two ways to ln|I − ρW| must agree."""

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from scipy import sparse
from scipy.spatial import cKDTree

from spillover.econometrics.spatialpanel import SpatialPanel, SpatialWeights
from spillover.econometrics.spatialpanel.determinant import Factored, Spectral
from spillover.econometrics.spatialpanel.weights import eigenvalues, symmetrised


def nearest(n, k, seed, both_ways):
    points = np.random.default_rng(seed).random((n, 2))
    _, found = cKDTree(points).query(points, k + 1)
    links = sparse.csr_array(
        (np.ones(n * k), (np.repeat(np.arange(n), k), found[:, 1:].ravel())), shape=(n, n)
    )
    if both_ways:
        links = sparse.csr_array(links + links.T).astype(bool).astype(float)
    return links


def graph(links, standardise=True):
    coo = links.tocoo()
    made = Graph.from_arrays(coo.row, coo.col, coo.data)
    return made.transform("r") if standardise else made


CASES = {
    "symmetric links, standardised": (True, True),
    "nearest neighbours, standardised": (False, True),
    "symmetric links, as they are": (True, False),
}


def panel_of(W, seed=0, t=4):
    """A two-way SDM on the entities of W."""
    rng = np.random.default_rng(seed)
    n = W.shape[0]
    x = rng.normal(size=(n, t))
    rho = 0.4 / abs(W.sum(axis=1)).max()
    right = x + 0.3 * (W @ x) + rng.normal(size=(n, t))
    y = np.linalg.solve(np.eye(n) - rho * W.toarray(), right)
    index = pd.MultiIndex.from_product([range(n), range(t)])
    return pd.Series(y.ravel(), index, name="y"), pd.DataFrame({"x": x.ravel()}, index)


@pytest.mark.parametrize("case", CASES)
def test_sparse_and_dense_agree(case):
    both, standardise = CASES[case]
    G = graph(nearest(300, 5, 1, both), standardise)
    W = sparse.csr_array(G.sparse)
    y, X = panel_of(W)
    large = SpatialWeights(G)
    assert isinstance(large.log_determinant, Factored)
    fit = SpatialPanel(y, X, large).fit()
    exact = Spectral(np.linalg.eigvals(W.toarray()))
    low, high = fit.model.weights.interval
    assert high == pytest.approx(exact.interval[1], rel=1e-8)
    if both:
        assert low == pytest.approx(exact.interval[0], rel=1e-6)
    else:
        assert exact.interval[0] <= low
        assert any("searched down to" in note for note in fit.notes)
    rho = fit.params["rho"]
    logdet = large.log_determinant
    assert abs(logdet.value(rho) - exact.value(rho)) <= max(logdet.error, 1e-10)
    assert logdet.trace(rho) == pytest.approx(exact.trace(rho), rel=1e-7)
    assert logdet.trace_square(rho) == pytest.approx(exact.trace_square(rho), rel=1e-6)
    small = SpatialWeights(G)
    small.__dict__["log_determinant"] = exact
    same = SpatialPanel(y, X, small).fit()
    assert fit.params.to_numpy() == pytest.approx(same.params.to_numpy(), abs=1e-8)
    assert fit.std_errors.to_numpy() == pytest.approx(same.std_errors.to_numpy(), rel=1e-6)
    assert fit.effects().to_numpy() == pytest.approx(same.effects().to_numpy(), rel=1e-5)


@pytest.mark.parametrize("model", ["sar", "sem", "sdem"])
def test_expected_information_of_large_weights(model):
    """Traces of G′G are exact up to 1,500 entities."""
    G = graph(nearest(300, 5, 1, True))
    y, X = panel_of(sparse.csr_array(G.sparse))
    dense = pd.DataFrame(sparse.csr_array(G.sparse).toarray(), G.unique_ids, G.unique_ids)
    fit = SpatialPanel(y, X, G, model=model).fit("expected")
    rho = fit.estimate.rho
    inverse = np.linalg.inv(np.eye(300) - rho * dense.to_numpy())
    cross = np.square(dense.to_numpy() @ inverse).sum()
    assert fit.model.weights.trace_cross(rho).value == pytest.approx(cross)


def test_trace_by_random_signs_tells_its_error():
    G = graph(nearest(1600, 5, 1, True))
    weights = SpatialWeights(G)
    found = weights.trace_cross(0.4)
    dense = weights.matrix.toarray()
    exact = np.square(dense @ np.linalg.inv(np.eye(1600) - 0.4 * dense)).sum()
    assert 0 < found.std_error < 0.02 * exact
    assert abs(found.value - exact) < 4 * found.std_error


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.05, 0.6, 0.95, 0.99])
def test_log_determinant_all_along_the_interval(rho):
    W = SpatialWeights(graph(nearest(400, 6, 2, True)))
    exact = Spectral(eigenvalues(W.matrix))
    found = W.log_determinant
    assert abs(found.value(rho) - exact.value(rho)) <= found.error
    assert found.error < 1e-4
    assert found.trace(rho) == pytest.approx(exact.trace(rho), rel=1e-6, abs=1e-6)


def test_spline_of_the_search_is_near_enough():
    W = SpatialWeights(graph(nearest(400, 6, 2, True)))
    exact = Spectral(eigenvalues(W.matrix))
    grid = W.log_determinant.grid
    off = [abs(a - exact.value(r)) for a, r in zip(W.log_determinant.on_grid, grid, strict=True)]
    assert max(off) < 0.03 * abs(exact.value(grid[-1]))


def test_symmetric_twin_has_the_same_eigenvalues():
    rng = np.random.default_rng(3)
    raw = rng.random((40, 40)) * (rng.random((40, 40)) < 0.2)
    raw = raw + raw.T
    raw[:20, 20:] = raw[20:, :20] = 0
    np.fill_diagonal(raw, 0)
    raw[0, 1] = raw[1, 0] = raw[20, 21] = raw[21, 20] = 1
    W = sparse.csr_array(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-9))
    twin = symmetrised(W)
    assert twin is not None
    assert np.abs((twin - twin.T).toarray()).max() < 1e-12
    found = np.linalg.eigvalsh(twin.toarray())
    assert found == pytest.approx(np.sort(np.linalg.eigvals(W.toarray()).real), abs=1e-10)


def test_no_symmetric_twin_of_nearest_neighbours():
    assert symmetrised(nearest(50, 4, 0, both_ways=False)) is None


def test_cyclic_weights_have_no_symmetric_twin():
    """Pattern symmetric, but the product of weights around the circle depends on direction."""
    W = np.array([[0, 2.0, 1], [1, 0, 2], [2, 1, 0]])
    assert symmetrised(sparse.csr_array(W)) is None


def test_weights_are_prepared_once_for_the_same_content(small):
    _, _, W = small
    one, again, other = (SpatialWeights.of(w) for w in (W, W.copy(), W * 0.5))
    assert one is again
    assert one is not other
    SpatialWeights.forget()
    assert SpatialWeights.of(W) is not one


def test_changed_frame_is_another_matrix(small):
    """A frame can be changed in place: its content counts, not its identity."""
    y, X, W = small
    W = W.copy()
    first = SpatialPanel(y, X, W).fit().params["rho"]
    W.iloc[0] = np.roll(W.iloc[0].to_numpy(), 0)
    W.iloc[1, [0, 2]] += [0.3, 0.0]
    second = SpatialPanel(y, X, W).fit().params["rho"]
    assert first != second


def test_no_dense_matrix_for_many_entities(monkeypatch):
    G = graph(nearest(3000, 5, 1, True))
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([range(3000), range(3)])
    y = pd.Series(rng.normal(size=9000), index, name="y")
    X = pd.DataFrame({"x": rng.normal(size=9000)}, index)

    def refuse(*args, **kwargs):
        raise AssertionError("a dense N × N array was made")

    monkeypatch.setattr(sparse.csr_array, "toarray", refuse)
    monkeypatch.setattr(sparse.csc_array, "toarray", refuse)
    fit = SpatialPanel(y, X, G).fit()
    assert np.isfinite(fit.effects().to_numpy()).all()
    assert np.isfinite(SpatialPanel(y, X, G, model="sem").fit("robust").std_errors).all()

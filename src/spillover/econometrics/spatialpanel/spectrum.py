"""Eigenvalues of W, all of them or the two that bound ρ.

It uses that a row-standardised symmetric matrix has a symmetric twin; it knows no data.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.sparse.linalg import ArpackNoConvergence, eigs, eigsh

Array = NDArray[np.float64]


# below this size the search for a symmetric twin takes longer than it saves
TWIN_FROM = 100


def symmetrised(matrix: sparse.csr_array) -> sparse.csr_array | None:
    """D^½ W D^(−½), symmetric, for the diagonal D that makes DW symmetric; None if there is none.

    A symmetric matrix that was row-standardised has such a D, its former row sums, and so has
    real eigenvalues (Ord 1975). D is found by walking along the links, then verified.
    """
    pattern = matrix.astype(bool)
    if (pattern != pattern.T).nnz:
        return None
    transpose = sparse.csr_array(matrix.T)
    transpose.sort_indices()
    matrix = matrix.copy()
    matrix.sort_indices()
    ratio = sparse.csr_array(
        (np.log(matrix.data / transpose.data), matrix.indices, matrix.indptr), matrix.shape
    )
    scale = _along_tree(ratio)
    half = np.exp(scale / 2)
    similar = sparse.csr_array(sparse.diags_array(half) @ matrix @ sparse.diags_array(1 / half))
    gap = abs(similar - similar.T)
    return similar if gap.nnz == 0 or gap.max() <= 1e-10 * abs(similar).max() else None


def _along_tree(ratio: sparse.csr_array) -> Array:
    """Sums of the ratios on the way from a root of each component to every node.

    The parents form trees below one root added for all components; doubling the parents takes
    as many rounds as the logarithm of the depth.
    """
    n = ratio.shape[0]
    links = ratio.copy()
    links.data = np.ones_like(links.data)
    _, label = connected_components(links, directed=False)
    roots = np.unique(label, return_index=True)[1]
    top = sparse.csr_array((np.ones(len(roots)), roots, [0, len(roots)]), shape=(1, n))
    empty = sparse.csr_array((n + 1, 1))
    tree = sparse.hstack([sparse.vstack([links, top]), empty], format="csr")
    order, parent = breadth_first_order(tree, n, directed=True)
    parent[n] = n
    below = order[~np.isin(order, [n, *roots])] if len(roots) < n else order[:0]
    scale = np.zeros(n + 1)
    scale[below] = np.asarray(ratio[parent[below], below]).ravel()
    while (parent != n).any():
        scale = scale + scale[parent]
        parent = parent[parent]
    return scale[:n]


def eigenvalues(matrix: sparse.csr_array) -> NDArray[np.float64] | NDArray[np.complex128]:
    """All eigenvalues of W, by a symmetric matrix with the same ones where there is one."""
    similar = symmetrised(matrix) if matrix.shape[0] > TWIN_FROM else None
    if similar is not None:
        dense = similar.toarray()
        return np.asarray(np.linalg.eigvalsh((dense + dense.T) / 2))
    values = np.linalg.eigvals(matrix.toarray())
    real = np.abs(values.imag).max() <= 1e-9 * np.abs(values).max()
    return np.asarray(values.real if real else values)


def sparse_interval(
    matrix: sparse.csr_array, row_standardised: bool
) -> tuple[tuple[float, float], str]:
    """Interval of ρ for a large W, with a note where an end is a bound.

    The largest eigenvalue of a matrix without negative weights is its spectral radius r, one
    where it is row-standardised. The smallest is found by shift-and-invert where W has a
    symmetric twin; otherwise −1/r stands for 1/λmin, from which it cannot be farther in.
    """
    radius = 1.0 if row_standardised else _spectral_radius(matrix)
    similar = symmetrised(matrix)
    if similar is None:
        note = f"rho was searched down to {-1 / radius:.4f}, minus the inverse spectral radius."
        return (-1 / radius, 1 / radius), note
    start = np.cos(np.arange(matrix.shape[0], dtype=np.float64))
    lowest = eigsh(
        sparse.csc_array(similar + similar.T) / 2,
        k=1,
        sigma=-1.001 * radius,
        which="LM",
        tol=1e-8,
        v0=start,
        return_eigenvectors=False,
    )
    return (1 / float(lowest[0]), 1 / radius), ""


def _spectral_radius(matrix: sparse.csr_array) -> float:
    """Largest eigenvalue of a matrix without negative entries; at most its norms if not found."""
    try:
        found = eigs(
            matrix, k=1, which="LR", v0=np.ones(matrix.shape[0]), return_eigenvectors=False
        )
        return float(found[0].real)
    except ArpackNoConvergence:
        return float(min(matrix.sum(axis=0).max(), matrix.sum(axis=1).max()))

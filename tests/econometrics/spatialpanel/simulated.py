"""Panels drawn from a spatial Durbin model with entity and time effects."""

import numpy as np
import pandas as pd


def links(n: int, seed: int) -> np.ndarray:
    """Random positive links, two or more for each entity, zero diagonal."""
    rng = np.random.default_rng(seed)
    matrix = rng.random((n, n)) * (rng.random((n, n)) < 0.35)
    for i in range(n):
        matrix[i, (i + 1) % n] = 1.0
        matrix[i, (i + 3) % n] = 0.5
    np.fill_diagonal(matrix, 0.0)
    return matrix


def panel(
    n: int = 12, t: int = 6, seed: int = 0, rho: float = 0.35, k: int = 2, theta: float = 0.3
) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    names = [f"p{i:02d}" for i in range(n)]
    raw = links(n, seed + 1)
    W = raw / raw.sum(axis=1, keepdims=True)
    x = rng.normal(size=(n, t, k))
    beta = np.linspace(1.0, -0.5, k)
    right = x @ beta + theta * np.einsum("ij,jtk->itk", W, x) @ beta
    right += rng.normal(size=(n, 1)) + rng.normal(size=(1, t)) + 0.5 * rng.normal(size=(n, t))
    y = np.linalg.solve(np.eye(n) - rho * W, right)
    index = pd.MultiIndex.from_product([names, range(2001, 2001 + t)], names=["place", "year"])
    columns = [f"x{j + 1}" for j in range(k)]
    return (
        pd.Series(y.ravel(), index, name="y"),
        pd.DataFrame(x.reshape(n * t, k), index, columns=columns),
        pd.DataFrame(W, names, names),
    )


def two_maxima() -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    """Nine places all linked by distance: pooled, the SEM has maxima near −4.2 and near 0.9."""
    rng = np.random.default_rng(228)
    n, t = int(rng.integers(5, 12)), int(rng.integers(1, 4))
    points = rng.random((n, 2))
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    decay = rng.choice([0.2, 0.5, 1])
    raw = np.where(distance > 0, 1 / np.where(distance > 0, distance, 1) ** decay, 0)
    W = pd.DataFrame(raw / raw.sum(axis=1, keepdims=True))
    index = pd.MultiIndex.from_product([range(n), range(t)])
    a = rng.choice([0, 1, 3])
    y = rng.normal(size=(n, t)) + a * rng.normal(size=t)
    x = rng.normal(size=(n, t)) + rng.choice([0, 2, 5]) * rng.normal(size=t)
    return pd.Series(y.ravel(), index, name="y"), pd.DataFrame({"x": x.ravel()}, index), W

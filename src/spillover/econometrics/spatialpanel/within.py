"""The within transformation: demeaning that stands for dummy variables.

It works on entity-major arrays of a balanced panel; it does not know names or weights.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Effects = Literal["none", "entity", "time", "twoway"]
EFFECTS: tuple[str, ...] = get_args(Effects)


def within(columns: Array, shape: tuple[int, int], effects: str) -> Array:
    """Demean columns of a balanced panel.

    Entity: v_it − v_i·; time: v_it − v_·t; two-way: v_it − v_i· − v_·t + v··
    (Baltagi, *Econometric Analysis of Panel Data*, ch. 2–3).

    Parameters
    ----------
    columns : array, shape (N·T, C), entity-major
    shape : (N, T)
    effects : "none", "entity", "time" or "twoway"

    Examples
    --------
    >>> within(np.array([[1.0], [3.0], [5.0], [9.0]]), (2, 2), "entity").ravel()
    array([-1.,  1., -2.,  2.])
    """
    if effects == "none":
        return columns
    cube = columns.reshape(*shape, -1)
    if effects == "entity":
        cube = cube - cube.mean(axis=1, keepdims=True)
    else:
        cube = cube - cube.mean(axis=0, keepdims=True)
        if effects == "twoway":
            # the mean over time of time-demeaned values is v_i· − v··
            cube -= cube.mean(axis=1, keepdims=True)
    return np.asarray(cube.reshape(columns.shape))


def absorbed(shape: tuple[int, int], effects: str) -> int:
    """Number of parameters that the effects take up, the constant included.

    >>> absorbed((30, 10), "twoway")
    39
    """
    entities, periods = shape
    counts = {"none": 0, "entity": entities, "time": periods, "twoway": entities + periods - 1}
    return counts[effects]

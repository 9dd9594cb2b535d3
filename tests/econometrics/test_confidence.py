"""Confidence sets that are not one interval: against grids, and Fieller's three cases."""

import math

import numpy as np
import pytest
from numpy.polynomial import Polynomial

from spillover.econometrics.confidence import ConfidenceSet, fieller, where_nonpositive


@pytest.mark.parametrize(
    ("roots", "sign", "expected"),
    [
        ([-1, 1], 1, [(-1, 1)]),
        ([-1, 1], -1, [(-math.inf, -1), (1, math.inf)]),
        ([1, 2, 3], 1, [(-math.inf, 1), (2, 3)]),
        ([1, 2, 3], -1, [(1, 2), (3, math.inf)]),
        # far from zero and from each other, so that no fixed point tells the sign between them
        ([-1000, 0.001, 50, 60], 1, [(-1000, 0.001), (50, 60)]),
        ([100, 101, 5000], 1, [(-math.inf, 100), (101, 5000)]),
        ([], 1, []),
        ([], -1, [(-math.inf, math.inf)]),
    ],
)
def test_a_polynomial_is_nonpositive_between_these_roots(roots, sign, expected):
    coefficients = sign * Polynomial.fromroots(roots).coef if roots else [float(sign)]
    found = where_nonpositive(list(coefficients))
    assert len(found) == len(expected)
    np.testing.assert_allclose(np.reshape(found, -1), np.reshape(expected, -1), rtol=1e-6)


@pytest.mark.parametrize(
    ("roots", "sign", "expected"),
    [
        ([1, 1], 1, [(1, 1)]),
        ([1, 1], -1, [(-math.inf, math.inf)]),
        ([1, 1, 3], 1, [(-math.inf, 3)]),
        ([1, 1, 3], -1, [(1, 1), (3, math.inf)]),
        ([-2, -2, 5, 5], 1, [(-2, -2), (5, 5)]),
        ([1e6, 1e6], 1, [(1e6, 1e6)]),
        ([0.003, 0.003, 40, 41], 1, [(0.003, 0.003), (40, 41)]),
    ],
)
def test_a_polynomial_that_touches_zero_is_zero_at_a_point(roots, sign, expected):
    found = where_nonpositive((sign * Polynomial.fromroots(roots).coef).tolist())
    assert len(found) == len(expected)
    np.testing.assert_allclose(np.reshape(found, -1), np.reshape(expected, -1), rtol=1e-6)
    assert [low == high for low, high in found] == [low == high for low, high in expected]


def test_two_roots_a_little_apart_are_an_interval():
    found = where_nonpositive(Polynomial.fromroots([1.0, 1.001]).coef.tolist())
    np.testing.assert_allclose(found, [(1.0, 1.001)], rtol=1e-9)


@pytest.mark.parametrize("degree", [2, 3, 4, 6])
def test_nonpositive_sets_on_a_grid(degree):
    rng = np.random.default_rng(degree)
    for _ in range(20):
        coefficients = rng.normal(size=degree + 1)
        parts = where_nonpositive(coefficients.tolist())
        for x in np.linspace(-20, 20, 81):
            value = Polynomial(coefficients)(x)
            assert any(low <= x <= high for low, high in parts) == (value <= 0)


@pytest.mark.parametrize(
    ("numerator", "denominator", "kind"),
    [
        (1.0, 3.0, "interval"),  # the denominator differs from zero
        (3.0, 1.0, "two rays"),  # it does not, but the numerator does
        (1.0, 1.0, "whole line"),  # neither does
    ],
)
def test_fiellers_set_has_three_forms(numerator, denominator, kind):
    """Estimates with unit variances: 1 is not significant at 5 %, 3 is."""
    found = fieller(numerator, denominator, 1.0, 1.0, 0.0)
    assert found.kind == kind
    assert found.bounded == (kind == "interval")
    assert numerator / denominator in found


def test_the_ends_of_fiellers_interval_solve_its_quadratic():
    """(1 − 3r)² = z²(1 + r²): (9 − z²)r² − 6r + 1 − z² = 0."""
    z2 = 1.959963984540054**2
    a, b, c = 9 - z2, -6.0, 1 - z2
    root = math.sqrt(b * b - 4 * a * c)
    found = fieller(1.0, 3.0, 1.0, 1.0, 0.0)
    np.testing.assert_allclose(
        [(found.low, found.high)], [((6 - root) / 2 / a, (6 + root) / 2 / a)]
    )


def test_sets_in_words():
    rays = ConfidenceSet(((-math.inf, -1.0), (2.0, math.inf)))
    assert str(rays) == "(−∞, −1.000] ∪ [2.000, ∞)"
    assert str(ConfidenceSet(())) == "∅"
    assert ConfidenceSet(()).bounded
    assert math.isnan(ConfidenceSet(()).low)
    assert ConfidenceSet(((-math.inf, 0.0),)).kind == "ray"

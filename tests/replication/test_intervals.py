"""Rounding carried through arithmetic; ends worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillover.replication.audit.intervals import Interval, exactly, rounded


def test_rounded():
    assert rounded("0.138", 3) == Interval(0.1375, 0.1385)
    assert rounded("-7.03", 2) == Interval(-7.035, -7.025)


def test_ratio_by_hand():
    t = rounded("0.138", 3) / rounded("0.056", 3)
    assert t.low == pytest.approx(0.1375 / 0.0565)
    assert t.high == pytest.approx(0.1385 / 0.0555)


def test_division_through_zero_says_nothing():
    assert exactly(1) / Interval(-0.1, 0.1) == Interval(-math.inf, math.inf)


def test_size_and_square_of_an_interval_around_zero():
    assert abs(Interval(-0.2, 0.1)) == Interval(0.0, 0.2)
    assert Interval(-0.2, 0.1).square() == Interval(0.0, 0.2**2)
    assert abs(Interval(-3, -2)) == Interval(2, 3)


def test_overlap():
    assert Interval(0, 1).overlaps(Interval(1, 2))
    assert not Interval(0, 1).overlaps(Interval(1.1, 2))


decimals = st.integers(-4000, 4000).map(lambda k: k / 1000)


@given(decimals, decimals, st.floats(-0.0005, 0.0005), st.floats(-0.0005, 0.0005))
def test_every_unrounded_value_stays_inside(a, b, da, db):
    one, two = rounded(f"{a:.3f}", 3), rounded(f"{b:.3f}", 3)
    room = 1e-9
    assert (one + two).widened(room).overlaps(exactly(a + da + b + db))
    assert (one - two).widened(room).overlaps(exactly(a + da - b - db))
    assert (one * two).widened(room).overlaps(exactly((a + da) * (b + db)))
    if abs(b) > 0.001:
        span = one / two
        value = (a + da) / (b + db)
        assert span.low - 1e-6 <= value <= span.high + 1e-6

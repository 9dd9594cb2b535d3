"""Equality at the printed precision, in decimal arithmetic.

It decides whether a number would have been printed as it was; how near it is otherwise is left to
:mod:`.verdicts`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal


def equal_as_printed(value: float, printed: str) -> bool:
    """Say whether `value`, rounded to the decimals of `printed`, gives `printed`.

    Programs round a tie to even or away from zero, so either counts. The shortest decimal that
    stands for the float is rounded, not its binary expansion, in which 0.1235 lies below the tie.

    Parameters
    ----------
    value : float
        A finite number.
    printed : str
        A number as text, such as "0.359" or "-7.032".

    Examples
    --------
    >>> equal_as_printed(0.35949, "0.359"), equal_as_printed(0.35949, "0.3595")
    (True, True)
    >>> equal_as_printed(0.1245, "0.124"), equal_as_printed(0.1245, "0.125")
    (True, True)
    >>> equal_as_printed(-0.0004, "0.000")
    True
    """
    target = Decimal(printed)
    unit = Decimal(1).scaleb(int(target.as_tuple().exponent))
    exact = Decimal(str(float(value)))
    if abs(exact - target) > unit:
        return False
    return any(exact.quantize(unit, r) == target for r in (ROUND_HALF_EVEN, ROUND_HALF_UP))

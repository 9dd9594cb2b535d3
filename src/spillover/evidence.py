"""What our figures say of one claim: a verdict, a sentence with its numbers, a proxy or not.

It holds the form alone; the evidence is gathered claim by claim in the modules of the two parts.
"""

from __future__ import annotations

from dataclasses import dataclass

VERDICTS = ("upheld", "not upheld", "cannot be tested")


@dataclass(frozen=True)
class Evidence:
    """Our evidence on one claim of a paper.

    Attributes
    ----------
    verdict : str
        One of :data:`VERDICTS`.
    text : str
        A sentence with the numbers that the verdict rests on.
    proxy : bool
        Whether a series stands in for one that the paper had and the public has not.

    Raises
    ------
    ValueError
        For another verdict, or without a sentence.
    """

    verdict: str
    text: str
    proxy: bool = False

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict {self.verdict!r}; choose from {list(VERDICTS)}")
        if not self.text.strip():
            raise ValueError("evidence without a sentence; say what it rests on")


def judged(upheld: bool, text: str, proxy: bool = False) -> Evidence:
    """Evidence with the verdict that a yes or no gives.

    Examples
    --------
    >>> judged(1 > 2, "One is less than two.").verdict
    'not upheld'
    """
    return Evidence("upheld" if upheld else "not upheld", text, proxy)

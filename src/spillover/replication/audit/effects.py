"""Direct, indirect and total effects among themselves: sums, errors, and tables that repeat.

Arithmetic that holds for any model; what effects say about the model is asked in :mod:`.lags`.
"""

from __future__ import annotations

from collections.abc import Iterator

from spillover.replication.audit.cells import CERTAIN, EFFECTS, Outcome, Page, triples
from spillover.replication.audit.intervals import Interval, exactly

REPEATS = ((8, "", 7, "(1) "), (8, "", 9, "2013-2022 "))
"""Estimates that are printed more than once: table and prefix, twice."""


def sums(page: Page) -> Iterator[Outcome]:
    """Direct and indirect effect must add up to the total within rounding."""
    for triple in triples(page.cells):
        direct, indirect, total = triple.effects
        span = direct.interval + indirect.interval
        holds = span.overlaps(total.interval)
        implied = f"{direct.printed} + {indirect.printed} = {span.text(4)} before rounding"
        finding = "" if holds else f"the total is printed as {total.printed}"
        yield Outcome(
            "effects add up", triple.effects, implied, finding, CERTAIN if finding else ""
        )


def errors(page: Page) -> Iterator[Outcome]:
    """A total's error lies between difference and sum of its parts' errors.

    The variance of a sum is s₁² + s₂² + 2r·s₁s₂ with |r| ≤ 1.
    """
    for triple in triples(page.cells):
        direct, indirect, total = (n.interval for n in triple.errors)
        reach = Interval(abs(direct - indirect).low, (direct + indirect).high)
        a, b, c = (n.value for n in triple.errors)
        correlation = (c * c - a * a - b * b) / (2 * a * b)
        implied = f"between {reach.text(4)}; as printed r = {correlation:.2f}"
        finding = (
            "" if reach.overlaps(total) else f"no correlation gives {triple.errors[2].printed}"
        )
        yield Outcome(
            "errors of effects", triple.errors[::-1], implied, finding, CERTAIN if finding else ""
        )


def repeats(page: Page) -> Iterator[Outcome]:
    """Numbers that are printed in several tables must be printed alike."""
    for one, prefix, other, other_prefix in REPEATS:
        for number in page.cells.of("coefficient", "std_error", table=one):
            effect = number.column.removeprefix(prefix)
            twin = page.cells.get(other, number.row, other_prefix + effect, number.statistic)
            if effect not in EFFECTS or twin is None:
                continue
            alike = twin.text == number.text
            finding = (
                "" if alike else f"Table {other} prints {twin.text}, Table {one} {number.text}"
            )
            yield Outcome(
                "repeated numbers",
                (twin, number),
                f"Table {one}: {number.text}",
                finding,
                CERTAIN if finding else "",
            )


def means(page: Page) -> Iterator[Outcome]:
    """A regression with a constant passes through the means of Table 5.

    mean(CP) = constant + Σ coefficient · mean, exactly, for least squares on all observations.
    With dummies whose first category is left out the constant belongs to that category, so only
    the pooled column is held to it; :mod:`.statements` uses what the other column implies.
    """
    column = page.cells.of("coefficient", table=6)
    pooled = [n for n in column if n.column == "OLS" and n.row != "Constant"]
    constant = page.cells.get(6, "Constant", "OLS")
    target = page.cells.get(5, "CP", "all", "mean")
    centres = [page.cells.get(5, n.row, "all", "mean") for n in pooled]
    if not pooled or constant is None or target is None or None in centres:
        return
    span = constant.interval
    for number, centre in zip(pooled, centres, strict=True):
        span = span + number.interval * (centre.interval if centre else exactly(0.0))
    holds = span.overlaps(target.interval)
    finding = "" if holds else f"the mean is printed as {target.printed}"
    yield Outcome(
        "regression through the means",
        (constant, *pooled, target, *(c for c in centres if c)),
        f"constant + Σ coefficient × mean = {span.text()}",
        finding,
        CERTAIN if finding else "",
        ("Constant", "OLS"),
    )

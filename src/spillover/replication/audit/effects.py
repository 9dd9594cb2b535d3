r"""Direct, indirect and total effects: do they add up, and which model do they come from?

In y = ρWy + Xβ + WXθ + … with row-standardised W the total effect of x is (β + θ)/(1 − ρ). A
variable without a lag of its own has θ = 0, so total/main = 1/(1 − ρ) and indirect/direct is one
number for all such variables, whatever their β. A variable with a lag has a ratio of its own.

Effects may be printed as means over simulated draws (Stata's xsmle takes 500) rather than at the
estimate; their ratios then scatter a little. The tolerance is the rounding plus three standard
errors of such a mean, printed error/√500.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from spillover.replication.audit.intervals import Interval, common, exactly
from spillover.replication.audit.rules import EFFECTS, LIKELY, Number, Outcome, Printed, rule

DRAWS = 500
SIGMAS = 3
EXPOSURE = "GIA"
WEIGHTS = {7: "rook", 8: "rook", 9: "rook", 10: "distance"}

REPEATS = ((8, "", 7, "(1) "), (8, "", 9, "2013-2022 "))
"""Estimates that are printed more than once: table and beginning of the column, twice."""


@dataclass(frozen=True)
class Triple:
    """Direct, indirect and total effect of one variable, their errors, its main coefficient.

    `model` is what stands in the column before the name of the effect.
    """

    row: str
    model: str
    effects: tuple[Number, ...]
    errors: tuple[Number, ...]
    main: Number | None

    def _noise(self, which: int) -> float:
        """Relative standard error of a mean of simulated effects."""
        return self.errors[which].value / abs(self.effects[which].value) / math.sqrt(DRAWS)

    @property
    def ratio(self) -> Interval:
        """Indirect over direct before rounding."""
        return self.effects[1].interval / self.effects[0].interval

    @property
    def ratio_room(self) -> float:
        """What simulation adds to the ratio."""
        return SIGMAS * abs(self.ratio.middle) * self._noise(1)

    @property
    def rho(self) -> Interval:
        """ρ = 1 − main/total before rounding; only where the main coefficient is printed."""
        assert self.main is not None
        return exactly(1.0) - self.main.interval / self.effects[2].interval

    @property
    def rho_room(self) -> float:
        """What simulation adds to ρ."""
        return SIGMAS * (1 - self.rho.middle) * self._noise(2)


def _triples(printed: Printed) -> list[Triple]:
    """Every row that prints the three effects with their errors, model by model."""
    out = []
    for number in printed.of("coefficient"):
        model, space, effect = number.column.rpartition(" ")
        places = [(number.table, number.row, model + space + e) for e in EFFECTS]
        effects = printed.several(*((*p, "coefficient") for p in places))
        errors = printed.several(*((*p, "std_error") for p in places))
        if effect == "direct" and effects and errors:
            main = printed.get(number.table, number.row, model + space + "main")
            out.append(Triple(number.row, model + space, effects, errors, main))
    return out


def _models(printed: Printed, main: bool = False) -> Iterator[tuple[list[Triple], list[Triple]]]:
    """All variables of each model, and its controls, where these are three or more.

    With `main` only variables whose main coefficient is printed.
    """
    models: dict[tuple[int, str], list[Triple]] = {}
    for triple in _triples(printed):
        if triple.main is not None or not main:
            models.setdefault((triple.effects[0].table, triple.model), []).append(triple)
    for model in models.values():
        controls = [t for t in model if t.row != EXPOSURE]
        if len(controls) >= 3:
            yield model, controls


def _median(values: list[float]) -> float:
    return float(np.median(values))


@rule("effects add up", "Sums, repeats")
def _sums(printed: Printed) -> Iterator[Outcome]:
    """Direct and indirect effect must add up to the total within rounding."""
    for triple in _triples(printed):
        direct, indirect, total = triple.effects
        span = direct.interval + indirect.interval
        yield Outcome(
            triple.effects,
            f"{direct.printed} + {indirect.printed} = {span.text(4)} before rounding",
            span.overlaps(total.interval),
            f"the total is printed as {total.printed}",
        )


@rule("errors of effects", "Sums, repeats")
def _errors(printed: Printed) -> Iterator[Outcome]:
    """A total's error lies between difference and sum of its parts' errors.

    The variance of a sum is s₁² + s₂² + 2r·s₁s₂ with |r| ≤ 1.
    """
    for triple in _triples(printed):
        direct, indirect, total = (n.interval for n in triple.errors)
        reach = Interval(abs(direct - indirect).low, (direct + indirect).high)
        a, b, c = (n.value for n in triple.errors)
        yield Outcome(
            triple.errors[::-1],
            f"between {reach.text(4)}; as printed r = {(c * c - a * a - b * b) / (2 * a * b):.2f}",
            reach.overlaps(total),
            f"no correlation gives {triple.errors[2].printed}",
        )


@rule("repeated numbers", "Sums, repeats")
def _repeats(printed: Printed) -> Iterator[Outcome]:
    """Numbers that are printed in several tables must be printed alike."""
    for one, model, other, other_model in REPEATS:
        for number in printed.of("coefficient", "std_error", table=one):
            effect = number.column.removeprefix(model)
            twin = printed.get(other, number.row, other_model + effect, number.statistic)
            if effect in EFFECTS and twin is not None:
                yield Outcome(
                    (twin, number),
                    f"Table {one}: {number.text}",
                    twin.text == number.text,
                    f"Table {other} prints {twin.text}, Table {one} {number.text}",
                )


@rule("indirect over direct", "Lags and ρ")
def _ratios(printed: Printed) -> Iterator[Outcome]:
    """Indirect over direct effect of each variable, and the controls' median."""
    for model, controls in _models(printed):
        shared = _median([t.ratio.middle for t in controls])
        for triple in model:
            direct, indirect, _ = triple.effects
            yield Outcome(
                (indirect, direct),
                f"{indirect.printed}/{direct.printed} = {triple.ratio.text()}; "
                f"the controls' median {shared:.3f}",
            )


@rule("which variables were lagged", "Lags and ρ", LIKELY)
def _lagged(printed: Printed) -> Iterator[Outcome]:
    """Whether all variables but the exposure share one ratio, as those without a lag do."""
    for model, controls in _models(printed):
        middles = [t.ratio.middle for t in controls]
        shared = _median(middles)
        apart = [
            t.row for t in model if not t.ratio.widened(t.ratio_room).overlaps(exactly(shared))
        ]
        if set(apart) - {EXPOSURE}:
            continue
        own = "; ".join(f"{t.row} {t.ratio.text()}" for t in model if t.row == EXPOSURE)
        also = f", and {EXPOSURE}'s own is another: only {EXPOSURE} was lagged" if apart else ""
        yield Outcome(
            tuple(n for t in model for n in t.effects[:2]),
            f"indirect/direct: {len(controls)} variables {min(middles):.3f} to "
            f"{max(middles):.3f}, median {shared:.3f}; {own}",
            False,
            f"{', '.join(t.row for t in controls)} share one ratio of indirect to direct, as "
            f"variables without a spatial lag do{also}. The equations of the text lag every "
            "regressor; with free lags one ratio would be a coincidence",
            ("all", f"{model[0].model}indirect/direct"),
        )


@rule("rho from total over main", "Lags and ρ", LIKELY)
def _rho_of_controls(printed: Printed) -> Iterator[Outcome]:
    """The ρ that each control's total effect and main coefficient imply."""
    for _, controls in _models(printed, main=True):
        shared = _median([t.rho.middle for t in controls])
        for triple in controls:
            total, main = triple.effects[2], triple.main
            assert main is not None
            yield Outcome(
                (total, main),
                f"1 − {main.printed}/{total.printed} = {triple.rho.text()}, "
                f"± {triple.rho_room:.3f} for simulation; median {shared:.3f}",
                triple.rho.widened(triple.rho_room).overlaps(exactly(shared)),
                f"{triple.row} implies another ρ than the other controls",
            )


@rule("one rho within rounding", "Lags and ρ", LIKELY)
def _one_rho(printed: Printed) -> Iterator[Outcome]:
    """Whether rounding alone reconciles the ρ of all controls."""
    for _, controls in _models(printed, main=True):
        top = max(controls, key=lambda t: t.rho.low)
        bottom = min(controls, key=lambda t: t.rho.high)
        yield Outcome(
            tuple(n for t in controls for n in (t.effects[2], t.main) if n is not None),
            f"{bottom.row}: ρ at most {bottom.rho.high:.4f}; {top.row}: at least {top.rho.low:.4f}",
            common([t.rho for t in controls]) is not None,
            "no one ρ fits all controls within rounding; if they have no lag of their own, the "
            "effects were not taken at the estimate. Means over simulated draws scatter like this",
            ("controls", f"{controls[0].model}total/main"),
        )


@rule("lag of the exposure", "Lags and ρ")
def _lag_of_exposure(printed: Printed) -> Iterator[Outcome]:
    """Lag coefficient θ that the exposure's total implies at the controls' ρ."""
    for model, controls in _models(printed, main=True):
        shared = _median([t.rho.middle for t in controls])
        for triple in model:
            total, main = triple.effects[2], triple.main
            if triple.row != EXPOSURE or main is None:
                continue
            theta = total.interval * exactly(1 - shared) - main.interval
            yield Outcome(
                (total, main),
                f"without a lag ρ = {triple.rho.text()}, the controls say {shared:.3f}; "
                f"θ = {total.printed} × (1 − {shared:.3f}) − {main.printed} = {theta.text()}",
            )


def _rho_on(matrix: NDArray[np.float64], ratio: float) -> float:
    """ρ for which an unlagged variable has this ratio of indirect to direct effect on W."""
    eigenvalues = np.linalg.eigvals(matrix)

    def gap(rho: float) -> float:
        direct = float(np.sum(1 / (1 - rho * eigenvalues)).real) / len(matrix)
        return 1 / (1 - rho) / direct - 1 - ratio

    return float(brentq(gap, -0.9, 0.99))


@rule("rho on the weights supplied", "Lags and ρ", LIKELY)
def _rho_on_weights(printed: Printed) -> Iterator[Outcome]:
    """The same ρ twice: from total over main, and from indirect over direct on candidate weights.

    indirect/direct = n/[(1 − ρ)·tr(I − ρW)⁻¹] − 1 for an unlagged variable.
    """
    for model, controls in _models(printed, main=True):
        matrix = printed.weights.get(WEIGHTS.get(model[0].effects[0].table, ""))
        if matrix is None:
            continue
        one = _median([t.rho.middle for t in controls])
        two = _median([_rho_on(matrix, t.ratio.middle) for t in controls])
        room = _median([t.rho_room for t in controls])
        yield Outcome(
            tuple(n for t in controls for n in (*t.effects, t.main) if n is not None),
            f"from total over main {one:.3f}, from indirect over direct {two:.3f}, "
            f"± {room:.3f} for simulation",
            abs(one - two) <= room,
            "the two differ, so the effects were not computed on these weights",
            ("controls", f"{model[0].model}all"),
        )


@rule("kinship with the benchmark", "Lags and ρ", LIKELY)
def _kinship(printed: Printed) -> Iterator[Outcome]:
    """Main coefficients of the spatial model beside the pooled and the two-way estimates.

    A spatial model with two-way effects should stay nearer to the regression with two-way effects
    than to the pooled one; the distance is taken in that regression's own errors.
    """
    for number in printed.of("coefficient", table=9):
        if number.column != "2013-2022 main" or number.row == EXPOSURE:
            continue
        kinds = ("coefficient", "std_error")
        found = printed.several(*((6, number.row, c, s) for c in ("OLS", "FE") for s in kinds))
        if found is None:
            continue
        pooled, s_pooled, two_way, s_two_way = found
        near = abs(number.value - pooled.value) / s_pooled.value
        far = abs(number.value - two_way.value) / s_two_way.value
        yield Outcome(
            (number, *found),
            f"|{number.printed} − {pooled.printed}|/{s_pooled.printed} = {near:.1f} from pooled; "
            f"|{number.printed} − {two_way.printed}|/{s_two_way.printed} = {far:.1f} from two-way",
            not far > 2 >= near,
            "the spatial model, which the text gives province and year effects, stays near the "
            "pooled coefficient and far from the one with these effects",
        )

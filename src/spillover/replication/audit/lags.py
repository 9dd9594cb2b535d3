r"""What the effects say about the model behind them: one ρ or several, and which X were lagged.

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

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from spillover.replication.audit.cells import (
    LIKELY,
    Cells,
    Number,
    Outcome,
    Page,
    Triple,
    by_model,
    triples,
)
from spillover.replication.audit.intervals import Interval, common, exactly

DRAWS = 500
SIGMAS = 3
EXPOSURE = "GIA"
WEIGHTS = {7: "rook", 8: "rook", 9: "rook", 10: "distance"}


def _noise(effect: Number, error: Number) -> float:
    """Relative standard error of a mean of simulated effects."""
    return error.value / abs(effect.value) / math.sqrt(DRAWS)


def _ratio(triple: Triple) -> tuple[Interval, Interval]:
    """Indirect over direct before rounding; and the same with room for simulation."""
    direct, indirect, _ = triple.effects
    exact = indirect.interval / direct.interval
    room = SIGMAS * abs(exact.middle) * _noise(indirect, triple.errors[1])
    return exact, exact.widened(room)


def _median(values: list[float]) -> float:
    return float(np.median(values))


def _others(model: list[Triple]) -> list[Triple]:
    return [t for t in model if t.row != EXPOSURE]


def ratios(page: Page) -> Iterator[Outcome]:
    """Indirect over direct effect: which variables share one ratio, as only unlagged ones do."""
    for model in by_model(triples(page.cells)).values():
        others = _others(model)
        if len(others) < 3:
            continue
        middles = {t.row: _ratio(t)[0].middle for t in model}
        shared = _median([middles[t.row] for t in others])
        apart = [t for t in model if not _ratio(t)[1].overlaps(exactly(shared))]
        for triple in model:
            exact, _ = _ratio(triple)
            yield Outcome(
                "indirect over direct",
                triple.effects[1::-1],
                f"{triple.effects[1].printed}/{triple.effects[0].printed} = {exact.text()}; "
                f"the controls' median {shared:.3f}",
            )
        if all(t.row == EXPOSURE for t in apart):
            yield _unlagged(model, others, apart, shared)


def _unlagged(
    model: list[Triple], others: list[Triple], apart: list[Triple], shared: float
) -> Outcome:
    """Say that all variables but the exposure behave as if they had no lag."""
    low = min(_ratio(t)[0].middle for t in others)
    high = max(_ratio(t)[0].middle for t in others)
    own = "; ".join(f"{t.row} {_ratio(t)[0].text()}" for t in model if t.row == EXPOSURE)
    also = f", and {EXPOSURE}'s own is another: only {EXPOSURE} was lagged" if apart else ""
    return Outcome(
        "which variables were lagged",
        tuple(n for t in model for n in t.effects[:2]),
        f"indirect/direct: {len(others)} variables {low:.3f} to {high:.3f}, median {shared:.3f}; "
        f"{own}",
        f"{', '.join(t.row for t in others)} share one ratio of indirect to direct, as variables "
        f"without a spatial lag do{also}. The equations of the text lag every regressor; with "
        "free lags one ratio would be a coincidence",
        LIKELY,
        ("all", f"{model[0].prefix}indirect/direct"),
    )


def _main(cells: Cells, triple: Triple) -> Number | None:
    return cells.get(triple.effects[2].table, triple.row, f"{triple.prefix}main")


def _rho(main: Number, triple: Triple) -> tuple[Interval, float]:
    """ρ = 1 − main/total before rounding, and the room that simulation leaves."""
    span = exactly(1.0) - main.interval / triple.effects[2].interval
    noise = _noise(triple.effects[2], triple.errors[2])
    return span, SIGMAS * (1 - span.middle) * noise


def rhos(page: Page) -> Iterator[Outcome]:
    """The ρ that each unlagged variable's total and main coefficient imply."""
    for model in by_model(triples(page.cells)).values():
        mains = {t.row: m for t in model if (m := _main(page.cells, t)) is not None}
        others = [t for t in _others(model) if t.row in mains]
        if len(others) < 3:
            continue
        implied = {t.row: _rho(mains[t.row], t) for t in model if t.row in mains}
        shared = _median([implied[t.row][0].middle for t in others])
        for triple in others:
            yield _one_rho(triple, mains[triple.row], *implied[triple.row], shared)
        yield from _exactness(others, mains, {t.row: implied[t.row][0] for t in others})
        yield from _exposure(model, mains, shared)


def _one_rho(triple: Triple, main: Number, span: Interval, room: float, shared: float) -> Outcome:
    total = triple.effects[2]
    apart = not span.widened(room).overlaps(exactly(shared))
    return Outcome(
        "rho from total over main",
        (total, main),
        f"1 − {main.printed}/{total.printed} = {span.text()}, ± {room:.3f} for simulation; "
        f"median {shared:.3f}",
        f"{triple.row} implies another ρ than the other controls" if apart else "",
        LIKELY if apart else "",
    )


def _exactness(
    others: list[Triple], mains: dict[str, Number], spans: dict[str, Interval]
) -> Iterator[Outcome]:
    """Whether rounding alone reconciles the ρ of all unlagged variables."""
    agreed = common(list(spans.values()))
    top = max(spans, key=lambda row: spans[row].low)
    bottom = min(spans, key=lambda row: spans[row].high)
    yield Outcome(
        "one rho within rounding",
        tuple(n for t in others for n in (t.effects[2], mains[t.row])),
        f"{bottom}: ρ at most {spans[bottom].high:.4f}; {top}: at least {spans[top].low:.4f}",
        ""
        if agreed
        else "no one ρ fits all controls within rounding; if they have no lag of their own, the "
        "effects were not taken at the estimate. Means over simulated draws scatter like this",
        "" if agreed else LIKELY,
        ("controls", f"{others[0].prefix}total/main"),
    )


def _exposure(model: list[Triple], mains: dict[str, Number], shared: float) -> Iterator[Outcome]:
    """Lag coefficient θ that the exposure's total implies at the controls' ρ."""
    for triple in model:
        if triple.row != EXPOSURE or triple.row not in mains:
            continue
        total, main = triple.effects[2], mains[triple.row]
        own, _ = _rho(main, triple)
        theta = total.interval * exactly(1 - shared) - main.interval
        yield Outcome(
            "lag of the exposure",
            (total, main),
            f"without a lag ρ = {own.text()}, the controls say {shared:.3f}; "
            f"θ = {total.printed} × (1 − {shared:.3f}) − {main.printed} = {theta.text()}",
        )


def _rho_on(matrix: NDArray[np.float64], ratio: float) -> float:
    """ρ for which an unlagged variable has this ratio of indirect to direct effect on W."""
    n = len(matrix)
    eigenvalues = np.linalg.eigvals(matrix)

    def gap(rho: float) -> float:
        direct = float(np.sum(1 / (1 - rho * eigenvalues)).real) / n
        return 1 / (1 - rho) / direct - 1 - ratio

    return float(brentq(gap, -0.9, 0.99))


def rho_on_weights(page: Page) -> Iterator[Outcome]:
    """The same ρ twice: from total over main, and from indirect over direct on candidate weights.

    indirect/direct = n/[(1 − ρ)·tr(I − ρW)⁻¹] − 1 for an unlagged variable.
    """
    for (table, _), model in by_model(triples(page.cells)).items():
        matrix = page.weights.get(WEIGHTS.get(table, ""))
        pairs = [(t, m) for t in _others(model) if (m := _main(page.cells, t)) is not None]
        if matrix is None or len(pairs) < 3:
            continue
        one = _median([_rho(m, t)[0].middle for t, m in pairs])
        two = _median([_rho_on(matrix, _ratio(t)[0].middle) for t, _ in pairs])
        room = _median([_rho(m, t)[1] for t, m in pairs])
        apart = abs(one - two) > room
        yield Outcome(
            "rho on the weights supplied",
            tuple(n for t, m in pairs for n in (*t.effects, m)),
            f"from total over main {one:.3f}, from indirect over direct {two:.3f}, "
            f"± {room:.3f} for simulation",
            "the two differ, so the effects were not computed on these weights" if apart else "",
            LIKELY if apart else "",
            ("controls", f"{model[0].prefix}all"),
        )


def kinship(page: Page) -> Iterator[Outcome]:
    """Main coefficients of the spatial model beside the pooled and the two-way estimates.

    A spatial model with two-way effects should stay nearer to the regression with two-way effects
    than to the pooled one; the distance is taken in that regression's own errors.
    """
    cells = page.cells
    for number in cells.of("coefficient", table=9):
        if number.column != "2013-2022 main" or number.row == EXPOSURE:
            continue
        places = [
            (6, number.row, c, s) for c in ("OLS", "FE") for s in ("coefficient", "std_error")
        ]
        found = cells.several(*places)
        if found is None:
            continue
        pooled, s_pooled, two_way, s_two_way = found
        near = abs(number.value - pooled.value) / s_pooled.value
        far = abs(number.value - two_way.value) / s_two_way.value
        foreign = far > 2 >= near
        yield Outcome(
            "kinship with the benchmark",
            (number, pooled, s_pooled, two_way, s_two_way),
            f"|{number.printed} − {pooled.printed}|/{s_pooled.printed} = {near:.1f} from pooled; "
            f"|{number.printed} − {two_way.printed}|/{s_two_way.printed} = {far:.1f} from two-way",
            "the spatial model, which the text gives province and year effects, stays near the "
            "pooled coefficient and far from the one with these effects"
            if foreign
            else "",
            LIKELY if foreign else "",
        )


CHECKS = (ratios, rhos, rho_on_weights, kinship)

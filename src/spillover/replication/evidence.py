"""Evidence on the claims that need a computation of their own, one function for each.

Claims about published effects alone are judged by the rules of ``claims.csv``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
from scipy.stats import kendalltau

from spillover.data import geography as geo
from spillover.econometrics.formats import fmt, interval, percent, pvalue
from spillover.econometrics.instruments import STOCK_YOGO
from spillover.econometrics.moran import moran_by_year
from spillover.econometrics.weights import dense
from spillover.replication import audit, published
from spillover.replication.claims import (
    UPHELD,
    CannotBeTestedError,
    ClaimError,
    Evidence,
    Examine,
    Finding,
    decided,
    directed,
)
from spillover.replication.lag_structure import lag_evidence, target
from spillover.replication.verdicts import LEVEL
from spillover.studies import weights

EFFECTS = ("direct", "indirect", "total")

REGISTRY: dict[str, dict[str, Examine]] = {}
"""By key of a study, the function for each claim."""


def claim(paper: str, *ids: str) -> Callable[[Examine], Examine]:
    """Register a function as the evidence on claims of a study, given by its key.

    Examples
    --------
    >>> @claim("mine", "M01")
    ... def larger_at_home(e: Evidence) -> Finding:
    ...     direct, indirect = e.cells(1, "X", ["direct", "indirect"])
    ...     return decided(direct.value > indirect.value, f"{direct}; {indirect}")
    """

    def register(examine: Examine) -> Examine:
        functions = REGISTRY.setdefault(paper, {})
        for name in ids:
            if name in functions:
                raise ClaimError(f"claim {name} of {paper} has two functions; give it one")
            functions[name] = examine
        return examine

    return register


def printed(table: int, row: str, column: str, statistic: str = "coefficient") -> float:
    """One published number."""
    lines = published.load(table).set_index(["row", "column", "statistic"])["value"]
    return float(lines[row, column, statistic])


def _row(table: pd.DataFrame, key: str | tuple[str, ...]) -> dict[str, float]:
    """Numbers of one row of a table, by the name of the column."""
    line = table.loc[[key]].select_dtypes("number").iloc[0]
    return {str(name): float(value) for name, value in line.items()}


def trend(series: pd.Series) -> tuple[float, float]:
    """Kendall's rank correlation with time, and its p-value."""
    result = kendalltau(range(len(series)), series.to_numpy())
    return float(result.statistic), float(result.pvalue)


def rises(series: pd.Series) -> bool:
    """Whether there is an upward trend at 10 %."""
    tau, p = trend(series)
    return tau > 0 and p < LEVEL


def _values(series: pd.Series, decimals: int = 2) -> str:
    return ", ".join(f"{name} {fmt(value, decimals)}" for name, value in series.items())


# The first paper: hypotheses and methods


def _mediated(e: Evidence, kind: str) -> tuple[bool, str]:
    """Whether the product path is positive and significant, and its effect in words."""
    row = _row(pd.DataFrame(e.study.mediate().effects()[kind]), "mediated")
    words = (
        f"mediated {kind} effect {fmt(row['effect'], 4)} {interval(row['low'], row['high'], 3)} "
        f"(p {pvalue(row['pvalue'])})"
    )
    return row["effect"] > 0 and row["pvalue"] < LEVEL, words


@claim("carbon", "C02")
def _innovation_mediates_and_spills_over(e: Evidence) -> Finding:
    """H2: the product path, at home and around."""
    paths = [_mediated(e, kind) for kind in EFFECTS[:2]]
    return decided(all(holds for holds, _ in paths), "; ".join(words for _, words in paths))


@claim("carbon", "C05")
def _mediation_strengthens_around(e: Evidence) -> Finding:
    """The abstract: the mediated spillover."""
    return decided(*_mediated(e, "indirect"))


@claim("carbon", "C07")
def _weights_are_rook(_: Evidence) -> Finding:
    """The null variance behind Table 1 must be possible under the weights that are named."""
    table = audit.implied_variances()
    variance = table.query("table == 1 and column == 'CP'")["variance"]
    null = audit.null_variance(dense(weights.rook()).to_numpy())
    binary = audit.null_variance(dense(weights.rook(standardise=False)).to_numpy())
    kurtosis = (null.intercept - variance.mean()) / null.slope
    other = (binary.intercept - variance.mean()) / binary.slope
    return decided(
        kurtosis >= 1 > other,
        f"the published I and z of CP imply a null variance of {fmt(variance.mean(), 4)}; "
        f"row-standardised rook gives it at a kurtosis of {fmt(kurtosis, 1)}, rook without "
        f"standardisation at {fmt(other, 1)} (at least 1 is possible)",
    )


@claim("carbon", "C08")
def _every_regressor_is_lagged(_: Evidence) -> Finding:
    """If controls are lagged, indirect over direct differs between them."""
    found = [lag_evidence(target(name)) for name in ("Table 8", "Table 9, 2016-2021")]
    table8 = target("Table 8")
    ratio = table8.values["indirect"] / table8.values["direct"]
    controls = ratio[table8.controls]
    words = (
        f"in Table 8 indirect over direct lies between {fmt(controls.min(), 3)} and "
        f"{fmt(controls.max(), 3)} for all six controls and is {fmt(ratio['GIA'], 3)} for GIA; one "
        f"ρ of about {fmt(found[0]['rho'], 2)} ({fmt(found[1]['rho'], 2)} in 2016 to 2021) gives "
        "the former if no control is lagged"
    )
    return decided(bool(min(f["ratio_spread"] for f in found) > 0.2), words)


# Spatial autocorrelation and the choice of model


def _autocorrelated(e: Evidence, table: int) -> Finding:
    """Every I positive and significant."""
    lines = e.table(table).xs("moran_i", level="statistic")
    good = (lines["ours"] > 0) & (lines["p_value"] < LEVEL)
    by = good.groupby(level="column").agg(["sum", "size"])
    lowest = lines["ours"].groupby(level="column").min()
    words = "; ".join(
        f"{name}: {by['sum'][name]} of {by['size'][name]} years positive at 10 %, lowest I "
        f"{fmt(lowest[name], 3)}"
        for name in by.index
    )
    return decided(bool(good.all()), words)


claim("carbon", "C09")(partial(_autocorrelated, table=1))
claim("carbon", "C10")(partial(_autocorrelated, table=2))


@claim("carbon", "C11")
def _all_lm_tests_pass(e: Evidence) -> Finding:
    """All four at 10 %."""
    rows = ("LM error", "robust LM error", "LM lag", "robust LM lag")
    cells = [e.cell(3, row, "test", "chi2") for row in rows]
    words = "; ".join(f"{c.row} p {pvalue(c.p)}" for c in cells)
    own = printed(3, "robust LM error", "test", "chi2")
    note = f"; the published robust LM error of {fmt(own, 3)} is itself far below 2.706"
    return decided(all(c.p < 0.1 for c in cells), words + note)


@claim("carbon", "C12")
def _durbin_is_best(e: Evidence) -> Finding:
    """Both LR and both Wald tests at 1 %."""
    rows = ("LR SAR", "LR SEM", "Wald SAR", "Wald SEM")
    cells = [e.cell(3, row, "test", "chi2") for row in rows]
    words = "; ".join(f"{c.row} {fmt(c.value, 1)} (p {pvalue(c.p)})" for c in cells)
    return decided(all(c.p < 0.01 for c in cells), words)


# Patterns in time and space: counts and means of the study's own data


@claim("carbon", "C14")
def _productivity_rises(e: Evidence) -> Finding:
    """Mean CP by year."""
    mean = e.wide("CP").mean()
    falls = int((mean.diff().dropna() < 0).sum())
    words = (
        f"mean CP goes from {fmt(mean.iloc[0], 2)} to {fmt(mean.iloc[-1], 2)} and falls in {falls}"
    )
    return decided(rises(mean) and falls == 0, f"{words} of {len(mean) - 1} years")


@claim("carbon", "C15")
def _agglomeration_rises_to_2017(e: Evidence) -> Finding:
    """Mean GIA from 2013 to 2017."""
    mean = e.wide("GIA").mean().loc[2013:2017]
    return decided(bool(mean.iloc[-1] > mean.iloc[0]), f"mean GIA: {_values(mean)}")


@claim("carbon", "C16")
def _agglomeration_high_since_2018(e: Evidence) -> Finding:
    """The mean of the years since 2018 above the mean of the years before."""
    mean = e.wide("GIA").mean()
    before, since = mean.loc[:2017].mean(), mean.loc[2018:].mean()
    words = f"{fmt(before, 2)} to 2017, {fmt(since, 2)} since: {_values(mean.loc[2018:])}"
    return decided(bool(since > before), f"mean GIA {words}")


@claim("carbon", "C17")
def _coast_above_west(e: Evidence) -> Finding:
    """Every named eastern province above every named western one."""
    mean = e.wide("CP").mean(axis=1)
    east, west = mean[["Beijing", "Shanghai", "Jiangsu"]], mean[["Xinjiang", "Ningxia"]]
    return decided(bool(east.min() > west.max()), f"mean CP: {_values(east)}; {_values(west)}")


@claim("carbon", "C18")
def _rises_everywhere(e: Evidence) -> Finding:
    """An upward trend in every province."""
    wide = e.wide("CP")
    up = wide.apply(rises, axis=1)
    falls = int((wide.diff(axis=1) < 0).sum().sum())
    without = ", ".join(up.index[~up]) or "none"
    words = f"upward trend at 10 % in {int(up.sum())} of {len(up)} provinces (without: {without})"
    cells = wide.shape[0] * (wide.shape[1] - 1)
    return decided(bool(up.all()), f"{words}; CP fell in {falls} of {cells} province-years")


@claim("carbon", "C19")
def _notable_improvement(e: Evidence) -> Finding:
    """The named provinces grow by more than the median province."""
    wide = e.wide("CP")
    growth = wide.iloc[:, -1] / wide.iloc[:, 0]
    named = growth[["Hubei", "Sichuan", "Henan"]]
    words = f"CP grew by a factor of {_values(named)}; median {fmt(growth.median(), 2)}"
    return decided(bool((named > growth.median()).all()), words)


@claim("carbon", "C20")
def _low_yet_improving(e: Evidence) -> Finding:
    """Both in the lowest third, both with an upward trend."""
    wide, named = e.wide("CP"), ["Shanxi", "Inner Mongolia"]
    mean, chosen = wide.mean(axis=1), wide.loc[named]
    low = mean.rank()[named] <= len(mean) / 3
    taus = chosen.apply(lambda row: trend(row)[0], axis=1)
    words = f"mean CP: {_values(mean[named])}; rank correlation with time {_values(taus)}"
    return decided(bool(low.all() and chosen.apply(rises, axis=1).all()), words)


def against_the_median(e: Evidence, named: tuple[str, ...], above: bool) -> Finding:
    """The named provinces all above, or all below, the median province's mean GIA."""
    mean = e.wide("GIA").mean(axis=1)
    held = mean[list(named)]
    words = f"mean GIA: {_values(held)}; median province {fmt(mean.median(), 2)}"
    return decided(bool(((held > mean.median()) if above else (held < mean.median())).all()), words)


claim("carbon", "C21")(
    partial(against_the_median, named=("Jiangsu", "Zhejiang", "Guangdong"), above=True)
)
claim("carbon", "C23")(partial(against_the_median, named=("Xinjiang", "Qinghai"), above=False))


@claim("carbon", "C22")
def _centre_is_moderate(e: Evidence) -> Finding:
    """Henan and Hubei in the middle third of provinces."""
    mean = e.wide("GIA").mean(axis=1)
    rank, n = mean.rank()[["Henan", "Hubei"]], len(mean)
    words = (
        f"rank from below among {n}: {_values(rank, 0)}; middle third {n // 3 + 1} to {2 * n // 3}"
    )
    return decided(bool(rank.between(n // 3 + 1, 2 * n // 3).all()), words)


@claim("carbon", "C24")
def _one_central_peak(e: Evidence) -> Finding:
    """Some central province above all its neighbours, at twice their mean or more."""
    mean = e.wide("GIA").mean(axis=1)
    region = geo.capitals()["region"].reindex(mean.index)
    top = str(mean[region == "Central"].idxmax())
    around = mean[list(weights.rook()[top].index)]
    words = f"highest in the centre is {top} with {fmt(mean[top], 2)}; around it {_values(around)}"
    return decided(bool(mean[top] > around.max() and mean[top] >= 2 * around.mean()), words)


@claim("carbon", "C25")
def _tiers_from_three_to_nine(e: Evidence) -> Finding:
    """A lowest tier at 3 needs a good part of the provinces at 3 or more."""
    mean = e.wide("GIA").mean(axis=1)
    words = (
        f"{int((mean >= 3).sum())} of {len(mean)} provinces average 3 or more and "
        f"{int((mean >= 9).sum())} 9 or more; the published mean over all "
        f"{fmt(printed(5, 'GIA', 'all', 'observations'), 0)} cells is "
        f"{fmt(printed(5, 'GIA', 'all', 'mean'), 3)} (Table 5)"
    )
    return decided(bool((mean >= 3).mean() > 0.5), words)


# Regressions and mediation


@claim("carbon", "C31")
def _urbanisation_and_openness_change(e: Evidence) -> Finding:
    """Signs of URB and OP differ between the columns of Table 6."""
    pairs = [e.cells(6, row, ("OLS", "FE")) for row in ("URB", "OP")]
    changed = all(a.value * b.value < 0 for a, b in pairs)
    return decided(changed, "; ".join(str(c) for pair in pairs for c in pair))


@claim("carbon", "C32")
def _two_way_fits_better(e: Evidence) -> Finding:
    """R² of the two columns."""
    fe, ols = (e.cell(6, "model", c, "r_squared") for c in ("FE", "OLS"))
    words = f"R² {fmt(fe.value, 4)} with effects (published {fmt(fe.printed, 4)}: {fe.verdict})"
    return decided(fe.near and fe.value > ols.value, f"{words}, {fmt(ols.value, 4)} pooled")


@claim("carbon", "C34")
def _direct_effect_falls(e: Evidence) -> Finding:
    """Table 7: positive at 1 % in models 1 and 3, smaller in 3."""
    without, held = e.cells(7, "GIA", ["(1) direct", "(3) direct"])
    both = without.has(1, 0.01) and held.has(1, 0.01)
    return decided(both and held.value < without.value, f"{without}; {held}")


@claim("carbon", "C35")
def _mediated_share(e: Evidence) -> Finding:
    """The share by which the direct effect falls; it needs a direct effect that is not zero."""
    row = _row(e.study.mediate().shares(), ("1 − not mediated / total effect", "direct"))
    span = f"{percent(row['low'])} to {percent(row['high'])}"
    words = f"share {percent(row['share'])}, 95 % interval {span}"
    p = row["denominator_pvalue"]
    holds = p < 0.1 and row["low"] <= 0.167 <= row["high"]
    return decided(holds, f"{words}; the effect it is a share of has p {pvalue(p)}")


@claim("carbon", "C56")
def _share_that_spills_over(e: Evidence) -> Finding:
    """The same share (section 4.2 calls GIA's own coefficient the total effect), and the path."""
    share, path = _mediated_share(e), _mediation_strengthens_around(e)
    both = UPHELD == share.verdict == path.verdict
    return decided(both, f"{share.evidence}; {path.evidence}")


# Robustness, instruments and groups


@claim("carbon", "C42")
def _window_covers_the_plan(_: Evidence) -> Finding:
    """The plan's years are known."""
    columns = published.load(9)["column"]
    windows = columns[columns.str.contains(" ")].str.partition(" ")[0].to_list()
    first, last = (int(year) for year in windows[-1].split("-"))
    words = f"the 13th Five-Year Plan ran from 2016 to 2020; the window is {first} to {last}"
    return decided(first <= 2016 and last >= 2020, words)


@claim("carbon", "C44")
def _size_varies_slightly(e: Evidence) -> Finding:
    """No rule says what is slight; both pairs of effects, for the reader to judge."""
    pairs = {k: (e.cell(8, "GIA", k), e.cell(10, "GIA", k)) for k in EFFECTS}
    told = ", ".join(f"{k} {fmt(b.printed / a.printed, 1)}" for k, (a, b) in pairs.items())
    ours = ", ".join(f"{k} {fmt(a.value)} and {fmt(b.value)}" for k, (a, b) in pairs.items())
    raise CannotBeTestedError(
        "how much is slight is for the reader to say. As published, distance over contiguity: "
        f"{told} times; our estimates under contiguity and distance: {ours}"
    )


@claim("carbon", "C45")
def _controls_agree(e: Evidence) -> Finding:
    """Direct and total effects of the controls; the text grants discrepancies in indirect ones.

    No effect that is significant at 10 % under both weights changes its sign, and whether it is
    significant stays the same for more than half ("largely unchanged").
    """
    controls = target("Table 8").controls
    pairs = [(e.cell(8, row, k), e.cell(10, row, k)) for row in controls for k in EFFECTS[::2]]
    turned = sum(a.value * b.value < 0 and max(a.p, b.p) < LEVEL for a, b in pairs)
    same = sum((a.p < LEVEL) == (b.p < LEVEL) for a, b in pairs)
    words = (
        f"of {len(pairs)} direct and total effects {same} are significant at 10 % under both "
        f"weights or under neither; {turned} that are significant under both change their sign"
    )
    return decided(turned == 0 and 2 * same > len(pairs), words)


@claim("carbon", "C46")
def _instruments_are_relevant(e: Evidence) -> Finding:
    """Table 11: first stage and underidentification at 1 %."""
    first = [e.cell(11, "L.GIA", "IV1 first stage"), e.cell(11, "Terrain", "IV2 first stage")]
    under = [e.cell(11, "model", f"IV{i} second stage", "kp_rk_lm") for i in (1, 2)]
    return directed([*first, *under], level=0.01)


@claim("carbon", "C47")
def _instruments_are_strong(e: Evidence) -> Finding:
    """Table 11: both F above the largest Stock–Yogo value for one instrument, 10 % maximal size."""
    critical = STOCK_YOGO[1][10]
    cells = [e.cell(11, "model", f"IV{i} second stage", "kp_rk_wald_f") for i in (1, 2)]
    words = ", ".join(f"{fmt(c.value, 1)} (published {fmt(c.printed, 1)})" for c in cells)
    note = f"F {words} against {critical}, which holds for independent errors"
    return decided(all(c.value > critical for c in cells), note)


@claim("carbon", "C48")
def _estimates_agree(e: Evidence) -> Finding:
    """Table 11: both positive and significant, within two errors of each other."""
    cells = [e.cell(11, "GIA", f"IV{i} second stage") for i in (1, 2)]
    error = e.cell(11, "GIA", "IV1 second stage", "std_error").value
    alike = abs(cells[0].value - cells[1].value) <= 2 * error
    return decided(alike and all(c.has(1) for c in cells), "; ".join(map(str, cells)))


@claim("carbon", "C49")
def _instrument_is_relief(e: Evidence) -> Finding:
    """A statement of method; what can be seen is whether ours behaves alike."""
    cell = e.cell(11, "Terrain", "IV2 first stage")
    raise CannotBeTestedError(f"the paper's relief data are not public; with ours: {cell}")


@claim("carbon", "C58")
def _main_result_survives(e: Evidence) -> Finding:
    """Direct effects in Tables 9 and 10, instrumented coefficients in Table 11."""
    spatial = [e.cell(9, "GIA", "2016-2021 direct"), e.cell(10, "GIA", "direct")]
    if not all(cell.has(1) for cell in spatial):
        return directed(spatial)
    return directed([*spatial, *(e.cell(11, "GIA", f"IV{i} second stage") for i in (1, 2))])


# The second paper: clusters of vehicle makers and growth

ECONOMIC = "economic distance"
COMPOSITE = "economic-geographic product"
MIX = "economic-geographic mix"


@claim("growth", "G02")
def _dependence(e: Evidence) -> Finding:
    """Moran's I of income per head in every year, under weights not made from income."""
    income = e.study.frame(e.study.outcome)[e.study.outcome]
    found = {
        name: moran_by_year(income, e.study.but(weights=name).graph(), permutations=0)
        for name in ("rook", "inverse distance")
    }
    parts = [
        f"{name} {fmt(t['I'].min())} to {fmt(t['I'].max())}, largest p {pvalue(t['p_rand'].max())}"
        for name, t in found.items()
    ]
    upheld = all((t["I"] > 0).all() and (t["p_rand"] < LEVEL).all() for t in found.values())
    ending = "economic distance is left out, because it is made from income itself"
    return decided(upheld, f"Moran's I of income by year: {'; '.join(parts)}; {ending}")


@claim("growth", "G04")
def pattern(e: Evidence) -> Finding:
    """Does sign or significance of the indirect effect hang on the matrix, in both estimators?"""
    differ, listed = [], []
    for estimator, papers in (("dummy variables", True), ("transformed likelihood", False)):
        alike, near = (
            e.effect(w, "LQ", "indirect", as_papers=papers) for w in (ECONOMIC, COMPOSITE)
        )
        differ.append((alike.value > 0, alike.p < LEVEL) != (near.value > 0, near.p < LEVEL))
        listed.append(f"by {estimator} {alike} under economic distance, {near} under the composite")
    return decided(all(differ), f"indirect effect: {'; '.join(listed)}")


@claim("growth", "G09")
def _beyond_home(e: Evidence) -> Finding:
    """The indirect effect above the direct one under the composite."""
    direct, indirect = (e.effect(COMPOSITE, "LQ", which) for which in ("direct", "indirect"))
    text = f"under the composite the indirect effect is {indirect}, the direct one {direct}"
    return decided(indirect.value > direct.value, text)


@claim("growth", "G11")
def _nearness(e: Evidence) -> Finding:
    """More spillover under the composite than under economic distance, and a positive one."""
    near, alike = (e.effect(name, "LQ", "indirect") for name in (COMPOSITE, ECONOMIC))
    text = f"the indirect effect is {near} under the composite, {alike} under economic distance"
    return decided(near.value > alike.value and near.has(1), text)


@claim("growth", "G13")
def _weakening(e: Evidence) -> Finding:
    """A positive direct effect of clusters, smaller once patents are held fixed."""
    without, beside = (e.effect(ECONOMIC, "LQ", "direct", *add) for add in ((), ("RD",)))
    text = f"the direct effect is {without} without patents, {beside} with them"
    return decided(0 < beside.value < without.value, text)


@claim("growth", "G15")
def firms(e: Evidence) -> Finding:
    """The direct effect of firms is not significantly positive under both matrices."""
    found = {name: e.effect(name, "Indu", "direct", "Indu") for name in (ECONOMIC, COMPOSITE)}
    listed = "; ".join(f"{name} {effect}" for name, effect in found.items())
    upheld = not all(effect.has(1) for effect in found.values())
    return decided(upheld, f"direct effect of firms: {listed}")


@claim("growth", "G17")
def _better_channel(e: Evidence) -> Finding:
    """Patents significantly positive beside firms that are not, in one model."""
    rd, indu = (e.effect(COMPOSITE, symbol, "direct", "RD", "Indu") for symbol in ("RD", "Indu"))
    text = f"both in one model, composite: direct effect of patents {rd}, of firms {indu}"
    return decided(rd.has(1) and not indu.has(1), text)


@claim("growth", "G18")
def _competition(e: Evidence) -> Finding:
    """A negative indirect effect among the alike, also where output is not in the quotient."""
    studies = {e.study.variable("LQ").variant: e}
    if e.study.variable("LQ").proxy:
        studies["vehicles per head"] = Evidence(e.study.but(LQ="vehicles per head"))
    found = {name: one.effect(ECONOMIC, "LQ", "indirect") for name, one in studies.items()}
    listed = "; ".join(f"{name} {effect}" for name, effect in found.items())
    text = f"indirect effect under economic distance: {listed}; the abstract reports a positive one"
    return decided(all(effect.has(-1) for effect in found.values()), text)

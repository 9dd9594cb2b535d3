"""Claims about the variables themselves: measurement, autocorrelation, years, provinces, maps.

Counts and means of the study's own data; no model is involved.
"""

from __future__ import annotations

import pandas as pd
from scipy.stats import kendalltau

from spillover.data import geography as geo
from spillover.econometrics.formats import fmt
from spillover.econometrics.weights import dense
from spillover.replication import audit, published
from spillover.replication.scorecard.evidence import (
    LEVEL,
    CannotBeTestedError,
    Evidence,
    Finding,
    decided,
    printed,
)
from spillover.replication.scorecard.registry import claim
from spillover.studies import weights

COAST = ("Jiangsu", "Zhejiang", "Guangdong")


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


@claim("C07")
def weights_are_rook(_: Evidence) -> Finding:
    """The null variance behind Table 1 must be possible under the weights that are named."""
    table = audit.implied_variances()
    variance = table.query("table == 1 and column == 'CP'")["variance"]
    null = audit.null_variance(dense(weights.rook()).to_numpy())
    binary = audit.null_variance(dense(weights.rook(standardise=False)).to_numpy())
    kurtosis = (null.intercept - variance.mean()) / null.slope
    other = (binary.intercept - variance.mean()) / binary.slope
    return decided(
        kurtosis >= 1 > other,
        f"the printed I and z of CP imply a null variance of {fmt(variance.mean(), 4)}; "
        f"row-standardised rook gives it at a kurtosis of {fmt(kurtosis, 1)}, rook without "
        f"standardisation at {fmt(other, 1)} (at least 1 is possible)",
    )


def _moran(e: Evidence, table: int) -> Finding:
    lines = e.table(table).xs("moran_i", level="statistic")
    good = (lines["ours"] > 0) & (lines["p_value"] < LEVEL)
    by = good.groupby(level="column").sum()
    lowest = lines["ours"].groupby(level="column").min()
    total = len(lines) // 2
    words = "; ".join(
        f"{name}: {by[name]} of {total} years positive at 10 %, lowest I {fmt(lowest[name], 3)}"
        for name in by.index
    )
    return decided(bool(good.all()), words)


@claim("C09")
def autocorrelated_under_contiguity(e: Evidence) -> Finding:
    """Table 1."""
    return _moran(e, 1)


@claim("C10")
def autocorrelated_under_distance(e: Evidence) -> Finding:
    """Table 2."""
    return _moran(e, 2)


@claim("C13")
def share_of_three_sources(_: Evidence) -> Finding:
    """Needs the output of all clean energy."""
    raise CannotBeTestedError(
        "the official figures used here hold water, wind and sun, not the other clean sources"
    )


@claim("C14")
def productivity_rises(e: Evidence) -> Finding:
    """Mean CP by year."""
    mean = e.wide("CP").mean()
    falls = int((mean.diff().dropna() < 0).sum())
    words = (
        f"mean CP goes from {fmt(mean.iloc[0], 2)} to {fmt(mean.iloc[-1], 2)} and falls in {falls}"
    )
    return decided(rises(mean) and falls == 0, f"{words} of {len(mean) - 1} years")


@claim("C15")
def agglomeration_rises_to_2017(e: Evidence) -> Finding:
    """Mean GIA from 2013 to 2017."""
    mean = e.wide("GIA").mean().loc[2013:2017]
    return decided(bool(mean.iloc[-1] > mean.iloc[0]), f"mean GIA: {_values(mean)}")


@claim("C16")
def agglomeration_high_since_2018(e: Evidence) -> Finding:
    """The mean of the years since 2018 above the mean of the years before."""
    mean = e.wide("GIA").mean()
    before, since = mean.loc[:2017].mean(), mean.loc[2018:].mean()
    words = f"{fmt(before, 2)} to 2017, {fmt(since, 2)} since: {_values(mean.loc[2018:])}"
    return decided(bool(since > before), f"mean GIA {words}")


@claim("C17")
def coast_above_west(e: Evidence) -> Finding:
    """Every named eastern province above every named western one."""
    mean = e.wide("CP").mean(axis=1)
    east, west = mean[["Beijing", "Shanghai", "Jiangsu"]], mean[["Xinjiang", "Ningxia"]]
    return decided(bool(east.min() > west.max()), f"mean CP: {_values(east)}; {_values(west)}")


@claim("C18")
def rises_everywhere(e: Evidence) -> Finding:
    """An upward trend in every province."""
    wide = e.wide("CP")
    up = wide.apply(rises, axis=1)
    falls = int((wide.diff(axis=1) < 0).sum().sum())
    without = ", ".join(up.index[~up]) or "none"
    words = f"upward trend at 10 % in {int(up.sum())} of {len(up)} provinces (without: {without})"
    cells = wide.shape[0] * (wide.shape[1] - 1)
    return decided(bool(up.all()), f"{words}; CP fell in {falls} of {cells} province-years")


@claim("C19")
def notable_improvement(e: Evidence) -> Finding:
    """The named provinces grow by more than the median province."""
    wide = e.wide("CP")
    growth = wide.iloc[:, -1] / wide.iloc[:, 0]
    named = growth[["Hubei", "Sichuan", "Henan"]]
    words = f"CP grew by a factor of {_values(named)}; median {fmt(growth.median(), 2)}"
    return decided(bool((named > growth.median()).all()), words)


@claim("C20")
def low_yet_improving(e: Evidence) -> Finding:
    """Both in the lowest third, both with an upward trend."""
    wide = e.wide("CP")
    mean = wide.mean(axis=1)
    named = ["Shanxi", "Inner Mongolia"]
    low = mean.rank()[named] <= len(mean) / 3
    chosen = wide.loc[named]
    taus = chosen.apply(lambda row: trend(row)[0], axis=1)
    up = chosen.apply(rises, axis=1)
    words = f"mean CP: {_values(mean[named])}; rank correlation with time {_values(taus)}"
    return decided(bool(low.all() and up.all()), words)


@claim("C21")
def coast_is_agglomerated(e: Evidence) -> Finding:
    """The named coastal provinces above the median province."""
    mean = e.wide("GIA").mean(axis=1)
    words = f"mean GIA: {_values(mean[list(COAST)])}; median province {fmt(mean.median(), 2)}"
    return decided(bool((mean[list(COAST)] > mean.median()).all()), words)


@claim("C22")
def centre_is_moderate(e: Evidence) -> Finding:
    """Henan and Hubei in the middle third of provinces."""
    mean = e.wide("GIA").mean(axis=1)
    rank, n = mean.rank()[["Henan", "Hubei"]], len(mean)
    words = (
        f"rank from below among {n}: {_values(rank, 0)}; middle third {n // 3 + 1} to {2 * n // 3}"
    )
    return decided(bool(rank.between(n // 3 + 1, 2 * n // 3).all()), words)


@claim("C23")
def northwest_is_less_agglomerated(e: Evidence) -> Finding:
    """Xinjiang and Qinghai below the median province."""
    mean = e.wide("GIA").mean(axis=1)
    named = mean[["Xinjiang", "Qinghai"]]
    words = f"mean GIA: {_values(named)}; median province {fmt(mean.median(), 2)}"
    return decided(bool((named < mean.median()).all()), words)


@claim("C24")
def one_central_peak(e: Evidence) -> Finding:
    """Some central province above all its neighbours, at twice their mean or more."""
    mean = e.wide("GIA").mean(axis=1)
    region = geo.capitals()["region"].reindex(mean.index)
    top = str(mean[region == "Central"].idxmax())
    around = mean[list(weights.rook()[top].index)]
    words = f"highest in the centre is {top} with {fmt(mean[top], 2)}; around it {_values(around)}"
    return decided(bool(mean[top] > around.max() and mean[top] >= 2 * around.mean()), words)


@claim("C25")
def tiers_from_three_to_nine(e: Evidence) -> Finding:
    """A lowest tier at 3 needs a good part of the provinces at 3 or more."""
    mean = e.wide("GIA").mean(axis=1)
    printed_mean = printed(5, "GIA", "all", "mean")
    words = (
        f"{int((mean >= 3).sum())} of {len(mean)} provinces average 3 or more and "
        f"{int((mean >= 9).sum())} 9 or more; Table 5 itself prints a mean of "
        f"{fmt(printed_mean, 3)} over all {published.load(5)['printed'].iloc[0]} cells"
    )
    return decided(bool((mean >= 3).mean() > 0.5), words)

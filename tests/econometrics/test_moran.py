"""Moran's I: a worked example, the formula by hand, and esda."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from esda.moran import Moran

from spillover.data.geography import capitals
from spillover.econometrics.moran import composite_moran, local_moran, moran, moran_by_year
from spillover.econometrics.weights import dense, economic_distance, from_dense
from spillover.studies import CARBON, weights
from spillover.studies.weights import ECONOMIC, Mix, named


def line_graph():
    names = list("abcd")
    matrix = pd.DataFrame(0.0, index=names, columns=names)
    for left, right in itertools.pairwise(names):
        matrix.loc[left, right] = matrix.loc[right, left] = 1
    return from_dense(matrix)


def test_worked_example_on_a_line():
    # a–b–c–d with values 1, 2, 3, 4: z = −1.5, −.5, .5, 1.5; lags of z: −.5, −.5, .5, .5.
    # z'Wz = .75 + .25 + .25 + .75 = 2; z'z = 5; n/S0 = 1.
    result = moran(pd.Series([1, 2, 3, 4], index=list("abcd")), line_graph(), permutations=0)
    assert result["I"] == pytest.approx(0.4)
    assert result["expected"] == pytest.approx(-1 / 3)


def test_variance_under_normality_by_formula():
    """Cliff and Ord: (n²S1 − nS2 + 3S0²)/(S0²(n² − 1)) − E²."""
    W = dense(weights.rook()).to_numpy()
    n, s0 = 30, W.sum()
    s1 = ((W + W.T) ** 2).sum() / 2
    s2 = ((W.sum(axis=0) + W.sum(axis=1)) ** 2).sum()
    expected = (n**2 * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n**2 - 1)) - 1 / (n - 1) ** 2
    values = capitals()["latitude"]
    assert moran(values, weights.rook(), 0)["var_norm"] == pytest.approx(expected)


@pytest.fixture(scope="module")
def gia():
    frame = CARBON.frame("GIA")
    return frame["GIA"]


def test_against_esda_year_by_year(gia):
    ours = moran_by_year(gia, weights.rook(), permutations=0)
    for year in range(2013, 2023):
        theirs = Moran(gia.xs(year, level="year").to_numpy(), weights.rook(), permutations=0)
        assert ours.loc[year, "I"] == pytest.approx(theirs.I)
        assert ours.loc[year, "z_rand"] == pytest.approx(theirs.z_rand)
        assert ours.loc[year, "p_rand"] == pytest.approx(theirs.p_rand / 2)
        assert ours.loc[year, "z_norm"] == pytest.approx(theirs.z_norm)
        assert ours.loc[year, "p_norm"] == pytest.approx(theirs.p_norm / 2)


def test_pvalues_are_one_tailed_against_positive_autocorrelation():
    """On the line a–b–c–d, 1 2 3 4 and its alternation 1 4 2 3: z by hand, p = 1 − Φ(z)."""
    W = line_graph()
    n, s0 = 4, 4.0
    w = dense(W).to_numpy()
    s1 = ((w + w.T) ** 2).sum() / 2
    s2 = ((w.sum(axis=0) + w.sum(axis=1)) ** 2).sum()
    sd = np.sqrt((n**2 * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n**2 - 1)) - 1 / (n - 1) ** 2)
    for values, positive in (([1, 2, 3, 4], True), ([1, 4, 2, 3], False)):
        found = moran(pd.Series(values, index=list("abcd"), dtype=float), W, permutations=0)
        z = (found["I"] + 1 / 3) / sd
        assert found["z_norm"] == pytest.approx(z)
        assert found["p_norm"] == pytest.approx(0.5 * math.erfc(z / math.sqrt(2)))
        assert (found["p_norm"] < 0.5) == (found["p_rand"] < 0.5) == positive


def test_weights_are_taken_as_they_are():
    """A star with one more link, binary: I by the formula, which rows that sum to one change."""
    names = list("abcde")
    links = [(0, 1), (0, 2), (0, 3), (0, 4), (3, 4)]
    w = np.zeros((5, 5))
    for i, j in links:
        w[i, j] = w[j, i] = 1.0
    values = np.array([5.0, 1.0, 2.0, 7.0, 9.0])
    z = values - values.mean()

    def by_formula(weights):
        return 5 / weights.sum() * (z @ weights @ z) / (z @ z)

    rows = w / w.sum(axis=1, keepdims=True)
    series, matrix = pd.Series(values, names), pd.DataFrame(w, names, names)
    graph = from_dense(matrix, standardise=False)
    for given in (graph, matrix):
        plain = moran(series, given, 0)["I"]
        assert plain == pytest.approx(by_formula(w), abs=1e-12)
        standardised = moran(series, given, 0, row_standardise=True)["I"]
        assert standardised == pytest.approx(by_formula(rows), abs=1e-12)
        assert standardised != pytest.approx(plain, abs=0.01)
        for option, weights_used in ((False, w), (True, rows)):
            local = local_moran(series, given, permutations=9, row_standardise=option).table
            np.testing.assert_allclose(local["lag"], weights_used @ z / values.std(), atol=1e-12)
            expected = 4 / 5 * z * (weights_used @ z) / values.var()
            np.testing.assert_allclose(local["I"], expected, atol=1e-12)


def test_both_tails_add_up(gia):
    """Φ has no atoms: p for more and for less add up to one, and the smaller doubles."""
    year = gia.xs(2020, level="year")
    tails = {a: moran(year, weights.rook(), 199, alternative=a) for a in ("greater", "less")}
    both = moran(year, weights.rook(), 199, alternative="two-sided")
    for name in ("p_rand", "p_norm"):
        assert tails["greater"][name] + tails["less"][name] == pytest.approx(1)
        assert both[name] == pytest.approx(2 * min(t[name] for t in tails.values()))
    assert both["p_perm"] == 2 * min(t["p_perm"] for t in tails.values())
    # no two of the 200 arrangements have the same I, and the observed one counts on both sides
    assert tails["greater"]["p_perm"] + tails["less"]["p_perm"] == pytest.approx(1 + 1 / 200)


def test_permutations_against_positive_autocorrelation_of_a_negative_one():
    """Alternating values: nearly all permutations have a larger I, as the normal p says too."""
    names = [f"u{i}" for i in range(20)]
    ring = pd.DataFrame(np.roll(np.eye(20), 1, 0) + np.roll(np.eye(20), -1, 0), names, names)
    values = pd.Series(np.tile([0.0, 1.0], 10) + np.linspace(0, 0.1, 20), names)
    found = moran(values, ring)
    assert found["p_norm"] > 0.999
    assert found["p_perm"] > 0.99
    assert moran(values, ring, alternative="less")["p_perm"] < 0.01


def test_local_units_keep_their_name(gia):
    year = gia.xs(2020, level="year")
    unnamed = local_moran(year.rename_axis(None), weights.rook(), permutations=19)
    named = local_moran(year.rename_axis("region"), weights.rook(), permutations=19)
    assert (unnamed.table.index.name, named.table.index.name) == ("unit", "region")
    half = local_moran(year, weights.rook(), permutations=19, alternative="directed").table["p"]
    np.testing.assert_allclose(named.table["p"], np.minimum(2 * half, 1))


def test_order_of_provinces_does_not_matter(gia):
    year = gia.xs(2020, level="year")
    shuffled = year.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(moran(year, weights.rook()), moran(shuffled, weights.rook()))


def test_seed_fixes_the_permutations_and_leaves_the_global_state_alone(gia):
    year = gia.xs(2020, level="year")
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.uniform()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    first = moran(year, weights.rook())
    assert np.random.uniform() == expected  # noqa: NPY002
    assert first["p_perm"] == moran(year, weights.rook())["p_perm"]


def test_a_missing_value_is_named(gia):
    year = gia.xs(2020, level="year").copy()
    year["Hubei"] = np.nan
    with pytest.raises(ValueError, match="Hubei"):
        moran(year, weights.rook())
    with pytest.raises(ValueError, match="Hubei"):
        moran(year.drop("Hubei"), weights.rook())


def test_local_statistics_average_to_the_global_one(gia):
    year = gia.xs(2020, level="year")
    local = local_moran(year, weights.rook(), permutations=99)
    # esda scales local I by n/(n − 1): their mean is I·(n − 1)/n … either way proportional to I.
    global_i = moran(year, weights.rook(), 0)["I"]
    assert local.table["I"].mean() * 30 / 29 == pytest.approx(global_i)
    assert (local.table["z"] * local.table["lag"]).mean() == pytest.approx(global_i)


def test_false_discoveries_are_controlled():
    """Pure noise: with the rate controlled at 10 %, clusters are rare over many draws."""
    rng = np.random.default_rng(5)
    names = capitals().index
    any_cluster = 0
    for _ in range(40):
        noise = pd.Series(rng.normal(size=30), index=names)
        found = local_moran(noise, weights.rook(), permutations=499).table["cluster"]
        any_cluster += (found != "ns").any()
    assert any_cluster <= 10


def test_a_planted_cluster_is_found():
    names = capitals().index
    rng = np.random.default_rng(5)
    values = pd.Series(rng.normal(size=30) * 0.1, index=names)
    west = ["Xinjiang", "Qinghai", "Gansu", "Sichuan", "Ningxia", "Shaanxi"]
    values[west] += 5
    table = local_moran(values, weights.rook()).table
    assert (table.loc[["Qinghai", "Gansu"], "cluster"] == "HH").all()


@pytest.fixture(scope="module")
def incomes():
    rng = np.random.default_rng(5)
    return pd.Series(rng.lognormal(size=30), capitals().index[::-1], name="income")


def test_composite_weights_give_the_ordinary_statistic(incomes):
    economic = dense(economic_distance(incomes))
    geographic = dense(named("inverse distance"))
    table = composite_moran(np.log(incomes), economic, geographic, permutations=30)
    graphs = [
        economic_distance(incomes),
        ECONOMIC["economic-geographic product"](incomes),
        Mix(0.5)(incomes),
    ]
    expected = [moran(np.log(incomes), W, permutations=0)["I"] for W in graphs]
    assert table["I"].to_list() == pytest.approx(expected, abs=1e-12)
    # Without geography in the weights no permutation of places can change the statistic.
    alone = table.loc["economic distance"]
    assert alone["median"] == pytest.approx(alone["I"], abs=1e-12)
    assert alone["p"] == 1


def test_permuting_places_moves_values_and_incomes_over_the_map(incomes):
    """One permutation by hand, with the weights made anew from the moved incomes."""
    economic = dense(economic_distance(incomes))
    geographic = dense(named("inverse distance"))
    table = composite_moran(np.log(incomes), economic, geographic, permutations=1, seed=3)
    order = np.random.default_rng(3).permutation(30)
    moved = pd.Series(incomes.to_numpy(), incomes.index[order])
    expected = moran(np.log(moved), ECONOMIC["economic-geographic product"](moved), permutations=0)[
        "I"
    ]
    found = table.loc["economic-geographic product", "median"]
    assert found == pytest.approx(expected, abs=1e-12)

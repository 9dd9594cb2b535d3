"""What public figures must reproduce, and what the comparison must keep apart."""

import numpy as np
import pytest

from spillover.replication import measurement, published
from spillover.replication import tables as replication
from spillover.studies import CARBON


@pytest.fixture(scope="module")
def table5():
    return replication.compare(5).set_index(["row", "statistic"])


@pytest.mark.parametrize("symbol", ["Agdp", "URB", "OP", "TEC"])
@pytest.mark.parametrize("statistic", ["mean", "sd", "min", "max"])
def test_printed_descriptives_come_out_exactly(table5, symbol, statistic):
    assert table5.loc[(symbol, statistic), "verdict"] == "reproduced"


@pytest.mark.parametrize("symbol", ["GIA", "IND", "PDE"])
def test_these_come_close(table5, symbol):
    assert set(table5.loc[symbol].loc[["mean", "sd"], "verdict"]) <= {"reproduced", "close"}


def test_carbon_productivity_does_not_and_we_say_so(table5):
    assert table5.loc[("CP", "mean"), "verdict"] == "differs"


@pytest.mark.parametrize(
    ("vintage", "symbol", "exact"),
    [("census4", "Agdp", True), ("census5", "Agdp", False), ("first_release", "Agdp", False)],
)
def test_only_the_fourth_census_vintage_gives_the_printed_income(vintage, symbol, exact):
    rows = replication.compare(5, CARBON.but(gdp=vintage)).set_index(["row", "statistic"])
    assert (rows.loc[(symbol, "mean"), "verdict"] == "reproduced") == exact


def test_effects_add_up():
    ours = replication.replicate(8).query("statistic == 'coefficient'")
    wide = ours.pivot(index="row", columns="column", values="value")
    np.testing.assert_allclose(wide["direct"] + wide["indirect"], wide["total"])


def test_unknown_table():
    with pytest.raises(published.PublishedError, match="Table 4 prints no numbers"):
        replication.replicate(4)


def test_candidates_are_complete_where_they_claim_to_be():
    for name, variant in measurement.candidates(CARBON, "CP").items():
        assert variant.frame("CP")["CP"].notna().all(), name


def test_a_candidate_beyond_its_years_is_refused():
    from spillover.studies import StudyError

    with pytest.raises(StudyError, match=r"CP .CEADs sectoral.: province Beijing, year 2020"):
        CARBON.but(CP="CEADs sectoral").frame("CP")

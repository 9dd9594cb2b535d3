"""Tables: what a reader sees, what the files hold, and what is refused."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pypandoc
import pytest
from bs4 import BeautifulSoup
from linearmodels.panel import PanelOLS
from markdown_it import MarkdownIt

from spillover.book import page, tables
from spillover.book.page import OnPage
from spillover.book.tables import estimate
from spillover.econometrics.regression import ols
from spillover.econometrics.spatialpanel import SpatialPanel
from spillover.replication import published, verdicts


@pytest.fixture(autouse=True)
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the files that pages offer."""
    folder = tmp_path / "_build" / "artifacts"
    monkeypatch.setattr(page, "_folder", lambda: folder)
    return folder


def saved(artifacts: Path, name: str) -> str:
    """Text of the one file of that name."""
    (path,) = artifacts.glob(f"*/{name}")
    return path.read_text(encoding="utf-8")


def rows(myst: str) -> list[list[str]]:
    """Cells of the first table in a MyST text, parsed by an ordinary Markdown parser."""
    inside = myst[myst.index("\n|") + 1 : myst.index("\n\n:::")] if ":::" in myst else myst
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(inside)
    out: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            out.append([])
        elif token.type == "inline":
            out[-1].append(token.content)
    return out


def test_cells_of_every_kind() -> None:
    frame = pd.DataFrame(
        {
            "a": [-0.0004, -1.5, math.nan],
            "n": [300, 12345, -7],
            "ok": [True, False, True],
            "text": ["x|y", "", "z"],
        },
        index=pd.Index([2012, 2013, 2014], name="Year"),
    )
    assert rows(tables.to_myst(frame, decimals=2)) == [
        ["Year", "a", "n", "ok", "text"],
        ["2012", "0.00", "300", "yes", "x|y"],
        ["2013", "\u22121.50", "12,345", "no", ""],
        ["2014", "\u2013", "\u22127", "yes", "z"],
    ]


def test_numbers_stand_right_and_text_left() -> None:
    frame = pd.DataFrame({"n": [1, 2], "t": ["a", "b"], "e": [estimate(1, 0.1, 0.2), ""]})
    ruler = tables.to_myst(frame, index=False).splitlines()[1]
    assert ruler == "|--:|:--|--:|"


def test_a_long_name_may_break_on_a_narrow_screen() -> None:
    frame = pd.DataFrame(
        {"Column": ["gdp_census4_100m", "short_name", "a sentence with_underscore"]}
    )
    found = [row[0] for row in rows(tables.to_myst(frame, index=False))]
    assert found[1:] == ["gdp_<wbr>census4_<wbr>100m", "short_name", "a sentence with_underscore"]


def test_decimals_by_column_and_joined_labels() -> None:
    columns = pd.MultiIndex.from_tuples([("GIA", "I"), ("GIA", "p")])
    frame = pd.DataFrame([[0.12345, 0.012]], index=["2013"], columns=columns)
    found = rows(tables.to_myst(frame, decimals={"GIA · I": 4, "GIA · p": 2}))
    assert found == [["", "GIA · I", "GIA · p"], ["2013", "0.1235", "0.01"]]


def test_a_p_value_never_reads_as_zero() -> None:
    frame = pd.DataFrame([[1e-9, 1e-9, 1e-9, 0.04]], columns=["p", "p_rand", "power", "A · $p$"])
    found = rows(tables.to_myst(frame, index=False))
    assert found[1] == ["<0.001", "<0.001", "0.000", "0.040"]


@pytest.mark.parametrize("value", [math.inf, "0.123456789", "nan"])
def test_an_unfinished_cell_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        tables.to_myst(pd.DataFrame({"a": [value]}))


def test_latex_is_escaped_and_negative_numbers_are_mathematics() -> None:
    frame = pd.DataFrame(
        {"R_2 & $x_1$": [-0.5], "e": [estimate(-1, 0.25, 0.001, 2)]}, index=["5 %"]
    )
    text = tables.to_latex(frame, "A caption & more", "tab:x", decimals=1)
    assert r"R\_2 \& $x_1$" in text
    assert "5 \\% & $-$0.5 & $-$1.00\\rlap{$^{***}$} \\\\\n &  & (0.25) \\\\\n" in text
    assert text.count(r"\begin{") == text.count(r"\end{") == 2


def test_numbered_gives_a_table_with_label_notes_and_files(artifacts: Path) -> None:
    frame = pd.DataFrame({"I": [0.25]}, index=pd.Index(["2013"], name="Year"))
    shown = tables.numbered(frame, "Moran's I", "tab:moran-rook", notes="A note.")
    assert isinstance(shown, OnPage)
    assert shown.myst.startswith(":::{table} Moran's I\n:name: tab:moran-rook\n")
    (csv,) = artifacts.glob("*/tab-moran-rook.csv")
    assert f"{{download}}`CSV </{csv.relative_to(artifacts.parents[1])}>`" in shown.myst
    assert saved(artifacts, "tab-moran-rook.csv") == "Year,I\n2013,0.25\n"
    assert saved(artifacts, "tab-moran-rook.tex").startswith("\\begin{table}")
    assert shown._repr_mimebundle_()[0]["text/markdown"] == shown.myst


@pytest.mark.parametrize("name", ["moran", "tab:Moran", "tab:", "tab:a_b", "fig"])
def test_a_bad_label_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected fig:… or tab:…"):
        tables.numbered(pd.DataFrame({"a": [1]}), "Caption", name)


def test_a_notebook_by_hand_gets_html() -> None:
    shown = tables.numbered(pd.DataFrame({"a": [1]}), "Caption", "tab:x")
    assert shown._repr_mimebundle_()[0]["text/html"].startswith("<table>")


def regression(*values: tuple[str, float, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(values, columns=["name", "estimate", "std_error", "pvalue"])
    return frame.set_index("name")


def test_regressions_side_by_side() -> None:
    ols = regression(("gia", 0.1, 0.02, 0.001), ("op", -0.5, 0.4, 0.2))
    fe = regression(("gia", 0.04, 0.024, 0.09))
    table = tables.regression_table(
        {"OLS": ols, "FE": fe}, labels={"gia": "GIA"}, order=["op", "gia"],
        footer={"N": {"OLS": 300, "FE": 300}, "Effects": {"FE": True}},
    )  # fmt: skip
    assert table.index.tolist() == ["op", "GIA", "N", "Effects"]
    assert [str(cell) for cell in table["OLS"]] == [
        "\u22120.500 (0.400)",
        "0.100*** (0.020)",
        "300",
        "",
    ]
    assert [str(cell) for cell in table["FE"]] == ["", "0.040* (0.024)", "300", "True"]
    written = rows(tables.to_myst(table))
    assert written[2][1:] == [
        '0.100<sup>&#42;&#42;&#42;</sup><br><span class="se">(0.020)</span>',
        '0.040<sup>&#42;</sup><br><span class="se">(0.024)</span>',
    ]


@pytest.fixture(scope="module")
def fits() -> dict[str, Any]:
    """A spatial lag and a Durbin model, least squares, and linearmodels' of the same."""
    index = pd.MultiIndex.from_product([range(12), range(5)], names=["unit", "year"])
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"x_1": rng.normal(size=60)}, index)
    y = (X["x_1"] + rng.normal(size=60)).rename("y")
    ring = pd.DataFrame((np.roll(np.eye(12), 1, 0) + np.roll(np.eye(12), -1, 0)) / 2)
    return {
        "OLS": ols(y, X, fixed_effects="entity", cov_type="cr3"),
        "linearmodels": PanelOLS(y, X, entity_effects=True).fit(),
        "SAR": SpatialPanel(y, X, ring, model="sar").fit("cr3"),
        "SDM": SpatialPanel(y, X, ring).fit("observed"),
    }


def test_fits_of_any_kind_stand_side_by_side(fits: dict[str, Any]) -> None:
    table = tables.side_by_side(fits, order=["x_1", "W_x_1", "rho"])
    assert list(table.columns) == list(fits)
    for heading, fit in fits.items():
        cell = table.at["x_1", heading].cells
        assert cell[0].value == fit.params["x_1"]
        assert cell[1].value == fit.std_errors["x_1"]
        assert table.at["Observations", heading] == 60
    assert table.loc["W_x_1", ["OLS", "linearmodels", "SAR"]].tolist() == ["", "", ""]
    assert table.loc["Errors"].tolist() == ["cr3", "", "cr3", "observed"]
    assert table.at["Fixed effects", "SAR"] == "twoway"
    assert table.at["Log-likelihood", "SDM"].value == fits["SDM"].loglik
    with pytest.raises(TypeError, match="'A' is a float without params, std_errors, pvalues"):
        tables.side_by_side({"A": 1.0})


@pytest.mark.parametrize("kind", ["tex", "html"])
def test_another_program_reads_the_written_table(
    fits: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    """Pandoc finds every cell in its place, estimates above their errors."""
    table = tables.side_by_side(fits)
    path = tables.write(table, tmp_path / f"a.{kind}", "Costs & more", notes="A note, 5 %.")
    read = BeautifulSoup(pypandoc.convert_file(str(path), "html"), "html.parser")
    assert "Costs & more" in read.get_text()
    note = {"tex": r"A note, 5 \%.", "html": "A note, 5 %."}[kind]
    assert note in path.read_text(encoding="utf-8")
    lines = [line.find_all("td") for line in read.select("tr") if line.find("td")]
    cells = [[cell.get_text(" ").replace("\xa0", " ").strip() for cell in line] for line in lines]
    names = [line[0] for line in cells]
    for i, heading in enumerate(table.columns, start=1):
        for name in ("x_1", "rho", "W_x_1"):
            held = table.at[name, heading]
            first = names.index(name)
            column = " ".join(
                line[i] for line in cells[first : first + (2 if kind == "tex" else 1)]
            )
            expected = [number.digits for number in held.cells] if held else []
            assert re.findall(r"\(?\u2212?\d\.\d{3}\)?", column) == expected


def test_numbers_are_written_in_full(fits: dict[str, Any], tmp_path: Path) -> None:
    path = tables.write(tables.side_by_side(fits), tmp_path / "a.csv")
    found = pd.read_csv(path, index_col=0).loc["x_1", ["SDM", "SDM std_error"]].astype(float)
    fit = fits["SDM"]
    assert found.tolist() == pytest.approx([fit.params["x_1"], fit.std_errors["x_1"]], abs=1e-15)
    with pytest.raises(ValueError, match=r"found the ending '\.docx', expected \.tex"):
        tables.write(pd.DataFrame({"a": [1]}), tmp_path / "a.docx")


def test_regression_table_names_what_is_wrong() -> None:
    ols = regression(("gia", 0.1, 0.02, 0.001))
    with pytest.raises(KeyError, match="pvalue"):
        tables.regression_table({"OLS": ols.drop(columns="pvalue")})
    with pytest.raises(KeyError, match="urb"):
        tables.regression_table({"OLS": ols}, order=["urb"])
    with pytest.raises(KeyError, match="FE"):
        tables.regression_table({"OLS": ols}, footer={"N": {"FE": 3}})


def test_estimates_become_three_columns_in_the_file(artifacts: Path) -> None:
    frame = pd.DataFrame({"OLS": [estimate(0.1234567, 0.02, 0.001), 300]}, index=["gia", "N"])
    tables.numbered(frame, "Caption", "tab:x")
    written = saved(artifacts, "tab-x.csv").splitlines()
    assert written == [",OLS,OLS std_error,OLS stars", "gia,0.1234567,0.02,***", "N,300.0,,"]


@pytest.fixture
def comparison() -> pd.DataFrame:
    """Table 6 against itself, but for one sign and one error that grows tenfold."""
    given = published.load(6)[["row", "column", "statistic", "value"]].set_index(
        ["row", "column", "statistic"]
    )
    given.loc[("GIA", "OLS", "coefficient")] *= -1
    given.loc[("GIA", "OLS", "std_error")] *= 10
    return verdicts.compare(given.reset_index(), 6)


def test_printed_and_ours_beside_each_other(comparison: pd.DataFrame) -> None:
    shown = tables.published_vs_here(comparison, "Table 6 beside ours", "tab:six")
    found = rows(shown.myst)
    assert found[0] == ["", "Column", "Published", "Replication", "Verdict"]
    assert found[1][0:2] == ["GIA", "OLS"]
    assert found[1][2].startswith("0.108<sup>&#42;&#42;&#42;</sup><br>")
    assert found[1][3].startswith("\u22120.108")
    assert "(0.260)" in found[1][3]
    assert found[1][4].endswith('<br><span class="verdict verdict-not-judged">× 10.00</span>')
    last = found[-1]
    assert (last[0], last[2]) == ("R²", "0.9499")
    assert "In parentheses: standard error." in shown.myst
    assert "coefficients: " in shown.myst
    assert "descriptives: 2 reproduced; sample sizes: 2 reproduced" in shown.myst


def test_a_whole_table_shows_every_number_of_its_columns(comparison: pd.DataFrame) -> None:
    columns = {"Pooled": "OLS", "Two-way": "FE"}
    found = rows(tables.whole_table(comparison, columns, "Table 6, whole", "tab:six").myst)
    assert found[0] == [
        "",
        *("Pooled: published", "replication", ""),
        *("Two-way: published", "replication", ""),
    ]
    held = [row[i] for row in found for i in (1, 4)]
    cells = {cell.partition("<sup>")[0].partition("<br>")[0] for cell in held}
    errors = set(re.findall(r"\(([\d.]+)\)", str(held)))
    for line in published.load(6).itertuples():
        shown = errors if line.statistic == "std_error" else cells
        assert str(line.printed).replace("-", "\u2212") in shown, line
    gia = found[1]
    assert gia[0] == "GIA"
    assert gia[2].startswith("\u22120.108")
    assert "(0.260)" in gia[2]
    assert gia[3] != gia[6], "the sign was changed in the first column alone"


def test_a_whole_table_names_the_column_it_lacks(comparison: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="'IV'"):
        tables.whole_table(comparison, {"Instruments": "IV"}, "Table 6, whole", "tab:six")


def test_every_printed_number_is_in_the_file(comparison: pd.DataFrame, artifacts: Path) -> None:
    tables.published_vs_here(comparison, "Table 6 beside ours", "tab:six")
    assert (
        len(saved(artifacts, "tab-six.csv").splitlines()[1:])
        == len(comparison)
        == len(published.load(6))
    )


def test_errors_alone_are_shown_as_numbers_of_their_own(comparison: pd.DataFrame) -> None:
    errors = comparison[comparison["statistic"] == "std_error"]
    shown = tables.published_vs_here(errors, "Errors beside ours", "tab:six")
    assert "(0.026)" not in shown.myst
    assert rows(shown.myst)[1][2] == "0.026"


def test_a_comparison_that_is_empty_or_unknown_is_refused(comparison: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="no line"):
        tables.published_vs_here(comparison.iloc[:0], "Caption", "tab:six")
    with pytest.raises(KeyError, match="verdict"):
        tables.published_vs_here(comparison.drop(columns="verdict"), "Caption", "tab:six")
    with pytest.raises(ValueError, match="'near'"):
        tables.published_vs_here(comparison.assign(verdict="near"), "Caption", "tab:six")


def test_claims_wear_a_badge_and_are_counted() -> None:
    examined = pd.DataFrame(
        {"text": ["a", "b"], "verdict": ["not upheld", "upheld"], "evidence": ["x", "y"]},
        index=["C01", "C02"],
    )
    shown = tables.claims_table(examined)
    assert shown["Claim"].to_list() == ["C01 · a", "C02 · b"]
    badges = [stack.cells[0] for stack in shown["Verdict"]]
    assert [badge.kind for badge in badges] == ["contradicts", "reproduced"]
    assert tables.tally(examined) == "1 upheld, 1 not upheld"
    by_proxy = pd.DataFrame({"verdict": ["not testable; by proxy: agrees", "not testable"]})
    assert tables.tally(by_proxy) == "1 not testable (by proxy: agrees), 1 not testable"

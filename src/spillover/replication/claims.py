"""Claims in words held against our numbers: what is upheld, what is not, and the evidence.

A claim about an effect is upheld if ours has the claimed sign and is significant at the claimed
level, 10 % where none is named; a claim that an effect is not significant, if the sign is as
claimed and the p-value above 10 %; a claim of a size, if the verdict on the number upholds its size
as well. ``claims.csv`` names for each such claim the rule and the numbers; a claim that needs a
computation of its own has a function, registered by :func:`.evidence.claim`.

Evidence on a proxy tests the proxy. Such a claim counts as not testable, and the verdict adds
whether the proxy agrees with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from spillover.econometrics.formats import fmt, pvalue
from spillover.replication import published, tables
from spillover.replication.verdicts import LEVEL, NEAR
from spillover.studies import CARBON, Study

UPHELD, NOT_UPHELD, UNTESTABLE = "upheld", "not upheld", "not testable"
BY_PROXY = {
    UPHELD: "not testable; by proxy: agrees",
    NOT_UPHELD: "not testable; by proxy: disagrees",
}
VERDICTS = (UPHELD, NOT_UPHELD, *BY_PROXY.values(), UNTESTABLE)

LEVELS = {"1%": 0.01, "5%": 0.05, "10%": 0.10, "significant": LEVEL, "": LEVEL}
SIGNS = {"positive": 1, "negative": -1}


class ClaimError(ValueError):
    """A claim has no evidence or more than one; the message names it."""


class CannotBeTestedError(Exception):
    """The evidence that a claim needs is not there; the message says why."""


@dataclass(frozen=True)
class Finding:
    """A claim's verdict and, in a sentence with numbers, why."""

    verdict: str
    evidence: str


def decided(holds: bool, evidence: str) -> Finding:
    """Upheld or not, with the evidence."""
    return Finding(UPHELD if holds else NOT_UPHELD, evidence)


@dataclass(frozen=True)
class Estimate:
    """One of our numbers with its p-value."""

    value: float
    p: float

    def has(self, sign: int, level: float = LEVEL) -> bool:
        """Whether it has the sign, and is significant at the level; 1 asks for the sign alone."""
        return self.value * sign > 0 and (level >= 1 or self.p < level)

    def __str__(self) -> str:
        return f"{fmt(self.value)} (p {pvalue(self.p)})"


@dataclass(frozen=True)
class Cell(Estimate):
    """One of our numbers with what is printed in its place."""

    table: int
    row: str
    column: str
    printed: float
    verdict: str
    reason: str

    @property
    def near(self) -> bool:
        """Whether the verdict upholds the size of the published number."""
        return self.verdict in NEAR

    def __str__(self) -> str:
        where = f"Table {self.table}, {self.row} {self.column}"
        return f"{where}: {fmt(self.value)} (p {pvalue(self.p)}; published {fmt(self.printed)})"


def _pick_effect(effects: pd.DataFrame, symbol: str, which: str) -> Estimate:
    """One effect out of a table of effects."""
    part = pd.DataFrame(effects[which]).loc[[symbol]]
    return Estimate(float(part["effect"].iloc[0]), float(part["pvalue"].iloc[0]))


@dataclass(frozen=True)
class Evidence:
    """Our side of every table and model of a study, computed once and kept."""

    study: Study = CARBON
    _tables: dict[int, pd.DataFrame] = field(default_factory=dict)
    _effects: dict[tuple[str | bool, ...], pd.DataFrame] = field(default_factory=dict)

    def table(self, number: int) -> pd.DataFrame:
        """Comparison of a printed table, indexed by row, column and statistic."""
        if number not in self._tables:
            compared = tables.compare(number, self.study)
            self._tables[number] = compared.set_index(["row", "column", "statistic"])
        return self._tables[number]

    def cell(self, table: int, row: str, column: str, statistic: str = "coefficient") -> Cell:
        """One number of a table."""
        line = self.table(table).loc[[(row, column, statistic)]].iloc[0]
        if line["verdict"] == "not comparable":
            raise CannotBeTestedError(f"Table {table}, {row}, {column}: {line['reason']}")
        ours, p, printed = (float(line[name]) for name in ("ours", "p_value", "printed"))
        return Cell(ours, p, table, row, column, printed, line["verdict"], line["reason"])

    def cells(self, table: int, row: str, columns: Sequence[str]) -> list[Cell]:
        """Coefficients of one row."""
        return [self.cell(table, row, column) for column in columns]

    def effect(
        self, weights: str, symbol: str, which: str, *add: str, as_papers: bool = True
    ) -> Estimate:
        """One effect of the Durbin model under named weights, with further regressors.

        Estimated as the papers do (dummy variables, errors clustered by province), or else as the
        study declares. The window is cut to the years in which the further regressors are
        complete. The effect of a product like "LQ:RD", of centred variables, is the slope of LQ's
        own effect in RD.
        """
        key: tuple[str | bool, ...] = (weights, as_papers, *add)
        if key not in self._effects:
            study = self.study.covering(*add).but(weights=weights)
            study = tables.as_printed(study) if as_papers else study
            cov_type = "clustered" if as_papers else study.cov_type
            self._effects[key] = study.spatial(add=add).fit(cov_type=cov_type).effects()
        return _pick_effect(self._effects[key], symbol, which)

    def wide(self, symbol: str) -> pd.DataFrame:
        """One variable in the study's window: provinces in rows, years in columns."""
        values = self.study.frame()[symbol]
        return values.unstack("year").reindex(values.index.unique("province"))


def directed(cells: Sequence[Estimate], sign: int = 1, level: float = LEVEL) -> Finding:
    """Upheld if every number has the sign and is significant at the level."""
    return decided(all(c.has(sign, level) for c in cells), "; ".join(map(str, cells)))


def _numbers(e: Evidence, references: str) -> list[tuple[str, Estimate]]:
    """Our numbers that a claim names: "8 | GIA | direct, total" or "weights + added | LQ | direct".

    The first is a printed table; the second a model, whose weights give the number its name.
    """
    out: list[tuple[str, Estimate]] = []
    for reference in references.split("; "):
        source, row, columns = reference.split(" | ")
        for column in columns.split(", "):
            if source.isdigit():
                out.append(("", e.cell(int(source), row, column)))
            else:
                weights, *add = source.split(" + ")
                out.append((f"{weights} ", e.effect(weights, row, column, *add)))
    return out


def _by_rule(e: Evidence, claim: pd.Series) -> Finding:
    """Judge a claim by the rule and the numbers that ``claims.csv`` names."""
    rule, words = claim["rule"], claim["words"] or "{all}"
    if rule == "not testable":
        raise CannotBeTestedError(words)
    named = _numbers(e, claim["numbers"])
    numbers = [number for _, number in named]
    sign, claimed = SIGNS[claim["sign"]], claim["significance"]
    level = 1.0 if rule == "sign only" or claimed == "not significant" else LEVELS[claimed]
    holds = [number.has(sign, level) for number in numbers]
    if claimed == "not significant":
        holds = [h and number.p >= LEVEL for h, number in zip(holds, numbers, strict=True)]
    listed = [f"{name}{number}" for name, number in named]
    if rule == "size":
        cells = [number for number in numbers if isinstance(number, Cell)]
        holds = [h and cell.near for h, cell in zip(holds, cells, strict=True)]
        listed = [f"{c} {c.verdict}" + (f", {c.reason}" if c.reason else "") for c in cells]
    if rule == "sign of the first":
        holds = holds[:1]
    return decided(all(holds), words.format(*numbers, all="; ".join(listed)))


Examine = Callable[[Evidence], Finding]
"""A function that gives the evidence on a claim."""


def examine(
    study: Study,
    functions: Mapping[str, Examine],
    first: str | None = None,
    last: str | None = None,
) -> pd.DataFrame:
    """Verdict and evidence on the claims of a study's paper, from one claim to another.

    Parameters
    ----------
    study : Study
    functions : mapping
        The evidence on each claim that no rule of ``claims.csv`` judges, by id.
    first, last : str, optional
        Ids; all claims by default.

    Returns
    -------
    DataFrame
        Index id; section, kind, text, tables, verdict (one of :data:`VERDICTS`), evidence (a
        sentence with numbers), proxy: whether it rests on a proxy for a variable of the paper's.

    Raises
    ------
    ClaimError
        A claim has neither a rule nor a function, or a function has no claim.
    """
    listed = published.claims(study.key, study.printed_folder)
    ruled = set(listed.index[listed["rule"] != ""])
    if lacking := [name for name in listed.index if name not in ruled | set(functions)]:
        raise ClaimError(
            f"no evidence on {', '.join(lacking)} ({study.key}); give it a rule in claims.csv, or "
            "register a function"
        )
    if surplus := [name for name in functions if name not in listed.index or name in ruled]:
        raise ClaimError(
            f"a function for {', '.join(surplus)}, which {study.key} does not claim or which a "
            "rule of claims.csv judges"
        )
    evidence = Evidence(study)
    part = listed.loc[first:last]
    found = []
    for name, claim in part.iterrows():
        try:
            ruling = functions.get(str(name))
            found.append(ruling(evidence) if ruling else _by_rule(evidence, claim))
        except CannotBeTestedError as reason:
            found.append(Finding(UNTESTABLE, str(reason)))
    used = part["variables"].str.split()
    proxy = [any(study.variable(symbol).proxy for symbol in names) for names in used]
    verdicts = [
        BY_PROXY.get(f.verdict, f.verdict) if yes else f.verdict
        for f, yes in zip(found, proxy, strict=True)
    ]
    return part[["section", "kind", "text", "tables"]].assign(
        verdict=verdicts, evidence=[f.evidence for f in found], proxy=proxy
    )

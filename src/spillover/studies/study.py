"""A study: outcome, exposure, mediators, controls, window and weights, declared once.

Both parts of the book are two declarations over the same rooms; a fork is a third. A study
assembles checked data and weights and hands them to the estimators; it estimates nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import mul
from typing import Any

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from spillover.data import own, panel
from spillover.econometrics.interactions import Moderated, moderate
from spillover.econometrics.mediation import Mediation, mediate
from spillover.econometrics.spatialpanel import SpatialPanel
from spillover.econometrics.weights import subset
from spillover.studies import variables
from spillover.studies.variables import Variable
from spillover.studies.weights import IncomeWeights, resolve


class StudyError(ValueError):
    """A study asks for something that its data cannot give; the message says what and where."""


@dataclass(frozen=True)
class Study:
    """One question about one panel.

    Attributes
    ----------
    key, title, paper : str
        Name in code, name for readers, citation key.
    outcome, exposure : str
        Symbols of :mod:`spillover.studies.variables`.
    mediators, controls : tuple of str
        Symbols.
    years : tuple of int
        First and last year of the window.
    weights : str, Graph or callable
        A name in :data:`spillover.studies.weights.NAMED` or ``ECONOMIC`` there,
        weights of your own, or a function from mean income by province to weights.
    lagged : tuple of str or None
        Regressors that get a spatial lag; None lags all.
    fixed_effects : str
        "none", "entity", "time" or "twoway".
    gdp : str
        GDP vintage.
    variants : mapping
        Symbol to variant, where not the default: its name, or a variable of your own.
    without : tuple of str
        Provinces left out.
    without_years : tuple of int
        Years left out.
    """

    key: str
    title: str
    paper: str
    outcome: str
    exposure: str
    mediators: tuple[str, ...]
    controls: tuple[str, ...]
    years: tuple[int, int]
    weights: str | Graph | IncomeWeights = "rook"
    lagged: tuple[str, ...] | None = None
    fixed_effects: str = "twoway"
    gdp: str = "census4"
    variants: Mapping[str, str | Variable] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    without_years: tuple[int, ...] = ()

    def but(self, **changes: Any) -> Study:
        """Return the same study with changes: its own fields, or a symbol's variant.

        Examples
        --------
        >>> CARBON.but(CP="CEADs sectoral", years=(2013, 2019)).variants
        {'CP': 'CEADs sectoral'}
        """
        own = {k: v for k, v in changes.items() if k in self.__dataclass_fields__}
        other = {k: v for k, v in changes.items() if k not in own}
        for symbol, variant in other.items():
            variables.pick(symbol, variant)
        return replace(self, **own, variants={**self.variants, **other})

    @property
    def regressors(self) -> tuple[str, ...]:
        """Exposure and controls."""
        return (self.exposure, *self.controls)

    @property
    def symbols(self) -> tuple[str, ...]:
        """All variables: outcome, exposure, mediators, controls."""
        return (self.outcome, self.exposure, *self.mediators, *self.controls)

    def variable(self, symbol: str) -> Variable:
        """Return the declaration of a variable in the variant that the study uses.

        Examples
        --------
        >>> CARBON.but(CP="CEADs sectoral").variable("CP").years
        (2011, 2019)
        """
        return variables.pick(symbol, self.variants.get(symbol))

    def covering(self, *symbols: str) -> Study:
        """Return the study in those of its years in which further variables are complete.

        Parameters
        ----------
        *symbols : str
            Names of variables; "LQ:RD" names two.

        Examples
        --------
        >>> CARBON.but(years=(2011, 2022)).covering("LQ_last").years
        (2012, 2022)
        """
        spans = [self.variable(s).years for name in symbols for s in name.split(":")]
        first = max([self.years[0], *(start for start, _ in spans)])
        last = min([self.years[1], *(end for _, end in spans)])
        return self.but(years=(first, last))

    def frame(self, *symbols: str, gaps: bool = False) -> pd.DataFrame:
        """Variables in the window, complete, indexed by (province, year).

        Parameters
        ----------
        *symbols : str
            All of the study's variables by default. "LQ:RD" is the product of two variables,
            each less its mean over the sample.
        gaps : bool
            Leave missing values missing; without it they are an error.

        Raises
        ------
        StudyError
            Names the first missing value and the years in which its variant is complete.
        """
        names = symbols or self.symbols
        chosen = {s: self.variants.get(s) for n in names for s in n.split(":")}
        whole = variables.build(panel.load(), chosen, self.gdp)
        sample = whole[self._rows(whole.index)]
        if not gaps:
            self._require_complete(sample)
        return pd.DataFrame({n: _product(sample, n.split(":")) for n in names})

    def _require_complete(self, sample: pd.DataFrame) -> None:
        if sample.notna().all(axis=None):
            return
        symbol = str(sample.columns[sample.isna().any()][0])
        unit, year = sample.index[sample[symbol].isna()][0]
        variant = self.variable(symbol)
        raise StudyError(
            f"{symbol} ({variant.variant}): province {unit}, year {year} has no value; "
            f"it is complete from {variant.years[0]} to {variant.years[1]}"
        )

    def _rows(self, index: pd.Index[Any]) -> pd.Series:
        unit, year = index.get_level_values("province"), index.get_level_values("year")
        for name in self.without:
            if name not in unit:
                raise StudyError(f"{name} is not a province of the panel; cannot leave it out")
        return self._in_window(index) & ~unit.isin(self.without) & ~year.isin(self.without_years)

    def _in_window(self, index: pd.Index[Any]) -> pd.Series:
        year = index.get_level_values("year")
        first, last = self.years
        return pd.Series((year >= first) & (year <= last), index=index)

    def income(self) -> pd.Series:
        """Mean real GDP per capita of each province in the window, 10,000 yuan per person."""
        logs = variables.build(panel.load(), {"lnPGDP": "CPI-deflated"}, self.gdp)["lnPGDP"]
        inside = np.exp(logs[self._in_window(logs.index)])
        means: pd.Series = inside.groupby(level="province", sort=False).mean()
        return means.rename("income")

    def not_official(self, symbol: str) -> pd.Series:
        """Return True where a variable of the window rests on a figure that is not official."""
        whole = variables.not_official(panel.load(), symbol, self.variants.get(symbol))
        return whole[self._rows(whole.index)]

    def graph(self) -> Graph:
        """Row-standardised spatial weights among the provinces of the sample."""
        graph = resolve(self.weights, self.income)
        if not self.without:
            return graph
        units = [u for u in graph.unique_ids if u not in self.without]
        return subset(graph, units)

    def spatial(
        self,
        model: str = "sdm",
        outcome: str | None = None,
        add: tuple[str, ...] = (),
        **options: Any,
    ) -> SpatialPanel:
        """Set up a spatial panel model of the study, ready to fit.

        Parameters
        ----------
        model : str
            "sar", "sem", "slx", "sdm" or "sdem".
        outcome : str, optional
            Another variable in the outcome's place.
        add : tuple of str
            Further regressors: mediators, or products like "LQ:RD".
        **options
            Passed on to :class:`spillover.econometrics.spatialpanel.SpatialPanel`; `lagged` and
            `fixed_effects` are the study's own unless given.
        """
        y = outcome or self.outcome
        names = [*self.regressors, *add]
        data = self.frame(y, *names)
        options.setdefault("lagged", None if self.lagged is None else list(self.lagged))
        options.setdefault("fixed_effects", self.fixed_effects)
        return SpatialPanel(data[y], data[names], self.graph(), model=model, **options)

    def mediate(self, mediator: str | None = None, **options: Any) -> Mediation:
        """Estimate the mediation that the study declares.

        Parameters
        ----------
        mediator : str, optional
            The study's first mediator by default.
        **options
            As for :func:`spillover.econometrics.mediation.mediate`.

        Examples
        --------
        >>> sorted(CARBON.mediate().effects().index)[:2]
        ['exposure to mediator', 'gap']
        """
        through = mediator or self.mediators[0]
        data = self.frame(self.outcome, *self.regressors, through)
        options.setdefault("lagged", None if self.lagged is None else list(self.lagged))
        options.setdefault("fixed_effects", self.fixed_effects)
        y, X = data[self.outcome], data[list(self.regressors)]
        return mediate(y, X, self.exposure, data[through], self.graph(), **options)

    def moderate(self, moderators: Sequence[str], **options: Any) -> Moderated:
        """Fit the study's model with products of its exposure and moderators.

        Moderators that are not among the study's regressors are added to them; options are those
        of :func:`spillover.econometrics.interactions.moderate`.

        Examples
        --------
        >>> CARBON.moderate(["TEC"]).marginal("TEC", points=3).shape
        (3, 15)
        """
        names = list(dict.fromkeys([*self.regressors, *moderators]))
        data = self.frame(self.outcome, *names)
        options.setdefault("fixed_effects", self.fixed_effects)
        options.setdefault("lagged", None if self.lagged is None else list(self.lagged))
        y, X = data[self.outcome], data[names]
        return moderate(y, X, self.exposure, moderators, self.graph(), **options)


def _product(sample: pd.DataFrame, symbols: Iterable[str]) -> pd.Series:
    """One variable as it is, or the product of several, each less its mean."""
    parts = [sample[s] for s in symbols]
    if len(parts) == 1:
        return parts[0]
    return reduce(mul, (part - part.mean() for part in parts))


CARBON = Study(
    key="carbon",
    title="Green industrial agglomeration and carbon productivity",
    paper="dai2025",
    outcome="CP",
    exposure="GIA",
    mediators=("TEC",),
    controls=("Agdp", "URB", "OP", "ER", "IND", "PDE"),
    years=(2013, 2022),
)
"""Part I: does a province's share in hydro, wind and solar power raise its carbon productivity?"""

GROWTH = Study(
    key="growth",
    title="New-energy vehicle clusters and regional growth",
    paper="growth",
    outcome="lnPGDP",
    exposure="LQ",
    mediators=("RD", "Indu"),
    controls=("K", "L", "ST", "INF", "HC"),
    years=own.window(2011, 2022),
    weights="economic distance",
    gdp="census5",
)
"""Part II: do clusters of vehicle makers raise income per head, at home and beyond?"""

STUDIES = {s.key: s for s in (CARBON, GROWTH)}


def study(key: str) -> Study:
    """Return a declared study by its key.

    Raises
    ------
    StudyError
        For an unknown key, listing the known ones.
    """
    if key not in STUDIES:
        raise StudyError(f"no study {key!r}; choose from {list(STUDIES)}")
    return STUDIES[key]

"""A study: outcome, exposure, mediators, controls, window, weights and figures, declared once.

It hands its data and weights to the estimators. Both parts of the book are declarations of this
kind (:mod:`.carbon`, :mod:`.growth`); a fork is a third.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from spillover.data import panel
from spillover.data.files import recorded, root
from spillover.data.panel import Panel
from spillover.econometrics.checks import flag, is_graph, one_of, shown, some
from spillover.econometrics.interactions import Moderated, moderate
from spillover.econometrics.mediation import Mediation, mediate
from spillover.econometrics.spatialpanel import SpatialPanel
from spillover.econometrics.spatialpanel.data import FIXED_EFFECTS
from spillover.econometrics.weights import subset
from spillover.studies.variables import Variable, VariableError, build, catalogue, column
from spillover.studies.weights import ECONOMIC, NAMED, IncomeWeights, resolve

if TYPE_CHECKING:
    from libpysal.graph import Graph


class StudyError(ValueError):
    """A study asks for something that its data cannot give; the message says what and where."""


Weights: TypeAlias = "str | Graph | IncomeWeights"
"""A name, a graph, or a function from mean income by province to a graph."""


@dataclass(frozen=True)
class Study:
    """One question about one panel: everything that another study of the same kind would change.

    Attributes
    ----------
    key, title, paper : str
        Name in code, name for readers, citation key.
    outcome, exposure : str
        Symbols of variables.
    mediators, controls : tuple of str
        Symbols.
    window : tuple of int, or callable
        First and last year, or a function that returns them when they are needed.
    weights : str, Graph or callable
        A name in :data:`spillover.studies.weights.NAMED` or ``ECONOMIC`` there, or in
        `named_weights`; weights of your own; or a function from mean income by province to them.
    lagged : tuple of str or None
        Regressors that get a spatial lag; None lags all.
    fixed_effects : str
        "none", "entity", "time" or "twoway".
    correction : str or None
        Of the spatial models, as :class:`~spillover.econometrics.spatialpanel.SpatialPanel` has
        it; None: dummy variables, as Stata's xsmle.
    cov_type : str
        Which standard errors, as :meth:`.SpatialPanel.fit` has them: by default "cr3", clustered
        by unit for few clusters.
    gdp : str
        GDP vintage.
    variants : mapping
        Symbol to variant, where not the default: its name, or a variable of your own.
    without : tuple of str
        Provinces left out.
    without_years : tuple of int
        Years left out.
    panel : Panel, DataFrame or callable
        The figures, or a function that reads them when they are needed: the official ones of
        China's provinces by default. A DataFrame is indexed by (unit, year).
    variables : tuple of Variable, or callable
        Variables made from the panel's columns, the first variant of a symbol being its default.
        A symbol that is not among them is a column of the panel as it is.
    income : str, Variable or None
        What weights that need incomes compare, by unit and year.
    named_weights : mapping
        Weights by name; where there are any, they take the place of the provinces' own in
        `weights` and in robustness checks.
    printed : str or Path
        Folder of the paper's printed tables and claims as ``data/published/README.md``
        describes them, relative to the checkout; empty where there are none.

    Examples
    --------
    A study of a panel of your own needs no more than its columns and weights:

    >>> import numpy as np
    >>> from spillover.econometrics.weights import from_dense
    >>> units = list("abcd")
    >>> index = pd.MultiIndex.from_product([units, range(2001, 2007)])
    >>> figures = pd.DataFrame(np.random.default_rng(1).normal(size=(24, 2)), index, ["y", "x"])
    >>> ring = np.roll(np.eye(4), 1, 0) + np.roll(np.eye(4), -1, 0)
    >>> mine = Study("mine", "A ring", "", "y", "x", window=(2001, 2006), panel=figures,
    ...              weights=from_dense(pd.DataFrame(ring, units, units)))
    >>> list(mine.spatial().fit().params.index)
    ['x', 'W_x', 'rho']
    """

    key: str
    title: str
    paper: str
    outcome: str
    exposure: str
    mediators: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    window: tuple[int, int] | Callable[[], tuple[int, int]] = (2011, 2022)
    weights: Weights = "rook"
    lagged: tuple[str, ...] | None = None
    fixed_effects: str = "twoway"
    correction: str | None = "auto"
    cov_type: str = "cr3"
    gdp: str = "census4"
    variants: Mapping[str, str | Variable] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    without_years: tuple[int, ...] = ()
    panel: Panel | pd.DataFrame | Callable[[], Panel] = field(default=panel.load, compare=False)
    variables: tuple[Variable, ...] | Callable[[], tuple[Variable, ...]] = ()
    income: str | Variable | None = None
    named_weights: Mapping[str, Weights] = field(default_factory=dict)
    printed: str | Path = ""

    def __post_init__(self) -> None:
        for name in ("key", "title", "paper", "outcome", "exposure", "fixed_effects", "gdp"):
            self._expect(name, str, "text")
        for name in ("outcome", "exposure"):
            if not getattr(self, name).strip():
                raise StudyError(f"{name} is empty; expected the symbol of a variable")
        for name in ("mediators", "controls", "without", "lagged"):
            if name != "lagged" or self.lagged is not None:
                object.__setattr__(self, name, self._tuple_of(name, str, "('x1', 'x2')"))
        object.__setattr__(
            self, "without_years", self._tuple_of("without_years", int, "(2015, 2020)")
        )
        one_of(self.fixed_effects, FIXED_EFFECTS, StudyError, "fixed_effects")
        for name in ("correction", "cov_type"):
            self._expect(name, str | None if name == "correction" else str, "text")
        self._expect("printed", str | Path, "a folder")
        for name in ("variants", "named_weights"):
            self._expect(name, Mapping, "a mapping from name to value")
        self._expect("income", str | Variable | None, "the symbol of a variable, or a Variable")
        if not callable(self.panel):
            self._expect("panel", Panel | pd.DataFrame, "a DataFrame indexed by (unit, year)")
        if not callable(self.window):
            object.__setattr__(self, "window", _window(self.window))
        if not callable(self.variables):
            object.__setattr__(self, "variables", self._tuple_of("variables", Variable, "(…,)"))
        for weights in (self.weights, *self.named_weights.values()):
            _check_weights(weights)

    def _expect(self, name: str, kind: Any, what: str) -> None:
        value = getattr(self, name)
        if not isinstance(value, kind):
            raise StudyError(f"{name}={shown(value)}; expected {what}")

    def _tuple_of(self, name: str, kind: Any, example: str) -> tuple[Any, ...]:
        """A field that is a tuple, or a list, of different items of one kind."""
        value = getattr(self, name)
        if not isinstance(value, tuple | list):
            raise StudyError(f"{name}={shown(value)}; expected a tuple, as {example}")
        for item in value:
            if not isinstance(item, kind) or isinstance(item, bool) or item == "":
                raise StudyError(f"{name} holds {shown(item)}; expected a tuple, as {example}")
        if len(value) > len(set(value)):
            twice = dict.fromkeys(item for item in value if value.count(item) > 1)
            raise StudyError(f"{name} names {some(twice)} more than once; name each once")
        return tuple(value)

    def but(self, **changes: Any) -> Study:
        """Return the same study with changes: its own fields, or a symbol's variant.

        ``years`` is another name for `window`.

        Examples
        --------
        >>> from spillover.studies import CARBON
        >>> CARBON.but(CP="CEADs sectoral", years=(2013, 2019)).variants
        {'CP': 'CEADs sectoral'}
        """
        if "years" in changes:
            if "window" in changes:
                raise StudyError("years and window are two names of one field; give one of them")
            changes["window"] = changes.pop("years")
        given = changes.pop("variants", self.variants)
        if not isinstance(given, Mapping):
            raise StudyError(f"variants={shown(given)}; expected a mapping from symbol to variant")
        own = {k: v for k, v in changes.items() if k in self.__dataclass_fields__}
        other = {k: v for k, v in changes.items() if k not in own}
        changed = replace(self, **own, variants={**given, **other})
        for symbol, variant in changed.variants.items():
            if symbol in other or given is not self.variants:
                changed._pick(symbol, variant)
        return changed

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of the window."""
        return _window(self.window()) if callable(self.window) else self.window

    @property
    def units(self) -> list[str]:
        """Units of the sample, in the order of the panel."""
        whole = self.figures().values.index.unique("province")
        return [unit for unit in whole if unit not in self.without]

    @property
    def printed_folder(self) -> Path:
        """Folder of the paper's printed tables and claims.

        Raises
        ------
        StudyError
            The study declares none.
        """
        if not self.printed:
            raise StudyError(
                f"{self.key}: there are no printed tables; declare the folder `printed`"
            )
        return Path(self.printed) if Path(self.printed).is_absolute() else root() / self.printed

    @property
    def weights_names(self) -> tuple[str, ...]:
        """Names that `weights` may take."""
        return tuple(self.named_weights) or (*NAMED, *ECONOMIC)

    def figures(self) -> Panel:
        """All figures of the study's panel, of all units and years."""
        held = self.panel() if callable(self.panel) else self.panel
        if isinstance(held, Panel):
            return held
        _check_figures(held)
        values = held.rename_axis(index=["province", "year"])
        flags = pd.DataFrame("official", values.index, values.columns)
        return Panel(values, flags, unit=str(held.index.names[0] or "unit"))

    @property
    def regressors(self) -> tuple[str, ...]:
        """Exposure and controls."""
        return (self.exposure, *self.controls)

    @property
    def symbols(self) -> tuple[str, ...]:
        """All variables (outcome, exposure, mediators, controls)."""
        return (self.outcome, self.exposure, *self.mediators, *self.controls)

    def variable(self, symbol: str) -> Variable:
        """Return the declaration of a variable in the variant that the study uses.

        Examples
        --------
        >>> from spillover.studies import CARBON
        >>> CARBON.but(CP="CEADs sectoral").variable("CP").years
        (2011, 2019)
        """
        _check_symbols((symbol,))
        return self._pick(symbol, self.variants.get(symbol))

    def alternatives(self, symbol: str) -> dict[str, Variable]:
        """All variants of a variable by name, the default first.

        Examples
        --------
        >>> from spillover.studies import CARBON
        >>> list(CARBON.alternatives("PDE"))
        ['conventional area', 'measured area']
        """
        declared = self.variables() if callable(self.variables) else self.variables
        table = catalogue(declared)
        if not isinstance(symbol, str):
            raise VariableError(
                f"found {shown(symbol)}; expected the symbol of a variable, as text"
            )
        if symbol in table:
            return table[symbol]
        held = self.figures()
        if symbol in held.values:
            return {"as given": column(symbol, held)}
        known = list(table) or [str(name) for name in held.values]
        field_names = [name for name in self.__dataclass_fields__ if not name.startswith("_")]
        raise VariableError(
            f"no variable {symbol!r}; choose from {known} (the study's fields are "
            f"{', '.join(field_names)})"
        )

    def _pick(self, symbol: str, variant: str | Variable | None) -> Variable:
        if isinstance(variant, Variable):
            if variant.symbol != symbol:
                raise VariableError(
                    f"{variant.symbol} ({variant.variant}) cannot stand for {symbol}"
                )
            return variant
        known = self.alternatives(symbol)
        if variant is not None and not isinstance(variant, str):
            raise VariableError(
                f"{symbol}={shown(variant)}; expected the name of a variant, one of {list(known)}, "
                "or a Variable"
            )
        if variant is None:
            return next(iter(known.values()))
        if variant not in known:
            raise VariableError(f"{symbol} has no variant {variant!r}; choose from {list(known)}")
        return known[variant]

    def covering(self, *symbols: str) -> Study:
        """Return the study in those of its years in which further variables are complete.

        Parameters
        ----------
        *symbols : str
            Names of variables; "LQ:RD" names two.

        Examples
        --------
        >>> from spillover.studies import GROWTH
        >>> GROWTH.but(years=(2011, 2022)).covering("LQ_last").years
        (2012, 2022)
        """
        _check_symbols(symbols)
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
        _check_symbols(names)
        flag(gaps, StudyError, "gaps")
        chosen = {s: self.variable(s) for n in names for s in n.split(":")}
        whole = build(self.figures(), chosen, self.gdp)
        sample = whole[self.rows(whole.index)]
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
            f"{symbol} ({variant.variant}): {self.figures().unit} {unit}, year {year} has no "
            f"value; it is complete from {variant.years[0]} to {variant.years[1]}"
        )

    def rows(self, index: pd.Index[Any]) -> pd.Series:
        """Which rows of the panel are in the sample, true or false; index: (province, year).

        Raises
        ------
        StudyError
            A window or an omission that the panel does not have.
        """
        unit, year = index.get_level_values("province"), index.get_level_values("year")
        for name in self.without:
            if name not in unit:
                raise StudyError(
                    f"{name} is no {self.figures().unit} of the panel; it cannot be left out"
                )
        first, last = int(year.min()), int(year.max())
        if self.years[0] < first or self.years[1] > last:
            raise StudyError(
                f"the window is {self.years[0]} to {self.years[1]}; the panel has {first} to {last}"
            )
        for left_out in self.without_years:
            if left_out not in year:
                raise StudyError(f"{left_out} is not a year of the panel; cannot leave it out")
        return self._in_window(index) & ~unit.isin(self.without) & ~year.isin(self.without_years)

    def _in_window(self, index: pd.Index[Any]) -> pd.Series:
        year = index.get_level_values("year")
        first, last = self.years
        return pd.Series((year >= first) & (year <= last), index=index)

    def mean_income(self) -> pd.Series:
        """Mean of the study's income by unit over the window, for weights that compare incomes."""
        if self.income is None:
            raise StudyError(
                f"{self.key}: these weights compare incomes; declare the study's income"
            )
        known = self.variable(self.income) if isinstance(self.income, str) else self.income
        yearly = build(self.figures(), {"income": known}, self.gdp)["income"]
        inside = yearly[self._in_window(yearly.index)]
        means: pd.Series = inside.groupby(level="province", sort=False).mean()
        return means.rename("income")

    def not_official(self, symbol: str) -> pd.Series:
        """Return True where a variable of the window rests on a figure that is not official.

        That is a derived, modelled, estimated or filled one, or any of a series of your own.
        """
        used, figures = self.variable(symbol), self.figures()
        if used.is_own:
            found = pd.Series(True, index=figures.values.index)
        else:
            found = figures.not_official(*(c for c in used.columns if c != "gdp"))
        return found[self.rows(found.index)]

    def sources(self, *symbols: str) -> tuple[str, ...]:
        """Data files behind some variables and the weights, relative to the checkout.

        Parameters
        ----------
        *symbols : str
            All of the study's variables by default.

        Examples
        --------
        >>> from spillover.studies import CARBON
        >>> CARBON.sources("CP")
        ('data/geo/capitals.csv', 'data/geo/contiguity.csv', 'data/official/emissions.csv', \
'data/official/gdp.csv')
        """
        with recorded() as used:
            self.frame(*symbols, gaps=True)
            self.graph()
        return tuple(sorted(used))

    def graph(self) -> Graph:
        """Spatial weights among the units of the sample, whose rows sum to one.

        A graph of your own is taken as it is, unless units are left out of it.
        """
        known = self.named_weights
        chosen = (
            known.get(self.weights, self.weights) if isinstance(self.weights, str) else self.weights
        )
        if isinstance(chosen, str) and self.named_weights:
            known_names = ", ".join(map(repr, known))
            raise StudyError(f"no weights called {chosen!r}; choose from {known_names}")
        graph = resolve(chosen, self.mean_income)
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
            Passed on to :class:`spillover.econometrics.spatialpanel.SpatialPanel`; `lagged`,
            `fixed_effects` and `correction` are the study's own unless given.
        """
        y = self.outcome if outcome is None else outcome
        if not isinstance(add, tuple | list):
            raise StudyError(f"add={shown(add)}; expected a tuple of symbols, as ('TEC',)")
        names = [*self.regressors, *add]
        _check_symbols((y, *names))
        if repeated := [name for name in (y, *names) if (y, *names).count(name) > 1]:
            raise StudyError(f"{repeated[0]!r} stands in the model more than once; name it once")
        data = self.frame(y, *names)
        options.setdefault("lagged", None if self.lagged is None else list(self.lagged))
        options.setdefault("fixed_effects", self.fixed_effects)
        options.setdefault("correction", self.correction)
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
        >>> from spillover.studies import CARBON
        >>> sorted(CARBON.mediate().effects().index)[:2]
        ['exposure to mediator', 'gap']
        """
        if mediator is None and not self.mediators:
            raise StudyError("the study declares no mediators=; name one: mediate('TEC')")
        if mediator is None and not self.mediators:
            raise StudyError(f"{self.key}: no mediators are declared; name one: mediate('x')")
        through = self.mediators[0] if mediator is None else mediator
        _check_symbols((through,))
        if through in (self.outcome, *self.regressors):
            raise StudyError(f"{through!r} is in the model already; expected another mediator")
        data = self.frame(self.outcome, *self.regressors, through)
        options.setdefault("lagged", None if self.lagged is None else list(self.lagged))
        options.setdefault("fixed_effects", self.fixed_effects)
        options.setdefault("correction", self.correction)
        options.setdefault("cov_type", self.cov_type)
        y, X = data[self.outcome], data[list(self.regressors)]
        return mediate(y, X, self.exposure, data[through], self.graph(), **options)

    def moderate(self, moderators: Sequence[str], **options: Any) -> Moderated:
        """Fit the study's model with products of its exposure and moderators.

        Moderators that are not among the study's regressors are added to them; options are those
        of :func:`spillover.econometrics.interactions.moderate`.

        Examples
        --------
        >>> from spillover.studies import CARBON
        >>> CARBON.moderate(["TEC"]).marginal("TEC", points=3).shape
        (3, 15)
        """
        if not isinstance(moderators, tuple | list):
            raise StudyError(f"moderators={shown(moderators)}; expected a list, as ['TEC']")
        _check_symbols(moderators)
        names = list(dict.fromkeys([*self.regressors, *moderators]))
        data = self.frame(self.outcome, *names)
        options.setdefault("fixed_effects", self.fixed_effects)
        options.setdefault("lagged", None if self.lagged is None else list(self.lagged))
        options.setdefault("correction", self.correction)
        options.setdefault("cov_type", self.cov_type)
        y, X = data[self.outcome], data[names]
        return moderate(y, X, self.exposure, moderators, self.graph(), **options)


def _product(sample: pd.DataFrame, symbols: Iterable[str]) -> pd.Series:
    """One variable as it is, or the product of several, each less its mean."""
    parts = [sample[s] for s in symbols]
    if len(parts) == 1:
        return parts[0]
    return reduce(mul, (part - part.mean() for part in parts))


def _check_symbols(names: Iterable[object]) -> None:
    for name in names:
        if not isinstance(name, str):
            raise StudyError(f"found {shown(name)}; expected symbols of variables, as text")


def _window(given: object) -> tuple[int, int]:
    """First and last year; a list will do for a tuple."""
    years = tuple(given) if isinstance(given, tuple | list) else ()
    whole = all(isinstance(y, int | np.integer) and not isinstance(y, bool) for y in years)
    if len(years) != 2 or not whole or years[0] > years[1]:
        raise StudyError(
            f"years={shown(given)}; expected the first and the last as whole numbers, (2013, 2020)"
        )
    return int(years[0]), int(years[1])


def _check_weights(weights: object) -> None:
    if isinstance(weights, pd.DataFrame):
        raise StudyError(
            f"weights={shown(weights)}; expected a name, a Graph or a function: make a Graph of a "
            "square table with spillover.weights.from_dense"
        )
    if not (isinstance(weights, str) or is_graph(weights) or callable(weights)):
        raise StudyError(
            f"weights={shown(weights)}; expected a name, a libpysal Graph, or a function from "
            "incomes to one"
        )


def _check_figures(held: object) -> None:
    """Refuse what is not a table of one row for each unit and year."""
    if not isinstance(held, pd.DataFrame) or held.index.nlevels != 2:
        raise StudyError(
            f"panel={shown(held)}; expected a DataFrame indexed by (unit, year): use "
            "data.set_index([unit, year])"
        )
    if not len(held):
        raise StudyError("panel has no rows")
    if not held.index.is_unique:
        twice = held.index[held.index.duplicated()].unique()
        raise StudyError(f"panel has {some(twice)} more than once; keep one row of each")
    if not held.columns.is_unique:
        twice = held.columns[held.columns.duplicated()].unique()
        raise StudyError(f"panel has columns named twice: {some(twice)}; rename one of each")
    years = held.index.get_level_values(1)
    if years.dtype.kind not in "iu":
        raise StudyError(
            f"the years of panel are {some(years.unique(), 3)}; expected whole numbers in "
            "the second level of the index"
        )

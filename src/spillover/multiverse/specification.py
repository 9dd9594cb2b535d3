"""A specification: one study with one way to estimate it; and every combination of choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.checks import one_of, shown, whole
from spillover.econometrics.spatialpanel.covariance import COV_TYPES
from spillover.econometrics.spatialpanel.design import CORRECTIONS, MODELS
from spillover.studies.study import Study

DURBIN = ("all", "exposure", "none")
EFFECTS_BY = ("at the estimates", "mean of draws")
FIXED_EFFECTS = ("none", "entity", "time", "twoway", "random")
WITHOUT_DURBIN = {"sdm": "sar", "sdem": "sem", "slx": "ols"}


class MultiverseError(ValueError):
    """A choice that no specification knows; the message lists the known ones."""


@dataclass(frozen=True, eq=False)
class Specification:
    """One study with the options of its estimator.

    Attributes
    ----------
    study : Study
        Data, window, weights, Durbin set and fixed effects.
    group, label : str
        What is varied, and how.
    model : str
        "sdm", "sar", "sem", "slx", "sdem" or "ols".
    cov_type : str
        As :meth:`spillover.econometrics.spatialpanel.SpatialPanel.fit` has it.
    options, fit_options : mapping
        Further options of the model and of its fit.
    effects : str
        "at the estimates", with delta-method errors, or "mean of draws", as Stata's xsmle has it.
    choices : mapping
        Label of each choice of a grid, by the name of the choice.
    """

    study: Study
    group: str = ""
    label: str = ""
    model: str = "sdm"
    cov_type: str = "cr3"
    options: Mapping[str, Any] = field(default_factory=dict)
    fit_options: Mapping[str, Any] = field(default_factory=dict)
    effects: str = "at the estimates"
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def fixed_effects(self) -> str:
        """The effects, "random" among them."""
        return "random" if self.options.get("random_effects") else self.study.fixed_effects

    @property
    def weights(self) -> str:
        """The weights' name; "own" for those without one."""
        return self.study.weights if isinstance(self.study.weights, str) else "own"

    @property
    def lagged(self) -> tuple[str, ...]:
        """Regressors with a spatial lag."""
        if self.model not in WITHOUT_DURBIN:
            return ()
        return self.study.regressors if self.study.lagged is None else self.study.lagged


MODEL_OPTIONS = ("lag_after_demeaning", "correction")
FIT_OPTIONS = ("small_sample", "bandwidth")
_OF_COVARIANCE = ("cov_type", "effects", *FIT_OPTIONS)
_KNOWN: dict[str, tuple[object, ...]] = {
    "durbin": DURBIN,
    "fixed_effects": FIXED_EFFECTS,
    "effects": EFFECTS_BY,
    "model": MODELS,
    "cov_type": COV_TYPES,
    "correction": CORRECTIONS,
    "lag_after_demeaning": (False, True),
    "small_sample": (False, True),
}


def choose(spec: Specification, choices: Mapping[str, Any]) -> Specification:
    """Make some choices, the model and the exposure before what depends on them.

    Parameters
    ----------
    choices : mapping
        To the value of "weights", "durbin", "fixed_effects" ("random" included), "model",
        "cov_type", "lag_after_demeaning", "correction", "small_sample", "bandwidth", "effects", a
        field of the study, or the symbol of a variable that has variants.

    Raises
    ------
    MultiverseError
        For a Durbin set, fixed effects or effects that do not exist.
    """
    study: dict[str, Any] = {}
    model, options, fit_options = spec.model, dict(spec.options), dict(spec.fit_options)
    own: dict[str, Any] = {}
    for name in sorted(choices, key=lambda name: name == "durbin"):
        value = choices[name]
        if name in _KNOWN:
            one_of(value, _KNOWN[name], MultiverseError, name)
        if name == "durbin":
            if value == "none":
                model = WITHOUT_DURBIN.get(model, model)
            exposure = study.get("exposure", spec.study.exposure)
            study["lagged"] = {"all": None, "exposure": (exposure,), "none": ()}[value]
        elif name == "fixed_effects":
            options.pop("random_effects", None)
            if value == "random":
                options["random_effects"] = True
            study[name] = "none" if value == "random" else value
        elif name == "model":
            model = value
        elif name in ("cov_type", "effects"):
            own[name] = value
        elif name in MODEL_OPTIONS:
            options[name] = value
        elif name in FIT_OPTIONS:
            fit_options[name] = value
        else:
            study[name] = value
    changed = spec.study.but(**study) if study else spec.study
    return replace(
        spec, study=changed, model=model, options=options, fit_options=fit_options, **own
    )


def specify(study: Study, group: str = "", label: str = "", **choices: Any) -> Specification:
    """Return the study's own specification with some choices made otherwise, as :func:`choose`.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> spec = specify(CARBON, durbin="exposure", fixed_effects="none", weights="5 nearest")
    >>> spec.lagged, spec.fixed_effects, spec.weights
    (('GIA',), 'none', '5 nearest')
    """
    if not isinstance(study, Study):
        raise MultiverseError(f"study={shown(study)}; expected a Study, as CARBON")
    return choose(Specification(study, group, label, cov_type=study.cov_type), choices)


def labelled(choices: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every choice as label → value, in the order given."""
    table: dict[str, dict[str, Any]] = {}
    for name, values in choices.items():
        if isinstance(values, str) or not isinstance(values, Mapping | Sequence) or not values:
            raise MultiverseError(
                f"choice {name!r} is {shown(values)}; expected a list of values, or label to value"
            )
        pairs = values if isinstance(values, Mapping) else {_label(v): v for v in values}
        if len(pairs) != len(values):
            raise MultiverseError(f"choice {name!r} has a value twice: {list(values)}")
        table[name] = dict(pairs)
    return table


def _label(value: Any) -> str:
    if isinstance(value, tuple | list) and len(value) == 2 and all(type(v) is int for v in value):
        return f"{value[0]}–{value[1]}"
    if isinstance(value, tuple | list):
        return " ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


@dataclass(frozen=True, eq=False)
class Plan(Sequence[Specification]):
    """Specifications of one study: every combination of choices, or some of them.

    They are made when they are asked for, so that a plan of a million takes no room.

    Attributes
    ----------
    study : Study
    choices : mapping
        Name of each choice to its values by label; the last choice varies fastest.
    rows : array of int
        Which combinations, counted from zero.
    """

    study: Study
    choices: Mapping[str, Mapping[str, Any]]
    rows: NDArray[np.intp]
    _last: list[Any] = field(default_factory=list, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each choice."""
        return tuple(len(values) for values in self.choices.values())

    @overload
    def __getitem__(self, at: int) -> Specification: ...
    @overload
    def __getitem__(self, at: slice) -> Plan: ...
    def __getitem__(self, at: int | slice) -> Specification | Plan:
        if isinstance(at, slice):
            return replace(self, rows=self.rows[at], _last=[])
        codes = np.unravel_index(self.rows[at], self.shape)
        made = {
            name: list(values)[code]
            for (name, values), code in zip(self.choices.items(), codes, strict=True)
        }
        covariance = {name: made[name] for name in made if name in _OF_COVARIANCE}
        key = {name: label for name, label in made.items() if name not in covariance}
        # specifications that follow each other often differ by their covariance alone
        if not self._last or self._last[0] != key:
            chosen = {name: self.choices[name][label] for name, label in key.items()}
            self._last[:] = key, specify(self.study, "grid", **chosen)
        spec: Specification = self._last[1]
        if covariance:
            spec = choose(spec, {name: self.choices[name][made[name]] for name in covariance})
        return replace(spec, label=", ".join(made.values()), choices=made)

    def by_data(self) -> NDArray[np.intp]:
        """Positions in an order in which specifications with the same data follow each other."""
        codes = np.unravel_index(self.rows, self.shape)
        depths = [_depth(name) for name in self.choices]
        # the last key of lexsort is the first to sort by
        keys = [codes[i] for i in sorted(range(len(codes)), key=depths.__getitem__, reverse=True)]
        return np.lexsort(keys) if keys else np.arange(len(self))

    def labels(self) -> pd.DataFrame:
        """Label of every choice, as ordered categories; a row for each specification."""
        codes = np.unravel_index(self.rows, self.shape)
        return pd.DataFrame(
            {
                name: pd.Categorical.from_codes(code, dtype=pd.CategoricalDtype(list(values), True))
                for (name, values), code in zip(self.choices.items(), codes, strict=True)
            },
            index=range(len(self)),
        )


def _depth(name: str) -> int:
    """How late a choice is made: first the data, then weights, model and covariance."""
    if name in _OF_COVARIANCE:
        return 3
    model = ("model", "durbin", "lagged", "fixed_effects", *MODEL_OPTIONS)
    return 2 if name in model else int(name == "weights")


def plan(study: Study, *, sample: int | None = None, seed: int = 0, **choices: Any) -> Plan:
    """Every combination of choices, the last choice varying fastest.

    Parameters
    ----------
    sample : int, optional
        That many different combinations drawn at random, in the order of the whole; all where
        there are no more.
    seed : int
        Of the draw.
    **choices
        Name of a choice (see :func:`choose`) to its values: a list, or a mapping from label to
        value.

    Returns
    -------
    Plan
        A sequence of specifications.

    Raises
    ------
    MultiverseError
        A choice or value that is not known, or a value given twice.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> specs = plan(CARBON, durbin=["all", "none"], years=[(2013, 2022), (2016, 2021)])
    >>> [tuple(s.choices.values()) for s in specs][:2]
    [('all', '2013–2022'), ('all', '2016–2021')]
    """
    table = labelled(choices)
    first = {name: next(iter(values.values())) for name, values in table.items()}
    for name, values in table.items():
        for value in values.values():
            specify(study, **{**first, name: value})
    total = prod(len(values) for values in table.values())
    if sample is None or whole(sample, MultiverseError, "sample", 1) >= total:
        rows = np.arange(total)
    else:
        generator = np.random.default_rng(whole(seed, MultiverseError, "seed"))
        rows = np.sort(generator.choice(total, sample, replace=False, shuffle=False))
    return Plan(study, table, rows)

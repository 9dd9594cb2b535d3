"""A specification: one study with one way to estimate it; and every combination of choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from spillover.econometrics.checks import one_of, shown
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


def choose(spec: Specification, name: str, value: Any) -> Specification:
    """Make one choice.

    Parameters
    ----------
    name : str
        "weights", "durbin", "fixed_effects" ("random" included), "model", "cov_type",
        "lag_after_demeaning", "correction", "small_sample", "bandwidth", "effects", a field of
        the study, or the symbol of a variable that has variants.

    Raises
    ------
    MultiverseError
        For a Durbin set, fixed effects or effects that do not exist.
    """
    known: dict[str, tuple[object, ...]] = {
        "durbin": DURBIN,
        "fixed_effects": FIXED_EFFECTS,
        "effects": EFFECTS_BY,
        "model": MODELS,
        "cov_type": COV_TYPES,
        "correction": CORRECTIONS,
        "lag_after_demeaning": (False, True),
        "small_sample": (False, True),
    }
    if name in known:
        one_of(value, known[name], MultiverseError, name)
    study = spec.study
    if name == "durbin":
        if value == "none":
            model = WITHOUT_DURBIN.get(spec.model, spec.model)
            return replace(spec, model=model, study=study.but(lagged=()))
        return replace(spec, study=study.but(lagged=None if value == "all" else (study.exposure,)))
    if name == "fixed_effects":
        random = value == "random"
        options = {k: v for k, v in spec.options.items() if k != "random_effects"}
        return replace(
            spec,
            study=study.but(fixed_effects="none" if random else value),
            options={**options, "random_effects": True} if random else options,
        )
    if name in ("model", "cov_type", "effects"):
        return replace(spec, **{name: value})
    if name in MODEL_OPTIONS:
        return replace(spec, options={**spec.options, name: value})
    if name in FIT_OPTIONS:
        return replace(spec, fit_options={**spec.fit_options, name: value})
    return replace(spec, study=study.but(**{name: value}))


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
    spec = Specification(study, group, label, cov_type=study.cov_type)
    # the Durbin set may turn one model into another, so the model comes first
    for key in sorted(choices, key=lambda k: k != "model"):
        spec = choose(spec, key, choices[key])
    return spec


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
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, int) for v in value):
        return f"{value[0]}–{value[1]}"
    if isinstance(value, tuple | list):
        return " ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def plan(study: Study, **choices: Any) -> list[Specification]:
    """Every combination of choices, the last choice varying fastest.

    Parameters
    ----------
    **choices
        Name of a choice (see :func:`choose`) to its values: a list, or a mapping from label to
        value.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> specs = plan(CARBON, durbin=["all", "none"], years=[(2013, 2022), (2016, 2021)])
    >>> [tuple(s.choices.values()) for s in specs][:2]
    [('all', '2013–2022'), ('all', '2016–2021')]
    """
    table = labelled(choices)
    specs = []
    for labels in product(*table.values()):
        made = dict(zip(table, labels, strict=True))
        spec = specify(study, **{name: table[name][label] for name, label in made.items()})
        specs.append(replace(spec, group="grid", label=", ".join(labels), choices=made))
    return specs

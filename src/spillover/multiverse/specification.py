"""A specification: one study with one way to estimate it, and the words that name the choices.

It says what to estimate; :mod:`.engine` estimates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

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
    cov_type: str = "robust"
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

    def named(self, group: str, label: str) -> Specification:
        """The same specification under another group and label."""
        return replace(self, group=group, label=label)


def _durbin(spec: Specification, value: str) -> Specification:
    if value not in DURBIN:
        raise MultiverseError(f"no Durbin set {value!r}; choose from {DURBIN}")
    if value == "none":
        return replace(
            spec, model=WITHOUT_DURBIN.get(spec.model, spec.model), study=spec.study.but(lagged=())
        )
    lagged = None if value == "all" else (spec.study.exposure,)
    return replace(spec, study=spec.study.but(lagged=lagged))


def _fixed_effects(spec: Specification, value: str) -> Specification:
    if value not in FIXED_EFFECTS:
        raise MultiverseError(f"no fixed effects {value!r}; choose from {FIXED_EFFECTS}")
    random = value == "random"
    options = {k: v for k, v in spec.options.items() if k != "random_effects"}
    return replace(
        spec,
        study=spec.study.but(fixed_effects="none" if random else value),
        options={**options, "random_effects": True} if random else options,
    )


def _effects(spec: Specification, value: str) -> Specification:
    if value not in EFFECTS_BY:
        raise MultiverseError(f"no effects {value!r}; choose from {EFFECTS_BY}")
    return replace(spec, effects=value)


OWN = {"durbin": _durbin, "fixed_effects": _fixed_effects, "effects": _effects}
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
    """
    if name in OWN:
        return OWN[name](spec, value)
    if name in ("model", "cov_type"):
        return replace(spec, **{name: value})
    if name in MODEL_OPTIONS:
        return replace(spec, options={**spec.options, name: value})
    if name in FIT_OPTIONS:
        return replace(spec, fit_options={**spec.fit_options, name: value})
    return replace(spec, study=spec.study.but(**{name: value}))


def specify(study: Study, **choices: Any) -> Specification:
    """Return the study's own specification with some choices made otherwise.

    Examples
    --------
    >>> from spillover.studies.study import CARBON
    >>> spec = specify(CARBON, durbin="exposure", fixed_effects="none", weights="5 nearest")
    >>> spec.lagged, spec.fixed_effects, spec.weights
    (('GIA',), 'none', '5 nearest')
    """
    spec = Specification(study)
    # the Durbin set may turn one model into another, so the model comes first
    for key in sorted(choices, key=lambda k: k != "model"):
        spec = choose(spec, key, choices[key])
    return spec

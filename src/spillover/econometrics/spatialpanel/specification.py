"""Which spatial panel is asked for: names of models, effects and corrections, checked together.

It refuses what cannot be combined; it does not look at data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from spillover.econometrics.spatialpanel.errors import SpatialPanelError, some
from spillover.econometrics.spatialpanel.within import EFFECTS

MODELS = ("ols", "slx", "sar", "sem", "sdm", "sdem")
CORRECTIONS = (None, "lee-yu", "transformation")
FULL_NAMES = {
    "ols": "Panel without spatial terms (OLS)",
    "slx": "Spatial lag of X (SLX)",
    "sar": "Spatial lag (SAR)",
    "sem": "Spatial error (SEM)",
    "sdm": "Spatial Durbin (SDM)",
    "sdem": "Spatial Durbin error (SDEM)",
}


@dataclass(frozen=True)
class Specification:
    """A model with its effects; see `SpatialPanel` for the meaning of each field."""

    model: str
    lagged: tuple[str, ...]
    fixed_effects: str
    random_effects: bool | str
    lag_after_demeaning: bool
    correction: str | None

    def with_random_effects(self, fixed_effects: str) -> Specification:
        """The same model with random entity effects, and fixed time effects or none."""
        return replace(self, random_effects=True, fixed_effects=fixed_effects)

    @property
    def spatial(self) -> Literal["lag", "error"] | None:
        """Where the spatial coefficient stands: at Wy, in the error, or nowhere."""
        if self.model in ("sar", "sdm"):
            return "lag"
        return "error" if self.model in ("sem", "sdem") else None

    @property
    def outside_error(self) -> bool:
        """Whether random effects stand beside a spatial error rather than in it."""
        return self.random_effects is True and self.spatial == "error"

    @property
    def coefficient(self) -> str | None:
        """Name of the spatial coefficient: rho, lambda or none."""
        names: dict[str | None, str | None] = {"lag": "rho", "error": "lambda", None: None}
        return names[self.spatial]

    @property
    def effects_in_words(self) -> str:
        """The effects as a table names them."""
        if self.random_effects:
            return "Entity (random)" + (" and time" if self.fixed_effects == "time" else "")
        words = {"none": "None", "entity": "Entity", "time": "Time", "twoway": "Entity and time"}
        return words[self.fixed_effects]


def specify(
    model: str,
    names: tuple[str, ...],
    lagged: Sequence[str] | str | None,
    fixed_effects: str,
    random_effects: bool | str,
    lag_after_demeaning: bool,
    correction: str | None,
) -> Specification:
    """Check a specification against the names of the regressors.

    Raises
    ------
    SpatialPanelError
        Unknown model, effects or correction; lags of what is not in X, or in a model without
        any; random effects with fixed ones or with a correction.
    """
    model = str(model).lower()
    _one_of("model", model, MODELS)
    _one_of("fixed_effects", fixed_effects, EFFECTS)
    _one_of("correction", correction, CORRECTIONS)
    _one_of("random_effects", random_effects, (False, True, "kkp"))
    if correction is not None and (random_effects or fixed_effects == "none"):
        raise SpatialPanelError(f"correction={correction!r} is for fixed effects; drop it")
    if correction is not None and model in ("ols", "slx"):
        raise SpatialPanelError(f"correction={correction!r} is for models with rho or lambda")
    if correction == "transformation" and lag_after_demeaning:
        raise SpatialPanelError("the transformation uses Q(Wy): drop lag_after_demeaning=True")
    if random_effects:
        _check_random(fixed_effects, lag_after_demeaning)
        fixed_effects = "time" if fixed_effects == "time" else "none"
    return Specification(
        model,
        _lagged(model, names, lagged),
        fixed_effects,
        random_effects,
        lag_after_demeaning,
        correction,
    )


def _check_random(fixed_effects: str, lag_after_demeaning: bool) -> None:
    if fixed_effects == "entity":
        raise SpatialPanelError(
            "entity effects are either random or fixed: drop random_effects or "
            "fixed_effects='entity' (fixed_effects='time' adds time effects to random ones)"
        )
    if lag_after_demeaning:
        raise SpatialPanelError("random effects use ℓ = Wy: drop lag_after_demeaning=True")


def _one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        raise SpatialPanelError(f"{name}={value!r}; expected one of {some(allowed, 9)}")


def _lagged(
    model: str, names: tuple[str, ...], lagged: Sequence[str] | str | None
) -> tuple[str, ...]:
    if model in ("ols", "sar", "sem"):
        if lagged:
            durbin = {"ols": "slx", "sar": "sdm", "sem": "sdem"}[model]
            raise SpatialPanelError(
                f"model {model!r} has no spatial lags of X; drop lagged= or use {durbin!r}"
            )
        return ()
    if lagged is None:
        return names
    asked = (lagged,) if isinstance(lagged, str) else tuple(lagged)
    unknown = [name for name in asked if name not in names]
    if unknown:
        raise SpatialPanelError(f"lagged= names {some(unknown)}; X has {some(names, 20)}")
    return tuple(name for name in names if name in asked)

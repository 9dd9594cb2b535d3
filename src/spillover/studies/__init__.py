"""The two papers as declarations: a study, its variables, weights, instruments and groups."""

from spillover.studies.carbon import CARBON
from spillover.studies.growth import GROWTH
from spillover.studies.study import Study, StudyError

__all__ = ["CARBON", "GROWTH", "STUDIES", "Study", "StudyError", "study_by_key"]

STUDIES = {s.key: s for s in (CARBON, GROWTH)}


def study_by_key(key: str) -> Study:
    """Return a declared study by its key.

    Raises
    ------
    StudyError
        For an unknown key, listing the known ones.
    """
    if key not in STUDIES:
        raise StudyError(f"no study {key!r}; choose from {list(STUDIES)}")
    return STUDIES[key]

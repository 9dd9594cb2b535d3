"""Does the exposure work the same everywhere? Groups, smooth curves and thresholds.

By rankings that anyone can check and change; what makes provinces differ is not identified here.
"""

from spillover.heterogeneity.declared import (
    SIZES,
    sensitivity,
    study_curve,
    study_groups,
    study_threshold,
)
from spillover.heterogeneity.fitting import HeterogeneityError
from spillover.heterogeneity.groups import ByGroup, by_group
from spillover.heterogeneity.rankings import (
    DEFAULT,
    RANKINGS,
    Ranking,
    percentile,
    ranking,
    split,
)
from spillover.heterogeneity.smooth import Curve, local, natural_spline, varying
from spillover.heterogeneity.threshold import Threshold, threshold

__all__ = [
    "DEFAULT",
    "RANKINGS",
    "SIZES",
    "ByGroup",
    "Curve",
    "HeterogeneityError",
    "Ranking",
    "Threshold",
    "by_group",
    "local",
    "natural_spline",
    "percentile",
    "ranking",
    "sensitivity",
    "split",
    "study_curve",
    "study_groups",
    "study_threshold",
    "threshold",
    "varying",
]

"""Does the exposure work the same everywhere? Groups, smooth curves and thresholds.

By rankings that anyone can check and change; what makes provinces differ is not identified here.
"""

from spillover.econometrics.heterogeneity.fitting import HeterogeneityError
from spillover.econometrics.heterogeneity.groups import ByGroup, by_group
from spillover.econometrics.heterogeneity.smooth import Curve, local, natural_spline, varying
from spillover.econometrics.heterogeneity.threshold import Threshold, threshold

__all__ = [
    "ByGroup",
    "Curve",
    "HeterogeneityError",
    "Threshold",
    "by_group",
    "local",
    "natural_spline",
    "threshold",
    "varying",
]

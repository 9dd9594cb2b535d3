"""Does the exposure work the same everywhere? Groups, smooth curves and thresholds.

By rankings that anyone can check and change; what makes entities differ is not identified here.
"""

from spillover.econometrics.heterogeneity.curves import Curve, Threshold, local, threshold, varying
from spillover.econometrics.heterogeneity.groups import ByGroup, HeterogeneityError, by_group

__all__ = [
    "ByGroup",
    "Curve",
    "HeterogeneityError",
    "Threshold",
    "by_group",
    "local",
    "threshold",
    "varying",
]

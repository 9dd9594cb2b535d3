"""Printed and our own results side by side, arranged for the tables and figures of a page.

It arranges what :mod:`spillover.replication.tables` and the estimators computed; verdicts are reached in
:mod:`spillover.replication.published`.
"""

from spillover.book.beside.effects import (
    effect_intervals,
    effects_table,
    exposure_effects,
    key_rows,
    printed_effect,
    printed_effects,
    ratios,
    specifications,
    specifications_for_readers,
)
from spillover.book.beside.heterogeneity import (
    curve_points,
    groups_beside_printed,
    groups_table,
    members,
    sensitivity_table,
)
from spillover.book.beside.instruments import (
    diagnostics_table,
    instruments_table,
    spatial_instruments,
    spatial_instruments_table,
    terrain_note,
)
from spillover.book.beside.mediation import (
    PATH_LABELS,
    path_intervals,
    paths_table,
    printed_mediated_share,
    steps_table,
)
from spillover.book.beside.moran import moran_lines, moran_table
from spillover.book.beside.regressions import (
    benchmark_table,
    exposure_by_candidate,
    exposure_estimates,
    exposure_results,
    in_printed_errors,
)
from spillover.book.beside.robustness import (
    exposure_checks,
    first_reason,
    robustness_table,
    significantly_positive,
)

__all__ = [
    "PATH_LABELS",
    "benchmark_table",
    "curve_points",
    "diagnostics_table",
    "effect_intervals",
    "effects_table",
    "exposure_by_candidate",
    "exposure_checks",
    "exposure_effects",
    "exposure_estimates",
    "exposure_results",
    "first_reason",
    "groups_beside_printed",
    "groups_table",
    "in_printed_errors",
    "instruments_table",
    "key_rows",
    "members",
    "moran_lines",
    "moran_table",
    "path_intervals",
    "paths_table",
    "printed_effect",
    "printed_effects",
    "printed_mediated_share",
    "ratios",
    "robustness_table",
    "sensitivity_table",
    "significantly_positive",
    "spatial_instruments",
    "spatial_instruments_table",
    "specifications",
    "specifications_for_readers",
    "steps_table",
    "terrain_note",
]

"""Two-stage least squares as a table."""

from __future__ import annotations

import pandas as pd

from spillover.book import layouts


def instruments_table(comparison: pd.DataFrame, cov_type: str = "clustered") -> pd.DataFrame:
    """Second-stage coefficient and strength by instruments and effects, for a numbered table."""
    return layouts.instruments_table(pd.DataFrame(comparison.xs(cov_type, level="cov_type")))

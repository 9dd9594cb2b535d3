"""Draw the README's picture: every printed number by verdict.

Run after results change: ``python tools/make_overview.py``.
"""

from __future__ import annotations

from inputs import ROOT

from spillover.book import figures
from spillover.replication import scorecard


def main() -> None:
    """Write _static/overview.png."""
    figure = figures.verdict_overview(scorecard.scorecard())
    figure.savefig(ROOT / "_static" / "overview.png", dpi=120, metadata={"Software": None})


if __name__ == "__main__":
    main()

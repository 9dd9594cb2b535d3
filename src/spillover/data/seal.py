"""Write control totals and checksums of the official tables after a deliberate change.

The only place that writes below ``data/official``; run it as ``python -m spillover.data.seal``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from spillover.data import files
from spillover.data.codebook import codebook
from spillover.data.files import official
from spillover.data.reader import Panel, read_table


def _totals(table: str, panel: Panel) -> Iterator[tuple[str, str, str, str, str]]:
    for column in panel.values:
        for along in ("province", "year"):
            sums = panel.values[column].groupby(level=along, sort=False).sum(min_count=1)
            for of, total in sums.items():
                yield table, str(column), along, str(of), "" if pd.isna(total) else f"{total:.10g}"


def seal(folder: Path) -> None:
    """Write control_totals.csv and SHA256SUMS of the tables in `folder`.

    Parameters
    ----------
    folder : Path
        Holds every table of the codebook.

    Raises
    ------
    PanelError
        When a table is not what the codebook says; nothing is written then.
    """
    book = codebook()
    lines: list[tuple[str, str, str, str, str]] = []
    for table in book.tables:
        if table != "national":
            columns = list(book.of(table).values())
            panel = read_table(folder / f"{table}.csv", columns, range(2011, 2023))
            lines += _totals(table, panel)
    frame = pd.DataFrame(lines, columns=["table", "column", "along", "of", "total"])
    frame.to_csv(folder / "control_totals.csv", index=False, lineterminator="\n")
    files.write_checksums(folder, folder.glob("*.csv"))


if __name__ == "__main__":
    seal(official())

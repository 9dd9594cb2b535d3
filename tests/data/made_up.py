"""A small made-up file of one's own series, in the form that ``data/own/README.md`` asks for."""

from __future__ import annotations

from pathlib import Path

from spillover.data.panel import provinces

YEARS = range(2015, 2021)


def value(code: int, year: int) -> int:
    """A whole number that any test can work out by hand: 1 for Beijing 2015, 2 for 2016, …"""
    place = list(provinces().index).index(code)
    return place * 10 + year - 2014


def rows(*columns: str, years=YEARS) -> list[str]:
    """Lines of the file, header first; each column is the value times its place, from one."""
    lines = [",".join(["province_code", "province", "year", *columns])]
    for code, name in provinces().items():
        for year in years:
            cells = [str(value(code, year) * (n + 1)) for n in range(len(columns))]
            lines.append(",".join([str(code), name, str(year), *cells]))
    return lines


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path

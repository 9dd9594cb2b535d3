"""Where the provinces lie: boundaries to draw, pairs that touch, capitals to measure from.

It reads the checked tables of ``data/geo``; it builds no spatial weights (see
:mod:`spillover.studies.weights`) and draws nothing (see :mod:`spillover.book.figures`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from spillover.data import files

if TYPE_CHECKING:
    import geopandas as gpd


class GeoError(ValueError):
    """A table of ``data/geo`` is missing, was changed, or does not hold what it should."""


def boundaries(folder: Path | None = None) -> gpd.GeoDataFrame:
    """Return the outlines of the 34 province-level units, in longitude and latitude.

    Parameters
    ----------
    folder
        Where to read ``provinces.geojson``; by default the project's own ``data/geo``.

    Returns
    -------
    geopandas.GeoDataFrame
        Index ``province`` (English name, in the order of the GB/T 2260 code), columns
        ``province_code`` and ``geometry``; EPSG:4326. Tibet, Taiwan, Hong Kong and Macao are
        there to be drawn; the statistics do not cover them.

    Raises
    ------
    GeoError
        If the file is missing or differs from its checksum.

    Examples
    --------
    >>> outlines = boundaries()
    >>> len(outlines), outlines.crs.to_epsg(), outlines.index[0]
    (34, 4326, 'Beijing')
    """
    import geopandas as gpd

    frame = gpd.read_file(_verified("provinces.geojson", folder))
    return frame.set_index("province")


def capitals(folder: Path | None = None) -> pd.DataFrame:
    """Return capitals, areas, relief and region of the 30 provinces.

    Parameters
    ----------
    folder
        Where to read ``capitals.csv``; by default the project's own ``data/geo``.

    Returns
    -------
    pandas.DataFrame
        Index ``province`` in the order of the GB/T 2260 code. Columns: ``province_code``,
        ``capital``, ``latitude`` and ``longitude`` (degrees), ``region``, three areas (km²),
        elevation and relief (m), ``flat_share`` and ``relief_index``; ``data/geo/README.md``
        says what each is.

    Raises
    ------
    GeoError
        If the file is missing or differs from its checksum.

    Examples
    --------
    >>> capitals().loc["Hebei", ["capital", "region"]].tolist()
    ['Shijiazhuang', 'East']
    """
    return pd.read_csv(_verified("capitals.csv", folder)).set_index("province")


def contiguity(folder: Path | None = None) -> pd.DataFrame:
    """Return the 65 pairs of neighbouring provinces, each once.

    Parameters
    ----------
    folder
        Where to read ``contiguity.csv``; by default the project's own ``data/geo``.

    Returns
    -------
    pandas.DataFrame
        Columns ``code_a``, ``province_a``, ``code_b``, ``province_b`` (the lower code first),
        ``kind`` (``land``, or ``sea`` for Hainan and Guangdong, joined by convention) and
        ``border_km`` (length of the shared border as drawn; missing for ``sea``).

    Raises
    ------
    GeoError
        If the file is missing or differs from its checksum.

    Examples
    --------
    >>> contiguity()["kind"].value_counts().to_dict()
    {'land': 64, 'sea': 1}
    """
    return pd.read_csv(_verified("contiguity.csv", folder))


def _verified(name: str, folder: Path | None) -> Path:
    """Return the path of `name` once its bytes agree with ``SHA256SUMS``."""
    path = (folder or files.geo()) / name
    if wrong := files.checksum_problem(path):
        raise GeoError(wrong)
    files.touched(path)
    return path

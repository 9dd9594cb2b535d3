"""Stands in for libpysal in the browser, where geopandas and shapely are not available."""

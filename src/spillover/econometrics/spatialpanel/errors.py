"""What goes wrong, told to the person who can mend it.

It holds the one exception and the warning of the estimator; it is not a place for checks.
"""


class SpatialPanelError(ValueError):
    """The data, the weights or the specification cannot be estimated as given."""


class LikelihoodWarning(UserWarning):
    """The likelihood has a shape that the reader of an estimate must know of."""


def some(labels: object, limit: int = 5) -> str:
    """Name the first few of many labels.

    >>> some(["a", "b", "c"], limit=2)
    "'a', 'b' and 1 more"
    """
    items = [str(label) if isinstance(label, tuple) else repr(label) for label in list(labels)]  # type: ignore[call-overload]
    text = ", ".join(items[:limit])
    return text if len(items) <= limit else f"{text} and {len(items) - limit} more"

"""Views in which a reader chooses: specifications of a study, and maps of its provinces.

Everything that can be chosen is computed beforehand and lies in the page, so that a view needs no
server and no network. ``tools/interactive`` holds the scripts; without them the tables stay, with
the study's own specification, and so do the pictures that a chapter shows beside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spillover.book.figures.style import CLUSTERS, SEQUENCE
from spillover.book.page import OnPage, artifact, csv_text, downloads_row, numbers_record
from spillover.econometrics.checks import shown
from spillover.econometrics.formats import fmt, pvalue
from spillover.multiverse.engine import EFFECTS
from spillover.multiverse.specification import Plan
from spillover.studies import STUDIES, Study

if TYPE_CHECKING:
    import altair as alt
    import geopandas as gpd

_Shown = tuple[str, float, int]
"""What a number is ("p" or nothing), the number, and its decimals."""

_COLUMNS = ("estimate", "std_error", "low", "high", "pvalue")


class ViewError(ValueError):
    """A view cannot be made of what it was given; the message says what was expected."""


def explorer(
    specifications: Plan, table: pd.DataFrame, own: Mapping[str, str], headings: Mapping[str, str]
) -> OnPage:
    """Let the reader choose a specification and see its effects, its rank and its line of Python.

    Parameters
    ----------
    specifications
        Every combination of the choices, of :func:`spillover.multiverse.plan`.
    table
        Their effects, of :func:`spillover.multiverse.grid` with the same choices.
    own
        Label of each choice that the view begins with.
    headings
        What a reader sees for the name of each choice.

    Returns
    -------
    OnPage
        A form, a table of direct, indirect and total effects, the line, two charts.

    Raises
    ------
    ViewError
        The table is of another plan, or a choice has no heading or no line of Python.
    """
    labels = {name: list(values) for name, values in specifications.choices.items()}
    if not specifications.labels().equals(table[list(labels)]):
        raise ViewError("explorer: the table is not of these specifications, in their order")
    if lacking := [name for name in labels if name not in own or name not in headings]:
        raise ViewError(f"explorer: no heading or no first value for {', '.join(lacking)}")
    at = [labels[name].index(own[name]) for name in labels]
    row = table.iloc[int(np.ravel_multi_index(at, specifications.shape))]
    reasons = list(dict.fromkeys(table["reason"]))
    exposure = specifications.study.exposure
    content = {
        "study": _name(specifications.study),
        "exposure": exposure,
        "choices": [
            {"name": name, "labels": labels[name], "code": _code(specifications, name)}
            for name in labels
        ],
        "effects": {
            effect: {
                c: _short(table[effect if c == "estimate" else f"{effect}_{c}"]) for c in _COLUMNS
            }
            for effect in EFFECTS
        },
        "reasons": reasons,
        "reason": [reasons.index(reason) for reason in table["reason"]],
        "charts": {"effects": _effects_chart(), "curve": _curve_chart()},
    }
    choosers = "".join(_chooser(headings[name], name, labels[name], own[name]) for name in labels)
    shown_first = {
        effect: [
            *(("", row[c], 3) for c in (effect, f"{effect}_low", f"{effect}_high")),
            ("p", row[f"{effect}_pvalue"], 3),
        ]
        for effect in EFFECTS
    }
    radios = "".join(
        f'<label><input type="radio" name="effect" value="{e}"{" checked" * (e == "direct")}> '
        f"{e}</label>"
        for e in EFFECTS
    )
    parts = [
        f'<form class="choices" hidden aria-label="Choose a specification">{choosers}'
        f"<fieldset><legend>Effect in the curve</legend>{radios}</fieldset>"
        '<p><button type="reset">The study\'s own specification</button></p></form>',
        _table(
            f"Effects of {exposure} under the chosen specification",
            ["Effect", "Estimate", "95 % from", "to", "p"],
            shown_first,
        ),
        '<p class="told" role="status"></p>',
        f'<div class="highlight"><pre class="line">{escape(line(specifications, own))}</pre></div>',
        '<div class="chart" data-chart="effects" role="img" '
        'aria-label="The three effects of the chosen specification with their intervals, as in '
        'the table"></div>',
        '<div class="chart" data-chart="curve" role="img" '
        'aria-label="All specifications in the order of their estimates, the chosen one '
        'marked"></div>',
    ]
    return _on_page("explorer", content, parts, shown_first, table)


def line(specifications: Plan, chosen: Mapping[str, str]) -> str:
    """One line of Python that estimates a specification, given the label of each choice.

    Examples
    --------
    >>> from spillover.multiverse import plan
    >>> from spillover.studies import CARBON
    >>> specs = plan(CARBON, years=[(2013, 2022)], durbin=["none"], cov_type=["robust"])
    >>> print(line(specs, {"years": "2013–2022", "durbin": "none", "cov_type": "robust"}))
    CARBON.but(years=(2013, 2022)).spatial("sar").fit(cov_type="robust").effects().loc["GIA"]
    """
    made: dict[str, list[str]] = {"but": [], "spatial": [], "fit": []}
    for name, values in specifications.choices.items():
        for place, text in _code(specifications, name)[list(values).index(chosen[name])].items():
            made[place].append(text)
    model = made["spatial"] or ['"sdm"']
    return (
        f"{_name(specifications.study)}.but({', '.join(made['but'])})"
        f".spatial({', '.join(model)}).fit({', '.join(made['fit'])})"
        f".effects().loc[{_quoted(specifications.study.exposure)}]"
    )


def _name(study: Study) -> str:
    """Name of a study in code: its own where it is declared, else that of the chapter's."""
    return study.key.upper() if STUDIES.get(study.key) == study else "study"


def _code(specifications: Plan, name: str) -> list[dict[str, str]]:
    """What each value of a choice adds to the line, by the call that takes it."""
    exposure = specifications.study.exposure
    found: list[dict[str, str]] = []
    for value in specifications.choices[name].values():
        if name == "durbin":
            found.append(
                {
                    "all": {"spatial": '"sdm"'},
                    "exposure": {"but": f"lagged=({_quoted(exposure)},)", "spatial": '"sdm"'},
                    "none": {"spatial": '"sar"'},
                }[value]
            )
        elif not isinstance(value, str | tuple) or (name, value) == ("fixed_effects", "random"):
            raise ViewError(f"explorer: no line of Python for {name}={shown(value)}")
        else:
            place = "fit" if name == "cov_type" else "but"
            found.append({place: f"{name}={_quoted(value)}"})
    return found


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _short(values: Any, digits: int = 4) -> list[float | None]:
    """Numbers of some significant digits, so that a page stays small; null where missing."""
    return [float(f"{v:.{digits}g}") if np.isfinite(v) else None for v in np.asarray(values, float)]


def _chooser(heading: str, name: str, labels: Sequence[object], first: object) -> str:
    options = "".join(
        f"<option{' selected' if str(label) == str(first) else ''}>{escape(str(label))}</option>"
        for label in labels
    )
    return f'<label>{escape(heading)} <select name="{name}">{options}</select></label>'


def _text(cell: _Shown) -> str:
    kind, value, places = cell
    return pvalue(value, places) if kind == "p" else fmt(value, places)


def _table(
    caption: str, head: Sequence[str], rows: Mapping[str, Sequence[_Shown]], kind: str = ""
) -> str:
    """Plain table of a view, whose cells its script writes anew; its first column are headings."""
    heads = "".join(f'<th scope="col" class="text-{_side(i)}">{h}</th>' for i, h in enumerate(head))
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f'<td class="text-right">{escape(_text(cell))}</td>' for cell in cells)
        + "</tr>"
        for first, cells in rows.items()
    )
    return (
        f'<table class="table publication compact {kind}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _side(column: int) -> str:
    return "right" if column else "left"


def _on_page(
    kind: str,
    content: Mapping[str, Any],
    parts: Sequence[str],
    first: Mapping[str, Sequence[_Shown]],
    data: pd.DataFrame,
) -> OnPage:
    held = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    html = "\n".join(
        [
            f'<div class="interactive {kind}">',
            *parts,
            f'<script type="application/json">{held}</script>',
            "</div>",
        ]
    )
    csv = artifact(f"{kind}.csv", csv_text(data))
    row = downloads_row([("CSV", csv)])
    cells = [
        (f"{name}, column {i}", _text(cell), float(cell[1]))
        for name, cells in first.items()
        for i, cell in enumerate(cells, 1)
    ]
    # an empty line would end the block of HTML
    held_numbers = numbers_record(f"view:{kind}", {}, cells, csv)
    return OnPage(f"{html}\n\n{row}", "\n".join(parts), held_numbers)


# Colours are written as the page's own variables; the script puts in their values, and does so
# anew when the reader turns from light to dark.
_INK, _MUTED, _RULE = (
    "var(--pst-color-text-base)",
    "var(--pst-color-text-muted)",
    "var(--book-hair)",
)
_SIGNS = {
    "above zero": "var(--view-above)",
    "below zero": "var(--view-below)",
    "includes zero": "var(--view-open)",
}


def _configured(chart: alt.LayerChart | alt.Chart, height: int) -> dict[str, Any]:
    """A chart as JSON for Vega-Lite, without the address of its schema, which no page needs."""
    font = "system-ui, 'Liberation Sans', Arial, sans-serif"
    quiet = {"labelColor": _INK, "titleColor": _INK, "labelFontSize": 12, "titleFontSize": 12}
    written: dict[str, Any] = (
        chart.properties(width="container", height=height, background="transparent")
        .configure(font=font, aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=_RULE, gridOpacity=0.5, domainColor=_RULE, tickColor=_RULE,
            titleFontWeight="normal", **quiet,
        )
        .configure_legend(orient="top", symbolOpacity=1, titleFontWeight="normal", **quiet)
        .to_dict()
    )  # fmt: skip
    del written["$schema"]
    return written


def _effects_chart() -> dict[str, Any]:
    import altair as alt

    base = alt.Chart(alt.NamedData("effects"))
    sign = alt.Color(
        "sign:N", title=None, legend=None,
        scale=alt.Scale(domain=list(_SIGNS), range=list(_SIGNS.values())),
    )  # fmt: skip
    across = alt.Y("effect:N", title=None, sort=list(EFFECTS))
    zero = alt.Chart(alt.InlineData([{"x": 0}])).mark_rule(color=_MUTED).encode(x="x:Q")
    spans = base.mark_rule(strokeWidth=2.5).encode(
        y=across, x=alt.X("low:Q", title="Estimate with 95 % interval"), x2="high:Q", color=sign
    )
    points = base.mark_point(size=80, filled=True, opacity=1).encode(
        y=across, x="estimate:Q", color=sign
    )
    return _configured(zero + spans + points, 110)


def _curve_chart() -> dict[str, Any]:
    import altair as alt

    edges = [alt.param(name=name, value=1) for name in ("lowest", "highest", "count")]
    scale = alt.Scale(
        domain=[alt.ExprRef("lowest"), alt.ExprRef("highest")], nice=False, clamp=True
    )
    sign = alt.Color(
        "sign:N", title="95 % interval", legend=alt.Legend(symbolType="circle"),
        scale=alt.Scale(domain=list(_SIGNS), range=list(_SIGNS.values())),
    )  # fmt: skip
    along = alt.X(
        "rank:Q", title="Specifications, in the order of their estimates",
        scale=alt.Scale(domain=[1, alt.ExprRef("count")], nice=False, padding=6),
        axis=alt.Axis(grid=False),
    )  # fmt: skip
    all_of_them = alt.Chart(alt.NamedData("curve"))
    spans = all_of_them.mark_rule(opacity=0.25, strokeWidth=0.8, clip=True).encode(
        x=along, y=alt.Y("low:Q", title="Effect", scale=scale), y2="high:Q", color=sign
    )
    points = all_of_them.mark_point(size=5, filled=True, opacity=1, clip=True).encode(
        x=along, y=alt.Y("estimate:Q", scale=scale), color=sign,
        tooltip=alt.Tooltip("name:N", title="specification"),
    )  # fmt: skip
    zero = alt.Chart(alt.InlineData([{"y": 0}])).mark_rule(color=_MUTED).encode(y="y:Q")
    one = alt.Chart(alt.NamedData("chosen"))
    span = one.mark_rule(color=_INK, strokeWidth=2, clip=True).encode(
        x=along, y=alt.Y("low:Q", scale=scale), y2="high:Q"
    )
    dot = one.mark_point(size=140, color=_INK, fill="var(--pst-color-background)", strokeWidth=2.5,
                         opacity=1, fillOpacity=1).encode(
        x=along, y=alt.Y("estimate:Q", scale=scale))  # fmt: skip
    return _configured((spans + points + zero + span + dot).add_params(*edges), 300)


def province_map(
    study: Study,
    weights: Sequence[str],
    labels: Mapping[str, str],
    *,
    outlines: gpd.GeoDataFrame | None = None,
) -> OnPage:
    """Map of the study's units: a variable by year, or one unit's neighbours and spillovers.

    Parameters
    ----------
    study
        Its variables, window and model.
    weights
        Names of the weights to choose from. Under each, the study's spatial Durbin model gives
        the effect of one unit more of the exposure in one unit on the outcome in another.
    labels
        What a reader sees for each variable.
    outlines
        The units' polygons in a projected reference system; by default China's provinces.

    Raises
    ------
    ViewError
        A unit of the study has no outline.
    """
    from spillover.book.figures.maps import china

    ground = china() if outlines is None else outlines
    data = study.frame()
    units = [str(unit) for unit in data.index.get_level_values(0).unique()]
    if lacking := [unit for unit in units if unit not in ground.index]:
        raise ViewError(f"province_map: there are no outlines of {', '.join(lacking)}")
    years = sorted({int(year) for year in data.index.get_level_values(1)})
    first = "Guangdong" if "Guangdong" in units else units[0]
    matrices = {name: _between(study.but(weights=name), units) for name in weights}
    values = {symbol: data[symbol].unstack(1).loc[units, years] for symbol in labels}
    content = {
        "units": units,
        "years": years,
        "variables": {
            symbol: {
                "values": [_short(frame[year]) for year in years],
                "breaks": _short(np.quantile(frame.to_numpy(), [0.2, 0.4, 0.6, 0.8]), 3),
            }
            for symbol, frame in values.items()
        },
        "linked": {
            name: {
                "weights": [_short(row, 3) for row in weight.to_numpy()],
                "effects": [_short(row, 3) for row in effect.to_numpy()],
            }
            for name, (weight, effect) in matrices.items()
        },
        "exposure": study.exposure,
        "outlines": _outlines(ground),
        "classes": [_hex(i / 4) for i in range(5)],
        "chart": _map_chart(),
    }
    sent = pd.concat(
        {name: effect for name, (_, effect) in matrices.items()}, names=["weights", "affected"]
    )
    symbol, name = next(iter(labels)), weights[0]
    weight, effect = matrices[name]
    shown_first = {
        unit: [
            ("", float(values[symbol][years[-1]][unit]), 3),
            ("", float(weight[unit][first]), 3),
            ("", float(effect[first][unit]), 4),
            ("", float(effect[unit][first]), 4),
        ]
        for unit in units
    }
    show = ["the variable", "weights", "effects sent", "effects received"]
    choosers = [
        _labelled_chooser("Colour by", "colour", dict(zip(("value", "weight", "sent", "received"),
                          show, strict=True)), "value"),
        _labelled_chooser("Variable", "variable", labels, symbol),
        _chooser("Year", "year", years, years[-1]),
        _chooser("Province", "unit", units, first),
        _chooser("Weights", "weights", list(weights), name),
    ]  # fmt: skip
    parts = [
        f'<form class="choices" hidden aria-label="Choose what the map shows">{"".join(choosers)}'
        "</form>",
        '<div class="chart" data-chart="map" role="img" aria-label="Map of the column of the table '
        'that is chosen; a click on a province chooses it"></div>',
        '<p class="told" role="status"></p>',
        _table(
            "The chosen province and all others",
            ["Province", "Value", "Weight", "Sent to", "Received from"],
            shown_first,
            "sortable",
        ),
    ]
    return _on_page("map", content, parts, shown_first, sent)


def _between(study: Study, units: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weights, and effects of the exposure in one unit (columns) on the outcome in another."""
    links = study.graph().adjacency.unstack(fill_value=0.0)
    weights = links.reindex(index=units, columns=units)
    effects = study.spatial().fit().effects_matrix(study.exposure)
    effects = effects.reindex(index=units, columns=units)
    return weights, effects


def _labelled_chooser(heading: str, name: str, labels: Mapping[str, str], first: str) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" * (value == first)}>{escape(text)}</option>'
        for value, text in labels.items()
    )
    return f'<label>{escape(heading)} <select name="{name}">{options}</select></label>'


def _hex(share: float) -> str:
    from matplotlib.colors import to_hex

    return str(to_hex(SEQUENCE(share)))


def _outlines(ground: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Outlines simplified to less than a dot of a small map, in whole units of 1/2000 width."""
    import shapely

    west, south, east, _ = ground.total_bounds
    step = (east - west) / 2000
    simple = shapely.coverage_simplify(ground.geometry.to_numpy(), 4 * step)
    moved = shapely.transform(simple, lambda xy: np.round((xy - [west, south]) / step))
    return [
        {
            "type": "Feature",
            "properties": {"name": str(name)},
            "geometry": json.loads(shapely.to_geojson(shape).replace(".0", "")),
        }
        for name, shape in zip(ground.index, moved, strict=True)
    ]


def _map_chart() -> dict[str, Any]:
    import altair as alt

    ground = alt.Chart(alt.NamedData("ground"))
    look = {"stroke": "var(--pst-color-background)", "strokeWidth": 0.8}
    told = [
        alt.Tooltip("properties.name:N", title="province"),
        alt.Tooltip("properties.text:N", title="value"),
    ]
    every = ground.mark_geoshape(fill="var(--view-none)", **look).encode(tooltip=told)
    shade = alt.Color("properties.value:Q", title=None, scale=alt.Scale(range=["#eee", "#000"]))
    shapes = (
        ground.transform_filter("isValid(datum.properties.value)")
        .mark_geoshape(**look)
        .encode(color=shade, tooltip=told)
    )
    ring = (
        ground.transform_filter("datum.properties.chosen")
        .mark_geoshape(filled=False, stroke=CLUSTERS["HH"], strokeWidth=2.2)
    )  # fmt: skip
    chart = (every + shapes + ring).project(type="identity", reflectY=True)
    return _configured(chart, 420)

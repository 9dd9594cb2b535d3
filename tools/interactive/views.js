/* Views to choose in: reads what lies in the page, draws with Vega-Lite, writes the table anew. */

(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const minus = (text) => text.replace("-", Number(text) === 0 ? "" : "\u2212");
  const fixed = (value, digits = 3) => (value === null ? "\u2013" : minus(value.toFixed(digits)));
  const probability = (p) => (p === null ? "\u2013" : p < 0.001 ? "<0.001" : p.toFixed(3));
  const sign = (low, high) => (low > 0 ? "above zero" : high < 0 ? "below zero" : "includes zero");

  /* A chart in the colours of the present theme. */
  const draw = (box, chart, datasets, change = () => {}) => {
    const text = JSON.stringify(chart).replace(/var\((--[\w-]+)\)/g, (_, name) => style(name));
    const spec = { ...JSON.parse(text), datasets };
    change(spec);
    return vegaEmbed(box, spec, { actions: false, ast: true, renderer: box.dataset.renderer || "canvas" });
  };

  /* Data of a chart that are there before it is drawn have its names, those of a layer too. */
  const own = (chart) => chart.datasets || {};

  function explorer(view, content) {
    const form = view.querySelector("form");
    const rows = [...view.querySelectorAll("tbody tr")];
    const [told, code] = [view.querySelector(".told"), view.querySelector(".line")];
    const box = (name) => view.querySelector(`[data-chart=${name}]`);
    const names = Object.keys(content.effects);
    let curve = null;
    let ranks = null;

    const chosen = () =>
      content.choices.reduce(
        (at, choice) => at * choice.labels.length + form.elements[choice.name].selectedIndex, 0);
    const value = (effect, column, row) => content.effects[effect][column][row];

    const label = (row) => {
      const parts = [];
      for (const choice of [...content.choices].reverse()) {
        parts.unshift(choice.labels[row % choice.labels.length]);
        row = Math.floor(row / choice.labels.length);
      }
      return parts.join(", ");
    };

    const line = () => {
      const made = { but: [], spatial: [], fit: [] };
      for (const choice of content.choices) {
        const added = choice.code[form.elements[choice.name].selectedIndex];
        for (const [place, text] of Object.entries(added)) made[place].push(text);
      }
      const model = made.spatial.length ? made.spatial : ['"sdm"'];
      return `${content.study}.but(${made.but.join(", ")}).spatial(${model.join(", ")})` +
        `.fit(${made.fit.join(", ")}).effects().loc["${content.exposure}"]`;
    };

    const mark = (effect, row) => ({
      rank: ranks.get(row), effect,
      estimate: value(effect, "estimate", row),
      low: value(effect, "low", row), high: value(effect, "high", row),
    });

    /* Every specification with this effect, in order; the axis leaves out the longest intervals. */
    async function drawCurve(effect) {
      const held = content.effects[effect];
      const order = held.estimate.map((_, row) => row).filter((row) => held.estimate[row] !== null)
        .sort((a, b) => held.estimate[a] - held.estimate[b] || a - b);
      ranks = new Map(order.map((row, place) => [row, place + 1]));
      const points = order.map((row) => ({
        ...mark(effect, row), name: label(row), sign: sign(held.low[row], held.high[row]) }));
      const ends = (column) => order.map((row) => held[column][row]).sort((a, b) => a - b);
      const [lows, highs] = [ends("low"), ends("high")];
      const lowest = Math.min(held.estimate[order[0]], lows[Math.floor(lows.length * 0.05)]);
      const highest = Math.max(held.estimate[order.at(-1)], highs[Math.floor(highs.length * 0.95)]);
      const chart = content.charts.curve;
      const found = await draw(box("curve"), chart, { ...own(chart), curve: points, chosen: [] },
        (spec) => {
          const edges = { lowest, highest, count: order.length };
          for (const param of spec.params) param.value = edges[param.name] ?? param.value;
        });
      curve = { effect, view: found.view };
    }

    async function show(fresh = false) {
      const row = chosen();
      const effect = form.elements.effect.value;
      if (fresh || !curve || curve.effect !== effect) await drawCurve(effect);
      code.textContent = line();
      rows.forEach((cells, i) => {
        const one = (column) => value(names[i], column, row);
        const texts = [...["estimate", "low", "high"].map((c) => fixed(one(c))), probability(one("pvalue"))];
        texts.forEach((text, j) => { cells.cells[j + 1].textContent = text; });
      });
      const reason = content.reasons[content.reason[row]];
      const missing = value(effect, "estimate", row) === null;
      told.textContent = reason ? `Not estimated: ${reason}.`
        : missing ? `This model has no ${effect} effect.`
        : `The ${effect} effect is number ${ranks.get(row).toLocaleString("en")} of ` +
          `${ranks.size.toLocaleString("en")} in the order of the estimates.`;
      const marked = missing ? [] : [mark(effect, row)];
      curve.view.change("chosen", vega.changeset().remove(() => true).insert(marked)).run();
      const three = names.filter((name) => value(name, "estimate", row) !== null).map((name) => ({
        effect: name, ...Object.fromEntries(["estimate", "low", "high"].map((c) => [c, value(name, c, row)])),
        sign: sign(value(name, "low", row), value(name, "high", row)) }));
      const chart = content.charts.effects;
      await draw(box("effects"), chart, { ...own(chart), effects: three });
      view.dataset.shown = row;
    }
    form.addEventListener("change", () => show());
    form.addEventListener("reset", () => setTimeout(show));
    return show;
  }

  function map(view, content) {
    const form = view.querySelector("form");
    const told = view.querySelector(".told");
    const box = view.querySelector("[data-chart=map]");
    const rows = new Map([...view.querySelectorAll("tbody tr")].map((row) => [row.cells[0].textContent, row]));
    const text = (name) => form.elements[name].selectedOptions[0].textContent;

    async function show() {
      const [kind, symbol] = [form.elements.colour.value, form.elements.variable.value];
      const [year, at] = [form.elements.year.selectedIndex, form.elements.unit.selectedIndex];
      const linked = content.linked[form.elements.weights.value];
      const columns = {
        value: content.variables[symbol].values[year],
        weight: linked.weights[at],
        sent: linked.effects.map((row) => row[at]),
        received: linked.effects[at],
      };
      const digits = { value: 3, weight: 3, sent: 4, received: 4 };
      content.units.forEach((unit, i) =>
        Object.keys(columns).forEach((name, j) => {
          const cell = rows.get(unit).cells[j + 1];
          cell.textContent = fixed(columns[name][i], digits[name]);
          cell.dataset.sort = columns[name][i];
        }));
      const unit = content.units[at];
      const shown = columns[kind];
      const largest = content.units.map((name, i) => [name, shown[i]])
        .filter(([name, v]) => v && (kind === "value" || name !== unit))
        .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 5)
        .map(([name, v]) => `${name} ${fixed(v, digits[kind])}`).join(", ");
      told.textContent = {
        value: `${text("variable")}, ${text("year")}: ${unit} ${fixed(shown[at])}; the largest are ${largest}.`,
        weight: `Weights of the neighbours of ${unit} (${text("weights")}), the largest: ${largest}.`,
        sent: `Effect of one unit more of ${content.exposure} in ${unit} on the others, the largest: ${largest}; ` +
          `at home ${fixed(shown[at], 4)}.`,
        received: `Effect on ${unit} of one unit more of ${content.exposure} in the others, the largest: ` +
          `${largest}; at home ${fixed(shown[at], 4)}.`,
      }[kind];
      const { breaks } = content.variables[symbol];
      const ranges = content.classes.map((_, i) =>
        i === 0 ? `below ${minus(String(breaks[0]))}`
          : i === breaks.length ? `${minus(String(breaks.at(-1)))} and more`
            : `${minus(String(breaks[i - 1]))} to ${minus(String(breaks[i]))}`);
      const ground = content.outlines.map((shape) => {
        const i = content.units.indexOf(shape.properties.name);
        const held = i < 0 || (kind !== "value" && i === at) || (kind === "weight" && !shown[i]) ? null : shown[i];
        return { ...shape, properties: {
          ...shape.properties, value: held, chosen: i === at,
          text: i < 0 ? "no data" : fixed(shown[i], digits[kind]),
          class: kind === "value" && i >= 0 ? ranges[breaks.filter((b) => shown[i] >= b).length] : null } };
      });
      const far = Math.max(...ground.map((shape) => Math.abs(shape.properties.value || 0)));
      const scales = {
        value: { domain: ranges, range: content.classes },
        weight: { domain: [0, far], range: content.classes },
        effect: { domain: [-far, 0, far], range: ["--view-below", "--view-zero", "--view-above"].map(style) },
      };
      const { view: drawn } = await draw(box, content.chart, { ...own(content.chart), ground }, (spec) => {
        const shade = spec.layer[1].encoding.color;
        shade.scale = scales[kind] || scales.effect;
        if (kind === "value") {
          Object.assign(shade, { field: "properties.class", type: "nominal" });
          shade.legend = { symbolType: "square", symbolSize: 220, symbolStrokeWidth: 0,
            columns: box.clientWidth < 420 ? 2 : 3 };
        } else shade.legend = { format: ".2~g", gradientLength: 240, labelOverlap: false };
        spec.height = Math.round(Math.min(460, box.clientWidth * 0.82));
      });
      drawn.addEventListener("click", (_, item) => {
        const name = item?.datum?.properties?.name;
        if (!content.units.includes(name)) return;
        form.elements.unit.value = name;
        show();
      });
      view.dataset.shown = `${kind} ${unit} ${text("year")} ${symbol} ${text("weights")}`;
    }
    form.addEventListener("change", show);
    return show;
  }

  const start = () => {
    const made = [...document.querySelectorAll(".interactive")].map((view) => {
      const content = JSON.parse(view.querySelector("script").textContent);
      view.querySelector("form").hidden = false;
      return (view.classList.contains("map") ? map : explorer)(view, content);
    });
    made.forEach((show) => show(true));
    let theme = document.documentElement.dataset.theme;
    new MutationObserver(() => {
      if (document.documentElement.dataset.theme === theme) return;
      theme = document.documentElement.dataset.theme;
      made.forEach((show) => show(true));
    }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  };
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
})();

/* The box of a page in which a reader changes the study and gets its effects. Nothing is fetched before
   the reader asks for it. A page opened as a file keeps the text that it has, which says why. */
(() => {
  "use strict";

  const box = document.querySelector(".run-here");
  if (!box || !location.protocol.startsWith("http")) return;
  const place = document.currentScript.src;
  const given = JSON.parse(box.dataset.given);
  const size = bytes => `${Math.ceil(bytes / 1e6)} MB`;
  const make = (tag, settings = {}, ...content) => {
    const made = Object.assign(document.createElement(tag), settings);
    made.append(...content);
    return made;
  };

  const lines = make("textarea", { id: "run-here-lines", spellcheck: false, autocapitalize: "off" });
  const show = code => {
    lines.value = `${code}\n${given.fit}`;
    lines.rows = lines.value.split("\n").length + 1;
  };
  const go = make("button", { type: "button", className: "run-here-go" });
  const stop = make("button", { type: "button", textContent: "Stop", disabled: true });
  const bar = make("progress", { max: given.bytes, hidden: true, ariaLabel: "Download" });
  const status = make("p", { className: "run-here-status" });
  status.setAttribute("role", "status");
  const results = make("div", { className: "run-here-results" });
  const offers = [given.code, ...given.offers].map(code => {
    const button = make("button", { type: "button" }, make("code", { textContent: code }));
    button.addEventListener("click", () => { show(code); lines.focus(); });
    return make("li", {}, button);
  });

  let worker = null, parts = null, started = false, begun = 0;
  const rest = text => {
    go.disabled = false;
    stop.disabled = true;
    bar.hidden = true;
    go.textContent = parts ? "Run" : `Download ${size(given.bytes)} and run`;
    status.textContent = text;
  };
  const end = text => {
    worker?.terminate();
    worker = null;
    started = false;
    rest(text);
  };

  const cell = ([value, stars, error]) => make("td", { className: "text-right" },
    value, make("sup", { textContent: stars }), make("br"),
    make("span", { className: "se", textContent: `(${error})` }));
  const head = (scope, text) => {
    const made = make("th", { textContent: text, className: scope === "col" ? "text-right" : "" });
    made.scope = scope;
    return made;
  };
  const table = (title, { heads, rows }) => {
    const made = make("table", { className: "publication table" },
      make("caption", { textContent: title }),
      make("thead", {}, make("tr", {}, make("td"), ...heads.map(text => head("col", text)))),
      make("tbody", {}, ...rows.map(([term, ...cells]) =>
        make("tr", {}, head("row", term), ...cells.map(cell)))));
    const frame = make("div", { className: "pst-scrollable-table-container", tabIndex: 0 }, made);
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", title);
    return frame;
  };

  const answered = answer => {
    if (answer.error) {
      results.replaceChildren();
      rest(answer.error);
      const way = make("a", { href: given.help, textContent: "How to run it on your own machine" });
      if (answer.absent) status.append(" ", way, ".");
      return;
    }
    results.replaceChildren(table("With the line of this page", given.page), table("With your lines", answer),
      make("p", { className: "run-here-note", textContent: given.note }),
      ...answer.notes.map(text => make("p", { className: "run-here-note", textContent: text })));
    const whole = ((performance.now() - begun) / 1000).toFixed(1);
    const before = started ? "" : `, and ${whole} s in all with the download and the start of Python`;
    started = true;
    rest(`Estimated in ${answer.seconds.toFixed(2)} s${before}.`);
  };

  const heard = ({ data }) => {
    if (data.done) {
      bar.hidden = false;
      bar.value = data.done;
      status.textContent = `${size(data.done)} of ${size(given.bytes)}`;
    }
    if (data.parts) { parts = data.parts; bar.hidden = true; }
    if (data.state) status.textContent = data.state;
    if (data.failed) end(`It could not be run here: ${data.failed}`);
    if (data.answer) answered(data.answer);
  };

  const run = () => {
    if (go.disabled) return;
    begun = performance.now();
    go.disabled = true;
    stop.disabled = false;
    status.textContent = parts ? "Estimating …" : "Downloading …";
    const first = !worker;
    if (first) {
      worker = new Worker(new URL("worker.js", place), { type: "module" });
      worker.onmessage = heard;
      worker.onerror = event => end(`It could not be run here: ${event.message || "the browser is too old"}`);
    }
    worker.postMessage({ names: given.names, parts: first ? parts : null, code: lines.value });
  };
  go.addEventListener("click", run);
  stop.addEventListener("click", () => { end("Stopped."); go.focus(); });
  lines.addEventListener("keydown", event => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { run(); event.preventDefault(); }
  });

  show(given.code);
  rest("");
  box.querySelector(".run-here-body").replaceChildren(
    make("p", {}, "Change the study, and see the effects of its spatial Durbin model. Python comes to this "
      + `page once, ${size(given.bytes)}; it runs in your browser, and what you write stays there. `,
      make("a", { href: `${given.help}#beyond-one-line`, textContent: "What can be changed" }), ". ",
      make("a", { href: new URL("LICENSES.txt", place).href, textContent: "Its licences" }), "."),
    make("label", { htmlFor: lines.id, textContent: "Lines to run" }), lines,
    make("p", { id: "run-here-offers", textContent: "Lines to start from" }),
    Object.assign(make("ul", {}, ...offers), { ariaLabel: "Lines to start from" }),
    make("div", { className: "run-here-do" }, go, stop, bar), status, results);
})();

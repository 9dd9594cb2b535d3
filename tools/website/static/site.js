/* Search without a server, cues where something scrolls, figures at full size. Plain script: a page
   opened as a file may not load modules or fetch other files. */
(() => {
  "use strict";

  const ROOT = document.documentElement.dataset.content_root || "./";
  const make = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  /* Search. The index is loaded when it is first wanted. */

  const WORD = /\d+(?:[.,]\d+)+|[\p{L}\p{N}_]+/gu;
  const fold = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = text => fold(text).match(WORD) || [];
  const KIND = { table: "Table", figure: "Figure", code: "Package" };
  let engine = null;

  const script = name => new Promise((done, failed) => {
    const tag = make("script");
    tag.src = `${ROOT}_static/${name}`;
    tag.onload = done;
    tag.onerror = () => failed(new Error(`${tag.src} is not there`));
    document.head.append(tag);
  });

  const load = () => engine ||= Promise.all([
    script("minisearch/minisearch.js"), script("search-index.js"),
  ]).then(() => {
    const { pages, entries } = window.BOOK_INDEX;
    const found = new MiniSearch({
      fields: ["title", "page", "text"],
      tokenize: text => text.match(WORD) || [],
      processTerm: fold,
      searchOptions: {
        boost: { title: 3, page: 1.5 },
        prefix: (term, i, terms) => i === terms.length - 1 && term.length > 1,
        fuzzy: term => (term.length > 5 && !/\d/.test(term) ? 0.15 : false),
        weights: { fuzzy: 0.2, prefix: 0.6 },
        // What the book finds comes before how the package does it.
        boostDocument: id => (entries[id][2] === "code" ? 0.5 : 1),
      },
    });
    found.addAll(entries.map(([page, , , title, text], id) =>
      ({ id, title, text, page: pages[page][1] })));
    return { pages, entries, found };
  });

  /* Text with the found words marked. */
  const marked = (text, terms, into) => {
    let end = 0;
    for (const hit of text.matchAll(WORD)) {
      if (!terms.has(fold(hit[0]))) continue;
      into.append(text.slice(end, hit.index), make("mark", "", hit[0]));
      end = hit.index + hit[0].length;
    }
    into.append(text.slice(end));
    return into;
  };

  /* The line with most of the words, cut to a length around the first of them. */
  const excerpt = (lines, terms, longest) => {
    let best = 0, most = 0;
    lines.forEach((line, i) => {
      const count = new Set(words(line).filter(word => terms.has(word))).size;
      if (count > most) [best, most] = [i, count];
    });
    const line = lines[best] || "";
    if (line.length <= longest) return [best, line];
    const hit = most ? [...line.matchAll(WORD)].find(h => terms.has(fold(h[0]))).index : 0;
    let start = Math.max(0, Math.min(hit - longest / 3, line.length - longest));
    if (start > 0) start = line.indexOf(" ", start) + 1;
    let stop = start + longest;
    stop = stop < line.length ? line.lastIndexOf(" ", stop) : line.length;
    return [best, (start ? "… " : "") + line.slice(start, stop) + (stop < line.length ? " …" : "")];
  };

  const result = ({ pages, entries }, hit) => {
    const [page, anchor, kind, title, text] = entries[hit.id];
    const terms = new Set(hit.terms);
    const item = make("li");
    const link = item.appendChild(make("a"));
    const asked = encodeURIComponent([...terms].join(" "));
    link.href = `${ROOT}${pages[page][0]}?highlight=${asked}${anchor ? "#" + anchor : ""}`;
    if (KIND[kind]) link.append(make("span", "book-kind", KIND[kind]), " ");
    marked(title || pages[page][1], terms, link);
    if (title) item.append(make("p", "book-page", pages[page][1]));
    const lines = text.split("\n");
    const [row, found] = excerpt(lines, terms, 220);
    if (kind === "table" && row > 0 && lines[0].length < 160) {
      item.append(marked(lines[0], terms, make("p", "book-excerpt book-head")));
    }
    if (found) item.append(marked(found, terms, make("p", "book-excerpt")));
    return item;
  };

  const look = async (asked, list, count, most) => {
    const book = await load();
    const wanted = words(asked);
    let hits = wanted.length ? book.found.search(asked, { combineWith: "AND" }) : [];
    let some = "";
    if (!hits.length && wanted.length > 1) {
      hits = book.found.search(asked, { combineWith: "OR" });
      some = " with some of the words";
    }
    // The words side by side come first.
    const phrase = wanted.join(" ");
    const together = hit => {
      const [, , , title, text] = book.entries[hit.id];
      return wanted.length > 1 && words(`${title} ${text}`).join(" ").includes(phrase) ? 3 : 1;
    };
    hits = hits.map(hit => ({ ...hit, score: hit.score * together(hit) }))
      .sort((a, b) => b.score - a.score);
    const items = make("ol", "book-hits");
    items.append(...hits.slice(0, most).map(hit => result(book, hit)));
    list.replaceChildren(...(hits.length ? [items] : []));
    const places = hits.length === 1 ? "One place" : `${hits.length} places`;
    count.textContent = !wanted.length ? ""
      : !hits.length ? `Nothing found for “${asked}”.`
      : hits.length > most ? `${places}${some}; the first ${most} are shown.` : `${places}${some}.`;
  };

  const searching = (form, list, count, most) => {
    const box = form.querySelector("input");
    let waiting = null, last = "";
    const now = () => {
      if (box.value.trim() === last) return;
      last = box.value.trim();
      look(last, list, count, most).catch(error => { count.textContent = String(error.message); });
    };
    box.addEventListener("focus", () => load().catch(() => {}), { once: true });
    box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(now, 150); });
    form.addEventListener("keydown", event => {
      if (event.key === "ArrowDown") { list.querySelector("a")?.focus(); event.preventDefault(); }
    });
    list.addEventListener("keydown", event => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const links = [...list.querySelectorAll("a")];
      (links[links.indexOf(document.activeElement) + step] || box).focus();
      event.preventDefault();
    });
    return now;
  };

  const search = () => {
    const dialog = document.getElementById("pst-search-dialog");
    if (dialog) {
      const form = dialog.querySelector("form");
      searching(form, dialog.querySelector(".book-results"), dialog.querySelector(".book-count"), 8);
      // A link to a place on the same page leaves the page, and so the dialog, as they are.
      dialog.addEventListener("click", event => { if (event.target.closest("a")) dialog.close(); });
    }
    const page = document.querySelector(".book-search");
    if (!page) return;
    const form = page.querySelector("form"), box = form.querySelector("input");
    const now = searching(form, page.querySelector(".book-results"), page.querySelector(".book-count"), 50);
    box.value = new URLSearchParams(location.search).get("q") || "";
    form.addEventListener("submit", event => { event.preventDefault(); now(); });
    box.addEventListener("input", () => {
      // A page opened as a file may not change its address in every browser.
      try { history.replaceState(null, "", `?q=${encodeURIComponent(box.value)}`); } catch { /* so */ }
    });
    now();
    box.focus();
  };

  /* What scrolls sideways says so: a shadow at the edge behind which there is more, a place in the
     order of the keyboard, and a name. */

  const SCROLLING = ".pst-scrollable-table-container, .bd-article div.highlight > pre, " +
    "mjx-container[display='true'], .bd-article .cell_output > .output";

  const named = {};
  const nameOf = box => {
    const table = box.querySelector("table > caption .caption-number");
    if (table) return `${table.textContent.trim()}, scrolls sideways`;
    const kind = box.matches("pre") ? "Code" : "Table";
    named[kind] = (named[kind] || 0) + 1;
    return `${kind} ${named[kind]}, scrolls sideways`;
  };

  const seen = new WeakSet();
  const shade = box => {
    const hidden = box.scrollWidth - box.clientWidth;
    box.classList.toggle("more-left", hidden > 1 && box.scrollLeft > 1);
    box.classList.toggle("more-right", hidden > 1 && box.scrollLeft < hidden - 1);
  };
  const cue = () => {
    // A formula a little too wide is set smaller.
    for (const formula of document.querySelectorAll("mjx-container[display='true']")) {
      formula.style.fontSize = "";
      const fit = formula.clientWidth / formula.scrollWidth;
      if (fit < 1 && fit > 0.75) formula.style.fontSize = `${Math.floor(fit * 98)}%`;
    }
    for (const box of document.querySelectorAll(SCROLLING)) {
      const scrolls = box.scrollWidth > box.clientWidth + 1
        && /auto|scroll/.test(getComputedStyle(box).overflowX);
      if (scrolls && !seen.has(box)) {
        seen.add(box);
        box.addEventListener("scroll", () => shade(box), { passive: true });
      }
      if (scrolls) {
        box.tabIndex = 0;
        if (!box.matches("mjx-container")) {
          box.setAttribute("role", "region");
          if (!box.ariaLabel) box.setAttribute("aria-label", nameOf(box));
        }
      } else if (seen.has(box)) {
        box.removeAttribute("tabindex");
        box.removeAttribute("role");
        box.removeAttribute("aria-label");
      }
      if (seen.has(box)) shade(box);
    }
  };

  /* A figure opens at the size of the window, where it can be moved about; without scripts its link
     opens the picture itself. */

  const figures = () => {
    const images = [...document.querySelectorAll(".bd-article figure.paper img")];
    if (!images.length) return;
    const dialog = document.body.appendChild(make("dialog", "book-figure"));
    dialog.setAttribute("aria-label", "Figure at full size");
    const close = dialog.appendChild(make("button", "btn", "Close"));
    const view = dialog.appendChild(make("div", "book-figure-view"));
    view.tabIndex = 0;
    view.setAttribute("role", "region");
    view.setAttribute("aria-label", "Picture, scrolls in both directions");
    const large = view.appendChild(make("img"));
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
    for (const image of images) {
      let link = image.closest("a");
      if (!link) {
        link = make("a", "book-enlarge");
        link.href = image.src;  // the wide version, also where the page shows the narrow one
        const shown = image.closest("picture") || image;
        shown.replaceWith(link);
        link.append(shown);
      }
      link.title = "Open at full size";
      link.addEventListener("click", event => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || !dialog.showModal) return;
        event.preventDefault();
        large.src = link.href;
        large.alt = image.alt;
        dialog.showModal();
        view.scrollTo(0, 0);
      });
    }
  };

  const start = () => {
    search();
    figures();
    cue();
    window.addEventListener("resize", () => requestAnimationFrame(cue));
    window.addEventListener("load", () => {
      const drawn = window.MathJax?.startup?.promise;
      (drawn || Promise.resolve()).then(() => setTimeout(cue, 50));
    });
    document.addEventListener("toggle", cue, true);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

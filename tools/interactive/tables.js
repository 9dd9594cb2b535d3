/* Long tables: what to sort by, a box to search in, a list for each column of few values. */

(() => {
  const FEW = 20;
  const number = (text) => {
    const plain = text.replace(/\u2212/g, "-").replace(/[,*()\s]/g, "");
    return /^[<>]?-?\d*\.?\d+%?$/.test(plain) ? String(parseFloat(plain.replace(/[<>%]/g, ""))) : null;
  };

  /* The first line of a cell is what it is sorted by; a missing number comes last. */
  const key = (cell) => {
    const text = cell.innerText.trim().split("\n")[0];
    return text === "\u2013" ? "" : number(text) ?? text.toLowerCase();
  };

  function filters(table) {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const form = document.createElement("form");
    form.className = "choices filters";
    form.setAttribute("aria-label", "Filter the table");
    const add = (text, control) => {
      const label = document.createElement("label");
      label.append(`${text} `, control);
      form.append(label);
      return control;
    };
    const search = add("Search", Object.assign(document.createElement("input"), { type: "search" }));
    const lists = [];
    heads.forEach((head, column) => {
      const every = rows.map((row) => row.cells[column].innerText.trim());
      const values = [...new Set(every)];
      if (values.length < 2 || values.length > FEW || rows.length < 2 * values.length) return;
      const list = document.createElement("select");
      list.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
      lists.push([column, add(head.innerText, list)]);
    });
    const told = document.createElement("p");
    told.className = "told";
    told.setAttribute("role", "status");

    const show = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        const fits = words.every((word) => text.includes(word)) &&
          lists.every(([column, list]) => !list.value || row.cells[column].innerText.trim() === list.value ||
            row.cells[column].textContent.trim() === list.value);
        row.hidden = !fits;
        left += fits;
      }
      told.textContent = `${left.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
    };
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    const box = table.closest(".pst-scrollable-table-container") || table;
    box.before(form, told);
    show();

    /* A link to a row shows it, whatever is filtered. */
    const arrive = () => {
      const target = location.hash && document.getElementById(location.hash.slice(1));
      if (!target || !table.contains(target)) return;
      if (target.closest("tr")?.hidden) { form.reset(); show(); }
      target.closest("tr")?.scrollIntoView({ block: "center" });
    };
    window.addEventListener("hashchange", arrive);
    arrive();
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const table of document.querySelectorAll("table.sortable")) {
      if (!table.tHead || !table.tBodies.length) continue;
      for (const row of table.tBodies[0].rows)
        for (const cell of row.cells) cell.dataset.sort ??= key(cell);
      if (table.tBodies[0].rows.length > 40) filters(table);
    }
  });
})();

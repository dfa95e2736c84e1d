// A table of any length: only the rows in sight are elements. Headings sort it, keys walk it.

const ROW = 24; // pixels
const AROUND = 6; // rows kept ready above and below what is in sight
const PRINTED = 3000; // rows at most on paper

class Grid {
  // `columns`: {key, title, value(row), cell(row), width, numeric, largestFirst,
  // from: how wide a table has room for it}.
  // `actions`: select(row), open(row).
  constructor(root, columns, actions) {
    this.root = root;
    this.all = columns;
    this.actions = actions;
    this.rows = this.order = [];
    this.selected = null;
    this.sort = { key: null, descending: false };
    this.head = element("div", { role: "row", className: "head", ariaRowIndex: "1" });
    this.body = element("div", { role: "rowgroup", className: "body" });
    root.replaceChildren(element("div", { role: "rowgroup", className: "heading" }, this.head), this.body);
    root.addEventListener("scroll", () => this.#renderSoon());
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("click", (event) => this.#click(event, actions.select));
    root.addEventListener("dblclick", (event) => this.#click(event, actions.open));
    new ResizeObserver(() => this.layOut()).observe(root);
    this.layOut();
  }

  setRows(rows) {
    this.rows = rows;
    this.#arrange();
  }

  // Mark the row; `reveal` scrolls to it.
  select(row, reveal = true) {
    this.selected = row;
    const index = this.order.indexOf(row);
    if (reveal && index >= 0) this.#reveal(index);
    this.render();
  }

  // Choose the columns that there is room for.
  layOut() {
    const width = this.root.clientWidth;
    this.columns = this.all.filter((column) => width >= (column.from ?? 0));
    this.root.style.setProperty("--columns", this.columns.map((column) => column.width).join(" "));
    this.root.setAttribute("aria-colcount", this.columns.length);
    this.#renderHead();
    this.render();
  }

  sortBy(key) {
    const isSame = this.sort.key === key;
    const largestFirst = Boolean(this.all.find((column) => column.key === key).largestFirst);
    this.sort = { key, descending: isSame ? !this.sort.descending : largestFirst };
    this.#renderHead();
    this.#arrange();
  }

  #arrange() {
    const column = this.all.find(({ key }) => key === this.sort.key);
    this.order = column ? sorted(this.rows, column.value, this.sort.descending) : this.rows;
    this.body.style.height = `${this.order.length * ROW}px`;
    this.root.setAttribute("aria-rowcount", this.order.length + 1);
    const index = this.order.indexOf(this.selected);
    if (index >= 0) this.#reveal(index);
    else this.root.scrollTop = 0;
    this.render();
  }

  #renderHead() {
    const focused = this.head.querySelector("button:focus")?.dataset.key;
    this.head.replaceChildren(...this.columns.map((column) => this.#heading(column)));
    if (focused) this.head.querySelector(`[data-key=${focused}]`)?.focus();
  }

  #heading(column) {
    const isSorted = this.sort.key === column.key;
    const direction = this.sort.descending ? "descending" : "ascending";
    const arrow = isSorted ? (this.sort.descending ? " ▾" : " ▴") : "";
    const button = element("button", { type: "button", textContent: column.title + arrow });
    button.dataset.key = column.key;
    button.addEventListener("click", () => this.sortBy(column.key));
    const heading = element(
      "div",
      { role: "columnheader", className: column.numeric ? "number" : "" },
      button,
    );
    heading.setAttribute("aria-sort", isSorted ? direction : "none");
    return heading;
  }

  #renderSoon() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      this.render();
    });
  }

  render() {
    const seen = Math.ceil(this.root.clientHeight / ROW);
    const top = Math.floor(this.root.scrollTop / ROW);
    this.#renderRows(Math.max(top - AROUND, 0), Math.min(top + seen + AROUND, this.order.length));
  }

  // For paper, which can't be scrolled.
  renderAll() {
    this.#renderRows(0, Math.min(this.order.length, PRINTED));
  }

  #renderRows(first, last) {
    const rows = [];
    for (let index = first; index < last; index += 1) rows.push(this.#row(index));
    if (this.order.length === 0) rows.push(element("div", { className: "empty", textContent: "nothing" }));
    this.body.replaceChildren(...rows);
    const index = this.order.indexOf(this.selected);
    const active = index >= first && index < last ? this.#id(index) : "";
    this.root.setAttribute("aria-activedescendant", active);
  }

  #id(index) {
    return `${this.root.id}-${index}`;
  }

  #row(index) {
    const row = this.order[index];
    const made = element("div", { role: "row", id: this.#id(index), ariaRowIndex: String(index + 2) });
    made.dataset.index = index;
    made.style.top = `${index * ROW}px`;
    made.setAttribute("aria-selected", row === this.selected);
    for (const column of this.columns) {
      const cell = element("div", { role: "gridcell", className: column.numeric ? "number" : "" });
      cell.append(...[column.cell(row)].flat());
      made.append(cell);
    }
    return made;
  }

  #click(event, action) {
    const made = event.target.closest("[data-index]");
    if (made) action(this.order[made.dataset.index]);
  }

  #key(event) {
    if (event.target !== this.root || event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(Math.floor(this.root.clientHeight / ROW) - 2, 1);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const current = this.order.indexOf(this.selected);
    if (event.key in steps && this.order.length) {
      const next = current < 0 && steps[event.key] < Infinity ? 0 : current + steps[event.key];
      this.actions.select(this.order[Math.min(Math.max(next, 0), this.order.length - 1)]);
    } else if (event.key === "Enter" && current >= 0) {
      this.actions.open(this.selected);
    } else {
      return;
    }
    event.preventDefault();
  }

  #reveal(index) {
    const head = this.head.offsetHeight;
    const room = this.root.clientHeight - head - ROW;
    const top = index * ROW;
    const above = this.root.scrollTop - top;
    const below = top - this.root.scrollTop - room;
    if (above <= 0 && below <= 0) return;
    // The next row comes into sight at the border, one from far off in the middle.
    if (Math.max(above, below) > 2 * ROW) this.root.scrollTop = top - room / 2;
    else this.root.scrollTop = above > 0 ? top : top - room;
  }
}

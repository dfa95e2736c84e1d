// What the tables show of an area and of a change.

const SIGNS = { added: "+", removed: "−", altered: "~" };

function swatch(mode, key) {
  const mark = element("span", {
    className: `swatch ${HATCHED.includes(key) ? "hatched" : ""}`,
    ariaHidden: "true",
  });
  mark.style.setProperty("--colour", `var(--${mode}-${key})`);
  return mark;
}

function kindSwatch(area) {
  return swatch("kind", MODES.kind.classes[classIn("kind", area)].key);
}

function pathCell(area) {
  const folder = element("span", { className: "folder", textContent: area.folder });
  const base = element("span", { className: "base", textContent: area.base });
  const text = area.owner && `(${area.owner})`;
  const owner = element("span", { className: "owner", textContent: text });
  const title = [area.name, text].filter(Boolean).join(" ");
  return element("span", { className: "path", title }, folder, base, owner);
}

function addressWidth(areas) {
  const longest = areas.reduce((most, area) => Math.max(most, hex(area.end).length), 6);
  return `calc(${longest}ch + 1.5rem)`;
}

const sizeText = (size) => (size === null ? "?" : readableSize(size));
const plain = (text) => text;

// A column of facts; `text` says how a value is written. See Grid for the rest.
function factColumn(key, width, value, text, more = {}) {
  return { key, title: key, width, value, cell: (area) => text(value(area)), ...more };
}

// `of` takes the area from a row.
function areaColumns(areas, hasResidency, of) {
  const address = addressWidth(areas);
  const right = { numeric: true };
  const sizes = { numeric: true, largestFirst: true };
  const columns = [
    factColumn("start", address, (area) => area.start, hex, right),
    factColumn("end", address, (area) => area.end, hex, { ...right, from: 700 }),
    factColumn("size", "5.5rem", (area) => area.size, sizeText, sizes),
    factColumn("rss", "5.5rem", (area) => area.rss, sizeText, { ...sizes, from: 540 }),
    factColumn("swap", "5.5rem", (area) => area.swap, sizeText, { ...sizes, from: 1000 }),
    factColumn("perms", "4.5rem", (area) => area.perms, plain),
    factColumn("kind", "6.5rem", (area) => area.kind, plain, { cell: kindCell, from: 440 }),
    factColumn("offset", "6.5rem", (area) => area.offset, offsetText, { ...right, from: 900 }),
    factColumn("path", "minmax(8rem, 1fr)", (area) => area.name, plain, { cell: pathCell }),
  ];
  return columns
    .filter(({ key }) => hasResidency || !["rss", "swap"].includes(key))
    .map((column) => ({
      ...column,
      value: (row) => column.value(of(row)),
      cell: (row) => column.cell(of(row)),
    }));
}

function offsetText(offset) {
  return offset === null ? "?" : hex(offset);
}

function kindCell(area) {
  return [kindSwatch(area), area.kind];
}

function changeColumns(changes) {
  const of = (change) => change.area;
  const columns = areaColumns(changes.map(of), false, of).filter(({ key }) => key !== "offset");
  const was = {
    key: "was",
    title: "what was before",
    value: differences,
    cell: differences,
    width: "minmax(8rem, 1fr)",
    from: 640,
  };
  return [
    { key: "change", title: "±", value: (row) => row.change, cell: changeCell, width: "6.5rem" },
    ...columns.slice(0, -1).map((column) => (column.key === "end" ? { ...column, from: 900 } : column)),
    ...(changes.some(differences) ? [was] : []),
    ...columns.slice(-1),
  ];
}

function changeCell(row) {
  return element("span", {
    className: `change ${row.change}`,
    textContent: `${SIGNS[row.change]} ${row.change}`,
  });
}

// What differs between an altered area and what it was.
function differences({ before, after }) {
  if (before === null || after === null) return "";
  const texts = [];
  if (before.size !== after.size) texts.push(sizeInWords(before.size));
  if (before.perms !== after.perms) texts.push(before.perms);
  if (before.offset !== after.offset) texts.push(`offset ${offsetText(before.offset)}`);
  if (before.path !== after.path) texts.push(before.name || "no name");
  if (before.kind !== after.kind) texts.push(before.kind);
  if (before.start !== after.start) texts.push(`start ${hex(before.start)}`);
  return texts.join(", ");
}

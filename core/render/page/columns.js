// What the tables show of an area and of a change.

const SIGNS = { added: "+", removed: "−", altered: "~" };

function swatch(mode, key) {
  const mark = element("span", { className: `swatch ${HATCHED.includes(key) ? "hatched" : ""}`, ariaHidden: "true" });
  mark.style.setProperty("--colour", `var(--${mode}-${key})`);
  return mark;
}

function kindSwatch(area) {
  return swatch("kind", MODES.kind.classes[classIn("kind", area)].key);
}

function pathCell(area) {
  const folder = element("span", { className: "folder", textContent: area.folder });
  const base = element("span", { className: "base", textContent: area.base });
  return element("span", { className: "path", title: area.name }, folder, base);
}

function addressWidth(areas) {
  const longest = areas.reduce((most, area) => Math.max(most, hex(area.end).length), 6);
  return `calc(${longest}ch + 1.5rem)`;
}

const sizeCell = (value) => (value === null ? "?" : readableSize(value));

// `of` takes the area from a row.
function areaColumns(areas, hasResidency, of) {
  const address = addressWidth(areas);
  const residency = [
    { key: "rss", title: "rss", value: (row) => of(row).rss, cell: (row) => sizeCell(of(row).rss), from: 540 },
    { key: "swap", title: "swap", value: (row) => of(row).swap, cell: (row) => sizeCell(of(row).swap), from: 1000 },
  ].map((column) => ({ ...column, width: "5.5rem", numeric: true, largestFirst: true }));
  return [
    { key: "start", title: "start", value: (row) => of(row).start, cell: (row) => hex(of(row).start), width: address },
    { key: "end", title: "end", value: (row) => of(row).end, cell: (row) => hex(of(row).end), width: address, from: 700 },
    { key: "size", title: "size", value: (row) => of(row).size, cell: (row) => sizeCell(of(row).size), width: "5.5rem", largestFirst: true },
    ...(hasResidency ? residency : []),
    { key: "perms", title: "perms", value: (row) => of(row).perms, cell: (row) => of(row).perms, width: "4.5rem" },
    { key: "kind", title: "kind", value: (row) => of(row).kind, cell: (row) => [kindSwatch(of(row)), of(row).kind], width: "6.5rem", from: 440 },
    { key: "offset", title: "offset", value: (row) => of(row).offset, cell: (row) => offsetText(of(row)), width: "6.5rem", from: 900 },
    { key: "path", title: "path", value: (row) => of(row).name, cell: (row) => pathCell(of(row)), width: "minmax(8rem, 1fr)" },
  ].map((column) => ({ numeric: ["start", "end", "size", "offset"].includes(column.key), ...column }));
}

function offsetText(area) {
  return area.offset === null ? "?" : hex(area.offset);
}

function changeColumns(changes) {
  const of = (change) => change.area;
  const columns = areaColumns(changes.map(of), false, of).filter(({ key }) => key !== "offset");
  const was = { key: "was", title: "what was before", value: differences, cell: differences, width: "minmax(8rem, 1fr)", from: 640 };
  return [
    { key: "change", title: "±", value: (row) => row.change, cell: changeCell, width: "6.5rem" },
    ...columns.slice(0, -1).map((column) => (column.key === "end" ? { ...column, from: 900 } : column)),
    ...(changes.some(differences) ? [was] : []),
    ...columns.slice(-1),
  ];
}

function changeCell(row) {
  return element("span", { className: `change ${row.change}`, textContent: `${SIGNS[row.change]} ${row.change}` });
}

// What differs between an altered area and what it was.
function differences({ before, after }) {
  if (before === null || after === null) return "";
  const texts = [];
  if (before.size !== after.size) texts.push(sizeInWords(before.size));
  if (before.perms !== after.perms) texts.push(before.perms);
  if (before.offset !== after.offset) texts.push(`offset ${offsetText(before)}`);
  if (before.path !== after.path) texts.push(before.name || "no name");
  if (before.kind !== after.kind) texts.push(before.kind);
  if (before.start !== after.start) texts.push(`start ${hex(before.start)}`);
  return texts.join(", ");
}

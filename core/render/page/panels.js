// The parts of the page around the picture and the tables.

function showHeader(model) {
  const { source } = model;
  const process = [source.name && visible(source.name), source.pid && `process ${source.pid}`];
  const title = process.filter(Boolean).join(" · ") || "memory";
  document.title = `${title} - pt-maps`;
  document.getElementById("title").textContent = title;
  const bytes = model.areas.reduce((sum, area) => sum + area.size, 0);
  const facts = [
    `${counted(model.areas.length, "area")}, ${sizeInWords(bytes)}`,
    `map ${source.generation} from ${source.source}`,
    source.word_size && `${source.word_size * 8} bits, ${source.endian}-endian`,
    source.page_size && `pages of ${sizeInWords(source.page_size)}`,
    source.written && `written ${source.written}`,
  ];
  document.getElementById("facts").textContent = facts.filter(Boolean).join(" · ");
  const problems = document.getElementById("problems");
  const lines = (source.problems ?? []).map((text) => element("li", { textContent: visible(text) }));
  problems.replaceChildren(...lines);
  problems.hidden = lines.length === 0;
}

// Radio buttons; `choose` is called with the value of the one that is chosen.
function showChoices(fieldset, choices, current, choose) {
  for (const { value, label, why } of choices) {
    const input = element("input", { type: "radio", name: fieldset.id, value, checked: value === current });
    input.disabled = Boolean(why);
    input.addEventListener("change", () => choose(value));
    fieldset.append(
      element("label", why ? { title: why } : {}, input, element("span", { textContent: label })),
    );
  }
}

// One button for each class of areas that there is; pressed ones are the only ones shown.
function showLegend(mode, model, chosen, toggle) {
  const legend = document.getElementById("legend");
  const counts = new Map((model.before ?? []).map((area) => [classIn(mode, area), 0]));
  for (const area of model.areas) counts.set(classIn(mode, area), (counts.get(classIn(mode, area)) ?? 0) + 1);
  const items = MODES[mode].classes.flatMap((one, index) => {
    const isShown = mode === "residency" ? one !== UNKNOWN || counts.has(index) : counts.has(index);
    return isShown ? [legendItem(mode, one, index, counts.get(index), chosen, toggle)] : [];
  });
  legend.replaceChildren(...items);
}

function legendItem(mode, one, index, count, chosen, toggle) {
  const mark = swatch(mode, one.key);
  if (mode === "residency") return element("span", { className: "chip" }, mark, one.label);
  const number = element("span", { className: "many", textContent: count.toLocaleString("en") });
  const button = element("button", { type: "button", className: "chip" }, mark, one.label + " ", number);
  button.dataset.index = index;
  button.setAttribute("aria-pressed", chosen.has(index));
  button.addEventListener("click", () => {
    toggle(index); // which makes the legend anew
    document.querySelector(`#legend [data-index="${index}"]`).focus();
  });
  return button;
}

// One row a kind, and one for all.
function showSummary(model) {
  const totals = model.totals();
  const all = { kind: "all", areas: 0, bytes: 0, rss: 0, largest: 0 };
  for (const total of totals) {
    for (const key of ["areas", "bytes", "rss"]) all[key] += total[key];
    all.largest = Math.max(all.largest, total.largest);
  }
  const names = ["kind", "areas", "size", ...(model.hasResidency ? ["rss"] : []), "largest"];
  const body = totals.map((total) => summaryRow(total, model.hasResidency));
  totals.forEach((total, index) => body[index].firstChild.prepend(kindSwatch(total)));
  document
    .getElementById("totals")
    .replaceChildren(
      element("thead", {}, element("tr", {}, ...names.map((name, index) => tableCell(name, "col", index)))),
      element("tbody", {}, ...body),
      element("tfoot", {}, summaryRow(all, model.hasResidency)),
    );
  const free = model.largestFree();
  const text = free
    ? `Largest free range: ${hex(free.start)}–${hex(free.end)}, ${sizeInWords(free.size)}`
    : "";
  document.getElementById("free").textContent = text;
}

function summaryRow(total, hasResidency) {
  const sizes = [total.bytes, ...(hasResidency ? [total.rss] : []), total.largest].map(readableSize);
  const texts = [total.kind, total.areas.toLocaleString("en"), ...sizes];
  return element("tr", {}, ...texts.map((text, index) => tableCell(text, index ? "" : "row", index)));
}

// `scope` makes it a heading, of its row or its column; all but the first column are numbers.
function tableCell(text, scope, index) {
  const cell = element(scope ? "th" : "td", { textContent: text, className: index ? "number" : "" });
  if (scope) cell.scope = scope;
  return cell;
}

const TOLD = 4; // changes in one area that are told beside it
const WORDS = { r: "read", w: "write", x: "execute", s: "shared", p: "private", "?": "not known" };

function permsInWords(perms) {
  const words = [...perms].filter((letter) => letter !== "-").map((letter) => WORDS[letter]);
  return perms.startsWith("---") ? ["no access", ...words] : words;
}

// What is known of an area, as pairs of a name and a text.
function factsOf(area) {
  const share = area.rss === null ? "" : ` (${((area.rss / area.size) * 100).toFixed(0)}%)`;
  return [
    ["name", area.name || "none"],
    ...(area.owner ? [["owner", area.owner]] : []),
    ["start", hex(area.start)],
    ["end", hex(area.end)],
    ["size", `${readableSize(area.size)} (${hex(area.end - area.start)})`],
    ["protection", `${area.perms}: ${permsInWords(area.perms).join(", ")}`],
    ["kind", area.kind],
    ["offset", offsetText(area.offset)],
    ...(area.rss === null ? [] : [["in memory", readableSize(area.rss) + share]]),
    ...(area.swap ? [["swapped", readableSize(area.swap)]] : []),
  ];
}

function changeInWords(area, change) {
  const place = change.area.range === area.range ? "" : change.area.range;
  const was = differences(change);
  return [change.change, place, was && `(before: ${was})`].filter(Boolean).join(" ");
}

function showDetails(area, changes, open) {
  const place = document.getElementById("selected");
  if (area === null) {
    place.replaceChildren(
      element("p", { className: "note", textContent: "None: click one, or use the arrow keys." }),
    );
    return;
  }
  const facts = [
    ...factsOf(area),
    ...changes.slice(0, TOLD).map((change) => ["change", changeInWords(area, change)]),
  ];
  const pairs = facts.flatMap(([name, text]) => [
    element("dt", { textContent: name }),
    element("dd", { textContent: text, className: name === "name" ? "name" : "" }),
  ]);
  const button = element("button", { type: "button", textContent: "Zoom to it" });
  button.addEventListener("click", open);
  place.replaceChildren(element("dl", {}, ...pairs), button);
}

// The text near the mouse, kept inside of the window.
class Tip {
  constructor() {
    this.root = document.getElementById("tip");
  }

  show(lines, x, y) {
    this.root.replaceChildren(...lines.map((line) => element("div", { textContent: line })));
    this.root.hidden = false;
    const { offsetWidth, offsetHeight } = this.root;
    const left = Math.min(x + 14, document.documentElement.clientWidth - offsetWidth - 8);
    const top = y + 18 + offsetHeight > window.innerHeight ? y - offsetHeight - 10 : y + 18;
    this.root.style.left = `${Math.max(left, 4)}px`;
    this.root.style.top = `${Math.max(top, 4)}px`;
  }

  hide() {
    this.root.hidden = true;
  }
}

function tipOf(area) {
  const resident = area.rss === null ? "" : `, ${readableSize(area.rss)} in memory`;
  return [
    area.name || area.kind,
    area.range,
    `${area.perms} · ${area.kind} · ${readableSize(area.size)}${resident}`,
  ];
}

// The page: what the parts tell each other.

const model = new Model(JSON.parse(document.getElementById("data").textContent));
const colours = new Colours();
const canvas = document.getElementById("picture");
const strip = document.getElementById("overview");
const view = new View(() => drawSoon());
const picture = new Picture(canvas, view, colours);
const overview = new Overview(strip, picture);
const tip = new Tip();
const filter = { mode: "kind", classes: new Set(), query: "" };

// --- drawing, at most once a frame -----------------------------------------------------------------

let frame = 0;

function drawSoon() {
  frame ||= requestAnimationFrame(draw);
}

function draw() {
  frame = 0;
  if (picture.lanes.length === 0) return;
  picture.draw();
  overview.draw();
  const { layout } = picture;
  const pixel = view.span / picture.width; // positions are bytes
  const scale = layout.isToScale
    ? `; a pixel is ${pixel < 1 ? `1/${Math.round(1 / pixel)} byte` : sizeInWords(Math.round(pixel))}`
    : "";
  const range = `${hex(layout.address(view.from))}–${hex(layout.address(view.to))}`;
  const note = layout.folds ? `; ${counted(layout.folds, "large hole")} folded (⋯)` : "";
  document.getElementById("range").textContent = `Showing ${range}${scale}${note}`;
  document.documentElement.dataset.ready = "true";
}

function layOut(scale) {
  const layout = new Layout(model.everything, scale);
  const marks = (side) =>
    (model.changes ?? []).filter((one) => one[side]).map((one) => ({ change: one.change, area: one[side] }));
  const lanes = model.before ? [new Lane("before", model.before, layout, marks("before"))] : [];
  lanes.push(new Lane(model.before ? "now" : "", model.areas, layout, marks("after")));
  for (const lane of lanes) lane.classify(filter.mode);
  picture.take(layout, lanes);
  view.reset(layout);
  applyFilter();
}

// --- filters and colours ---------------------------------------------------------------------------

function applyFilter() {
  const matches = matcher(filter.query);
  const { classes, mode } = filter;
  const isShown = (area) => (classes.size === 0 || classes.has(classIn(mode, area))) && matches(area);
  for (const lane of picture.lanes) lane.dim(isShown);
  const shown = model.areas.filter(isShown);
  areasGrid.setRows(shown);
  changesGrid?.setRows(model.changes.filter((change) => isShown(change.area)));
  const bytes = shown.reduce((sum, area) => sum + area.size, 0);
  const all = model.areas.length;
  const many =
    shown.length === all
      ? counted(all, "area")
      : `${shown.length.toLocaleString("en")} of ${counted(all, "area")}`;
  document.getElementById("count").textContent = `${many}, ${sizeInWords(bytes)}`;
  drawSoon();
}

function chooseMode(mode) {
  filter.mode = picture.mode = mode;
  filter.classes.clear();
  for (const lane of picture.lanes) lane.classify(mode);
  showClasses();
  applyFilter();
}

function showClasses() {
  showLegend(filter.mode, model, filter.classes, (index) => {
    if (!filter.classes.delete(index)) filter.classes.add(index);
    showClasses();
    applyFilter();
  });
}

// --- selecting -------------------------------------------------------------------------------------

// The lane that an area is in; what is none's, a part of an area, is looked at in the last one.
function laneOf(area) {
  return picture.lanes.find((lane) => lane.index.has(area)) ?? picture.lanes.at(-1);
}

function placeOf(area) {
  return [picture.layout.position(area.start), picture.layout.position(area.end)];
}

function select(area, { reveal = true } = {}) {
  picture.selected = area;
  showDetails(area, area ? model.changesIn(area) : [], () => open(area));
  if (area !== null && reveal) view.reveal(...placeOf(area));
  areasGrid.select(area);
  changesGrid?.select(model.changes.find((change) => change.area === area) ?? null);
  const words =
    area && `${area.label}, ${area.range}, ${permsInWords(area.perms).join(" ")}, ${readableSize(area.size)}`;
  document.getElementById("announcement").textContent = words ?? "";
  drawSoon();
}

function open(area) {
  select(area, { reveal: false });
  view.show(...placeOf(area));
}

// The area so many further on in the lane of the selected one, of those that the filter shows.
function step(by) {
  const { selected } = picture;
  const lane = laneOf(selected);
  const seen = lane.between(view.from, view.to);
  const nothing = by > 0 ? seen[0] - 1 : seen[1]; // the first or the last in view comes first
  const current = selected ? (lane.index.get(selected) ?? lane.at(placeOf(selected)[0], 0)) : nothing;
  for (let index = current + by; index in lane.areas; index += by) {
    if (!lane.dimmed[index]) return select(lane.areas[index]);
  }
  return undefined;
}

function edge(last) {
  const lane = picture.lanes.at(-1);
  const index = last ? lane.dimmed.lastIndexOf(0) : lane.dimmed.indexOf(0);
  if (index >= 0) select(lane.areas[index]);
}

const openSelected = () => picture.selected && open(picture.selected);

function areaUnder(event) {
  const { lane, index } = picture.at(event.offsetX, event.offsetY);
  return lane.areas[index] ?? null;
}

function hover(event) {
  const area = areaUnder(event);
  if (area !== picture.hovered) drawSoon();
  picture.hovered = area;
  const lines = area ? tipOf(area) : tipOfHole(event.offsetX);
  if (lines) tip.show(lines, event.clientX, event.clientY);
  else tip.hide();
}

function tipOfHole(x) {
  const { layout } = picture;
  const piece = layout.pieceAt(picture.positionAt(x));
  if (piece < 0) return null;
  const name = layout.folded[piece] ? "nothing mapped (folded, not to scale)" : "nothing mapped";
  return [
    name,
    `${hex(layout.starts[piece])}–${hex(layout.starts[piece + 1])}`,
    readableSize(layout.sizes[piece]),
  ];
}

function leave() {
  picture.hovered = null;
  tip.hide();
  drawSoon();
}

// --- the parts -------------------------------------------------------------------------------------

const areasGrid = new Grid(
  document.getElementById("areas-grid"),
  areaColumns(model.areas, model.hasResidency, (area) => area),
  { select, open },
);

function makeChangesGrid() {
  document.getElementById("changes").hidden = false;
  const many = (change) => model.changes.filter((one) => one.change === change).length;
  const counts = ["added", "removed", "altered"].map((change) => `${many(change)} ${change}`);
  document.getElementById("changes-heading").textContent = `Changes: ${counts.join(", ")}`;
  const actions = { select: (change) => select(change.area), open: (change) => open(change.area) };
  return new Grid(document.getElementById("changes-grid"), changeColumns(model.changes), actions);
}

const changesGrid = model.changes && makeChangesGrid();

showHeader(model);
showSummary(model);
showDetails(null, []);
const noResidency = model.hasResidency ? "" : "not known for this target";
const modes = Object.entries(MODES).map(([value, { label }]) => ({
  value,
  label,
  why: value === "residency" ? noResidency : "",
}));
showChoices(document.getElementById("modes"), modes, "kind", chooseMode);
const scales = [
  { value: "bytes", label: "to scale" },
  { value: "logarithm", label: "logarithmic" },
];
showChoices(document.getElementById("scales"), scales, "bytes", layOut);
showClasses();
layOut("bytes");

// --- listening -------------------------------------------------------------------------------------

listenToPointer(picture, view, {
  hover,
  leave,
  click: (event) => select(areaUnder(event), { reveal: false }),
  open: (event) => areaUnder(event) && open(areaUnder(event)),
});
listenToOverview(strip, view);
listenToKeys(canvas, view, { step, edge, open: openSelected });

const buttons = {
  "pan-left": () => view.pan(-0.4),
  "pan-right": () => view.pan(0.4),
  "zoom-in": () => view.zoom(1 / ZOOM),
  "zoom-out": () => view.zoom(ZOOM),
  "zoom-all": () => view.fit(),
};
for (const [id, action] of Object.entries(buttons))
  document.getElementById(id).addEventListener("click", action);

const search = document.getElementById("search");
search.addEventListener("input", () => {
  filter.query = search.value;
  applyFilter();
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "ArrowDown") return;
  event.preventDefault();
  areasGrid.root.focus();
  if (areasGrid.order.length && !areasGrid.order.includes(picture.selected)) select(areasGrid.order[0]);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === search || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  search.focus();
});

function redraw() {
  colours.read();
  drawSoon();
}

new ResizeObserver(drawSoon).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
addEventListener("beforeprint", () => {
  document.documentElement.dataset.printing = "true";
  for (const grid of [areasGrid, changesGrid]) grid?.renderAll();
  colours.read();
  draw();
});
addEventListener("afterprint", () => {
  delete document.documentElement.dataset.printing;
  for (const grid of [areasGrid, changesGrid]) grid?.render();
  redraw();
});

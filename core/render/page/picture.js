// The picture of the address space: lanes of areas with their names above, folds, changes, and an axis.

const TITLE = 20; // the heights of what there is, in pixels
const NAMES = 20;
const BODY = 76;
const MARKS = 10;
const AXIS = 26;
const FONT = "11px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

class Picture {
  constructor(canvas, view, colours) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.view = view;
    this.colours = colours;
    this.lanes = [];
    this.width = 1;
    this.mode = "kind";
    this.selected = this.hovered = null;
  }

  take(layout, lanes) {
    this.layout = layout;
    this.lanes = lanes;
    const above = NAMES + (lanes.length > 1 ? TITLE : 0);
    const block = above + BODY + (lanes.length > 1 ? MARKS : 0);
    this.height = lanes.length * block + AXIS;
    this.boxes = lanes.map((_, index) => ({ x: 0, y: index * block + above, height: BODY }));
  }

  x(position) {
    return ((position - this.view.from) / this.view.span) * this.width;
  }

  positionAt(x) {
    return this.view.from + (x / this.width) * this.view.span;
  }

  // What is at a point of the canvas: the lane, and in it the index of an area or -1.
  at(x, y) {
    const found = this.boxes.findIndex((box) => y < box.y + box.height + MARKS);
    const lane = this.lanes[found < 0 ? this.lanes.length - 1 : found];
    return { lane, index: lane.at(this.positionAt(x), (3 / this.width) * this.view.span) };
  }

  draw() {
    const { context } = this;
    const width = (this.width = prepare(this.canvas, this.height));
    context.font = FONT;
    const painter = new Painter(context, this.colours, this.mode);
    this.lanes.forEach((lane, index) => {
      const box = { ...this.boxes[index], width };
      context.fillStyle = this.colours.get("well");
      context.fillRect(0, box.y, width, box.height);
      painter.lane(lane, this.view, box);
      this.#folds(box);
      this.#texts(lane, box);
      this.#names(lane, box);
      if (lane.title) this.#title(lane.title, box);
      if (this.lanes.length > 1) this.#marks(lane, box);
      if (this.hovered && this.hovered !== this.selected) this.#outline(box, this.hovered, "hover");
      if (this.selected) this.#outline(box, this.selected, "accent");
    });
    this.#axis();
  }

  // Large holes: torn edges and the size that isn't drawn to scale.
  #folds(box) {
    const { context, layout } = this;
    const first = Math.max(layout.pieceAt(this.view.from), 0);
    for (let piece = first; piece < layout.length && layout.positions[piece] < this.view.to; piece += 1) {
      if (!layout.folded[piece]) continue;
      const [left, right] = [this.x(layout.positions[piece]), this.x(layout.positions[piece + 1])];
      if (right - left < 2) continue;
      context.fillStyle = this.colours.get("surface");
      context.fillRect(left, box.y - 1, right - left, box.height + 2);
      if (right - left >= 8) {
        this.#tear(left + 1, box);
        this.#tear(right - 3, box);
      }
      this.#foldSize(readableSize(layout.sizes[piece]), left, right, box);
    }
  }

  #tear(x, box) {
    const { context } = this;
    context.strokeStyle = this.colours.get("tear");
    context.lineWidth = 1;
    context.beginPath();
    for (let step = 0; step * 4 <= box.height; step += 1)
      context.lineTo(x + (step % 2) * 2.5, box.y + step * 4);
    context.stroke();
  }

  #foldSize(size, left, right, box) {
    const { context } = this;
    const [first, last] = [Math.max(left, 0), Math.min(right, this.width)];
    const centre = (first + last) / 2;
    context.fillStyle = this.colours.get("muted");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.save();
    context.translate(centre, box.y + box.height / 2);
    const isWide = last - first >= 90;
    if (!isWide) context.rotate(-Math.PI / 2);
    const text = last - first >= 240 ? `⋯ ${size}, folded: not to scale ⋯` : `⋯ ${size} ⋯`;
    if (last - first >= 17) context.fillText(text, 0, 0);
    context.restore();
  }

  // Protection and size inside of each area that has room for them.
  #texts(lane, box) {
    this.#eachWide(lane, 46, (index, left, right) => {
      if (lane.dimmed[index]) return;
      const { context } = this;
      const area = lane.areas[index];
      const centre = (left + right) / 2;
      context.textAlign = "center";
      context.textBaseline = "middle";
      const lines = [area.perms, readableSize(area.size)];
      const width = Math.max(...lines.map((line) => context.measureText(line).width)) + 8;
      context.fillStyle = this.colours.get("plate");
      context.beginPath();
      context.roundRect(centre - width / 2, box.y + box.height / 2 - 16, width, 32, 4);
      context.fill();
      context.fillStyle = this.colours.get("text");
      lines.forEach((line, row) => context.fillText(line, centre, box.y + box.height / 2 - 7 + row * 14));
    });
  }

  #eachWide(lane, least, callback) {
    const [first, last] = lane.between(this.view.from, this.view.to);
    for (let index = first; index < last; index += 1) {
      const left = Math.max(this.x(lane.left[index]), 0);
      const right = Math.min(this.x(lane.right[index]), this.width);
      if (right - left >= least) callback(index, left, right);
    }
  }

  // The name of each file once over all its neighbouring areas.
  #names(lane, box) {
    const [first, last] = lane.between(this.view.from, this.view.to);
    for (let index = first; index < last;) {
      const area = lane.areas[index];
      const begin = index;
      do index += 1;
      while (index < last && area.path !== "" && lane.areas[index].path === area.path);
      const left = Math.max(this.x(lane.left[begin]), 0);
      const right = Math.min(this.x(lane.right[index - 1]), this.width);
      if (right - left >= 24) this.#name(area, left, right, box.y, lane.dimmed[begin]);
    }
  }

  #name(area, left, right, y, isDimmed) {
    const { context } = this;
    context.globalAlpha = isDimmed ? 0.35 : 1;
    context.fillStyle = this.colours.get(area.path ? "text" : "muted");
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    const text = fitted(context, area.label, right - left - 4);
    if (text) context.fillText(text, (left + right) / 2, y - 8);
    if (area.path) {
      context.strokeStyle = this.colours.get("muted");
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(left + 1.5, y - 1);
      context.lineTo(left + 1.5, y - 3.5);
      context.lineTo(right - 1.5, y - 3.5);
      context.lineTo(right - 1.5, y - 1);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #title(title, box) {
    const { context } = this;
    context.save();
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.font = `bold ${FONT}`;
    context.fillStyle = this.colours.get("text");
    context.fillText(title, 0, box.y - NAMES - TITLE / 2);
    context.restore();
  }

  // Under the lane, a mark for each area that changed, never too small to be seen.
  #marks(lane, box) {
    const { context } = this;
    for (const { change, area } of lane.marks) {
      const left = Math.max(this.x(this.layout.position(area.start)), 0);
      const right = Math.min(this.x(this.layout.position(area.end)), this.width);
      if (right < 0 || left > this.width) continue;
      context.fillStyle = this.colours.get(`change-${change}`);
      context.fillRect(left, box.y + box.height + 2, Math.max(right - left, 3), MARKS - 4);
    }
  }

  // In all lanes: what was in the same place before is of interest too.
  #outline(box, area, colour) {
    const { context, layout } = this;
    const left = Math.max(this.x(layout.position(area.start)), -4);
    const right = Math.min(Math.max(this.x(layout.position(area.end)), left + 2), this.width + 4);
    if (right < -2 || left > this.width + 2) return;
    context.strokeStyle = context.fillStyle = this.colours.get(colour);
    context.lineWidth = 2;
    context.strokeRect(left, box.y + 1, right - left, box.height - 2);
    if (colour !== "accent" || right - left > 40) return;
    const centre = (left + right) / 2;
    context.beginPath();
    context.moveTo(centre - 5, box.y - 8);
    context.lineTo(centre + 5, box.y - 8);
    context.lineTo(centre, box.y);
    context.fill();
  }

  #axis() {
    const { context } = this;
    const y = this.height - AXIS + 1;
    let free = -Infinity;
    context.textAlign = "left";
    context.textBaseline = "top";
    for (const address of ticks(this.layout, this.view, this.width)) {
      const x = this.x(this.layout.position(address));
      const text = hex(address);
      const width = context.measureText(text).width;
      if (x < Math.max(free, -1) || x + width + 3 > this.width) continue;
      context.fillStyle = this.colours.get("muted");
      context.fillRect(Math.round(x), y, 1, 7);
      context.fillStyle = this.colours.get("text");
      context.fillText(text, x, y + 10);
      free = x + width + 14;
    }
  }
}

// Painting areas: each one to scale, and those that share a column of pixels as the one that prevails there.

const DIM = 0.13; // how much is left of an area that a filter leaves out
const SOLID = 2; // areas at least as many pixels wide are painted by themselves

class Painter {
  constructor(context, colours, mode) {
    this.context = context;
    this.colours = colours;
    this.mode = mode;
    this.fills = MODES[mode].classes.map((one) => this.#fillOf(one.key));
  }

  // Paint the lane's areas in view into a box of the canvas.
  lane(lane, view, box) {
    const perPosition = box.width / view.span;
    const column = new Column(this.fills.length);
    const [first, last] = lane.between(view.from, view.to);
    for (let index = first; index < last; index += 1) {
      const left = (lane.left[index] - view.from) * perPosition;
      const right = (lane.right[index] - view.from) * perPosition;
      const area = lane.areas[index];
      if (right - left >= SOLID) {
        const start = Math.max(Math.round(left), 0);
        const width = Math.min(Math.round(right), box.width) - start;
        const shares = { rss: area.rss / area.size, swap: area.swap / area.size };
        this.#fill(box, start, width, lane.classes[index], shares, lane.dimmed[index]);
        if (width > 3 && left > 0) this.#separate(box, start);
        continue;
      }
      const pixel = Math.floor(left);
      if (pixel !== column.pixel) {
        this.#flush(box, column);
        column.begin(pixel);
      }
      column.add(area, lane.classes[index], lane.dimmed[index]);
    }
    this.#flush(box, column);
  }

  #flush(box, column) {
    if (column.size === 0 || column.pixel >= box.width) return;
    const pixel = Math.max(column.pixel, 0);
    this.#fill(box, pixel, 1, column.prevailing(), column.shares(), column.isDimmed);
  }

  #fill(box, x, width, fill, shares, isDimmed) {
    const { context } = this;
    context.globalAlpha = isDimmed ? DIM : 1;
    context.fillStyle = this.fills[fill];
    if (this.mode === "residency" && fill === 0) this.#fillShares(box, x, width, shares);
    else context.fillRect(box.x + x, box.y, width, box.height);
    context.globalAlpha = 1;
  }

  // What is in memory from the bottom up, and above that what is swapped out.
  #fillShares(box, x, width, { rss, swap }) {
    const { context } = this;
    const resident = Math.min(rss, 1) * box.height;
    const swapped = Math.min(swap, 1 - Math.min(rss, 1)) * box.height;
    context.fillStyle = this.colours.get("residency-absent");
    context.fillRect(box.x + x, box.y, width, box.height);
    context.fillStyle = this.fills[1];
    context.fillRect(box.x + x, box.y + box.height - resident - swapped, width, swapped);
    context.fillStyle = this.fills[0];
    context.fillRect(box.x + x, box.y + box.height - resident, width, resident);
  }

  #separate(box, x) {
    this.context.fillStyle = this.colours.get("well");
    this.context.fillRect(box.x + x, box.y, 1, box.height);
  }

  #fillOf(key) {
    const colour = this.colours.get(`${this.mode}-${key}`);
    return HATCHED.includes(key) ? hatch(this.context, colour, this.colours.get("well")) : colour;
  }
}

function hatch(context, colour, ground) {
  const tile = element("canvas", { width: 8, height: 8 });
  const pen = tile.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colour;
  pen.lineWidth = 2.4;
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift - 2, 10);
    pen.lineTo(shift + 10, -2);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

// The areas that share one column of pixels.
class Column {
  constructor(classes) {
    this.weights = new Float64Array(classes);
    this.begin(-1);
  }

  begin(pixel) {
    this.pixel = pixel;
    this.weights.fill(0);
    this.size = this.rss = this.swap = 0;
    this.isDimmed = true;
  }

  // What a filter leaves out shows only where nothing else is.
  add(area, kind, isDimmed) {
    this.weights[kind] += isDimmed ? area.size * 1e-9 : area.size;
    this.size += area.size;
    this.rss += area.rss ?? 0;
    this.swap += area.swap ?? 0;
    if (!isDimmed) this.isDimmed = false;
  }

  prevailing() {
    return this.weights.indexOf(Math.max(...this.weights));
  }

  shares() {
    return { rss: this.rss / this.size, swap: this.swap / this.size };
  }
}

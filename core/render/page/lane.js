// One row of the picture: areas with their places in a layout, found by position.

class Lane {
  // `marks` are areas, or parts of areas, each with the change that it is of.
  constructor(title, areas, layout, marks = []) {
    this.title = title;
    this.areas = areas;
    this.marks = marks;
    this.index = new Map(areas.map((area, index) => [area, index]));
    this.left = Float64Array.from(areas, (area) => layout.position(area.start));
    this.right = Float64Array.from(areas, (area) => layout.position(area.end));
    this.reach = this.right.slice(); // how far this area and those before it go: they may overlap
    for (let index = 1; index < this.reach.length; index += 1) {
      this.reach[index] = Math.max(this.reach[index], this.reach[index - 1]);
    }
    this.classes = new Uint8Array(areas.length);
    this.dimmed = new Uint8Array(areas.length);
  }

  classify(mode) {
    this.areas.forEach((area, index) => (this.classes[index] = classIn(mode, area)));
  }

  dim(isShown) {
    this.areas.forEach((area, index) => (this.dimmed[index] = isShown(area) ? 0 : 1));
  }

  // The half-open range of indices of the areas that may be seen between two positions.
  between(from, to) {
    return [lastAtMost(this.reach, from) + 1, lastAtMost(this.left, to) + 1];
  }

  // The index of the area at a position, the one that is drawn last; else the nearest within `slack`; or -1.
  at(position, slack) {
    const last = lastAtMost(this.left, position);
    for (let index = last; index >= 0 && this.reach[index] > position; index -= 1) {
      if (this.right[index] > position) return index;
    }
    const near = [last, last + 1].filter((index) => this.#distance(index, position) <= slack);
    near.sort((one, other) => this.#distance(one, position) - this.#distance(other, position));
    return near[0] ?? -1;
  }

  #distance(index, position) {
    if (!(index in this.areas)) return Infinity;
    return Math.max(this.left[index] - position, position - this.right[index], 0);
  }
}

// The part of the layout that is seen: where it begins and how much it spans, in positions.

const CLOSEST = 1 / 4; // one can zoom in until this share of the smallest area fills the picture

class View {
  constructor(changed) {
    this.changed = changed;
    this.total = this.span = this.least = 1;
    this.from = 0;
  }

  // Show all of another layout.
  reset(layout) {
    this.total = layout.total;
    const widths = layout.positions.subarray(1).map((end, index) => end - layout.positions[index]);
    const smallest = widths.reduce(
      (least, width) => (width > 0 ? Math.min(least, width) : least),
      this.total,
    );
    this.least = Math.max(smallest * CLOSEST, this.total * Number.EPSILON * 1024);
    this.fit();
  }

  get to() {
    return this.from + this.span;
  }

  get isWhole() {
    return this.span >= this.total;
  }

  fit() {
    this.#set(0, this.total);
  }

  // Zoom so that the position stays where it is.
  zoom(factor, position = this.from + this.span / 2) {
    const span = this.#clamped(this.span * factor);
    this.#set(position - ((position - this.from) * span) / this.span, span);
  }

  // Move by a share of what is seen.
  pan(share) {
    this.#set(this.from + share * this.span, this.span);
  }

  moveTo(from) {
    this.#set(from, this.span);
  }

  // Zoom to a range and something around it.
  show(left, right) {
    const span = this.#clamped((right - left) * 1.6);
    this.#set((left + right - span) / 2, span);
  }

  // Move no further than needed for the range, or its beginning, to be seen.
  reveal(left, right) {
    if (left >= this.from && Math.min(right, left + this.span / 2) <= this.to) return;
    this.#set((left + Math.min(right, left + this.span)) / 2 - this.span / 2, this.span);
  }

  #clamped(span) {
    return Math.min(Math.max(span, this.least), this.total);
  }

  #set(from, span) {
    this.span = span;
    this.from = Math.min(Math.max(from, 0), this.total - span);
    this.changed();
  }
}

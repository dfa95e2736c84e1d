// Where addresses are on the picture: to scale, but for large holes, which are folded.
//
// Addresses are cut at every border of an area into pieces; a position is the sum of the widths before it.

const FOLD = 1 / 25; // a hole larger than this share of all that is mapped is folded,
const FOLDED = 1 / 40; // and then as wide as this share,
const FOLDS = 1 / 4; // but all folds together at most as wide as this one.

class Layout {
  // `scale` is "bytes" or "logarithm", which makes small areas visible beside large ones.
  constructor(areas, scale) {
    this.starts = borders(areas);
    const sizes = this.starts.map((start, index) => Number((this.starts[index + 1] ?? start) - start));
    sizes.pop();
    const covered = coverage(areas, this.starts);
    const mapped = sizes.reduce((sum, size, index) => sum + (covered[index] ? size : 0), 0);
    this.folded = sizes.map((size, index) => !covered[index] && size > mapped * FOLD);
    this.covered = covered;
    this.sizes = sizes;
    this.folds = this.folded.filter(Boolean).length;
    this.isToScale = scale === "bytes";
    const width = this.isToScale ? widthsToScale : logarithmicWidths;
    this.positions = positionsOf(width(sizes, this.folded, mapped));
    this.total = this.positions[sizes.length] || 1;
  }

  get length() {
    return this.sizes.length;
  }

  // The stretches without a fold in them, each as its first piece and the one after its last.
  *runs() {
    for (let first = 0; first < this.length;) {
      let end = first;
      while (end < this.length && !this.folded[end]) end += 1;
      if (end > first) yield [first, end];
      first = end + 1;
    }
  }

  // The piece that holds a position, or -1.
  pieceAt(position) {
    const index = lastAtMost(this.positions, position);
    return index < this.length ? index : -1;
  }

  position(address) {
    const index = Math.min(lastAtMost(this.starts, address), this.length - 1);
    if (index < 0) return 0;
    const share = Number(address - this.starts[index]) / this.sizes[index];
    return this.positions[index] + share * (this.positions[index + 1] - this.positions[index]);
  }

  address(position) {
    const index = Math.min(lastAtMost(this.positions, position), this.length - 1);
    if (index < 0) return 0n;
    const width = this.positions[index + 1] - this.positions[index];
    const share = Math.min(Math.max((position - this.positions[index]) / width, 0), 1);
    return this.starts[index] + BigInt(Math.floor(share * this.sizes[index]));
  }
}

function borders(areas) {
  const all = areas.flatMap((area) => [area.start, area.end]);
  all.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return all.filter((border, index) => border !== all[index - 1]);
}

// For each piece, whether any area covers it; the areas are in order.
function coverage(areas, starts) {
  let next = 0;
  let end = -1n;
  return starts.slice(0, -1).map((start) => {
    for (; next < areas.length && areas[next].start <= start; next += 1) {
      if (areas[next].end > end) end = areas[next].end;
    }
    return end > start;
  });
}

function logarithmicWidths(sizes, folded) {
  const least = sizes.reduce((smallest, size) => Math.min(smallest, size), Infinity);
  return sizes.map((size, index) => (folded[index] ? 4 : 1 + Math.log2(size / least)));
}

function widthsToScale(sizes, folded, mapped) {
  const bytes = sizes.reduce((sum, size, index) => sum + (folded[index] ? 0 : size), 0);
  const folds = folded.filter(Boolean).length;
  const fold = Math.min(mapped * FOLDED, (bytes * FOLDS) / folds);
  return sizes.map((size, index) => (folded[index] ? fold : size));
}

function positionsOf(all) {
  const positions = new Float64Array(all.length + 1);
  all.forEach((width, index) => (positions[index + 1] = positions[index] + width));
  return positions;
}

// The index of the last value of an ordered list that is at most this one; -1 if there is none.
function lastAtMost(ordered, value) {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ordered[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

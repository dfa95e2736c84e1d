// What the page is about: the document that `pt-maps --json` prints, as objects.

class Area {
  constructor(row) {
    this.start = BigInt(row.start);
    this.end = BigInt(row.end);
    this.size = Number(this.end - this.start);
    this.perms = row.perms ?? "????";
    this.offset = row.offset ?? null;
    this.kind = row.kind ?? "unknown";
    this.path = row.path ?? "";
    this.name = visible(this.path);
    // Whose it is, where that is proven.
    this.owner = visible(row.owner?.text ?? "");
    this.rss = row.rss ?? null;
    this.swap = row.swap ?? null;
    this.dirty = row.dirty ?? null;
  }

  // The last part of a path; a name in brackets or of another form stays whole.
  get base() {
    return this.name.startsWith("/") ? this.name.slice(this.name.lastIndexOf("/") + 1) : this.name;
  }

  get folder() {
    return this.name.slice(0, this.name.length - this.base.length);
  }

  get label() {
    return this.base || this.owner || this.kind;
  }

  get range() {
    return `${hex(this.start)}–${hex(this.end)}`;
  }

  contains(address) {
    return this.start <= address && address < this.end;
  }
}

function byAddress(left, right) {
  if (left.start !== right.start) return left.start < right.start ? -1 : 1;
  return left.end < right.end ? -1 : left.end > right.end ? 1 : 0;
}

// An area that came, went or became otherwise; a part of one, where only that did.
class Change {
  constructor({ change, before, after }) {
    this.change = change;
    this.before = before && new Area(before);
    this.after = after && new Area(after);
  }

  get area() {
    return this.after ?? this.before;
  }
}

function areasOf(rows) {
  return rows.map((row) => new Area(row)).sort(byAddress);
}

// The areas as they are now, as they were before, and the changes between (null: not asked for).
class Model {
  constructor(source) {
    this.source = source;
    this.areas = areasOf(source.areas);
    this.before = source.before ? areasOf(source.before) : null;
    this.changes = source.changes ? source.changes.map((row) => new Change(row)) : null;
    this.hasResidency = this.areas.some((area) => area.rss !== null);
  }

  // The areas of both maps, in order; most are there twice.
  get everything() {
    return this.before ? [...this.areas, ...this.before].sort(byAddress) : this.areas;
  }

  changesIn(area) {
    return (this.changes ?? []).filter(
      (change) => change.area.start < area.end && area.start < change.area.end,
    );
  }

  // One row a kind, the most bytes first.
  totals() {
    const groups = new Map();
    for (const area of this.areas) {
      const total = groups.get(area.kind) ?? { kind: area.kind, areas: 0, bytes: 0, largest: 0, rss: null };
      total.areas += 1;
      total.bytes += area.size;
      total.largest = Math.max(total.largest, area.size);
      if (area.rss !== null) total.rss = (total.rss ?? 0) + area.rss;
      groups.set(area.kind, total);
    }
    return [...groups.values()].sort((left, right) => right.bytes - left.bytes);
  }

  // The largest free range of the whole map, as `pt-maps --summary` tells it, or null.
  largestFree() {
    const free = this.source.largest_free;
    return free && { start: BigInt(free.start), end: BigInt(free.end), size: free.size };
  }
}

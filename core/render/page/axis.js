// Which addresses are written under the picture.

const TICK = 150; // pixels between two addresses of the axis, at least

// Addresses to write at the axis, in order. To scale: where runs begin, and round ones; else all borders.
function* ticks(layout, view, width) {
  const step = 2n ** BigInt(Math.max(Math.ceil(Math.log2((view.span / width) * TICK)), 0));
  for (const [first, end] of layout.runs()) {
    if (layout.positions[end] < view.from) continue;
    if (layout.positions[first] > view.to) return;
    if (!layout.isToScale) {
      yield* layout.starts.slice(first, end);
      continue;
    }
    yield layout.starts[first];
    const seen = layout.address(Math.max(layout.positions[first], view.from));
    const last = layout.position(layout.starts[end]) > view.to ? layout.address(view.to) : layout.starts[end];
    for (let address = (seen / step + 1n) * step; address < last; address += step) yield address;
  }
}

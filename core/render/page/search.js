// Which areas a search means: every word must be in the name, the owner, the kind, the protection or the
// start; a word that is an address also means the area that contains it.

const ADDRESS = /^0x[0-9a-f]+$/;

function matcher(query) {
  const words = visible(query)
    .toLowerCase()
    .split(" ")
    .filter((word) => word !== "");
  const tests = words.map((word) => {
    const address = ADDRESS.test(word) ? BigInt(word) : null;
    return (area) => (address !== null && area.contains(address)) || textOf(area).includes(word);
  });
  return (area) => tests.every((test) => test(area));
}

function textOf(area) {
  area.text ??= [area.name, area.owner, area.kind, area.perms, hex(area.start)].join("\n").toLowerCase();
  return area.text;
}

// Rows in the order of a column's value; equal ones stay in the order of their addresses.
function sorted(rows, value, descending) {
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => [value(row), row]);
  keyed.sort(([left], [right]) => sign * compare(left, right));
  return keyed.map(([, row]) => row);
}

// What isn't known comes first.
function compare(left, right) {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : 1;
}

// What the colours mean: classes of areas, by kind or by protection, or how much of each is in memory.

const KINDS = [
  "module",
  "file",
  "heap",
  "stack",
  "anon",
  "shared",
  "guard",
  "reserved",
  "vdso",
  "vvar",
  "vsyscall",
  "device",
];

const PROTECTIONS = [
  ["none", "no access", /^---/],
  ["read", "r", /^r--/],
  ["write", "rw", /^[r-]w-/],
  ["exec", "rx", /^[r-]-x/],
  ["all", "rwx", /^[r-]wx/],
];

const UNKNOWN = { key: "unknown", label: "not known" };

const MODES = {
  kind: {
    label: "kind",
    classes: [...KINDS.map((kind) => ({ key: kind, label: kind })), UNKNOWN],
    classOf: (area) => KINDS.indexOf(area.kind),
  },
  protection: {
    label: "protection",
    classes: [...PROTECTIONS.map(([key, label]) => ({ key, label })), UNKNOWN],
    classOf: (area) => PROTECTIONS.findIndex(([, , pattern]) => pattern.test(area.perms)),
  },
  residency: {
    label: "residency",
    classes: [
      { key: "resident", label: "in memory, the height is the share" },
      { key: "swapped", label: "swapped out" },
      { key: "absent", label: "neither" },
      UNKNOWN,
    ],
    classOf: (area) => (area.rss === null ? -1 : 0),
  },
};

// What can't be entered and what isn't known is hatched, so that it differs in more than colour.
const HATCHED = ["guard", "reserved", "none", "unknown"];

// The index of an area's class in a mode; the last one is for what isn't known.
function classIn(mode, area) {
  const index = MODES[mode].classOf(area);
  return index < 0 ? MODES[mode].classes.length - 1 : index;
}

// Colours are those of the style sheet, for the theme that holds at the moment.
class Colours {
  constructor() {
    this.read();
  }

  read() {
    this.style = getComputedStyle(document.documentElement);
    this.known = new Map();
  }

  get(name) {
    if (!this.known.has(name)) this.known.set(name, this.style.getPropertyValue("--" + name).trim());
    return this.known.get(name);
  }

  ofClasses(mode) {
    return MODES[mode].classes.map((one) => this.get(`${mode}-${one.key}`));
  }
}

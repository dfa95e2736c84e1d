// How values are written: as in the tables of pt-maps.

// Names are data. What doesn't print, or would turn the direction of writing, is shown escaped; a lone
// surrogate is a byte that was no UTF-8.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function visible(text) {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0);
    if (code >= 0xdc80 && code <= 0xdcff) return "\\x" + (code - 0xdc00).toString(16);
    const digits = code.toString(16);
    if (code <= 0xff) return "\\x" + digits.padStart(2, "0");
    return code <= 0xffff ? "\\u" + digits.padStart(4, "0") : "\\U" + digits.padStart(8, "0");
  });
}

function hex(value) {
  return "0x" + value.toString(16);
}

const UNITS = [..."EPTGMK"].map((letter, index) => [1024 ** (6 - index), letter]);
const DIGITS = 10000; // up to so many of a unit are told exactly

function readableSize(bytes) {
  if (bytes === null) return "?";
  for (const [unit, letter] of UNITS) {
    if (bytes >= unit && bytes % unit === 0 && bytes / unit < DIGITS) return bytes / unit + letter;
  }
  if (bytes < DIGITS) return String(bytes);
  const [unit, letter] = UNITS.find(([size]) => bytes >= size);
  return (bytes / unit).toFixed(1) + letter;
}

function sizeInWords(bytes) {
  const text = readableSize(bytes);
  return text === String(bytes) ? counted(bytes, "byte") : text;
}

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

// An element with text in it. All text of the page goes through textContent, never through markup.
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

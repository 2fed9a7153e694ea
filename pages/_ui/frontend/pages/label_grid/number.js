// A number to write: its digits with gaps between them, and how they are arranged.

const SEPARATORS = /[\s().,:;/+-]/; // of phone numbers and dates: gaps
const MOST_DIGITS = 64;
const LINE = 16; // digits of one line
const WALL = [16, 7]; // digits across and down
const PAPER = [23, 10]; // the shape that several words fill, in digits
const MOST_DRAWN = 200;
export const GAP = 0.5; // of a digit's width

/**
 * What can be written of a text, digits and single spaces, and what was left out, as sentences of
 * the catalogue.
 * @param {string} text
 * @param {number} [classes] labels of the model; digits must be below
 * @returns {{number: string, problems: import("../../state/address.js").Problem[]}}
 */
export function numberOf(text, classes = 10) {
  const signs = [...text].map((sign) => (SEPARATORS.test(sign) ? " " : sign));
  const digits = signs.filter((sign) => /[0-9]/.test(sign));
  const others = signs.filter((sign) => sign !== " ").length - digits.length;
  const known = digits.filter((digit) => Number(digit) < classes).length;
  /** @type {import("../../state/address.js").Problem[]} */
  const problems = [];
  /** @param {string} key @param {Record<string, string | number>} parameters */
  const left = (key, parameters) => problems.push({ key, parameters });
  if (others) left(others === 1 ? "label_grid.number.other" : "label_grid.number.others", { count: others.toLocaleString("en") });
  if (known < digits.length) left("label_grid.number.unknown", { last: classes - 1 });
  if (known > MOST_DIGITS) left("label_grid.number.long", { most: MOST_DIGITS, count: known.toLocaleString("en") });
  const writable = signs.filter((sign) => sign === " " || (/[0-9]/.test(sign) && Number(sign) < classes));
  return { number: shortened(writable.join("")), problems };
}

/** With single gaps, and only between digits. @param {string} text */
function shortened(text) {
  let left = MOST_DIGITS;
  const short = [...text].filter((sign) => sign === " " || left-- > 0).join("");
  return short.trim().replace(/ +/g, " ");
}

/** @param {string} number */
const digitsIn = (number) => [...number].filter((sign) => sign !== " ").map(Number);

/**
 * How a number is arranged: a single digit always fills a wall.
 * @param {{number: string, styles: string}} view
 */
export const arrangement = ({ number, styles }) => (number.length === 1 ? "wall" : styles);

/** @typedef {import("./view.js").Cell} Cell */
/** @typedef {(Cell | null)[]} Line of cells, with null for a gap */

/**
 * The number as lines.
 * @param {{number: string, styles: string, columns: number}} view
 * @returns {Line[]}
 */
export function arrange(view) {
  const labels = digitsIn(view.number);
  if (!labels.length) return [];
  const how = arrangement(view);
  if (how === "wall") {
    const [across, down] = WALL;
    /** @type {Cell[]} */
    const cells = Array.from({ length: across * down }, (_, i) => [labels[i % labels.length], i + 1]);
    return Array.from({ length: down }, (_, i) => cells.slice(i * across, (i + 1) * across));
  }
  const most = Math.min(view.columns, Math.floor(MOST_DRAWN / labels.length));
  const words = Array.from({ length: how === "several" ? Math.max(1, most) : 1 }, (_, i) => word(view.number, i + 1));
  if (labels.length > LINE) return words.flatMap(wrapped);
  // Wider than the gaps within a word.
  const between = /** @type {Line} */ (view.number.includes(" ") ? [null, null, null] : [null]);
  const sizes = words.map((_, i) => digitSize(i + 1, words.length, lengthOf(words[0]), lengthOf(between)));
  const beside = sizes.indexOf(Math.max(...sizes)) + 1;
  return Array.from({ length: Math.ceil(words.length / beside) }, (_, i) =>
    words.slice(i * beside, (i + 1) * beside).flatMap((cells, k) => (k ? [...between, ...cells] : cells)),
  );
}

/** @param {string} number @param {number} style @returns {Line} */
const word = (number, style) => [...number].map((sign) => (sign === " " ? null : [Number(sign), style]));

/** How long a line is, in digits. @param {Line} line */
export const lengthOf = (line) => line.reduce((sum, cell) => sum + (cell ? 1 : GAP), 0);

/** A long word in lines of its own: they end at gaps, unless a group is longer than a line. @param {Line} cells */
function wrapped(cells) {
  /** @type {Line[]} */
  const lines = [[]];
  for (const group of groups(cells)) {
    const line = lines[lines.length - 1];
    const isFull = line.filter(Boolean).length + group.length > LINE;
    if (!isFull) line.push(...(line.length ? [null] : []), ...group);
    else lines.push(group);
  }
  return lines.filter((line) => line.length);
}

/** What stands between gaps, none longer than a line. @param {Line} cells */
function groups(cells) {
  /** @type {Cell[][]} */
  const found = [[]];
  for (const cell of cells) {
    const last = found[found.length - 1];
    if (cell && last.length < LINE) last.push(cell);
    else found.push(cell ? [cell] : []);
  }
  return found;
}

/**
 * How large digits get on the paper, with so many words in a line.
 * @param {number} beside words in a line
 * @param {number} words
 * @param {number} length of a word
 * @param {number} between two words
 */
const digitSize = (beside, words, length, between) =>
  Math.min(PAPER[0] / (beside * (length + between) - between), PAPER[1] / Math.ceil(words / beside));

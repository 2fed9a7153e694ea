// A number to write: its digits, and how they are arranged. Python arranges exports the same way
// (pages/_ui/server/grid_number.py).

const SEPARATORS = /[\s().,:;/+-]/g; // of phone numbers and dates; they go without saying
const MOST_DIGITS = 64;
const LINE = 16; // digits of one line
const WALL = [16, 7]; // digits across and down
const PAPER = [23, 10]; // the shape that several words fill
const MOST_DRAWN = 200;

/**
 * The digits of a text that can be written, and what was left out, as sentences of the catalogue.
 * @param {string} text
 * @param {number} [classes] labels of the model; digits must be below
 * @returns {{digits: string, problems: import("../../state/address.js").Problem[]}}
 */
export function digitsOf(text, classes = 10) {
  const plain = text.replace(SEPARATORS, "");
  const all = plain.replace(/[^0-9]/g, "");
  const known = [...all].filter((digit) => Number(digit) < classes).join("");
  const others = [...plain].length - all.length;
  /** @type {import("../../state/address.js").Problem[]} */
  const problems = [];
  /** @param {string} key @param {Record<string, string | number>} parameters */
  const left = (key, parameters) => problems.push({ key: `label_grid.number.${key}`, parameters });
  if (others) left(others === 1 ? "other" : "others", { count: others.toLocaleString("en") });
  if (known.length < all.length) left("unknown", { last: classes - 1 });
  if (known.length > MOST_DIGITS) {
    left("long", { most: MOST_DIGITS, count: known.length.toLocaleString("en") });
  }
  return { digits: known.slice(0, MOST_DIGITS), problems };
}

/**
 * How a number is arranged: a single digit always fills a wall.
 * @param {{number: string, styles: string}} view
 */
export const arrangement = ({ number, styles }) => (number.length === 1 ? "wall" : styles);

/** @typedef {import("./view.js").Cell} Cell */

/**
 * Lines of cells, with null for a gap between words.
 * @param {{number: string, styles: string, columns: number}} view
 * @returns {(Cell | null)[][]}
 */
export function arrange(view) {
  const labels = [...view.number].map(Number);
  if (!labels.length) return [];
  const how = arrangement(view);
  if (how === "wall") {
    const [across, down] = WALL;
    /** @type {Cell[]} */
    const cells = Array.from({ length: across * down }, (_, i) => [labels[i % labels.length], i + 1]);
    return lines(cells, across);
  }
  const most = Math.min(view.columns, Math.floor(MOST_DRAWN / labels.length));
  /** @type {Cell[][]} */
  const words = Array.from({ length: how === "several" ? Math.max(1, most) : 1 }, (_, i) =>
    labels.map((label) => [label, i + 1]),
  );
  if (labels.length > LINE) return words.flatMap((word) => lines(word, LINE));
  const sizes = words.map((_, i) => digitSize(i + 1, words.length, labels.length));
  const beside = sizes.indexOf(Math.max(...sizes)) + 1;
  const gap = /** @type {(Cell | null)[]} */ ([null]);
  return lines(words, beside).map((some) => some.flatMap((word, i) => (i ? [...gap, ...word] : word)));
}

/**
 * How large digits get on the paper, with so many words in a line.
 * @param {number} beside words in a line
 * @param {number} words
 * @param {number} length of a word
 */
function digitSize(beside, words, length) {
  return Math.min(PAPER[0] / (beside * (length + 0.5) - 0.5), PAPER[1] / Math.ceil(words / beside));
}

/** @template T @param {T[]} cells @param {number} width */
function lines(cells, width) {
  const count = Math.ceil(cells.length / width);
  return Array.from({ length: count }, (_, i) => cells.slice(i * width, (i + 1) * width));
}

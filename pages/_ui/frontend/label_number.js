// A number to write: its digits, and how they are arranged. Python arranges exports the same way
// (`label_grid_view.GridView.rows`).

const SEPARATORS = /[\s().,:;/+-]/g; // of phone numbers and dates; they go without saying
const LINE = 16; // digits of one line
const WALL = [16, 7]; // digits across and down
const PAPER = [23, 10]; // the shape that several words fill
const MOST_DRAWN = 200;

/**
 * The digits of a text, at most `limit`, each below `classes`.
 * @returns {{digits: string, said: string}} and a sentence about what was left out
 */
export function digitsOf(text, limit, classes) {
  const plain = text.replace(SEPARATORS, "");
  const all = plain.replace(/[^0-9]/g, "");
  const known = [...all].filter((digit) => Number(digit) < classes).join("");
  const count = (n) => n.toLocaleString("en");
  const said = [];
  const others = [...plain].length - all.length;
  if (others) {
    const what = others === 1 ? "1 other character was" : `${count(others)} other characters were`;
    said.push(`Only digits can be written; ${what} left out.`);
  }
  if (known.length < all.length) said.push(`This model's labels are 0 to ${classes - 1}.`);
  if (known.length > limit) {
    said.push(`The first ${limit} digits of ${count(known.length)} are written.`);
  }
  return { digits: known.slice(0, limit), said: said.join(" ") };
}

/** How a number is arranged: a single digit always fills a wall. */
export const arrangement = ({ number, styles }) => (number.length === 1 ? "wall" : styles);

/** Lines of [label, style] pairs, with null for a gap between words. */
export function arrange(view) {
  const labels = [...view.number].map(Number);
  if (!labels.length) return [];
  const how = arrangement(view);
  if (how === "wall") {
    const [across, down] = WALL;
    const cells = Array.from({ length: across * down }, (_, i) => [labels[i % labels.length], i + 1]);
    return lines(cells, across);
  }
  const most = Math.min(view.columns, Math.floor(MOST_DRAWN / labels.length));
  const words = Array.from({ length: how === "several" ? Math.max(1, most) : 1 }, (_, i) =>
    labels.map((label) => [label, i + 1]),
  );
  if (labels.length > LINE) return words.flatMap((word) => lines(word, LINE));
  const sizes = words.map((_, i) => digitSize(i + 1, words.length, labels.length));
  const beside = sizes.indexOf(Math.max(...sizes)) + 1;
  return lines(words, beside).map((some) => some.flatMap((word, i) => (i ? [null, ...word] : word)));
}

/** How large digits get on the paper, with so many words in a line. */
function digitSize(beside, words, length) {
  return Math.min(PAPER[0] / (beside * (length + 0.5) - 0.5), PAPER[1] / Math.ceil(words / beside));
}

function lines(cells, width) {
  const count = Math.ceil(cells.length / width);
  return Array.from({ length: count }, (_, i) => cells.slice(i * width, (i + 1) * width));
}

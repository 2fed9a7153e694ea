// What the label grid shows, as one value. Its text is the address, with what is usual left out:
//     ?model=cvae&part=write&number=2026&styles=several&seed=3&spread=0.8

import { integer, name, number, text } from "../../state/fields.js";
import { numberOf } from "./number.js";

export const PARTS = ["grid", "write", "hand", "why"];
export const ARRANGEMENTS = ["one", "several", "wall"]; // of a written number
export const MOST_COLUMNS = 20;
export const MOST_SPREAD = 3;
export const LAST_SEED = 999_999;
const LAST_IMAGE = 99_999;
const LAST_LABEL = 99; // a model has at most 100 classes

/** @typedef {[label: number, style: number]} Cell of the grid. Labels count from 0, styles from 1 */

/** A cell, "6,3". @type {import("../../state/fields.js").Field<Cell>} */
const cell = {
  fallback: [0, 1],
  write: (value) => value.join(","),
  read(given) {
    const [label, style] = /^\d{1,2},\d{1,2}$/.test(given) ? given.split(",").map(Number) : [0, 0];
    const good = style >= 1 && style <= MOST_COLUMNS;
    return good ? { value: [label, style] } : { value: cell.fallback, problem: { key: "link.cell" } };
  },
};

/** What to write: digits, with spaces between them. @type {import("../../state/fields.js").Field<string>} */
const digits = {
  fallback: "2026",
  write: String,
  read(given) {
    const { number: value, problems } = numberOf(given);
    return { value, problem: problems[0] };
  },
};

/** @type {import("../../state/address.js").Fields<View>} */
export const FIELDS = {
  model: text(), // for Python, which says which one that is
  part: name(PARTS, "grid"), // that is open
  columns: integer(1, MOST_COLUMNS, 10), // styles in the grid, and of a number in several styles
  spread: number(0, MOST_SPREAD, 2, 1), // the temperature t of z = μ(y) + t·ε
  seed: integer(0, LAST_SEED, 27), // of the noise ε; the first styles of 27 differ well, and none is extreme
  cell, // the opened digit
  number: digits,
  styles: name(ARRANGEMENTS, "one"), // how the number is written
  image: integer(0, LAST_IMAGE, 0), // the real digit whose hand is copied
  label: integer(0, LAST_LABEL, 6), // whose samples are compared
};

/**
 * @typedef {object} View
 * @property {string} model
 * @property {string} part
 * @property {number} columns
 * @property {number} spread
 * @property {number} seed
 * @property {Cell} cell
 * @property {string} number
 * @property {string} styles
 * @property {number} image
 * @property {number} label
 */

/**
 * The opened digit, of those that there are.
 * @param {View} view
 * @param {number} classes
 * @returns {Cell}
 */
export const openedCell = ({ cell: [label, style], columns }, classes) => [
  Math.min(label, classes - 1),
  Math.min(style, columns),
];

// What the page shows, as one value. Its text is the address, with what is usual left out:
//     ?model=cvae&digit=123&label=4&epsilon=0.5,-1&samples=100&beta=4&part=kl
//     ?ink=AhBgCaDw.BgBg&pen=95

import { inkOf, inkText } from "../../core/ink.js";
import { noise } from "../../core/noise.js";
import { integer, label, name, text } from "../../state/fields.js";

/** What a person can point at, from left to right. */
export const PARTS = [
  ...["x", "label", "encoder", "moments", "noise", "z", "decoder"],
  ...["likelihood", "deviation", "sample", "reconstruction", "kl", "objective", "direct"],
];
export const SAMPLES = ["1", "10", "100", "1000"];
export const RATES = ["0.001", "0.003", "0.01", "0.03"]; // of the descent on σ and on log σ²
export const MOST_EPSILON = 3; // that can be dragged to
export const MOST_BETA = 100;
export const THINNEST = 40; // pen, in units of the pad
export const THICKEST = 200;
export const LAST_SEED = 999_999;
const LAST_DIGIT = 99_999;

/** @typedef {import("../../core/ink.js").Stroke} Stroke */

/** @type {import("../../state/fields.js").Field<Stroke[]>} */
const ink = {
  fallback: [],
  write: inkText,
  read(given) {
    const value = inkOf(given);
    return value ? { value } : { value: [], problem: { key: "one_digit.link.ink" } };
  },
};

/** Two numbers; null: as drawn. @type {import("../../state/fields.js").Field<[number, number] | null>} */
const epsilon = {
  fallback: null,
  write: (value) => value?.join(",") ?? "",
  read(given) {
    const [a, b, ...more] = given.split(",").map((each) => (/^-?\d{1,3}(\.\d{1,6})?$/.test(each) ? Number(each) : NaN));
    const good = !more.length && Math.abs(a) <= MOST_EPSILON && Math.abs(b) <= MOST_EPSILON;
    if (good) return { value: [a, b] };
    return { value: null, problem: { key: "one_digit.link.epsilon", parameters: { most: MOST_EPSILON } } };
  },
};

/** A number; null: what the model was trained with. @type {import("../../state/fields.js").Field<number | null>} */
const beta = {
  fallback: null,
  write: (value) => (value === null ? "" : String(value)),
  read(given) {
    const value = /^\d{1,3}(\.\d{1,6})?$/.test(given) ? Number(given) : NaN;
    if (value <= MOST_BETA) return { value };
    return { value: null, problem: { key: "link.number", parameters: { least: 0, most: MOST_BETA } } };
  },
};

/** @type {import("../../state/address.js").Fields<View>} */
export const FIELDS = {
  model: text(), // for Python, which says which one that is
  digit: integer(0, LAST_DIGIT, 2026), // the real digit, unless one is drawn
  ink, // that is drawn
  pen: integer(THINNEST, THICKEST, 95), // its thickness; a digit on the pad is then about as bold as MNIST's
  label: label(), // null: the real digit's own
  epsilon,
  seed: integer(0, LAST_SEED, 24), // of all that is drawn at random; of 24 the first draw is no extreme one
  samples: name(SAMPLES, "10"), // L
  beta,
  part: name(PARTS, "x"), // that is explained
  rate: name(RATES, "0.01"),
};

/**
 * @typedef {object} View
 * @property {string} model
 * @property {number} digit
 * @property {Stroke[]} ink
 * @property {number} pen
 * @property {number | null} label
 * @property {[number, number] | null} epsilon
 * @property {number} seed
 * @property {string} samples
 * @property {number | null} beta
 * @property {string} part
 * @property {string} rate
 */

/** ε of the z on screen: the first draw, unless it was moved. @param {View} view @returns {[number, number]} */
export const epsilonOf = ({ epsilon: moved, seed }) => moved ?? noise(seed, 1);

/** Another real digit. What was drawn, and the label that was chosen for it, are gone. @param {number} index */
export const withDigit = (index) => ({ digit: index, ink: /** @type {Stroke[]} */ ([]), label: null });

/** Other strokes. Who begins to draw another digit has not said yet which. @param {View} view @param {Stroke[]} strokes */
export const withInk = (view, strokes) =>
  view.ink.length && strokes.length ? { ink: strokes } : { ink: strokes, label: null };

/** Everything at random anew: ε too. @param {View} view */
export const drawnAnew = ({ seed }) => ({ seed: (seed + 1) % (LAST_SEED + 1), epsilon: null });

/** ε as an address keeps it. @param {number[]} epsilon @returns {[number, number]} */
export const keptEpsilon = ([a, b]) => [kept(a), kept(b)];

/** @param {number} value */
const kept = (value) => Number(Math.min(MOST_EPSILON, Math.max(-MOST_EPSILON, value)).toFixed(3)) + 0;

/**
 * The label that goes into a conditional model; undefined for others, null where a person has to say it.
 * @param {View} view
 * @param {number} classes
 * @param {ArrayLike<number> | undefined} labels of the real digits
 */
export function labelOf(view, classes, labels) {
  if (!classes) return undefined;
  const own = view.ink.length || !labels ? null : labels[view.digit];
  return view.label ?? own;
}

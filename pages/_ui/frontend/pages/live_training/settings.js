// What the address of this page says: the run, and the settings of the next one. Python reads them
// all, judges them, and shows them in its widgets; β alone is chosen here.

import { text } from "../../state/fields.js";

const NAMES = [
  "run", "kind", "data", "width", "depth", "likelihood", "sigma", "levels", "components", "samples",
  "batch", "epochs", "seed", "beta", "beta_on", "rate", "part"
];
const BETA = 1; // where the address says nothing
const MOST_BETA = 1000;
const DIGITS = 6; // that are kept of a number

export const FIELDS = Object.fromEntries(NAMES.map((name) => [name, text()]));

/** The steps of its slider: close together around 1 and towards 0, wide apart above. */
export const LADDER = [
  ...[0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.85],
  ...[1, 1.2, 1.5, 2, 3, 4, 5, 7, 8, 10, 20],
];
export const CHIPS = [0, 1, 4, 20];

/** The step of the ladder that is nearest to a number, by its place among its neighbours. @param {number} beta */
export function stepOf(beta) {
  let nearest = 0;
  LADDER.forEach((value, i) => {
    if (Math.abs(value - beta) < Math.abs(LADDER[nearest] - beta)) nearest = i;
  });
  return nearest;
}

/** β as the address has it. @param {string | undefined} written */
export function betaOf(written) {
  const value = written ? Number(written) : BETA;
  return value >= 0 && value <= MOST_BETA ? value : BETA;
}

/** A number as the address has it. @param {number} beta */
export const textOfBeta = (beta) => (beta === BETA ? "" : String(rounded(beta)));

/** What a person has typed, as β; null if it cannot be one. @param {string} typed */
export function typedBeta(typed) {
  const value = typed.trim() === "" ? NaN : Number(typed.replace(",", "."));
  return value >= 0 && value <= MOST_BETA ? rounded(value) : null;
}

/** @param {number} beta */
const rounded = (beta) => Number(beta.toPrecision(DIGITS));

// Where a style of a label lies: z = μ(y) + t·ε, with the same ε for every label.

import { noise } from "../../core/noise.js";

/**
 * @param {import("../../core/model.js").Model} model
 * @param {number | undefined} label none for a model that takes none
 * @param {{spread: number, seed: number}} view the temperature t, and the seed of ε
 * @param {number} style 1 or more
 * @returns {[number, number]} z
 */
export function placeOf(model, label, { spread, seed }, style) {
  const [x, y] = model.mean(label);
  const [a, b] = noise(seed, style);
  return [x + spread * a, y + spread * b];
}

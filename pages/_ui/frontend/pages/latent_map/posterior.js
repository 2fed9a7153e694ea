// What the encoder says of an image.

import { nearest } from "../../core/neighbours.js";
import { noise } from "../../core/noise.js";
import { t } from "../../state/texts.js";

/**
 * q(z|x) of the test image nearest to z among those whose class is shown; null where none is.
 * @param {import("../../core/model_files.js").MapPoints} points
 * @param {number[]} z
 * @param {boolean[]} shown one per class
 * @param {boolean} conditional
 * @returns {import("../../plane/marks.js").Posterior | null}
 */
export function nearestPosterior({ mu, logVar, labels, names }, z, shown, conditional) {
  const [point] = nearest(mu, z, 1, (i) => shown[labels[i]]);
  if (!point) return null;
  const place = 2 * point.index;
  const label = names[labels[point.index]];
  return {
    mu: mu.subarray(place, place + 2),
    sigma: logVar.subarray(place, place + 2).map((value) => Math.exp(value / 2)),
    text: t("latent_map.posterior", { q: conditional ? "q(z|x, y)" : "q(z|x)", label }),
  };
}

/**
 * z = μ + σ ⊙ ε, so many times; the same for the same image.
 * @param {ArrayLike<number>} mu
 * @param {ArrayLike<number>} sigma
 * @param {number} image its number, which ε follows from
 * @param {number} count
 */
export const samplesOf = (mu, sigma, image, count) =>
  Array.from({ length: count }, (_, i) => noise(image, i).map((epsilon, d) => mu[d] + sigma[d] * epsilon));

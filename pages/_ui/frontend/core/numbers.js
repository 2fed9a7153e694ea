// Functions that JavaScript's Math does not have.

/**
 * erf(x), absolute error below 1.5e-7: Abramowitz & Stegun 7.1.26.
 * @param {number} x
 */
export function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const y = 1 - poly * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

/** How much of N(0, I) on a plane lies within a circle around its mean. @param {number} radius */
export const massWithin = (radius) => 1 - Math.exp((-radius * radius) / 2);

/** @param {number} value */
export const sigmoid = (value) => 1 / (1 + Math.exp(-value));

/** log(1 + exp(value)), which a large value does not send to infinity. @param {number} value */
export const softplus = (value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));

/**
 * One standard normal number from two even ones, by Box & Muller.
 * @param {number} u above 0, at most 1
 * @param {number} v
 */
export const normal = (u, v) => Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);

// Numbers and places as people read them.

/**
 * A number with fixed decimals; "-0.00" reads as an error, so it becomes "0.00".
 * @param {number} value
 * @param {number} [digits]
 */
export function fixed(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/**
 * The same for eyes: with a real minus sign, as wide as a plus.
 * @param {number} value
 * @param {number} [digits]
 */
export const shown = (value, digits = 2) => fixed(value, digits).replace("-", "\u2212");

/**
 * z as a pair: "(0.42, -1.13)".
 * @param {ArrayLike<number>} z
 * @param {number} [digits]
 */
export const pair = (z, digits = 2) => `(${fixed(z[0], digits)}, ${fixed(z[1], digits)})`;

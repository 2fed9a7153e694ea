// The noise of a style: a function of the seed and the style's number alone, the same here and in
// Python (`server/grid_noise.py`), so that what is read is what is on screen.

/**
 * 32 bits that look random: the "lowbias32" mixer, constants by C. Wellons' hash prospector.
 * @param {number} x
 */
export function hash(x) {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/**
 * ε of a style, two standard normal numbers, by Box & Muller.
 * @param {number} seed
 * @param {number} style
 * @returns {[number, number]}
 */
export function noise(seed, style) {
  const start = hash(seed) + 2 * style;
  const [u, v] = [start, start + 1].map((counter) => (hash(counter >>> 0) + 0.5) / 2 ** 32);
  const radius = Math.sqrt(-2 * Math.log(u));
  return [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v)];
}

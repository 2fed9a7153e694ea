// Straight walks from pin to pin. In a conditional model a corner is a place and its label, one-hot,
// so that a walk between two labels mixes them as it goes.

const LABEL_LENGTH = Math.SQRT1_2; // of the one-hot label: two labels are 1 apart, like 1 in z

/**
 * A pin as a corner.
 * @param {{z: number[], label?: number | null}} pin
 * @param {number} classes 0 for a model that is not conditional
 * @returns {number[]}
 */
export const corner = ({ z, label }, classes) => [
  ...z,
  ...Array.from({ length: classes }, (_, i) => (i === label ? LABEL_LENGTH : 0)),
];

/**
 * A point of a walk as z and, in a conditional model, the weight of each label.
 * @param {number[]} point
 * @returns {{z: [number, number], label: number[] | undefined}}
 */
export const placeOf = ([z1, z2, ...labels]) => ({
  z: [z1, z2],
  label: labels.length ? labels.map((value) => value / LABEL_LENGTH) : undefined,
});

/**
 * The point at a fraction of a polyline's length.
 * @param {number[][]} corners one or more points
 * @param {number} t 0 at the first corner, 1 at the last
 * @returns {number[]}
 */
export function along(corners, t) {
  const lengths = corners.slice(1).map((b, i) => distance(corners[i], b));
  let left = t * pathLength(corners);
  for (let i = 0; i < lengths.length; i++) {
    if (left <= lengths[i] || i === lengths.length - 1) {
      const u = lengths[i] ? Math.min(1, left / lengths[i]) : 0;
      return corners[i].map((a, d) => a + u * (corners[i + 1][d] - a));
    }
    left -= lengths[i];
  }
  return corners[0];
}

/**
 * Length of a polyline in units of z.
 * @param {number[][]} corners
 */
export const pathLength = (corners) =>
  corners.slice(1).reduce((sum, b, i) => sum + distance(corners[i], b), 0);

/** @param {number[]} a @param {number[]} b */
const distance = (a, b) => Math.hypot(...a.map((value, d) => value - b[d]));

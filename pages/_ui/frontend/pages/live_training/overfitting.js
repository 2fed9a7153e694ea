// Whether a model begins to memorise: what is minimised falls on the training images, and rises on
// images that it does not train on.

const LEAST_EPOCHS = 5; // since β, the rate or the part was changed, and again in the two halves together
const SHARE = 0.5; // of the time since then that is looked at
const LEAST_POINTS = 4; // in each half
const NATS = 0.3; // that a mean has to move by
const SURE = 3; // standard errors

/** @typedef {{time: number[], values: number[]}} Curve in epochs, nats per image */

/**
 * The later half of what has passed since the last change is cut in two; in the second part the mean
 * on the training images is lower than in the first, and on the others higher, both beyond doubt.
 * @param {Curve} training
 * @param {Curve} heldOut
 * @param {number} since the epoch of the last change
 */
export function overfits(training, heldOut, since) {
  const now = heldOut.time.at(-1) ?? 0;
  const begin = now - SHARE * (now - since);
  if (now - begin < LEAST_EPOCHS) return false;
  return rise(training, begin, now) === -1 && rise(heldOut, begin, now) === 1;
}

/**
 * @param {Curve} curve @param {number} begin @param {number} end
 * @returns {-1 | 0 | 1} whether it falls or rises from one half of the time to the other; 0 in doubt
 */
function rise({ time, values }, begin, end) {
  const middle = (begin + end) / 2;
  const early = values.filter((_, i) => time[i] >= begin && time[i] < middle);
  const late = values.filter((_, i) => time[i] >= middle && time[i] <= end);
  if (Math.min(early.length, late.length) < LEAST_POINTS) return 0;
  const [before, after] = [momentsOf(early), momentsOf(late)];
  const by = after.mean - before.mean;
  const error = Math.sqrt(before.variance / early.length + after.variance / late.length);
  return Math.abs(by) < Math.max(NATS, SURE * error) ? 0 : by < 0 ? -1 : 1;
}

/** @param {number[]} values */
function momentsOf(values) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1) };
}

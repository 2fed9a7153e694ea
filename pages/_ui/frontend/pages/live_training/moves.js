// Which way a term goes just now, where that can be told.

const LATER = 0.4; // of the time since the last change is looked at
const LEAST_EPOCHS = 1.5;
const LEAST_POINTS = 4;
const NOTABLE = { nats: 0.25, share: 0.01 }; // a change in that time: nats, or this share of the term
const SURE = 3; // standard errors

/** @typedef {"falls" | "still" | "rises"} Move */

/**
 * From the least-squares line through the later part of what has passed since somebody last changed
 * something: a term falls or rises if that line does so by a notable amount, beyond doubt.
 * @param {number[]} time in epochs
 * @param {number[]} values nats per image
 * @param {number} since the epoch of the last change
 * @returns {Move | null} null where nobody could say
 */
export function moveOf(time, values, since) {
  const now = time.at(-1) ?? 0;
  const begin = now - Math.max(LEAST_EPOCHS, LATER * (now - since));
  const first = time.findIndex((t) => t >= begin);
  if (begin < since || first < 0 || time.length - first < LEAST_POINTS) return null;
  const { change, error, mean } = line(time.slice(first), values.slice(first));
  const notable = Math.max(NOTABLE.nats, NOTABLE.share * Math.abs(mean));
  if (Math.abs(change) > notable && Math.abs(change) > SURE * error) return change < 0 ? "falls" : "rises";
  return Math.abs(change) + error <= notable ? "still" : null;
}

/** Change along the line from the first time to the last, its standard error, mean. @param {number[]} time @param {number[]} values */
function line(time, values) {
  const n = time.length;
  const [t, mean] = [time, values].map((list) => list.reduce((sum, v) => sum + v, 0) / n);
  const spread = time.reduce((sum, x) => sum + (x - t) ** 2, 0);
  const slope = time.reduce((sum, x, i) => sum + (x - t) * (values[i] - mean), 0) / spread;
  const rest = values.reduce((sum, v, i) => sum + (v - mean - slope * (time[i] - t)) ** 2, 0);
  const length = time[n - 1] - time[0];
  return { change: slope * length, error: length * Math.sqrt(rest / (n - 2) / spread), mean };
}

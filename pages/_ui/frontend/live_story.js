// What the numbers say, in words: the three phases of a training, and what can go wrong with z.
// Pure functions of the recorded figures; no clock takes part.

const FALLING = 0.12; // share of the fall so far that happened in the second half of the time
const SETTLED = 0.025;
const STEADY_KL = 0.04; // relative change of the KL over the second half of the time
const ENOUGH = 8; // snapshots before anything is said about a trend
export const INACTIVE_NATS = 0.01; // a dimension whose KL is below this says nothing about x
const STEADY = 10; // snapshots, about two seconds
const UNTRAINED_STEPS = 100;
const WEIGHTLESS = 0.02; // a weight of the KL that the decoder hardly notices
const FAR = 1.5; // root mean square of the means; under the prior it is 1 at most
const MUCH = 10; // nats of KL that two dimensions reach only with means far out or tiny variances

export const PHASES = [
  { name: "reconstruction falls", text: "The decoder learns to draw, fast; the KL rises as q(z|x) begins to say which digit it is." },
  { name: "balance", text: "The two terms pull against each other: better reconstruction now costs KL." },
  { name: "both settle", text: "Neither term moves much any more. Change β, and they look for a new balance." },
];

/**
 * The phases of a run, from its figures alone. A change of β starts a search for a new balance.
 * @param {number[]} time of each snapshot, increasing, from 0
 * @param {number[]} reconstruction nats per image
 * @param {number[]} kl nats per image
 * @param {number[]} changes times at which β was changed
 * @returns {{phase: 0|1|2, from: number, to: number}[]} in order, without gaps
 */
export function phases(time, reconstruction, kl, changes = []) {
  if (time.length === 0) return [];
  const mean = windowMeans(time, [reconstruction, kl]);
  const now = time.at(-1);
  const starts = [0, ...changes.filter((change) => change > 0 && change < now)];
  const found = [];
  const begin = (phase, from) => {
    if (found.length) found.at(-1).to = from;
    if (found.at(-1)?.phase !== phase) found.push({ phase, from, to: now });
    else found.at(-1).to = now;
  };
  starts.forEach((start, k) => {
    const end = starts[k + 1] ?? now;
    let phase = k === 0 || found.at(-1)?.phase === 0 ? 0 : 1;
    begin(phase, start);
    const first = time.findIndex((t) => t > start);
    for (let i = first + ENOUGH; i < time.length && time[i] <= end && phase < 2; i++) {
      const spent = time[i] - start;
      const [r0, kl0] = mean(start + 0.4 * spent, start + 0.6 * spent);
      const [r1, kl1] = mean(start + 0.8 * spent, time[i]);
      const fallen = Math.max(Math.abs(reconstruction[0] - r1), 0.05 * r1);
      const moved = Math.abs(r0 - r1) / fallen;
      if (phase === 0 && moved < FALLING) begin((phase = 1), time[i]);
      else if (phase === 1 && moved < SETTLED && Math.abs(kl1 - kl0) < STEADY_KL * Math.max(kl1, 0.5)) {
        begin((phase = 2), time[i]);
      }
    }
  });
  return found;
}

/** Means of several series over a window of time, by prefix sums. */
function windowMeans(time, series) {
  const sums = series.map((values) => values.reduce((all, v) => (all.push(all.at(-1) + v), all), [0]));
  const after = (t) => {
    let [low, high] = [0, time.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (time[middle] < t) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return (from, to) => {
    const last = Math.max(1, after(to + 1e-9));
    const first = Math.min(after(from), last - 1);
    return sums.map((sum) => (sum[last] - sum[first]) / (last - first));
  };
}

/** Root mean square distance of the means from the origin, per dimension. */
export function spread(mu) {
  let sum = 0;
  for (const value of mu) sum += value * value;
  return Math.sqrt(sum / Math.max(1, mu.length));
}

/** The KL per dimension without its flicker: the geometric mean over the last snapshots. */
export function steadyKl(snapshots) {
  const last = snapshots.slice(-STEADY).flatMap(({ kl_per_dim: kl }) => (kl ? [kl] : []));
  if (!last.length) return [];
  return last[0].map((_, d) => Math.exp(last.reduce((sum, kl) => sum + Math.log(Math.max(kl[d], 1e-9)), 0) / last.length));
}

/**
 * What is wrong with the latent space just now, if anything, as a name and a sentence.
 * @param {{step: number, kl: number}} snapshot the last one
 * @param {number[]} perDim KL per dimension, nats
 * @param {number} klWeight of the KL in the objective, relative to the reconstruction
 * @param {number} rms spread of the latent means
 */
export function finding(snapshot, perDim, klWeight, rms) {
  if (!snapshot || snapshot.step < UNTRAINED_STEPS) return null;
  const dead = perDim.flatMap((kl, i) => (kl < INACTIVE_NATS ? [`z${i + 1}`] : []));
  if (perDim.length && dead.length === perDim.length) {
    return {
      name: "Posterior collapse",
      text: "q(z|x) is the prior for every x: z says nothing about the digit, so all are drawn alike. Lower β.",
    };
  }
  if (dead.length) {
    return {
      name: `Posterior collapse of ${dead.join(" and ")}`,
      text: `Its KL is below ${INACTIVE_NATS} nats: this dimension says nothing about the digit, and the decoder does without it.`,
    };
  }
  if (klWeight <= WEIGHTLESS && (rms > FAR || snapshot.kl > MUCH)) {
    return {
      name: "Loss of structure",
      text: "Without weight on the KL nothing holds q(z|x) to the prior: means drift far out, and p(z) falls on places where the decoder has learnt nothing.",
    };
  }
  return null;
}

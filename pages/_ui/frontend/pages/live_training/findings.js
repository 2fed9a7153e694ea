// What can go wrong with z, read from the last figures and frames alone.

export const INACTIVE_NATS = 0.01; // a dimension whose KL is below this says nothing about x
const STEADY = 4; // frames, some two seconds
const UNTRAINED_STEPS = 100;
const WEIGHTLESS = 0.02; // a weight of the KL that the decoder hardly notices
const LITTLE = 1; // nats of KL: z says no more than that, and which of ten classes it is takes 2.3
const FAR = 1.5; // root mean square of the means; under the prior it is 1 at most
const MUCH = 10; // nats of KL that two dimensions reach only with means far out or tiny variances

/**
 * Root mean square of the latent means around the prior's, per dimension.
 * @param {ArrayLike<number>} mu pairs
 * @param {{labels: ArrayLike<number>, prior: ArrayLike<number>}} digits prior: pairs, by label; none if it is N(0, I)
 */
export function spread(mu, { labels, prior }) {
  let sum = 0;
  for (let i = 0; i < mu.length; i++) {
    const centre = prior.length ? prior[2 * labels[i >> 1] + (i & 1)] : 0;
    sum += (mu[i] - centre) ** 2;
  }
  return Math.sqrt(sum / Math.max(1, mu.length));
}

/**
 * The KL per dimension without its flicker: the geometric mean over the last frames.
 * @param {{kl_per_dim?: number[] | null}[]} frames their figures
 */
export function steadyKl(frames) {
  const last = frames.slice(-STEADY).flatMap(({ kl_per_dim: kl }) => (kl ? [kl] : []));
  if (!last.length) return [];
  return last[0].map((_, d) => Math.exp(last.reduce((sum, kl) => sum + Math.log(Math.max(kl[d], 1e-9)), 0) / last.length));
}

/** The KL's weight relative to the reconstruction's. @param {number} beta @param {import("./recording.js").BetaOn} betaOn */
export const weightOfKl = (beta, betaOn) => (betaOn === "reconstruction" ? 1 / beta : beta);

/**
 * What is wrong with the latent space just now, if anything.
 * @param {{step: number, kl: number | undefined, rises?: boolean}} moment batches seen, the KL after them, and
 *   whether it rises
 * @param {number[]} perDim KL per dimension, nats
 * @param {{beta: number | null, betaOn: import("./recording.js").BetaOn | null, rms: number, conditional?: boolean}} run rms: spread of the means;
 *   conditional: whether the model is told the class; beta and betaOn: null for a plain autoencoder, which has no KL that could collapse
 * @returns {{name: string, parameters: Record<string, string | number>} | null} its name in the catalogue
 */
export function finding({ step, kl = 0, rises = false }, perDim, { beta, betaOn, rms, conditional = false }) {
  if (step < UNTRAINED_STEPS || !perDim.length || beta === null || !betaOn) return null;
  const dead = perDim.flatMap((kl, i) => (kl < INACTIVE_NATS ? [`z${i + 1}`] : []));
  if (dead.length === perDim.length) return { name: `${conditional ? "conditional_" : ""}collapse_beta_on_${betaOn}`, parameters: {} };
  if (dead.length) return { name: "inactive", parameters: { dimensions: dead.join(", "), nats: INACTIVE_NATS } };
  const weight = weightOfKl(beta, betaOn);
  if (weight > 1 && !rises && !conditional && sumOf(perDim) < LITTLE) return { name: "nearly", parameters: { nats: sumOf(perDim).toFixed(2) } };
  const free = weight <= WEIGHTLESS;
  return free && (rms > FAR || kl > MUCH) ? { name: "no_structure", parameters: { nats: kl.toFixed(1) } } : null;
}

/** @param {number[]} values */
const sumOf = (values) => values.reduce((sum, value) => sum + value, 0);

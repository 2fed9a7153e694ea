// What the closed forms of Gaussians say, one latent dimension at a time.

/**
 * KL(N(μ, σ²) ‖ N(m, 1)) = (μ − m)²/2 + σ²/2 − log σ − 1/2, as its four terms, in nats.
 * @typedef {{mean: number, variance: number, log: number, constant: number, sum: number}} KlTerms
 */

/**
 * @param {number} mu
 * @param {number} logVar log σ²
 * @param {number} [priorMean] m
 * @returns {KlTerms}
 */
export function klTerms(mu, logVar, priorMean = 0) {
  const mean = (mu - priorMean) ** 2 / 2;
  const variance = Math.exp(logVar) / 2;
  const log = -logVar / 2;
  const constant = -1 / 2;
  return { mean, variance, log, constant, sum: mean + variance + log + constant };
}

/** σ of log σ². @param {number} logVar */
export const deviationOf = (logVar) => Math.exp(logVar / 2);

/**
 * z = μ + σ ⊙ ε.
 * @param {import("./encoder.js").Posterior} posterior
 * @param {ArrayLike<number>} epsilon
 */
export const reparameterise = ({ mu, logVar }, epsilon) =>
  Array.from(mu, (mean, k) => mean + deviationOf(logVar[k]) * epsilon[k]);

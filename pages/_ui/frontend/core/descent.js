// Why the encoder gives log σ² and not σ: gradient descent on one σ of one digit, once on σ itself and
// once on log σ². The loss is the real one, E_ε[−log p(x|z)] + KL with z = μ + σ ε in one dimension and
// the other dimensions at their μ.

const REACH = 6; // of the line around μ on which −log p(x|z) is tabulated
const FINEST = 0.002; // its step next to μ, where a trained σ asks for it
const PLACES = 121; // on either side
const NOISE = Array.from({ length: 97 }, (_, i) => (i - 48) / 8); // ε, evenly spaced from −6 to 6
const WEIGHTS = (() => {
  const density = NOISE.map((epsilon) => Math.exp((-epsilon * epsilon) / 2));
  const sum = density.reduce((all, each) => all + each, 0);
  return density.map((each) => each / sum);
})();

/**
 * Where −log p(x|z) has to be known, as differences from μ: dense in the middle. The distance grows by
 * the same factor from one step to the next.
 */
export const OFFSETS = (() => {
  const at = (/** @type {number} */ u, /** @type {number} */ c) => (REACH * Math.sinh(c * u)) / Math.sinh(c);
  let c = 1;
  while (at(1 / PLACES, c) > FINEST) c += 0.1;
  return Array.from({ length: 2 * PLACES + 1 }, (_, i) => at((i - PLACES) / PLACES, c));
})();

/** The loss as a function of σ. */
export class SigmaLoss {
  /**
   * @param {ArrayLike<number>} table −log p(x|z) at μ plus each of OFFSETS
   * @param {number} [rest] what else the loss has, and σ does not move
   */
  constructor(table, rest = 0) {
    this.table = table;
    this.rest = rest;
  }

  /** Not a number where σ is below 0, which has no logarithm. @param {number} sigma */
  at(sigma) {
    const mean = NOISE.reduce((sum, epsilon, i) => sum + WEIGHTS[i] * this.#line(sigma * epsilon), 0);
    return mean + sigma ** 2 / 2 - Math.log(sigma) + this.rest;
  }

  /**
   * dL/dσ, integrated by parts: E[ε f'(σε)] = E[(ε² − 1) f(σε)] / σ needs no slopes between the places
   * of the table, which are far less exact than the values.
   * @param {number} sigma above 0
   */
  slope(sigma) {
    const sum = NOISE.reduce((all, epsilon, i) => all + WEIGHTS[i] * (epsilon ** 2 - 1) * this.#line(sigma * epsilon), 0);
    return sum / sigma + sigma - 1 / sigma;
  }

  /** Straight between the places of the table. @param {number} offset */
  #line(offset) {
    let [low, high] = [0, OFFSETS.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (OFFSETS[middle] <= offset) low = middle;
      else high = middle;
    }
    const slope = (this.table[high] - this.table[low]) / (OFFSETS[high] - OFFSETS[low]);
    return this.table[low] + slope * (offset - OFFSETS[low]);
  }
}

/** @typedef {{sigma: number, loss: number}} Step */

/**
 * So many steps of gradient descent from σ = 1; fewer where the loss is not a number any more.
 * @param {SigmaLoss} loss
 * @param {number} rate
 * @param {number} steps
 * @param {"sigma" | "logVar"} trained what the gradient moves
 * @returns {Step[]}
 */
export function descend(loss, rate, steps, trained) {
  let parameter = trained === "sigma" ? 1 : 0;
  const sigmaOf = () => (trained === "sigma" ? parameter : Math.exp(parameter / 2));
  const way = [{ sigma: sigmaOf(), loss: loss.at(sigmaOf()) }];
  for (let i = 0; i < steps && Number.isFinite(way[i].loss); i++) {
    const sigma = sigmaOf();
    const chain = trained === "sigma" ? 1 : sigma / 2; // dσ/d(log σ²) = σ/2
    parameter -= rate * loss.slope(sigma) * chain;
    way.push({ sigma: sigmaOf(), loss: loss.at(sigmaOf()) });
  }
  return way;
}

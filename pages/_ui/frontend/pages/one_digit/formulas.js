// The formula of each part of the network, see parts/math.js.

import { formulasOf } from "./families.js";

/**
 * @typedef {object} Kind of model
 * @property {string} activation
 * @property {string} likelihood
 * @property {import("../../core/likelihood.js").Settings} settings of the likelihood
 * @property {boolean} conditional
 * @property {boolean} learned the prior has means of its own
 * @property {boolean} variational
 */

/** @param {string} part @param {Kind} kind */
export function formulaOf(part, { activation, likelihood, settings, conditional, learned, variational }) {
  const { nats, ...family } = formulasOf(likelihood, settings);
  const [y, given] = conditional ? [" , y", "x, y"] : ["", "x"];
  const layer = `h_l = ${activation}(W_l h_{l−1} + b_l) ,`;
  const mean = learned ? "(μ_k − μ_{y,k})^2" : "μ_k^2";
  const prior = learned ? "p(z|y)" : "p(z)";
  /** @type {Record<string, string>} */
  const formulas = {
    x: "x ∈ [0 , 1]^{784}",
    label: "y = (0 , … , 1 , … , 0)",
    encoder: `${layer} h_0 = {x${y}}`,
    moments: variational
      ? `q(z|${given}) = N(z ; μ , diag σ^2) , σ = exp(\\frac{1}{2} log σ^2)`
      : "μ = W h + b",
    noise: "ε ∼ N(0 , I)",
    z: variational ? "z = μ + σ ⊙ ε" : "z = μ",
    decoder: `${layer} h_0 = {z${y}}`,
    ...family,
    reconstruction: nats,
    kl: variational ? `KL(q(z|${given}) ‖ ${prior}) = ∑_k \\big( \\frac{${mean}}{2} + \\frac{σ_k^2}{2} − log σ_k − \\frac{1}{2} \\big)` : "",
    objective: variational ? "ℒ_β = −log p(x|z) + β · KL ,  −ELBO = ℒ_1" : "ℒ = −log p(x|z)",
    direct: "",
  };
  return formulas[part];
}

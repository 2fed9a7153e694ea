// The formula of each part of the network, see parts/math.js.

/**
 * @typedef {object} Kind of model
 * @property {string} activation
 * @property {string} likelihood
 * @property {boolean} conditional
 * @property {boolean} learned the prior has means of its own
 * @property {boolean} variational
 */

const PIXEL = "p(x|z) = ∏_i p(x_i|z) ,";
const SIGMOID = "\\frac{1}{1 + exp(−a_i)}";
/** @type {Record<string, string>} */
const FAMILIES = {
  bernoulli: `${PIXEL} p(x_i = 1|z) = p_i = ${SIGMOID}`,
  gaussian: `${PIXEL} p(x_i|z) = N(x_i ; m_i , 0.2^2) , m_i = ${SIGMOID}`,
  laplace: `${PIXEL} p(x_i|z) = Laplace(x_i ; m_i , 0.1) , m_i = ${SIGMOID}`,
};
/** @type {Record<string, string>} */
const LOG_LIKELIHOODS = {
  bernoulli: "−log p(x|z) = −∑_i \\big( x_i · log p_i + (1 − x_i) · log(1 − p_i) \\big)",
  gaussian: "−log p(x|z) = ∑_i \\big( \\frac{(x_i − m_i)^2}{2 · 0.2^2} + log(0.2 \\sqrt{2π}) \\big)",
  laplace: "−log p(x|z) = ∑_i \\big( \\frac{|x_i − m_i|}{0.1} + log(2 · 0.1) \\big)",
};

/** @param {string} part @param {Kind} kind */
export function formulaOf(part, { activation, likelihood, conditional, learned, variational }) {
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
    likelihood: FAMILIES[likelihood] ?? PIXEL.slice(0, -2),
    deviation: likelihood === "bernoulli" ? "sd(x_i|z) = \\sqrt{p_i (1 − p_i)}" : "sd(x_i|z) = \\sqrt{E(x_i − m_i)^2}",
    sample: likelihood === "bernoulli" ? "x_i = [u_i < p_i] , u_i ∼ U(0 , 1)" : "x ∼ p(x|z)",
    reconstruction: LOG_LIKELIHOODS[likelihood] ?? "−log p(x|z) = −∑_i log p(x_i|z)",
    kl: variational ? `KL(q(z|${given}) ‖ ${prior}) = ∑_k \\big( \\frac{${mean}}{2} + \\frac{σ_k^2}{2} − log σ_k − \\frac{1}{2} \\big)` : "",
    objective: variational ? "ℒ_β = −log p(x|z) + β · KL ,  −ELBO = ℒ_1" : "ℒ = −log p(x|z)",
    direct: "",
  };
  return formulas[part];
}

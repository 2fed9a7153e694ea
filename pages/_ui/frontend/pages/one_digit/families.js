// The formulas of each family of p(x|z), see parts/math.js. a_i is what the decoder gives for a pixel.

const PIXEL = "p(x|z) = ∏_i p(x_i|z) ,";
const SIGMOID = "\\frac{1}{1 + exp(−a_i)}";
const SUM = "−log p(x|z) = −∑_i log p(x_i|z)";
const SPREAD = "sd(x_i|z) = \\sqrt{E x_i^2 − (E x_i)^2}";

/** @typedef {{likelihood: string, nats?: string, deviation?: string, sample?: string}} Formulas of p(x|z), −log p, ... */

/** @param {string} sigma @param {string} explained @returns {Formulas} */
const gaussian = (sigma, explained) => ({
  likelihood: `${PIXEL} p(x_i|z) = N(x_i ; m_i , ${sigma}^2) , m_i = ${SIGMOID}${explained}`,
  nats: `−log p(x|z) = ∑_i \\big( \\frac{(x_i − m_i)^2}{2 ${sigma}^2} + log(${sigma} \\sqrt{2π}) \\big)`,
  deviation: `sd(x_i|z) = ${sigma}`,
});

/** @type {Record<string, Formulas>} */
const GAUSSIAN = {
  fixed: gaussian("0.2", ""),
  learned: gaussian("σ", " , σ = 0.01 + log(1 + exp(s + s_0))"),
  "per-pixel": gaussian("σ_i", " , σ_i = 0.01 + log(1 + exp(s_i + s_0))"),
};

/** @type {Record<string, Formulas>} */
const FAMILIES = {
  bernoulli: {
    likelihood: `${PIXEL} p(x_i = 1|z) = p_i = ${SIGMOID}`,
    nats: "−log p(x|z) = −∑_i \\big( x_i · log p_i + (1 − x_i) · log(1 − p_i) \\big)",
    deviation: "sd(x_i|z) = \\sqrt{p_i (1 − p_i)}",
    sample: "x_i = [u_i < p_i] , u_i ∼ U(0 , 1)",
  },
  "continuous-bernoulli": {
    likelihood: `${PIXEL} p(x_i|z) = \\frac{a_i · exp(a_i x_i)}{exp(a_i) − 1} , x_i ∈ [0 , 1]`,
    nats: "−log p(x|z) = ∑_i \\big( log \\frac{exp(a_i) − 1}{a_i} − a_i x_i \\big)",
  },
  laplace: {
    likelihood: `${PIXEL} p(x_i|z) = Laplace(x_i ; m_i , 0.1) , m_i = ${SIGMOID}`,
    nats: "−log p(x|z) = ∑_i \\big( \\frac{|x_i − m_i|}{0.1} + log(2 · 0.1) \\big)",
    deviation: "sd(x_i|z) = \\sqrt{2} · 0.1",
  },
  categorical: { likelihood: `${PIXEL} p(x_i = g_k|z) = \\frac{exp(a_{i,k})}{∑_l exp(a_{i,l})}` },
  mixture: {
    likelihood: `${PIXEL} p(x_i|z) = ∑_k π_{i,k} N(x_i ; m_{i,k} , σ_{i,k}^2)`,
    nats: "−log p(x|z) = −∑_i log ∑_k π_{i,k} N(x_i ; m_{i,k} , σ_{i,k}^2)",
  },
};

/**
 * @param {string} likelihood
 * @param {import("../../core/likelihood.js").Settings} settings
 * @returns {Required<Formulas>}
 */
export function formulasOf(likelihood, { sigma = "fixed" }) {
  /** @type {Partial<Formulas>} */
  const own = likelihood === "gaussian" ? GAUSSIAN[sigma] : FAMILIES[likelihood];
  return { likelihood: PIXEL.slice(0, -2), nats: SUM, deviation: SPREAD, sample: "x ∼ p(x|z)", ...own };
}

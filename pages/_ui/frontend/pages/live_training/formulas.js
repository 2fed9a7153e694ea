// How the mathematics of the model in training is written.

/**
 * @param {{conditional: boolean, learned_prior: boolean, objective: string}} model
 * @returns {{reconstruction: string, kl: string, prior: string, mean: string}}
 */
export function formulas({ conditional, learned_prior: learned, objective }) {
  const y = conditional ? ",y" : "";
  const mean = `μ(x${y})`;
  const prior = learned ? "p(z|y)" : "p(z)";
  const reconstruction = objective === "autoencoder" ? `−log p(x|${mean}${y})` : `−log p(x|z${y})`;
  return { reconstruction, kl: `KL(q(z|x${y}) ‖ ${prior})`, prior, mean };
}

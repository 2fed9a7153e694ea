// The figures of the moment, large: the two terms on images that the model does not train on, what
// they add up to, and what is minimised.

import { h } from "../../parts/elements.js";
import { info } from "../../parts/info.js";
import { t } from "../../state/texts.js";
import { formulas } from "./formulas.js";
import { Units } from "./units.js";

const MOST = 10_000; // nats: what is beyond has diverged, and is no figure of anything
const NONE = "–";

/** @typedef {import("./recording.js").Model} Model */

export class FiguresPanel {
  constructor() {
    this.reconstruction = term("reconstruction");
    this.kl = term("kl");
    this.total = h("b", { class: "value" });
    this.minimised = h("b", { class: "value" });
    this.objective = h("span", { class: "objective" });
    this.units = new Units();
    this.images = h("span");
    this.bound = h("span", { class: "bound" }, "−ELBO = ", this.total, info("elbo"));
    this.element = h(
      "section",
      { class: "figures", "aria-label": t("live_training.figures.label") },
      h("div", { class: "terms" }, this.reconstruction.element, this.kl.element),
      this.units.element,
      h("p", { class: "sums" }, this.bound, h("span", { class: "minimised" }, this.objective, " ", this.minimised, info("minimised"))),
      h("p", { class: "key" }, h("i", { class: "thick" }), this.images, h("i", { class: "thin" }), t("live_training.curves.training")),
    );
  }

  /** Which model is in training, or will be. @param {Model} model */
  setModel(model) {
    const alone = model.objective === "autoencoder";
    const { reconstruction, kl } = formulas(model);
    this.reconstruction.formula.textContent = reconstruction;
    this.kl.formula.textContent = kl;
    this.kl.element.hidden = this.units.element.hidden = this.bound.hidden = alone;
  }

  /**
   * @param {import("./timeline.js").Figures | null} figures
   * @param {{beta: number | null, betaOn: import("./recording.js").BetaOn | null, images: number, diverged: boolean}} moment
   *   images: how many the figures are of, 0 while nobody knows
   */
  show(figures, { beta, betaOn, images, diverged }) {
    const terms = diverged ? {} : (figures?.terms ?? {});
    this.reconstruction.value.textContent = nats(terms.reconstruction, 1);
    this.kl.value.textContent = nats(terms.kl, 2);
    this.total.textContent = nats(diverged ? null : figures?.total, 1);
    this.minimised.textContent = nats(diverged ? null : figures?.minimised, 1);
    this.objective.textContent = t(`live_training.figures.${weighs(beta, betaOn)}`, { beta: beta ?? 1 });
    this.units.show(diverged ? [] : (figures?.perDim ?? []));
    this.images.textContent = images ? t("live_training.curves.validation_images", { count: images.toLocaleString("en") }) : t("live_training.curves.validation");
    this.element.dataset.of = figures && !figures.heldOut ? "training" : "validation";
  }
}

/** What is minimised, in words. @param {number | null} beta @param {string | null} betaOn */
const weighs = (beta, betaOn) => (beta === null ? "reconstruction_alone" : betaOn === "reconstruction" ? "beta_on_reconstruction" : "beta_on_kl");

/** @param {number | null | undefined} value @param {number} decimals */
const nats = (value, decimals) => (value === undefined || value === null || !(Math.abs(value) < MOST) ? NONE : value.toFixed(decimals).replace("-", "−"));

/** @param {"reconstruction" | "kl"} name */
function term(name) {
  const value = h("b", { class: "value" });
  const formula = h("span", { class: "formula" });
  const title = h("span", { class: "title" }, h("span", {}, t(`live_training.curves.${name}`)), info(name));
  return { value, formula, element: h("div", { class: `term ${name}` }, title, h("span", { class: "number" }, value, " ", t("live_training.figures.nats")), formula) };
}

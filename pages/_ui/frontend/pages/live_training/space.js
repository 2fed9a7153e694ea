// The latent space of a run as it is in one frame: latent means, decoded manifold, reconstructions.

import { h } from "../../parts/elements.js";
import { Tiles } from "../../parts/tiles.js";
import { t } from "../../state/texts.js";
import { spread } from "./findings.js";
import { formulas } from "./formulas.js";
import { LatentMeans } from "./latent_means.js";
import { Units } from "./units.js";

const GRID = 12;
const EXAMPLES = 8;
const SIDE = 28;

/** @typedef {import("./recording.js").Layout} Layout */

export class Space {
  /** @param {Element} note what goes on, in words */
  constructor(note) {
    this.rms = 0; // spread of the latent means around the prior's
    this.means = new LatentMeans();
    this.units = new Units();
    this.manifold = new Tiles(GRID, GRID, SIDE, t("live_training.space.manifold_label"));
    this.digits = new Tiles(EXAMPLES, 2, SIDE, t("live_training.space.digits_label"));
    this.meansCaption = h("span");
    this.manifoldCaption = h("span");
    this.recognised = h("span", { class: "value" });
    this.legend = h("ul", { class: "classes", "aria-label": t("live_training.space.classes") });
    this.element = h(
      "section",
      { class: "space" },
      figure("means-box", [this.meansCaption, this.recognised], this.means.element),
      figure("manifold-box", [this.manifoldCaption], this.manifold.canvas),
      this.legend,
      this.units.element,
      figure("digits-box", [h("span", {}, t("live_training.space.digits"))], this.digits.canvas),
      note,
    );
  }

  /** Show no frame. */
  clear() {
    this.rms = 0;
    this.means.clear();
    this.manifold.clear();
    this.digits.clear();
    this.legend.replaceChildren();
    this.recognised.textContent = "";
  }

  /** Which model is in training, or will be. @param {import("./recording.js").Model} model */
  setModel(model) {
    this.meansCaption.textContent = t("live_training.space.means", { mean: formulas(model).mean });
    this.manifoldCaption.textContent = t(`live_training.space.${model.conditional ? "labels" : "manifold"}`);
    this.units.element.style.visibility = model.objective === "elbo" ? "visible" : "hidden";
    this.means.setPrior(model);
  }

  /** @param {{dark: boolean}} theme */
  setTheme(theme) {
    this.means.setTheme(theme);
    this.#colorLegend();
  }

  /**
   * Whose means the frames hold, and the digits whose reconstructions.
   * @param {Layout} layout
   * @param {Uint8Array} originals of the reconstructions, [reconstructions, side, side]
   */
  setDigits(layout, originals) {
    this.means.setDigits(layout);
    this.digits.show(originals);
    const label = layout.conditional ? "labels_label" : "manifold_label";
    this.manifold.resize(layout.grid, layout.grid, t(`live_training.space.${label}`));
    this.legend.replaceChildren(...layout.class_names.map((name) => h("li", { title: name }, name)));
    this.#colorLegend();
  }

  #colorLegend() {
    /** @type {NodeListOf<HTMLElement>} */
    const items = this.legend.querySelectorAll("li");
    items.forEach((item, label) => item.style.setProperty("--class", this.means.colors[label]));
  }

  /**
   * A frame, after its digits have been set.
   * @param {{step: number, accuracy: number}} frame
   * @param {Layout} layout
   * @param {import("./recording.js").FrameRecord} record
   */
  show(frame, { labels, conditional }, { mu, prior, manifold, reconstructions }) {
    this.rms = spread(mu, { labels, prior });
    this.means.show({ mu, prior }, frame);
    this.manifold.show(manifold);
    this.digits.show(reconstructions, EXAMPLES);
    const percent = Math.round(100 * frame.accuracy);
    // Told the label, a CVAE has no need to tell classes apart.
    this.recognised.textContent = !conditional ? t("live_training.space.recognised", { percent }) : prior.length ? t("live_training.space.stars") : "";
    this.recognised.title = t(`live_training.space.${conditional ? "stars_title" : "recognised_title"}`);
  }

  destroy() {
    this.means.destroy();
  }
}

/** @param {string} name @param {Element[]} caption @param {Element[]} content */
const figure = (name, caption, ...content) => h("figure", { class: name }, h("figcaption", {}, ...caption), ...content);

// The latent space of a run as it is in one frame: the two squares, latent means and decoded manifold,
// and test digits with their reconstructions.

import { h } from "../../parts/elements.js";
import { info } from "../../parts/info.js";
import { Tiles } from "../../parts/tiles.js";
import { t } from "../../state/texts.js";
import { spread } from "./findings.js";
import { formulas } from "./formulas.js";
import { Invitation } from "./invitation.js";
import { LatentMeans } from "./latent_means.js";

const GRID = 12;
const EXAMPLES = 8;
const SIDE = 28;

/** @typedef {import("./recording.js").Layout} Layout */

export class Space {
  constructor() {
    this.rms = 0; // spread of the latent means around the prior's
    this.means = new LatentMeans();
    this.manifold = new Tiles(GRID, GRID, SIDE, t("live_training.space.manifold_label"));
    this.digits = new Tiles(EXAMPLES, 2, SIDE, t("live_training.space.digits_label"));
    this.invitation = new Invitation();
    this.meansCaption = h("span");
    this.manifoldCaption = h("span");
    this.recognised = h("span", { class: "value" });
    this.recognisedInfo = info("recognisable");
    this.stars = h("span", { hidden: true }, t("live_training.space.stars"));
    this.legend = h("ul", { class: "classes", "aria-label": t("live_training.space.classes") });
    const square = (/** @type {Element[]} */ ...content) => h("div", { class: "square" }, ...content);
    this.meansBox = figure(
      "means-box",
      [h("span", {}, this.meansCaption, info("latent_means")), h("span", {}, this.recognised, this.recognisedInfo, this.stars)],
      square(this.means.element, this.invitation.todo),
    );
    this.manifoldBox = figure("manifold-box", [h("span", {}, this.manifoldCaption, info("manifold"))], square(this.manifold.canvas, this.invitation.what));
    this.digitsBox = figure("digits-box", [h("span", {}, t("live_training.space.digits"))], this.digits.canvas);
    this.clear();
  }

  /** Show no frame. */
  clear() {
    this.rms = 0;
    this.means.clear();
    this.manifold.clear();
    this.digits.clear();
    this.legend.replaceChildren();
    this.recognised.textContent = "";
    this.recognisedInfo.hidden = this.stars.hidden = true;
    this.invitation.what.hidden = false;
    this.digitsBox.dataset.empty = this.manifoldBox.dataset.empty = "true";
  }

  /**
   * Which model is in training, or will be, on so many images; and whether there is a run.
   * @param {import("./recording.js").Model} model @param {number} images @param {boolean} runs
   */
  setModel(model, images, runs) {
    this.meansCaption.textContent = t("live_training.space.means", { mean: formulas(model).mean });
    this.manifoldCaption.textContent = t(`live_training.space.${model.conditional ? "labels" : "manifold"}`);
    this.means.setPrior(model);
    this.invitation.show(model, images);
    this.invitation.todo.hidden = runs;
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
    this.recognised.textContent = conditional ? "" : t("live_training.space.recognised", { percent });
    this.recognisedInfo.hidden = conditional;
    this.stars.hidden = !prior.length;
    this.invitation.what.hidden = true;
    this.digitsBox.dataset.empty = this.manifoldBox.dataset.empty = "false";
  }

  destroy() {
    this.means.destroy();
  }
}

/** @param {string} name @param {Element[]} caption @param {Element[]} content */
const figure = (name, caption, ...content) => h("figure", { class: name }, h("figcaption", {}, ...caption), ...content);

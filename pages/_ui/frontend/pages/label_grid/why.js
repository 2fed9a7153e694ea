// The part "Why it matters": a hundred samples of a prior that knows no labels beside a hundred of one
// that was asked for a label, and how many of each a classifier reads as that label.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { labelHead } from "./labels.js";
import { Samples } from "./samples.js";

const RETRY_MS = 4000;

export class Why {
  /** Address -> the labels that are read there, or a sentence instead. @type {Map<string, number[] | string>} */
  #answers = new Map();
  /** @type {import("./labels.js").Labels | null} */
  #labels = null;

  /**
   * @param {import("./main.js").Change} set
   * @param {import("../../state/host.js").Host} host
   * @param {() => void} redraw
   */
  constructor(set, host, redraw) {
    this.choose = (/** @type {number} */ label) => set({ label });
    this.host = host;
    this.redraw = redraw;
    this.plain = new Samples();
    this.none = h("p", { class: "hint blank", hidden: true }, t("label_grid.why.no_plain"));
    this.asked = new Samples();
    this.stage = h("div", { class: "why" }, this.plain.element, this.none, this.asked.element);
    this.buttons = h("div", { class: "labels", role: "group", "aria-label": t("label_grid.why.label") });
    this.aside = h(
      "div",
      { class: "aside" },
      h("h2", {}, t("label_grid.why.ask")),
      this.buttons,
      h("p", { class: "story" }, t("label_grid.why.story")),
      h("p", { class: "hint" }, t("label_grid.why.hint")),
    );
  }

  /** @param {import("./main.js").Scene} scene */
  show(scene) {
    const { view, model, plain, labels, data } = scene;
    const { names } = labels;
    const label = Math.min(view.label, names.length - 1);
    this.#showLabels(labels, label);
    this.plain.element.hidden = !plain;
    this.none.hidden = Boolean(data.plain);
    const name = names[label];
    this.asked.title.textContent = t("label_grid.why.asked", { model: data.model.id, name });
    this.asked.formula.textContent = `z ~ p(z|y) = N(μ(${name}), I)`;
    this.asked.canvas.setAttribute("aria-label", t("label_grid.why.of_label", { count: data.samples, name }));
    this.#showSamples(this.asked, { model, of: data.model, own: label }, label, scene);
    if (!plain || !data.plain) return;
    this.plain.title.textContent = t("label_grid.why.plain", { model: data.plain.id });
    this.plain.formula.textContent = "z ~ p(z) = N(0, I)";
    this.plain.canvas.setAttribute("aria-label", t("label_grid.why.of_plain", { count: data.samples }));
    this.#showSamples(this.plain, { model: plain, of: data.plain, own: undefined }, label, scene);
  }

  /** @param {import("./labels.js").Labels} labels @param {number} chosen */
  #showLabels(labels, chosen) {
    if (labels !== this.#labels) {
      this.#labels = labels;
      const buttons = labels.names.map((_, label) => labelHead(labels, label, () => this.choose(label)));
      this.buttons.replaceChildren(...buttons);
    }
    [...this.buttons.children].forEach((button, label) =>
      button.setAttribute("aria-pressed", String(label === chosen)),
    );
  }

  /**
   * Samples of the label `own`, or of no label, and how many are read as `label`.
   * @param {Samples} samples
   * @param {{model: import("../../core/model.js").Model, of: import("./main.js").GridModel, own: number | undefined}} from
   * @param {number} label
   * @param {import("./main.js").Scene} scene
   */
  #showSamples(samples, { model, of, own }, label, { view, labels, data }) {
    samples.draw(model, own, view.seed, data.samples);
    if (!data.readable) {
      samples.say(t("label_grid.why.not_readable"));
      return;
    }
    const address = `${of.read}?seed=${view.seed}${own === undefined ? "" : `&label=${own}`}`;
    const answer = this.#answerOf(address);
    if (typeof answer === "string") samples.say(answer);
    else samples.mark(answer, label, labels.names);
  }

  /** What is read in the samples; a sentence while that is not known. @param {string} address */
  #answerOf(address) {
    const known = this.#answers.get(address);
    if (known !== undefined) return known;
    this.#ask(address);
    return t("label_grid.why.reading");
  }

  /** @param {string} address */
  async #ask(address) {
    this.#answers.set(address, t("label_grid.why.reading"));
    try {
      this.#answers.set(address, (await this.host.json(address)).read);
    } catch (error) {
      this.#answers.set(address, /** @type {Error} */ (error).message);
      setTimeout(() => this.#answers.delete(address), RETRY_MS); // the next redraw asks again
    }
    this.redraw();
  }
}

// The part "Why it matters": a hundred samples of a prior that knows no labels beside a hundred of one
// that was asked for a label, and how many of each a classifier reads as that label.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { labelHead } from "./labels.js";
import { placeOf } from "./place.js";
import { Samples } from "./samples.js";
import { Sheet } from "../../parts/sheet.js";

const RETRY_MS = 4000;
const CELL = 84; // pixels of a picture's digit
const MARGIN = 60;

/** Where the samples of a model are read. @param {import("./main.js").GridModel} of @param {number} seed @param {number} [label] */
const addressOf = (of, seed, label) => `${of.read}?seed=${seed}${label === undefined ? "" : `&label=${label}`}`;

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
    this.hint = h("p", { class: "hint" }, t("label_grid.why.hint"));
    this.buttons = h("div", { class: "labels", role: "group", "aria-label": t("label_grid.why.label") });
    this.aside = h(
      "div",
      { class: "aside" },
      h("h3", {}, t("label_grid.why.ask")),
      this.buttons,
      h("p", { class: "story" }, t("label_grid.why.story")),
      this.hint,
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
    this.hint.hidden = !data.readable || !data.plain;
    const name = names[label];
    this.asked.title.textContent = t("label_grid.why.asked", { model: data.model.title, name });
    this.asked.setFormula(`z ~ p(z|y) = N(μ(${name}), I)`, "label_prior");
    this.asked.canvas.setAttribute("aria-label", t("label_grid.why.of_label", { count: data.samples, name }));
    this.#showSamples(this.asked, { model, of: data.model, own: label }, label, scene);
    if (!plain || !data.plain) return;
    this.plain.title.textContent = t("label_grid.why.plain", { model: data.plain.title });
    this.plain.setFormula("z ~ p(z) = N(0, I)", "prior");
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
    const answer = this.#answerOf(addressOf(of, view.seed, own));
    if (typeof answer === "string") samples.say(answer);
    else samples.mark(answer, label, labels.names);
  }

  /** @param {import("./main.js").Scene} scene */
  words({ view, labels, data }) {
    const label = Math.min(view.label, labels.names.length - 1);
    const name = labels.names[label];
    const count = (/** @type {string} */ address) => {
      const read = data.readable ? this.#answers.get(address) : undefined;
      return Array.isArray(read) ? read.filter((found) => found === label).length : null;
    };
    const asked = count(addressOf(data.model, view.seed, label));
    const plain = data.plain && count(addressOf(data.plain, view.seed));
    const which = asked === null ? "uncounted" : plain === null ? "asked_only" : "counted";
    const counts = { asked: asked ?? 0, plain: plain ?? 0, all: data.samples };
    return { question: t("label_grid.why.question", { name }), takeaway: t(`label_grid.why.takeaway.${which}`, { name, ...counts }) };
  }

  isDrawn = () => true;

  /** Both sides as they are counted. @param {import("./main.js").Scene} scene @param {import("../../parts/sheet.js").Theme} theme */
  picture(scene, theme) {
    const { view, model, plain, labels, data } = scene;
    const label = Math.min(view.label, labels.names.length - 1);
    const { question, takeaway } = this.words(scene);
    const sides = [
      ...(plain && data.plain ? [{ of: data.plain, drawn: plain, own: undefined, title: this.plain.title.textContent }] : []),
      { of: data.model, drawn: model, own: label, title: this.asked.title.textContent },
    ];
    const [edge, top] = [MARGIN + 10 * CELL, 230];
    const sheet = new Sheet(sides.length * edge + MARGIN, top + (data.samples / 10) * CELL + 130, theme);
    const fit = sheet.width - 2 * MARGIN;
    sheet.text(MARGIN, 70, question, { size: 48, bold: true, fit });
    sheet.text(MARGIN, 130, takeaway, { size: 36, fit });
    sides.forEach(({ of, drawn, own, title }, side) => {
      const left = MARGIN + side * edge;
      const read = data.readable ? this.#answers.get(addressOf(of, view.seed, own)) : undefined;
      sheet.text(left, top - 20, title ?? "", { size: 32, fit: 10 * CELL });
      for (let i = 0; i < data.samples; i++) {
        const z = placeOf(drawn, own, { spread: 1, seed: view.seed }, i + 1);
        const isOther = Array.isArray(read) && read[i] !== label;
        const [x, y] = [left + CELL * (i % 10), top + CELL * Math.floor(i / 10)];
        sheet.digit(x, y, CELL, drawn.decode(z, own), "", isOther ? 0.22 : 1);
      }
      if (!Array.isArray(read)) return;
      const right = read.filter((found) => found === label).length;
      const share = `${t("label_grid.why.share", { right, all: read.length })} ${t("label_grid.why.read_as", { name: labels.names[label] })}`;
      sheet.text(left, sheet.height - 50, share, { size: 60, bold: true, fit: 10 * CELL });
    });
    return sheet;
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

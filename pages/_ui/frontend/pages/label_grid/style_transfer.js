// The part "Style transfer": the style of a real digit is ε = μ(x, y) − μ(y), how far its encoding
// lies from the mean of its label; added to the other means it gives the other labels in the same hand.

import { h } from "../../parts/elements.js";
import { Facts } from "../../parts/facts.js";
import { shown } from "../../parts/numbers.js";
import { RealDigits } from "../../parts/real_digits.js";
import { t } from "../../state/texts.js";
import { Digit } from "./digit.js";
import { choicesAmong } from "./gallery.js";
import { nameOf } from "./labels.js";
import { Sheet } from "../../parts/sheet.js";
import { StylePlane } from "./style_plane.js";

const CELL = 280; // pixels of a picture's digit
const MARGIN = 90;

/**
 * An image, its label, the mean of its code, and its style.
 * @typedef {{image: number, label: number, z: [number, number], shift: [number, number]}} Style
 */
/** @typedef {import("../../parts/real_digits.js").Places} Places */
/** @typedef {import("./main.js").Scene} Scene */

export class StyleTransfer {
  /** @type {Digit[]} one per label */
  #results = [];

  /**
   * @param {import("./main.js").Change} set
   * @param {import("../../state/host.js").Host} host
   * @param {() => void} redraw
   */
  constructor(set, host, redraw) {
    this.choose = (/** @type {number} */ image) => set({ image });
    this.real = new RealDigits(host, redraw);
    this.large = new Digit("", { class: "ink" });
    this.title = h("h3", {}, "…");
    this.set = h("p", { class: "hint" });
    this.shift = h("span", { class: "value" });
    this.result = h("div", { class: "sheet ink result" });
    const cause = h("figure", { class: "cause" }, h("div", { class: "glass" }, this.large.element), h("figcaption", {}, this.title, this.set));
    const arrow = h("p", { class: "arrow" }, this.shift, h("span", { "aria-hidden": "true" }, "→"));
    this.transfer = h("div", { class: "transfer" }, cause, arrow, this.result);
    this.random = h("button", { type: "button", onclick: () => this.#chooseAny() }, t("label_grid.hand.random"));
    this.invitation = h("header", { class: "title" }, h("h3", {}, t("label_grid.hand.choose")), this.random);
    this.wait = h("p", { class: "hint", role: "status" });
    this.thumbs = h("div", { class: "sheet ink thumbs" });
    this.stage = h("div", { class: "hand" }, this.wait, this.transfer, this.invitation, this.thumbs);
    this.plane = new StylePlane();
    this.facts = new Facts();
    this.aside = h("div", { class: "aside" }, this.plane.element, this.facts.element, h("p", { class: "hint" }, t("label_grid.hand.hint")));
  }

  #chooseAny() {
    const { places } = this.real;
    if (places) this.choose(Math.floor(Math.random() * places.labels.length));
  }

  /** @param {Scene} scene */
  show(scene) {
    const style = this.#styleOf(scene);
    this.wait.hidden = Boolean(style);
    this.wait.textContent = scene.data.model.digits ? t("label_grid.hand.wait") : scene.data.digits_note;
    for (const part of [this.transfer, this.invitation, this.thumbs, this.aside]) part.hidden = !style;
    const { places } = this.real;
    if (!places || !style) return;
    const choices = choicesAmong(places, scene, style);
    this.real.want([style.image, ...choices.flat().filter((index) => index !== null)]);
    this.#showResult(scene, style);
    this.#showThumbs(scene, choices, style.image);
    this.#showChosen(scene, style);
  }

  /** Of the chosen image, once it is known where that lies. @param {Scene} scene */
  #styleOf({ model, view, data }) {
    this.real.open(data.model.digits);
    const { places } = this.real;
    return places && styleOf(model, places, Math.min(view.image, places.labels.length - 1));
  }

  /** @param {Scene} scene */
  words(scene) {
    const { labels } = scene;
    const style = this.#styleOf(scene);
    const takeaway = style ? takeawayOf(style, labels) : t("label_grid.hand.takeaway.none");
    return { question: t(`label_grid.hand.question.${labels.areDigits ? "digits" : "labels"}`), takeaway };
  }

  /** @param {Scene} scene @param {Style} style */
  #showResult({ model, labels }, { shift, image }) {
    const { names } = labels;
    const half = Math.ceil(names.length / 2);
    this.transfer.style.setProperty("--half", String(half));
    if (this.result.children.length !== names.length) {
      this.#results = names.map(() => new Digit());
      this.result.replaceChildren(...this.#results.map(({ element }) => element));
    }
    this.#results.forEach((digit, label) => {
      digit.name = t("label_grid.hand.result", { name: nameOf(labels, label), image: this.#imageName(image) });
      digit.decode(model, moved(model.mean(label), shift), label);
    });
    this.shift.textContent = `ε = (${shift.map((part) => shown(part)).join(", ")})`;
  }

  /** @param {Scene} scene @param {(number | null)[][]} choices @param {number} chosen */
  #showThumbs({ labels }, choices, chosen) {
    this.thumbs.style.setProperty("--columns", String(labels.names.length));
    const buttons = choices.flatMap((row) =>
      row.map((index, label) => (index === null ? h("span") : this.#thumb(index, labels.names[label], chosen))),
    );
    const focused = this.thumbs.querySelector(":focus")?.getAttribute("value");
    this.thumbs.replaceChildren(...buttons);
    if (focused) buttons.find((button) => button.getAttribute("value") === focused)?.focus();
  }

  /** @param {number} index @param {string} name @param {number} chosen */
  #thumb(index, name, chosen) {
    const digit = new Digit(this.#nameOfReal(name, index));
    digit.show(this.real.image(index));
    const onclick = () => this.choose(index);
    const pressed = String(index === chosen);
    const attributes = { type: "button", class: "cell", value: index, "aria-pressed": pressed, onclick };
    return h("button", attributes, digit.element);
  }

  /** @param {Scene} scene @param {Style} style */
  #showChosen({ model, labels }, { image, label, z, shift }) {
    const name = labels.names[label];
    this.large.show(this.real.image(image));
    this.large.name = this.#nameOfReal(name, image);
    this.title.textContent = t("label_grid.hand.title", { name });
    this.set.textContent = this.#imageName(image);
    this.facts.show([
      ["z", z, t("label_grid.hand.z"), "code"],
      [`μ(${name})`, model.mean(label), t("label_grid.grid.mean"), "label_mean"],
      ["ε", shift, t("label_grid.hand.epsilon"), "real_style"],
    ]);
    this.plane.show(model, labels, { shift, label, spread: 1 });
  }

  /** @param {Scene} scene */
  isDrawn(scene) {
    const style = this.#styleOf(scene);
    return Boolean(style && this.real.image(style.image));
  }

  /** Cause beside effect. @param {Scene} scene @param {import("../../parts/sheet.js").Theme} theme */
  picture(scene, theme) {
    const style = this.#styleOf(scene);
    const image = style && this.real.image(style.image);
    if (!style || !image) return null;
    const { model, labels } = scene;
    const { question, takeaway } = this.words(scene);
    const half = Math.ceil(labels.names.length / 2);
    const [top, arrow] = [300, CELL];
    const sheet = new Sheet(2 * MARGIN + (2 + half) * CELL + arrow, Math.max(1080, top + 2 * CELL + 2 * MARGIN), theme);
    const fit = sheet.width - 2 * MARGIN;
    sheet.text(MARGIN, 110, question, { size: 52, bold: true, fit });
    sheet.text(MARGIN, 180, takeaway, { size: 38, fit });
    const name = labels.names[style.label];
    sheet.digit(MARGIN, top, 2 * CELL, Array.from(image, (grey) => grey / 255), this.#nameOfReal(name, style.image));
    const caption = `${t("label_grid.hand.title", { name })}, ${this.#imageName(style.image)}`;
    sheet.text(MARGIN, top + 2 * CELL + 60, caption, { size: 38, fit });
    sheet.text(MARGIN + 2 * CELL + arrow / 2, top + CELL + 40, "→", { size: 120, anchor: "middle" });
    labels.names.forEach((_, label) => {
      const [x, y] = [MARGIN + 2 * CELL + arrow + (label % half) * CELL, top + Math.floor(label / half) * CELL];
      sheet.digit(x, y, CELL, model.decode(moved(model.mean(label), style.shift), label), nameOf(labels, label));
    });
    return sheet;
  }

  /** Which image of which set. @param {number} image */
  #imageName(image) {
    return t(`label_grid.hand.image.${this.real.places?.source}`, { image });
  }

  /** @param {string} name @param {number} index */
  #nameOfReal(name, index) {
    return t("label_grid.hand.real", { name, image: this.#imageName(index) });
  }

  destroy() {
    this.real.destroy();
    this.plane.destroy();
  }
}

/** @param {ArrayLike<number>} mean @param {[number, number]} shift @returns {[number, number]} */
const moved = (mean, shift) => [mean[0] + shift[0], mean[1] + shift[1]];

/**
 * How unusual a style is: of ε ~ N(0, I) in two dimensions the share exp(−r²/2) is longer than r.
 * @param {Style} style
 * @param {import("./labels.js").Labels} labels
 */
function takeawayOf({ label, shift }, { names }) {
  const length = Math.hypot(...shift);
  const percent = 100 * Math.exp(-(length ** 2) / 2);
  const which = percent < 1 ? "rare" : "some";
  const numbers = { length: length.toFixed(2), percent: percent.toFixed(0), count: names.length };
  return t(`label_grid.hand.takeaway.${which}`, { name: names[label], ...numbers });
}

/**
 * The style of a real image.
 * @param {import("../../core/model.js").Model} model
 * @param {Places} places
 * @param {number} image
 * @returns {Style}
 */
function styleOf(model, { mu, labels }, image) {
  const label = labels[image];
  const [x, y] = model.mean(label);
  /** @type {[number, number]} */
  const z = [mu[2 * image], mu[2 * image + 1]];
  return { image, label, z, shift: [z[0] - x, z[1] - y] };
}

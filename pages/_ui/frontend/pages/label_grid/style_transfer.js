// The part "Style transfer": the style of a real digit is ε = μ(x, y) − μ(y), how far its encoding
// lies from the mean of its label; added to the other means it gives the other labels in the same hand.

import { hash } from "../../core/noise.js";
import { h } from "../../parts/elements.js";
import { Facts } from "../../parts/facts.js";
import { RealDigits } from "../../parts/real_digits.js";
import { t } from "../../state/texts.js";
import { Digit } from "./digit.js";
import { nameOf } from "./labels.js";
import { StylePlane } from "./style_plane.js";

const CHOICES = 5; // real digits to choose from, of each label

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
    this.caption = h("h2", {});
    this.result = h("div", { class: "sheet ink result" });
    this.wait = h("p", { class: "hint", role: "status" });
    this.thumbs = h("div", { class: "sheet ink thumbs" });
    const invitation = h("h3", {}, t("label_grid.hand.choose"));
    this.stage = h("div", { class: "hand" }, this.caption, this.result, invitation, this.wait, this.thumbs);
    this.large = new Digit("", { class: "ink" });
    this.title = h("h2", {});
    this.set = h("p", { class: "hint" });
    this.random = h("button", { type: "button", onclick: () => this.#chooseAny() }, t("label_grid.hand.random"));
    this.plane = new StylePlane();
    this.facts = new Facts();
    this.aside = h(
      "div",
      { class: "aside" },
      h(
        "div",
        { class: "opened" },
        h("div", { class: "glass" }, this.large.element),
        h("div", {}, h("div", {}, this.title, this.set), this.random),
      ),
      this.plane.element,
      this.facts.element,
      h("p", { class: "hint" }, t("label_grid.hand.hint")),
    );
  }

  #chooseAny() {
    const { places } = this.real;
    if (places) this.choose(Math.floor(Math.random() * places.labels.length));
  }

  /** @param {Scene} scene */
  show(scene) {
    const { digits } = scene.data.model;
    this.real.open(digits);
    const { places } = this.real;
    this.wait.hidden = Boolean(places);
    this.wait.textContent = digits ? t("label_grid.hand.wait") : scene.data.digits_note;
    this.random.disabled = !places;
    if (!places) return;
    const image = Math.min(scene.view.image, places.labels.length - 1);
    const choices = choicesAmong(places, scene);
    this.real.want([image, ...choices.flat().filter((index) => index !== null)]);
    const style = styleOf(scene.model, places, image);
    this.#showResult(scene, style);
    this.#showThumbs(scene, choices, image);
    this.#showChosen(scene, style);
  }

  /** @param {Scene} scene @param {Style} style */
  #showResult({ model, labels }, { shift, image }) {
    const { names, areDigits } = labels;
    this.caption.textContent = t(areDigits ? "label_grid.hand.digits" : "label_grid.hand.labels");
    this.result.style.setProperty("--columns", String(names.length));
    if (this.result.children.length !== names.length) {
      this.#results = names.map(() => new Digit());
      this.result.replaceChildren(...this.#results.map(({ element }) => element));
    }
    this.#results.forEach((digit, label) => {
      const [x, y] = model.mean(label);
      digit.name = t("label_grid.hand.result", { name: nameOf(labels, label), image: this.#imageName(image) });
      digit.decode(model, [x + shift[0], y + shift[1]], label);
    });
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
      ["z", z, t("label_grid.hand.z")],
      [`μ(${name})`, model.mean(label)],
      ["ε", shift, t("label_grid.hand.epsilon")],
    ]);
    this.plane.show(model, labels, { shift, label, spread: 1 });
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

/**
 * The style of a real image.
 * @param {import("../../core/model.js").Model} model
 * @param {import("../../parts/real_digits.js").Places} places
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

/**
 * Real images to choose from: rows of one index per label, null where there is no image of it.
 * @param {Places} places
 * @param {Scene} scene
 */
function choicesAmong(places, { view, labels }) {
  /** @type {number[][]} */
  const byLabel = labels.names.map(() => []);
  places.labels.forEach((label, index) => byLabel[label].push(index));
  const pick = (/** @type {number[]} */ all, /** @type {number} */ number) =>
    all.length ? all[hash(number) % all.length] : null;
  return Array.from({ length: CHOICES }, (_, row) =>
    byLabel.map((all, label) => pick(all, view.seed * 1000 + row * 100 + label)),
  );
}

// The part "Style transfer": the style of a real digit is ε = μ(x, y) − μ(y), how far its encoding
// lies from the mean of its label; added to the other means it gives the other labels in the same hand.

import { hash } from "../../core/noise.js";
import { h } from "../../parts/elements.js";
import { Facts } from "../../parts/facts.js";
import { t } from "../../state/texts.js";
import { Digit } from "./digit.js";
import { nameOf } from "./labels.js";
import { StylePlane } from "./style_plane.js";
import { RealDigits } from "./real_digits.js";

const CHOICES = 5; // real digits to choose from, of each label

export class StyleTransfer {
  /**
   * @param {import("./main.js").Change} set
   * @param {object} host
   * @param {() => void} redraw
   */
  constructor(set, host, redraw) {
    this.choose = (image) => set({ image });
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
    const random = () => this.choose(Math.floor(Math.random() * this.real.places.labels.length));
    this.random = h("button", { type: "button", onclick: random }, t("label_grid.hand.random"));
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

  /** @param {import("./main.js").Scene} scene */
  show(scene) {
    const { digits } = scene.data.model;
    this.real.open(digits);
    const { places } = this.real;
    this.wait.hidden = Boolean(places);
    this.wait.textContent = digits ? t("label_grid.hand.wait") : scene.data.digits_note;
    this.random.disabled = !places;
    if (!places) return;
    const image = Math.min(scene.view.image, places.labels.length - 1);
    const choices = this.#choices(scene);
    this.real.want([image, ...choices.flat().filter((index) => index !== null)]);
    const style = styleOf(scene.model, places, image);
    this.#showResult(scene, style);
    this.#showThumbs(scene, choices, image);
    this.#showChosen(scene, style);
  }

  #showResult({ model, labels }, { shift, image }) {
    const { names, areDigits } = labels;
    this.caption.textContent = t(areDigits ? "label_grid.hand.digits" : "label_grid.hand.labels");
    this.result.style.setProperty("--columns", names.length);
    if (this.result.children.length !== names.length) {
      this.results = names.map(() => new Digit());
      this.result.replaceChildren(...this.results.map(({ element }) => element));
    }
    this.results.forEach((digit, label) => {
      const [x, y] = model.mean(label);
      digit.name = t("label_grid.hand.result", { name: nameOf(labels, label), image: this.#imageName(image) });
      digit.decode(model, [x + shift[0], y + shift[1]], label);
    });
  }

  /** Real images to choose from: rows of one index per label, null where there is no image of it. */
  #choices({ view, labels }) {
    const byLabel = labels.names.map(() => []);
    this.real.places.labels.forEach((label, index) => byLabel[label].push(index));
    const pick = (all, number) => (all.length ? all[hash(number) % all.length] : null);
    return Array.from({ length: CHOICES }, (_, row) =>
      byLabel.map((all, label) => pick(all, view.seed * 1000 + row * 100 + label)),
    );
  }

  #showThumbs({ labels }, choices, chosen) {
    this.thumbs.style.setProperty("--columns", labels.names.length);
    const buttons = choices.flatMap((row) =>
      row.map((index, label) => (index === null ? h("span") : this.#thumb(index, labels.names[label], chosen))),
    );
    const focused = this.thumbs.getRootNode().activeElement?.value;
    this.thumbs.replaceChildren(...buttons);
    buttons.find(({ value }) => value && value === focused)?.focus();
  }

  #thumb(index, name, chosen) {
    const digit = new Digit(this.#nameOfReal(name, index));
    digit.show(this.real.image(index));
    const onclick = () => this.choose(index);
    const pressed = String(index === chosen);
    const attributes = { type: "button", class: "cell", value: index, "aria-pressed": pressed, onclick };
    return h("button", attributes, digit.element);
  }

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

  /** Which image of which set. */
  #imageName(image) {
    return t(`label_grid.hand.image.${this.real.places.source}`, { image });
  }

  #nameOfReal(name, index) {
    return t("label_grid.hand.real", { name, image: this.#imageName(index) });
  }

  destroy() {
    this.real.destroy();
    this.plane.destroy();
  }
}

/** The image, its label, the mean of its code, and its style. */
function styleOf(model, { mu, labels }, image) {
  const label = labels[image];
  const [x, y] = model.mean(label);
  const z = [mu[2 * image], mu[2 * image + 1]];
  return { image, label, z, shift: [z[0] - x, z[1] - y] };
}

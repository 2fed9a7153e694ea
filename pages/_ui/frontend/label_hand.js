// Style transfer: the style of a real digit is ε = μ(x, y) − μ(y), how far its encoding lies from
// the mean of its label; added to the other means it gives the other labels in the same hand.

import { greyCanvas, h } from "./dom.js";
import { Facts } from "./label_facts.js";
import { greyImage } from "./label_model.js";
import { hash } from "./label_noise.js";
import { Plane } from "./label_plane.js";

const CHOICES = 5; // real digits to choose from, of each label

export class Hand {
  /** @param {(image: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.result = h("div", { class: "sheet ink result" });
    this.thumbs = h("div", { class: "sheet ink thumbs" });
    this.wait = h("p", { class: "hint", role: "status" }, "Loading real digits");
    this.caption = h("h2", {});
    this.stage = h(
      "div",
      { class: "hand" },
      this.caption,
      this.result,
      h("h3", {}, "Choose a real one: all labels follow its hand"),
      this.wait,
      this.thumbs,
    );
    this.real = greyCanvas(28, 28, { role: "img", class: "ink" });
    this.facts = new Facts();
    this.plane = new Plane();
    const random = () => choose(Math.floor(Math.random() * this.digits.labels.length));
    this.random = h("button", { type: "button", onclick: random }, "Random digit");
    this.title = h("h2", {});
    this.aside = h(
      "div",
      { class: "aside" },
      h(
        "div",
        { class: "opened" },
        h("div", { class: "glass" }, this.real.canvas),
        h("div", {}, this.title, this.random),
      ),
      this.plane.element,
      this.facts.element,
      h("p", { class: "hint" }, "The style is how far a digit's code lies from its label's mean."),
    );
  }

  /** @param {{images: Uint8Array, mu: Float32Array, labels: Uint8Array} | null} digits real ones */
  setDigits(digits) {
    this.digits = digits;
    this.byLabel = [];
    digits?.labels.forEach((label, i) => (this.byLabel[label] ??= []).push(i));
  }

  /** The chosen image, its label and its style; null while the real digits are on their way. */
  style(view, model) {
    if (!this.digits) return null;
    const image = Math.min(view.image, this.digits.labels.length - 1);
    const label = this.digits.labels[image];
    const [x, y] = model.mean(label);
    const z = [this.digits.mu[2 * image], this.digits.mu[2 * image + 1]];
    return { image, label, z, shift: [z[0] - x, z[1] - y] };
  }

  show(view, { model, names, colors, kind, nameOf }) {
    this.wait.hidden = Boolean(this.digits);
    this.random.disabled = !this.digits;
    const style = this.style(view, model);
    if (!style) return;
    const { image, label, z, shift } = style;
    this.caption.textContent = `${kind === "Digit" ? "Ten digits" : "All labels"} in one hand`;
    this.result.style.setProperty("--columns", names.length);
    this.thumbs.style.setProperty("--columns", names.length);
    this.result.replaceChildren(
      ...names.map((name, y) => {
        const [a, b] = model.mean(y);
        const src = model.picture([a + shift[0], b + shift[1]], y);
        const alt = `${nameOf(y)}, in the hand of test image ${image}`;
        return h("img", { src, alt, title: name, width: 28, height: 28, draggable: "false" });
      }),
    );
    this.#showThumbs(view.seed, names, image);
    this.real.put(this.#means(image));
    this.real.canvas.setAttribute("aria-label", `Real ${names[label]}, test image ${image}`);
    this.title.textContent = `A real ${names[label]}`;
    this.facts.show([
      ["z", z, "the mean of q(z|x,y)"],
      [`μ(${names[label]})`, model.mean(label)],
      ["ε", shift, "z − μ(y), the style"],
    ]);
    this.plane.show({ model, colors, names }, { shift, label, spread: 1 });
  }

  #showThumbs(seed, names, chosen) {
    const key = `${seed} ${names.length} ${this.digits.labels.length}`;
    if (key !== this.key) {
      this.key = key;
      const buttons = [];
      for (let row = 0; row < CHOICES; row++) {
        for (let label = 0; label < names.length; label++) {
          const all = this.byLabel[label] ?? [];
          const image = all[hash(seed * 1000 + row * 100 + label) % all.length];
          buttons.push(image === undefined ? h("span") : this.#thumb(image, names[label]));
        }
      }
      this.thumbs.replaceChildren(...buttons);
    }
    for (const button of this.thumbs.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(Number(button.value) === chosen));
    }
  }

  #thumb(image, name) {
    const alt = `Real ${name}, test image ${image}`;
    const src = greyImage(this.#means(image));
    return h(
      "button",
      { type: "button", class: "cell", value: image, onclick: () => this.choose(image) },
      h("img", { src, alt, width: 28, height: 28, draggable: "false" }),
    );
  }

  #means(image) {
    return Float32Array.from(this.digits.images.subarray(784 * image, 784 * (image + 1)), (v) => v / 255);
  }
}

// All labels of a conditional model at the lens's place: what each would be drawn as there, and the
// choice among them.

import { h, luminance } from "../../parts/elements.js";
import { greyCanvas } from "../../parts/grey_canvas.js";
import { t } from "../../state/texts.js";

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class LabelTiles {
  /** @param {(label: number) => void} choose called when a person chooses one */
  constructor(choose) {
    this.choose = choose;
    /** @type {string[]} */
    this.names = [];
    /** @type {{button: HTMLButtonElement, digit: ReturnType<typeof greyCanvas>, chip: HTMLElement}[]} */
    this.tiles = [];
    this.name = h("b");
    this.group = h("div", { class: "labels", role: "radiogroup", "aria-label": t("latent_map.labels.group") });
    this.element = h("div", {}, h("h2", { class: "soft" }, t("latent_map.labels.title"), this.name), this.group);
  }

  /** @param {string[]} names @param {string[]} colors as the points have */
  setNames(names, colors) {
    this.names = names;
    this.group.dataset.words = String(names.some((name) => name.length > 2));
    this.tiles = names.map((name, label) => {
      const digit = greyCanvas(28, 28, { class: "digit", "aria-hidden": "true" });
      const chip = h("span", { class: "name", "aria-hidden": "true" }, name);
      const button = h(
        "button",
        {
          type: "button",
          role: "radio",
          "aria-label": name,
          title: name,
          onclick: () => this.choose(label),
          onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event, label),
        },
        digit.canvas,
        chip,
      );
      button.style.setProperty("--class", colors[label]);
      return { button, digit, chip };
    });
    this.group.replaceChildren(...this.tiles.map(({ button }) => button));
    this.tiles.forEach(({ chip }) => {
      const light = luminance(getComputedStyle(chip).backgroundColor) > 0.3;
      chip.style.color = light ? "#111" : "#fff";
    });
  }

  /** @param {number} label the chosen one */
  mark(label) {
    this.name.textContent = this.names[label];
    this.tiles.forEach(({ button }, i) => {
      button.setAttribute("aria-checked", String(i === label));
      button.tabIndex = i === label ? 0 : -1;
    });
  }

  /**
   * Ten decodings of 0.15 ms each, where the browser has vectors: no more than a frame without.
   * @param {number[]} z
   * @param {import("../../core/model.js").Model} model
   */
  draw(z, model) {
    this.tiles.forEach(({ digit }, label) => digit.put(model.decode(z, label)));
    this.group.dataset.z = `${z[0]},${z[1]}`;
  }

  /** @param {KeyboardEvent} event @param {number} label */
  #key(event, label) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (label + step + this.tiles.length) % this.tiles.length;
    this.choose(next);
    this.tiles[next].button.focus();
  }
}

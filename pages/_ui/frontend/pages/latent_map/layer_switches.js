// What is drawn on the map, as switches.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { LAYERS } from "./view.js";

export class LayerSwitches {
  /** @param {(layers: string[]) => void} choose a person wants these */
  constructor(choose) {
    this.switches = LAYERS.map((name) => h("input", { type: "checkbox", name, onchange: () => choose(this.#on) }));
    this.element = h(
      "section",
      { class: "layers", role: "group", "aria-label": t("latent_map.layers.group") },
      h("h2", {}, t("latent_map.layers.title")),
      ...this.switches.map((input) => h("label", {}, input, h("span", {}, t(`latent_map.layers.${input.name}.name`)))),
    );
  }

  get #on() {
    return this.switches.filter(({ checked }) => checked).map(({ name }) => name);
  }

  /** @param {readonly string[]} layers those that are on */
  show(layers) {
    for (const input of this.switches) input.checked = layers.includes(input.name);
  }

  /**
   * Say what they show of this kind of model.
   * @param {boolean} conditional
   * @param {boolean} learned p(z|y) has a mean for each label
   */
  describe(conditional, learned) {
    const parameters = {
      q: conditional ? "q(z|x, y)" : "q(z|x)",
      p: learned ? "p(z|y) = N(\u03bc(y), I)" : "p(z) = N(0, I)",
      of: conditional ? t("latent_map.layers.of_the_label") : "",
    };
    for (const input of this.switches) {
      input.labels?.[0].setAttribute("title", t(`latent_map.layers.${input.name}.title`, parameters));
    }
  }
}

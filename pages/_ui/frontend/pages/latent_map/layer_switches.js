// What is drawn on the map, as switches.

import { h } from "../../parts/elements.js";
import { info } from "../../parts/info.js";
import { t } from "../../state/texts.js";
import { LAYERS, layersOf } from "./view.js";

export class LayerSwitches {
  /** @param {(name: string, on: boolean) => void} choose a person switches a layer */
  constructor(choose) {
    this.switches = LAYERS.map((name) => {
      const input = h("input", { type: "checkbox", name });
      input.addEventListener("change", () => choose(name, input.checked));
      return input;
    });
    this.element = h(
      "section",
      { class: "layers", role: "group", "aria-label": t("latent_map.layers.group") },
      h("h2", {}, t("latent_map.layers.title"), info("layers")),
      ...this.switches.map((input) => h("label", {}, input, h("span", {}, t(`latent_map.layers.${input.name}.name`)))),
    );
  }

  /** @param {readonly string[]} layers those that are on, and that the model has */
  show(layers) {
    for (const input of this.switches) input.checked = layers.includes(input.name);
  }

  /**
   * Say what they show of this kind of model.
   * @param {object} model
   * @param {number} model.classes 0 for a model that is not conditional
   * @param {boolean} model.learned p(z|y) has a mean for each label
   * @param {import("../../state/host.js").Objective} model.objective
   */
  describe({ classes, learned, objective }) {
    const parameters = {
      q: classes ? "q(z|x, y)" : "q(z|x)",
      p: learned ? "p(z|y) = N(\u03bc(y), I)" : "p(z) = N(0, I)",
      of: classes ? t("latent_map.layers.of_the_label") : "",
    };
    for (const input of this.switches) {
      input.disabled = !layersOf(objective, classes).includes(input.name);
      const text = `latent_map.layers.${input.name}`;
      const title = input.disabled ? t(`${text}.none`) : t(`${text}.title`, parameters);
      input.labels?.[0].setAttribute("title", title);
    }
  }
}

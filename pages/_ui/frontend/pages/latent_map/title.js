// How the page begins: what one sees, in words that hold for the model on screen.

import { headline } from "../../parts/headline.js";
import { t } from "../../state/texts.js";

export class Title {
  element = headline("latent_map");

  /**
   * @param {boolean} conditional
   * @param {import("../../state/host.js").Objective} objective
   * @param {string[]} names of the classes
   */
  describe(conditional, objective, names) {
    const areDigits = names.every((name) => /^\d$/.test(name));
    const lede = objective === "autoencoder" ? "lede_autoencoder" : conditional ? "lede_conditional" : "lede";
    const sentences = [areDigits ? "headline" : "headline_pictures", lede];
    sentences.forEach((key, i) => (this.element.children[i].textContent = t(`latent_map.${key}`)));
  }
}

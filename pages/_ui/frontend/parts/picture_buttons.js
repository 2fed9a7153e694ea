// Buttons that save what a page shows as a picture for a slide.

import { t } from "../state/texts.js";
import { h } from "./elements.js";

/** @typedef {"png" | "svg"} Format */

export class PictureButtons {
  /**
   * @param {(format: string) => string} nameOf what a button does, for ears
   * @param {(format: Format) => void} save
   */
  constructor(nameOf, save) {
    this.buttons = /** @type {Format[]} */ (["png", "svg"]).map((format) => {
      const letters = format.toUpperCase();
      // Letters that are still on their way would be missing.
      const onclick = async () => (await document.fonts.ready, save(format));
      return h("button", { type: "button", "aria-label": nameOf(letters), onclick }, letters);
    });
    this.element = h("div", { class: "pictures" }, h("span", {}, t("parts.picture")), ...this.buttons);
  }

  /** @param {boolean} there whether there is something to take a picture of */
  enable(there) {
    for (const button of this.buttons) button.disabled = !there;
  }
}

// What stands above each part: a question, a sentence about what is on screen, and pictures to take.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";

/** @type {("png" | "svg")[]} */
const FORMATS = ["png", "svg"];

export class Question {
  /** @param {(format: "png" | "svg") => void} download */
  constructor(download) {
    this.title = h("h2", {}, "…");
    this.takeaway = h("p", { class: "takeaway" });
    this.buttons = FORMATS.map((format) => {
      const name = t("label_grid.download", { format: format.toUpperCase() });
      return h("button", { type: "button", "aria-label": name, onclick: () => download(format) }, format.toUpperCase());
    });
    const pictures = h("div", { class: "pictures" }, h("span", { class: "hint" }, t("label_grid.picture")), ...this.buttons);
    this.element = h("header", { class: "question" }, h("div", {}, this.title, this.takeaway), pictures);
  }

  /** @param {import("./main.js").Words} words @param {boolean} hasPicture */
  show({ question, takeaway }, hasPicture) {
    for (const button of this.buttons) button.disabled = !hasPicture;
    this.title.textContent = question;
    this.takeaway.textContent = takeaway;
  }
}

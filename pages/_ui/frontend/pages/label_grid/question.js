// What stands above each part: a question, a sentence about what is on screen, and pictures to take.

import { h } from "../../parts/elements.js";
import { PictureButtons } from "../../parts/picture_buttons.js";
import { t } from "../../state/texts.js";

export class Question {
  /** @param {(format: import("../../parts/picture_buttons.js").Format) => void} download */
  constructor(download) {
    this.title = h("h2", {}, "…");
    this.takeaway = h("p", { class: "takeaway" });
    this.pictures = new PictureButtons((format) => t("label_grid.download", { format }), download);
    this.element = h("header", { class: "question" }, h("div", {}, this.title, this.takeaway), this.pictures.element);
  }

  /** @param {import("./main.js").Words} words @param {boolean} hasPicture */
  show({ question, takeaway }, hasPicture) {
    this.pictures.enable(hasPicture);
    this.title.textContent = question;
    this.takeaway.textContent = takeaway;
  }
}

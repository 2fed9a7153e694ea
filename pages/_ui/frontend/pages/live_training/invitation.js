// What stands in the two squares before there is a run: what will be seen there, and what to do.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { formulas } from "./formulas.js";

export class Invitation {
  constructor() {
    this.objective = h("p", { class: "equation" });
    this.first = h("li");
    const say = (/** @type {string} */ name) => t(`live_training.invitation.${name}`);
    this.todo = h("div", { class: "invitation" }, h("h2", {}, say("question")), h("ol", {}, this.first, h("li", {}, say("zero")), h("li", {}, say("twenty"))));
    this.what = h("div", { class: "invitation" }, h("p", {}, say("minimised")), this.objective, h("p", {}, say("pictures")));
  }

  /** @param {import("./recording.js").Model} model @param {number} images that a run would train on */
  show(model, images) {
    const { reconstruction, kl } = formulas(model);
    const alone = model.objective === "autoencoder";
    this.objective.textContent = alone ? reconstruction : `${reconstruction} + β · ${kl}`;
    this.first.textContent = t("live_training.invitation.train", { images: images.toLocaleString("en") });
    for (const item of [...this.first.parentElement?.children ?? []].slice(1)) /** @type {HTMLElement} */ (item).hidden = alone;
  }

  /** @param {boolean} isShown */
  toggle(isShown) {
    this.todo.hidden = this.what.hidden = !isShown;
  }
}

// What stands in the two squares before there is anything to see in them: what to do, until there is a
// run, and what is made small and where it will be seen, until the run's first frame.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { formulas } from "./formulas.js";

const TODO = { vae: ["train", "zero", "twenty"], cvae: ["train", "zero", "twenty"], autoencoder: ["train", "compare"] };

export class Invitation {
  constructor() {
    this.question = h("h2");
    this.list = h("ol");
    this.equation = h("p", { class: "equation" });
    this.pictures = h("p");
    this.todo = h("div", { class: "invitation" }, this.question, this.list);
    this.what = h("div", { class: "invitation" }, h("p", {}, t("live_training.invitation.minimised")), this.equation, this.pictures);
  }

  /** @param {import("./recording.js").Model} model @param {number} images that a run would train on */
  show(model, images) {
    const { reconstruction, kl } = formulas(model);
    const kind = model.objective === "autoencoder" ? "autoencoder" : model.conditional ? "cvae" : "vae";
    const say = (/** @type {string} */ name) => t(`live_training.invitation.${kind}.${name}`, { images: images.toLocaleString("en") });
    this.question.textContent = say("question");
    this.list.replaceChildren(...TODO[kind].map((name) => h("li", {}, say(name))));
    this.equation.textContent = kind === "autoencoder" ? reconstruction : `${reconstruction} + β · ${kl}`;
    this.pictures.textContent = say("pictures");
  }
}

// Samples of one model as a square of pictures, and how many of them a classifier reads as a label.

import { contextOf, h } from "../../parts/elements.js";
import { info } from "../../parts/info.js";
import { greyCanvas } from "../../parts/grey_canvas.js";
import { t } from "../../state/texts.js";
import { placeOf } from "./place.js";

const SIDE = 28;
const ACROSS = 10;

export class Samples {
  /** @type {import("../../core/model.js").Model | null} */
  #model = null;
  #drawn = "";

  constructor() {
    this.title = h("h3", {});
    this.formula = h("span");
    this.about = h("p", { class: "hint" }, this.formula);
    this.canvas = h("canvas", { role: "img", class: "ink" });
    this.veils = h("div", { class: "veils", "aria-hidden": "true" });
    this.count = h("p", { class: "count", role: "status" });
    const mosaic = h("div", { class: "mosaic" }, this.canvas, this.veils);
    this.element = h("section", { class: "samples" }, this.title, this.about, mosaic, this.count);
  }

  /** Where z comes from. @param {string} formula @param {string} symbol of the note about it */
  setFormula(formula, symbol) {
    this.formula.textContent = formula;
    if (this.about.children.length === 1) this.about.append(info(symbol));
  }

  /**
   * Draw styles 1 to `count` at spread 1.
   * @param {import("../../core/model.js").Model} model
   * @param {number | undefined} label none for a model that takes none
   * @param {number} seed
   * @param {number} count
   */
  draw(model, label, seed, count) {
    const asked = `${label} ${seed}`;
    if (this.#model === model && this.#drawn === asked) return;
    this.#model = model;
    this.#drawn = asked;
    const row = greyCanvas(SIDE * ACROSS, SIDE);
    this.canvas.width = SIDE * ACROSS;
    this.canvas.height = (SIDE * count) / ACROSS;
    const context = contextOf(this.canvas);
    for (let i = 0; i < count; i++) {
      const z = placeOf(model, label, { spread: 1, seed }, i + 1);
      row.put(model.decode(z, label), SIDE * (i % ACROSS));
      if (i % ACROSS === ACROSS - 1) context.drawImage(row.canvas, 0, SIDE * Math.floor(i / ACROSS));
    }
  }

  /** A sentence instead of a count. @param {string} sentence */
  say(sentence) {
    this.count.replaceChildren(sentence);
    this.veils.replaceChildren();
  }

  /**
   * How many are read as `label`; the others fade.
   * @param {number[]} read the label that is read in each sample
   * @param {number} label
   * @param {string[]} names
   */
  mark(read, label, names) {
    const right = read.filter((found) => found === label).length;
    const share = h("b", { class: "value" }, t("label_grid.why.share", { right, all: read.length }));
    this.count.replaceChildren(share, ` ${t("label_grid.why.read_as", { name: names[label] })}`);
    this.veils.replaceChildren(
      ...read.map((found) => {
        const title = t("label_grid.why.read_as", { name: names[found] });
        return h("i", found === label ? {} : { class: "other", title });
      }),
    );
  }
}

// The part "Write": lines of digits as large as the room allows, and files to take away.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { Digit } from "./digit.js";
import { nameInStyle } from "./labels.js";
import { arrange, arrangement } from "./number.js";
import { placeOf } from "./place.js";
import { ARRANGEMENTS } from "./view.js";

const FORMATS = ["png", "svg"];
const LEAST_ACROSS = 4; // a single word does not fill the whole width

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./view.js").Cell} Cell */

export class Write {
  /** Used again for the next picture. @type {Digit[]} */
  #digits = [];

  /** @param {import("./main.js").Change} set */
  constructor(set) {
    this.lines = h("div", { class: "lines ink" });
    this.empty = h("p", { class: "hint blank" }, t("label_grid.write.empty"));
    this.stage = h("div", { class: "paper" }, this.lines, this.empty);
    this.choices = ARRANGEMENTS.map((value) =>
      h("input", { type: "radio", name: "styles", value, onchange: () => set({ styles: value }) }),
    );
    const labels = this.choices.map((radio) => h("label", {}, radio, t(`label_grid.write.${radio.value}`)));
    this.said = h("p", { class: "said", role: "status" });
    this.guide = h("p", { class: "hint guide" });
    this.links = FORMATS.map((format) =>
      h("a", { class: "button", download: "" }, t("label_grid.write.download", { format: format.toUpperCase() })),
    );
    this.aside = h(
      "div",
      { class: "aside write-aside" },
      h("fieldset", { class: "choices" }, h("legend", {}, t("label_grid.write.in")), ...labels),
      this.guide,
      this.said,
      h("div", { class: "links" }, ...this.links),
    );
  }

  /** @param {import("./main.js").Scene} scene */
  show(scene) {
    const { view, labels, said, number } = scene;
    const written = { ...view, number };
    const rows = arrange(written);
    this.said.textContent = said;
    this.guide.textContent = guideTo(labels);
    this.empty.hidden = rows.length > 0;
    this.#showChoices(written);
    this.#showLines(rows, scene);
    this.#showLinks(written, scene);
  }

  /** @param {View} written */
  #showChoices(written) {
    for (const radio of this.choices) {
      radio.checked = radio.value === arrangement(written);
      radio.disabled = written.number.length === 1;
    }
  }

  /** @param {(Cell | null)[][]} rows @param {import("./main.js").Scene} scene */
  #showLines(rows, { view, model, labels }) {
    let used = 0;
    /** @param {Cell} cell */
    const digit = ([label, style]) => {
      const next = (this.#digits[used++] ??= new Digit());
      next.name = nameInStyle(labels, label, style);
      next.decode(model, placeOf(model, label, view, style), label);
      return next.element;
    };
    const lines = rows.map((row) =>
      h("div", { class: "line" }, ...row.map((cell) => (cell ? digit(cell) : h("i", { class: "gap" })))),
    );
    this.lines.replaceChildren(...lines);
    this.#digits.length = used;
    const width = (/** @type {(Cell | null)[]} */ row) => row.reduce((sum, cell) => sum + (cell ? 1 : 0.5), 0);
    this.lines.style.setProperty("--across", String(Math.max(LEAST_ACROSS, ...rows.map(width))));
    this.lines.style.setProperty("--down", String(Math.max(1, rows.length)));
  }

  /** @param {View} written @param {import("./main.js").Scene} scene */
  #showLinks({ number, styles, columns, spread, seed }, { data, host }) {
    const sampling = { columns: String(columns), spread: String(spread), seed: String(seed) };
    const query = new URLSearchParams({ model: data.model.sha256, number, styles, ...sampling });
    this.links.forEach((link, i) => {
      link.href = host.url(`assets/export/number.${FORMATS[i]}?${query}`);
      link.hidden = !number;
    });
  }
}

/** What to type for which label. @param {import("./labels.js").Labels} labels */
const guideTo = ({ areDigits, names }) =>
  areDigits
    ? t("label_grid.write.guide")
    : t("label_grid.write.guide_names", { names: names.map((name, i) => `${i} ${name}`).join(", ") });

// The part "Write": lines of digits as large as the room allows, and files to take away.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { Digit } from "./digit.js";
import { nameInStyle } from "./labels.js";
import { GAP, arrange, arrangement, lengthOf } from "./number.js";
import { placeOf } from "./place.js";
import { Sheet } from "../../parts/sheet.js";
import { ARRANGEMENTS } from "./view.js";

const SLIDE = [3840, 2160]; // pixels of a picture
const MARGIN = 120;
const SIDE = 28;
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
    this.aside = h(
      "div",
      { class: "aside write-aside" },
      h("fieldset", { class: "choices" }, h("legend", {}, t("label_grid.write.in")), ...labels),
      this.guide,
      this.said,
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
    this.lines.style.setProperty("--across", String(Math.max(LEAST_ACROSS, ...rows.map(lengthOf))));
    this.lines.style.setProperty("--down", String(Math.max(1, rows.length)));
  }

  /** @param {import("./main.js").Scene} scene */
  words({ view, number }) {
    const cells = arrange({ ...view, number }).flat().filter(Boolean);
    const words = new Set(cells.map((cell) => cell?.[1])).size; // one of each style
    const how = arrangement({ ...view, number });
    const which = !cells.length ? "none" : view.spread === 0 ? "still" : how === "wall" ? "wall" : words > 1 ? "several" : "one";
    return { question: t("label_grid.write.question"), takeaway: t(`label_grid.write.takeaway.${which}`, { count: cells.length, words }) };
  }

  /** @param {import("./main.js").Scene} scene */
  isDrawn = ({ number }) => number !== "";

  /** A slide with the number in its middle. @param {import("./main.js").Scene} scene @param {import("../../parts/sheet.js").Theme} theme */
  picture({ view, model, labels, number }, theme) {
    const rows = arrange({ ...view, number });
    if (!rows.length) return null;
    const [width, height] = SLIDE;
    const across = Math.max(...rows.map(lengthOf));
    const room = Math.min((width - 2 * MARGIN) / across, (height - 2 * MARGIN) / rows.length);
    const digit = Math.max(1, Math.floor(room / SIDE)) * SIDE; // whole pixels for each of its own
    const sheet = new Sheet(width, height, { ...theme, background: theme.paper });
    rows.forEach((row, line) => {
      let x = (width - across * digit) / 2;
      const y = (height - rows.length * digit) / 2 + line * digit;
      for (const cell of row) {
        if (cell) {
          const [label, style] = cell;
          sheet.digit(x, y, digit, model.decode(placeOf(model, label, view, style), label), nameInStyle(labels, label, style));
        }
        x += digit * (cell ? 1 : GAP);
      }
    });
    return sheet;
  }
}

/** What to type for which label. @param {import("./labels.js").Labels} labels */
const guideTo = ({ areDigits, names }) =>
  areDigits
    ? t("label_grid.write.guide")
    : t("label_grid.write.guide_names", { names: names.map((name, i) => `${i} ${name}`).join(", ") });

// What is pointed at, at a fixed place: its formula, a sentence, and the lines that compute it.

import { h } from "../../parts/elements.js";
import { math } from "../../parts/math.js";
import { t } from "../../state/texts.js";
import { formulaOf } from "./formulas.js";
import { wordOf } from "./words.js";

/** @typedef {{file: string, lines: {number: number, text: string, computes: boolean}[]}} Excerpt */

const LEAST_FORMULA = 0.5; // of its size; a longer one is scrolled

export class Panel {
  #key = "";

  /** @param {{element: Element, controls: Element}} descent what stands here while σ is trained itself */
  constructor(descent) {
    this.descent = descent;
    this.title = h("h2");
    this.formula = h("div", { class: "formula" });
    this.sentence = h("p");
    this.words = h("div", { class: "explained", tabindex: 0 }, this.title, this.formula, this.sentence);
    this.code = h("div", { class: "code", tabindex: 0, role: "region", "aria-label": t("one_digit.panel.code") });
    this.element = h("section", { class: "panel", "aria-live": "polite" }, this.words, this.code);
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(this.element);
  }

  /**
   * @param {string} part
   * @param {import("./formulas.js").Kind} kind
   * @param {Record<string, Excerpt[]>} source
   */
  show(part, kind, source) {
    const key = part + JSON.stringify(kind);
    if (key === this.#key) return;
    this.#key = key;
    this.title.textContent = wordOf(part, "name", kind);
    const formula = formulaOf(part, kind);
    this.formula.replaceChildren(...(formula ? [math(formula)] : []));
    this.sentence.textContent = wordOf(part, "text", kind);
    const isDescent = part === "direct";
    this.words.replaceChildren(this.title, this.formula, this.sentence, ...(isDescent ? [this.descent.controls] : []));
    this.code.replaceChildren(...(source[part] ?? []).map(excerpt));
    this.element.replaceChildren(this.words, isDescent ? this.descent.element : this.code);
    this.words.scrollTop = 0;
    this.#fit();
  }

  /** A long formula is set smaller, and the line that computes is in sight. */
  #fit() {
    const { style } = this.formula;
    style.fontSize = "";
    const share = this.formula.clientWidth / this.formula.scrollWidth;
    if (share < 1) style.fontSize = `${Math.max(LEAST_FORMULA, share)}em`;
    const line = this.code.querySelector(".computes");
    const below = line instanceof HTMLElement ? line.offsetTop + 2 * line.offsetHeight - this.code.clientHeight : 0;
    this.code.scrollTop = Math.max(0, below);
  }

  destroy() {
    this.observer.disconnect();
  }
}

/** @param {Excerpt} excerpt */
function excerpt({ file, lines }) {
  const indent = Math.min(...lines.filter(({ text }) => text.trim()).map(({ text }) => text.length - text.trimStart().length));
  const rows = lines.map(({ number, text, computes }) =>
    h("span", { class: computes ? "line computes" : "line" }, h("span", { class: "number" }, String(number)), `${text.slice(indent)}\n`),
  );
  const [first, last] = [lines[0].number, lines[lines.length - 1].number];
  return h("figure", {}, h("figcaption", {}, t("one_digit.panel.file", { file, first, last })), h("pre", {}, ...rows));
}

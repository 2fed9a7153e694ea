// The KL term by term, and the bar: reconstruction + β · KL.

import { h } from "../../parts/elements.js";
import { shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { MOST_BETA } from "./view.js";

const CHIPS = [0, 1, 4, 20];
const LEAST_SCALE = 250; // nats across the bar, so that it does not rescale with every digit

export class Divergence {
  #head = "";

  constructor() {
    this.total = h("output", { class: "large" });
    this.table = h("table", { class: "kl-terms value" });
    this.none = h("p", { class: "none", hidden: true }, t("one_digit.plain.kl.text"));
    this.element = h("div", {}, this.total, this.table, this.none);
  }

  /** @param {import("../../core/forward.js").Numbers} numbers @param {boolean} learned the prior has means of its own */
  show({ terms, kl }, learned) {
    this.table.hidden = this.total.hidden = !terms;
    this.none.hidden = Boolean(terms);
    if (!terms || kl === null) return;
    this.total.textContent = t("one_digit.kl.total", { nats: shown(kl) });
    const columns = [learned ? "(μ−μ_y)²/2" : "μ²/2", "σ²/2", "−log σ", "−1/2", "="];
    const head = columns.join() + terms.length;
    if (head !== this.#head) this.#build(columns, terms.length);
    this.#head = head;
    terms.forEach(({ mean, variance, log, constant, sum }, k) => {
      const cells = this.table.rows[k + 1].cells;
      [mean, variance, log, constant, sum].forEach((value, i) => {
        cells[i + 1].textContent = shown(value, i === 1 ? decimals(value) : 2);
      });
    });
  }

  /** @param {string[]} columns @param {number} rows */
  #build(columns, rows) {
    const cell = (/** @type {string} */ text) => {
      const [base, below] = text.split("_y");
      return below === undefined ? [text] : [base, h("sub", {}, "y"), below];
    };
    const head = h("tr", {}, h("td"), ...columns.map((text) => h("th", { scope: "col" }, ...cell(text))));
    const row = (/** @type {number} */ k) => h("tr", {}, h("th", { scope: "row" }, `z`, h("sub", {}, String(k + 1))), ...columns.map(() => h("td")));
    this.table.replaceChildren(head, ...Array.from({ length: rows }, (_, k) => row(k)));
  }
}

/** Decimals that a variance near 0 takes to be seen. @param {number} value */
const decimals = (value) => (value < 0.01 ? Math.min(6, Math.ceil(-Math.log10(value))) : 2);

export class Bar {
  /** @param {import("./main.js").Change} set */
  constructor(set) {
    this.reconstruction = h("span", { class: "segment of-reconstruction" }, t("one_digit.objective.reconstruction"));
    this.kl = h("span", { class: "segment of-kl" });
    this.weighted = h("span", { class: "weighted" }, "β · KL");
    this.bar = h("div", { class: "bar", role: "img" }, this.reconstruction, this.kl, this.weighted);
    this.sum = h("output", { class: "value" });
    const typed = () => this.beta.value !== "" && this.beta.validity.valid && set({ beta: Number(this.beta.value) }, { step: false });
    this.beta = h("input", { type: "number", min: 0, max: MOST_BETA, step: "any", "aria-label": t("one_digit.objective.beta"), oninput: typed });
    this.chips = CHIPS.map((beta) => h("button", { type: "button", class: "chip", onclick: () => set({ beta }) }, String(beta)));
    this.weight = h("div", { class: "row weight" }, h("label", {}, "β = ", this.beta), ...this.chips);
    this.element = h("div", { class: "objective" }, this.sum, this.bar, this.weight);
  }

  /** @param {import("../../core/forward.js").Numbers} numbers @param {number} beta */
  show({ reconstruction, kl }, beta) {
    const weighted = kl === null ? 0 : beta * kl;
    const total = reconstruction + weighted;
    const numbers = { reconstruction: shown(reconstruction, 1), kl: shown(kl ?? 0, 1), beta: String(beta), total: shown(total, 1) };
    const key = kl === null ? "plain" : beta === 1 ? "elbo" : "weighted";
    this.sum.textContent = t(`one_digit.objective.${key}`, numbers);
    this.weight.hidden = this.weighted.hidden = kl === null;
    if (Number(this.beta.value) !== beta || this.beta.value === "") this.beta.value = String(beta);
    this.chips.forEach((chip, i) => chip.setAttribute("aria-pressed", String(CHIPS[i] === beta)));
    this.#draw(reconstruction, weighted);
    this.bar.setAttribute("aria-label", this.sum.textContent);
  }

  /** A log-density may be above 0: then there are no lengths to add. @param {number} reconstruction @param {number} weighted */
  #draw(reconstruction, weighted) {
    this.bar.hidden = reconstruction < 0;
    const scale = Math.max(LEAST_SCALE, reconstruction + weighted);
    this.reconstruction.style.width = `${(100 * Math.max(0, reconstruction)) / scale}%`;
    this.kl.style.width = `${(100 * weighted) / scale}%`;
  }
}

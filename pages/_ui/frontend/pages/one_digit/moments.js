// μ, log σ² and σ as numbers, and the switch that trains σ itself.

import { h } from "../../parts/elements.js";
import { shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";

export class Moments {
  /** @param {import("./main.js").Change} set */
  constructor(set) {
    this.rows = { mu: row("μ"), logVar: row("log σ²"), sigma: row("σ") };
    const head = h("tr", {}, h("th", { scope: "col" }, t("one_digit.moments.dimension")), ...[1, 2].map((k) => h("th", { scope: "col" }, String(k))));
    this.table = h("table", { class: "moments value" }, head, ...Object.values(this.rows).map(({ element }) => element));
    const change = () => set({ part: this.direct.checked ? "direct" : "moments" });
    this.direct = h("input", { type: "checkbox", role: "switch", onchange: change });
    this.switch = h("label", { class: "switch" }, this.direct, h("span", {}, t("one_digit.moments.direct")));
    this.element = h("div", { class: "moments-box" }, this.table, this.switch);
  }

  /** @param {import("../../core/forward.js").Numbers} numbers @param {boolean} direct */
  show({ mu, logVar, sigma }, direct) {
    this.direct.checked = direct;
    this.switch.hidden = !sigma;
    this.rows.mu.show(mu, 2);
    this.rows.logVar.show(logVar, 2);
    this.rows.sigma.show(sigma, 3);
  }
}

/** @param {string} symbol */
function row(symbol) {
  const cells = [1, 2].map(() => h("td"));
  const element = h("tr", {}, h("th", { scope: "row" }, symbol), ...cells);
  return {
    element,
    /** @param {ArrayLike<number> | null} values null: there are none @param {number} digits */
    show(values, digits) {
      element.hidden = !values;
      cells.forEach((cell, k) => (cell.textContent = values ? shown(values[k], digits) : ""));
    },
  };
}

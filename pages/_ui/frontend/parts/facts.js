// A short table of terms and their values: text, or places as two numbers.

import { h } from "./elements.js";
import { info } from "./info.js";
import { shown } from "./numbers.js";

/** @param {string | number[]} value */
const text = (value) => (Array.isArray(value) ? value.map((v) => shown(v)).join(", ") : value);

/** @typedef {[term: string, value: string | number[], note?: string, symbol?: string]} Fact symbol: of the note behind an ⓘ */

export class Facts {
  #symbols = "";

  constructor() {
    this.element = h("dl", { class: "facts" });
  }

  /** @param {Fact[]} facts */
  show(facts) {
    const symbols = facts.map(([, , , symbol]) => symbol ?? "").join();
    const { children } = this.element;
    if (symbols !== this.#symbols || children.length !== 3 * facts.length) {
      this.#symbols = symbols;
      const row = (/** @type {string | undefined} */ symbol) => [
        h("dt", {}, h("span"), symbol ? info(symbol) : null),
        h("dd", { class: "value" }),
        h("dd", { class: "hint" }),
      ];
      this.element.replaceChildren(...facts.flatMap(([, , , symbol]) => row(symbol)));
    }
    // In place: a note that is open stays open, and who has the focus keeps it.
    facts.forEach(([term, value, note], i) => {
      /** @type {Element} */ (children[3 * i].firstChild).textContent = term;
      children[3 * i + 1].textContent = text(value);
      children[3 * i + 2].textContent = note ?? "";
    });
  }
}

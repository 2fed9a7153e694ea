// A short table of terms and their values: text, or places as two numbers.

import { h } from "./elements.js";
import { shown } from "./numbers.js";

/** @param {string | number[]} value */
const text = (value) => (Array.isArray(value) ? value.map((v) => shown(v)).join(", ") : value);

export class Facts {
  constructor() {
    this.element = h("dl", { class: "facts" });
  }

  /** @param {[string, string | number[], string?][]} facts term, value, what it is */
  show(facts) {
    this.element.replaceChildren(
      ...facts.flatMap(([term, value, note]) => [
        h("dt", {}, term),
        h("dd", { class: "value" }, text(value)),
        h("dd", { class: "hint" }, note ?? ""),
      ]),
    );
  }
}

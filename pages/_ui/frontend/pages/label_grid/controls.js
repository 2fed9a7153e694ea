// The bar: tabs of the parts, the number to write, and what every part draws with.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { info } from "../../parts/info.js";
import { numberOf } from "./number.js";
import { LAST_SEED, MOST_COLUMNS, MOST_SPREAD, PARTS } from "./view.js";

/** @typedef {import("./view.js").View} View */

export class Controls {
  /** @type {View} */
  #view;
  #classes = 10;

  /** @param {View} view to begin with @param {import("./main.js").Change} set */
  constructor(view, set) {
    this.#view = view;
    this.set = set;
    this.tabs = PARTS.map((part) =>
      h("button", { type: "button", role: "tab", onclick: () => set({ part }) }, t(`label_grid.parts.${part}`)),
    );
    this.number = this.#input("number", {
      ...{ type: "text", inputmode: "numeric", autocomplete: "off", spellcheck: "false" },
      placeholder: t("label_grid.controls.example"),
    });
    this.columns = this.#input("columns", { type: "range", min: 1, max: MOST_COLUMNS, step: 1 });
    this.spread = this.#input("spread", { type: "range", min: 0, max: MOST_SPREAD, step: 0.05 });
    this.seed = this.#input("seed", { type: "number", min: 0, max: LAST_SEED, step: 1 });
    this.columnsValue = h("output", { class: "value" });
    this.spreadValue = h("output", { class: "value" });
    const tabs = { class: "tabs", role: "tablist", "aria-label": t("label_grid.controls.parts") };
    this.element = h(
      "header",
      { class: "bar" },
      h("div", { ...tabs, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#tabKey(event) }, ...this.tabs),
      h("label", { class: "field-number" }, h("span", {}, t("label_grid.controls.write")), this.number),
      this.#sampling(),
    );
  }

  /** @param {string} name of a field @param {import("../../parts/elements.js").Attributes} attributes */
  #input(name, attributes) {
    const input = h("input", { ...attributes, "aria-label": t(`label_grid.controls.${name}`) });
    input.addEventListener("input", () => this.#changed(name, input.value));
    return input;
  }

  #sampling() {
    /** @param {string} name @param {string} className @param {Element[]} children */
    const labelled = (name, className, ...children) =>
      h("label", { class: className }, h("span", {}, t(`label_grid.controls.${name}_short`)), ...children);
    const another = () => this.set({ seed: (this.#view.seed + 1) % (LAST_SEED + 1) });
    return h(
      "div",
      { class: "controls" },
      labelled("columns", "slider columns", this.columns, this.columnsValue),
      h("span", { class: "slider" }, labelled("spread", "slider spread", this.spread, this.spreadValue), info("temperature")),
      h("span", { class: "seed" }, labelled("seed", "seed", this.seed), info("style_noise")),
      h("button", { type: "button", class: "primary", onclick: another }, t("label_grid.controls.another")),
    );
  }

  /**
   * What is dragged or typed is no step of the history, but the part that a number opens is one.
   * @param {string} name of a field
   * @param {string} value
   */
  #changed(name, value) {
    if (name === "number") {
      const step = this.#view.part !== "write";
      this.set({ part: "write", number: numberOf(value, this.#classes).number }, { step });
    } else if (name !== "seed" || /^\d+$/.test(value)) {
      this.set({ [name]: name === "seed" ? Math.min(Number(value), LAST_SEED) : Number(value) }, { step: false });
    }
  }

  /** @param {KeyboardEvent} event */
  #tabKey(event) {
    const step = Number(event.key === "ArrowRight") - Number(event.key === "ArrowLeft");
    if (!step) return;
    event.preventDefault();
    const next = (PARTS.indexOf(this.#view.part) + step + PARTS.length) % PARTS.length;
    this.set({ part: PARTS[next] });
    this.tabs[next].focus();
  }

  /**
   * @param {View} view
   * @param {number} classes
   * @returns {{number: string, said: string}} what can be written of the number, and what was left out
   */
  show(view, classes) {
    this.#view = view;
    this.#classes = classes;
    this.tabs.forEach((tab, i) => {
      const on = PARTS[i] === view.part;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    });
    this.columns.value = this.columnsValue.value = String(view.columns);
    this.spread.value = String(view.spread);
    this.spreadValue.value = view.spread.toFixed(2);
    if (Number(this.seed.value) !== view.seed || this.seed.value === "") this.seed.value = String(view.seed);
    const { number } = numberOf(view.number, classes);
    if (numberOf(this.number.value, classes).number !== number) this.number.value = view.number;
    const { problems } = numberOf(this.number.value, classes); // of what was typed
    return { number, said: problems.map(({ key, parameters }) => t(key, parameters)).join(" ") };
  }
}

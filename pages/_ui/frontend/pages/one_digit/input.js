// Where the digit comes from: a real one, or the pad; and in a conditional model its label.

import { Pad } from "../../parts/pad.js";
import { greyCanvas } from "../../parts/grey_canvas.js";
import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { THICKEST, THINNEST, withDigit } from "./view.js";

/** @typedef {import("../../core/ink.js").Stroke} Stroke */

/**
 * @typedef {object} InputEvents
 * @property {import("./main.js").Change} set
 * @property {() => number} count of real digits; 0 while it is not known
 * @property {() => import("./view.js").View} view
 * @property {(stroke: Stroke) => void} drawing
 * @property {(stroke: Stroke) => void} drawn
 * @property {() => void} undo
 */

const LONG = 3; // characters; longer names are chosen from a list

export class Input {
  #names = "";
  /** @type {HTMLButtonElement[]} */
  #labels = [];

  /** @param {InputEvents} events */
  constructor({ set, count, view, drawing, drawn, undo }) {
    const button = (/** @type {string} */ key, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", onclick }, t(`one_digit.x.${key}`));
    const open = (/** @type {number} */ index) => count() && set(withDigit(((index % count()) + count()) % count()));
    this.picture = greyCanvas(28, 28, { class: "ink", role: "img", "aria-label": t("one_digit.x.picture") });
    this.number = h("input", { type: "number", min: 0, step: 1, "aria-label": t("one_digit.x.index") });
    this.number.addEventListener("change", () => this.number.value !== "" && open(Math.max(0, Math.round(Number(this.number.value)))));
    this.random = button("random", () => open(Math.floor(Math.random() * count())));
    this.next = button("next", () => open(view().digit + (view().ink.length ? 0 : 1)));
    this.choice = h("div", { class: "row" }, h("label", {}, this.number), this.next, this.random);
    this.pad = new Pad({ drawing, drawn, undo });
    this.undo = button("undo", undo);
    this.clear = button("clear", () => set(withDigit(view().digit)));
    const thickness = { type: "range", min: THINNEST, max: THICKEST, "aria-label": t("one_digit.x.pen"), title: t("one_digit.x.pen") };
    this.pen = h("input", thickness);
    this.pen.addEventListener("input", () => set({ pen: Number(this.pen.value) }, { step: false }));
    const tools = h("div", { class: "row" }, this.undo, this.clear, this.pen);
    this.source = h("p", { class: "caption" });
    this.real = h("div", { class: "real" }, this.picture.canvas, this.source, this.choice);
    this.drawing = h("div", { class: "drawing" }, this.pad.element, tools);
    this.labels = h("div", { class: "labels", role: "group", "aria-label": t("one_digit.x.labels") });
    this.ask = h("p", { class: "ask", role: "status" });
    this.choose = (/** @type {number | null} */ label) => set({ label });
    const listed = () => this.choose(this.list.value === "" ? null : Number(this.list.value));
    this.list = h("select", { "aria-label": t("one_digit.x.labels"), onchange: listed });
    this.element = h("div", { class: "input" }, this.drawing, this.real);
  }

  /**
   * @param {import("./view.js").View} view
   * @param {ArrayLike<number> | null} x null while it is not there
   * @param {string} source what it is
   */
  show(view, x, source) {
    if (x) this.picture.put(x);
    this.picture.canvas.toggleAttribute("data-waiting", !x);
    this.source.textContent = source;
    if (document.activeElement !== this.number) this.number.value = view.ink.length ? "" : String(view.digit);
    this.pad.show(view.ink, view.pen);
    this.pen.value = String(view.pen);
    this.undo.disabled = this.clear.disabled = !view.ink.length;
  }

  /** @param {number} count of real digits */
  showCount(count) {
    this.number.max = String(Math.max(0, count - 1));
    for (const control of [this.number, this.random, this.next]) control.disabled = !count;
  }

  /** @param {boolean} there whether there are real digits for this model, or will be */
  showChoice(there) {
    this.choice.hidden = !there;
  }

  /**
   * @param {string[]} names of the labels; none for a model that takes none
   * @param {number | null} chosen
   * @param {boolean} asks whether a person has to say it
   */
  showLabels(names, chosen, asks) {
    this.labels.hidden = !names.length;
    this.ask.textContent = asks ? t("one_digit.x.which") : "";
    const areLong = names.some((name) => name.length > LONG);
    if (names.join() !== this.#names) {
      this.#names = names.join();
      this.#labels = names.map((name, label) => h("button", { type: "button", class: "chip", onclick: () => this.choose(label) }, name));
      this.list.replaceChildren(h("option", { value: "" }, "?"), ...names.map((name, label) => h("option", { value: label }, name)));
      this.labels.replaceChildren(...(areLong ? [this.list] : this.#labels));
    }
    this.list.value = String(chosen ?? "");
    this.#labels.forEach((button, label) => button.setAttribute("aria-pressed", String(label === chosen)));
  }

  destroy() {
    this.pad.destroy();
  }
}

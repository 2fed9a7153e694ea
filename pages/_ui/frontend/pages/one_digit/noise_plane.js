// ε on its plane: dragged, moved by keys, drawn anew or set to 0.

import { h } from "../../parts/elements.js";
import { pair } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { SmallPlane } from "./small_plane.js";
import { MOST_EPSILON, drawnAnew, epsilonOf, keptEpsilon } from "./view.js";

const REACH = MOST_EPSILON + 0.2;
const STEP = 0.1; // of an arrow key
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class NoisePlane {
  /** @type {[number, number]} */
  #epsilon = [0, 0];

  /** @param {import("./main.js").Change} set @param {() => import("./view.js").View} view */
  constructor(set, view) {
    const attributes = { role: "application", tabindex: 0, "aria-label": t("one_digit.noise.plane") };
    this.plane = new SmallPlane({ ...attributes, "aria-description": t("one_digit.noise.keys") });
    const move = (/** @type {number[]} */ epsilon) => set({ epsilon: keptEpsilon(epsilon) }, { step: false });
    this.#listen(this.plane.element, move);
    const button = (/** @type {string} */ key, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", onclick }, t(`one_digit.noise.${key}`));
    this.value = h("output", { class: "value" });
    const anew = button("anew", () => set(drawnAnew(view())));
    const zero = button("zero", () => set({ epsilon: [0, 0] }));
    this.element = h("div", { class: "noise" }, this.plane.element, h("div", { class: "row" }, this.value, anew, zero));
    this.none = h("p", { class: "none", hidden: true }, t("one_digit.plain.noise.text"));
  }

  /** @param {SVGSVGElement} element @param {(epsilon: number[]) => void} move */
  #listen(element, move) {
    let dragged = false;
    element.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      dragged = true;
      element.setPointerCapture(event.pointerId);
      move(this.plane.at(event));
    });
    element.addEventListener("pointermove", (event) => dragged && move(this.plane.at(event)));
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (dragged = false));
    element.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      const step = event.shiftKey ? STEP / 10 : STEP;
      if (arrow) move(this.#epsilon.map((value, k) => value + step * arrow[k]));
      else if (event.key === "0" || event.key === "Home") move([0, 0]);
      else return;
      event.preventDefault();
    });
  }

  /** @param {import("./view.js").View} view @param {boolean} variational */
  show(view, variational) {
    this.none.hidden = variational;
    this.element.hidden = !variational;
    this.#epsilon = epsilonOf(view);
    this.plane.show({ centre: [0, 0], reach: REACH, rings: { centre: [0, 0], radii: [1, 2, 3] }, dot: this.#epsilon });
    this.value.textContent = `ε = ${pair(this.#epsilon).replaceAll("-", "−")}`;
  }
}

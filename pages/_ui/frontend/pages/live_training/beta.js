// β, always in view: a slider over values that feel equally far apart, a field for any other number,
// and the four that a lecture goes to. It tells of each change at once; what listens is the page's
// business.

import { h } from "../../parts/elements.js";
import { info } from "../../parts/info.js";
import { t } from "../../state/texts.js";
import { CHIPS, LADDER, stepOf, typedBeta } from "./settings.js";

export class BetaBar {
  /**
   * @param {(beta: number, how: {step: boolean}) => void} moved somebody has chosen; step: as a step of the history
   * @param {() => void} goOn somebody wants a run that has ended to go on
   */
  constructor(moved, goOn) {
    this.beta = 1;
    this.moved = moved;
    this.range = h("input", {
      type: "range", min: 0, max: LADDER.length - 1, step: 1, "aria-label": "β",
      oninput: () => this.#choose(LADDER[Number(this.range.value)], { step: false }),
    });
    this.field = h("input", {
      type: "text", inputmode: "decimal", class: "number", "aria-label": t("live_training.beta.number"), autocomplete: "off",
      onchange: () => this.#type(),
    });
    this.chips = CHIPS.map((beta) =>
      h("button", { type: "button", class: "chip", onclick: () => this.#choose(beta, { step: true }) }, String(beta)),
    );
    this.hint = h("span", { class: "hint", "aria-live": "polite" });
    this.goOn = h("button", { type: "button", class: "go-on", hidden: true, onclick: goOn }, t("live_training.beta.go_on"));
    const chips = h("span", { class: "chips", role: "group", "aria-label": t("live_training.beta.chips") }, ...this.chips);
    const name = h("span", { class: "name" }, "β", info("beta"));
    this.element = h("div", { class: "beta" }, name, this.range, this.field, chips, this.goOn, this.hint);
    this.show(1);
  }

  /** @param {number} beta @param {{step: boolean}} how */
  #choose(beta, how) {
    this.show(beta);
    this.moved(beta, how);
  }

  #type() {
    const beta = typedBeta(this.field.value);
    if (beta === null) this.show(this.beta);
    else this.#choose(beta, { step: true });
  }

  /** @param {number} beta */
  show(beta) {
    this.beta = beta;
    this.range.value = String(stepOf(beta));
    this.range.setAttribute("aria-valuetext", String(beta));
    this.field.value = String(beta);
    CHIPS.forEach((value, i) => this.chips[i].setAttribute("aria-pressed", String(value === beta)));
  }

  /**
   * What there is to say beside it.
   * @param {{hint: string, canGoOn: boolean, isUsed: boolean}} state canGoOn: a run has ended here and may
   *   go on; isUsed: what is minimised has a β
   */
  setState({ hint, canGoOn, isUsed }) {
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
    this.goOn.hidden = !canGoOn;
    this.element.dataset.used = String(isUsed);
    for (const control of [this.range, this.field, ...this.chips]) control.disabled = !isUsed;
  }
}

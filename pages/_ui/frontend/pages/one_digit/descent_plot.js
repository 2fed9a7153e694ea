// Gradient descent on σ beside gradient descent on log σ², from the same start with the same step size,
// on the loss of the digit on screen: computed here and now.

import { OFFSETS, SigmaLoss, descend } from "../../core/descent.js";
import { h, s } from "../../parts/elements.js";
import { shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { RATES } from "./view.js";

const STEPS = 100;
const [WIDTH, HEIGHT] = [300, 130];
const REST_MS = 120; // after the last change of the digit
const PLAY_MS = 1600;
/** @type {Record<Trained, [number, number]>} */
const RANGES = { sigma: [-0.5, 1.15], logVar: [-11, 1.2] };

/** @typedef {"sigma" | "logVar"} Trained */
/** @typedef {import("../../core/descent.js").Step} Step */

export class DescentPlot {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #frame = 0;
  /** @type {SigmaLoss | null} */
  #loss = null;
  #rate = 0;

  /** @param {import("./main.js").Change} set */
  constructor(set) {
    this.plots = { sigma: new Plot("sigma"), logVar: new Plot("logVar") };
    const choose = () => set({ rate: this.rate.value }, { step: false });
    this.rate = h("select", { onchange: choose }, ...RATES.map((rate) => h("option", { value: rate }, rate)));
    const again = () => this.#play();
    this.controls = h(
      "div",
      { class: "row" },
      h("label", {}, t("one_digit.direct.rate"), " ", this.rate),
      h("button", { type: "button", onclick: again }, t("one_digit.direct.again")),
    );
    this.element = h("div", { class: "descent" }, this.plots.sigma.element, this.plots.logVar.element);
  }

  /**
   * @param {import("../../core/forward.js").Forward} forward
   * @param {ArrayLike<number>} x
   * @param {number | undefined} label
   * @param {import("../../core/forward.js").Numbers} numbers
   * @param {string} rate
   */
  ask(forward, x, label, numbers, rate) {
    this.rate.value = rate;
    this.stop();
    const { mu, terms, kl } = numbers;
    if (!terms || kl === null) return;
    const [z1, z2] = mu;
    const rest = kl - terms[0].variance - terms[0].log;
    this.#timer = setTimeout(() => {
      this.#loss = new SigmaLoss(OFFSETS.map((offset) => forward.reconstructionAt(x, [z1 + offset, z2], label)), rest);
      this.#rate = Number(rate);
      this.#play();
    }, REST_MS);
  }

  /** Both ways at once, one step after the other; at once where nothing shall move. */
  #play() {
    cancelAnimationFrame(this.#frame);
    const [loss, rate] = [this.#loss, this.#rate];
    if (!loss) return;
    const ways = { sigma: descend(loss, rate, STEPS, "sigma"), logVar: descend(loss, rate, STEPS, "logVar") };
    this.plots.sigma.showLoss(loss);
    this.plots.logVar.showLoss(loss);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const start = performance.now();
    const draw = (/** @type {number} */ now) => {
      const share = still ? 1 : Math.min(1, Math.max(0, (now - start) / PLAY_MS));
      const steps = Math.round(STEPS * share ** 2); // the first ones slowly
      this.plots.sigma.showWay(ways.sigma.slice(0, steps + 1), steps >= ways.sigma.length - 1);
      this.plots.logVar.showWay(ways.logVar.slice(0, steps + 1), steps >= ways.logVar.length - 1);
      if (share < 1) this.#frame = requestAnimationFrame(draw);
    };
    draw(start);
  }

  stop() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
  }
}

class Plot {
  #x;
  #y = (/** @type {number} */ _) => 0;
  #top = 1;

  /** @param {Trained} trained */
  constructor(trained) {
    this.trained = trained;
    const [low, high] = RANGES[trained];
    this.#x = (/** @type {number} */ value) => ((value - low) / (high - low)) * WIDTH;
    const zero = this.#x(0);
    this.curve = s("path", { class: "curve" });
    this.way = s("path", { class: "way" });
    this.steps = s("g", { class: "steps" });
    const impossible = trained === "sigma" && [
      s("rect", { class: "impossible", x: 0, y: 0, width: zero, height: HEIGHT }),
      s("text", { x: zero / 2, y: HEIGHT / 2, class: "said" }, "σ < 0"),
    ];
    const ticks = (trained === "sigma" ? [0, 0.5, 1] : [-10, -5, 0]).map((value) =>
      s("text", { x: this.#x(value), y: HEIGHT + 15, class: "tick" }, shown(value, trained === "sigma" ? 1 : 0)),
    );
    const box = { viewBox: `-4 -6 ${WIDTH + 8} ${HEIGHT + 26}`, role: "img", "aria-label": t(`one_digit.direct.${trained}_plot`) };
    this.said = h("p", { class: "caption value" });
    this.element = h(
      "figure",
      {},
      h("b", {}, t(`one_digit.direct.${trained}`)),
      /** @type {any} */ (s("svg", box, ...(impossible || []), this.curve, this.way, this.steps, ...ticks)),
      this.said,
    );
  }

  /** Where σ is on this plot's axis. @param {number} sigma */
  #at(sigma) {
    return this.trained === "sigma" ? sigma : 2 * Math.log(sigma);
  }

  /** @param {SigmaLoss} loss */
  showLoss(loss) {
    const [low, high] = RANGES[this.trained];
    const places = Array.from({ length: 121 }, (_, i) => low + ((high - low) * i) / 120);
    const points = places
      .map((place) => ({ place, value: loss.at(this.trained === "sigma" ? place : Math.exp(place / 2)) }))
      .filter(({ value }) => Number.isFinite(value));
    const values = points.map(({ value }) => value);
    const [least, most] = [Math.min(...values), loss.at(1.6)];
    this.#top = most;
    this.#y = (value) => HEIGHT * (1 - (0.06 + (0.94 * (value - least)) / (most - least)));
    this.curve.setAttribute("d", points.map(({ place, value }, i) => `${i ? "L" : "M"}${this.#point(place, value)}`).join(""));
  }

  /** @param {number} place @param {number} loss */
  #point(place, loss) {
    const x = Math.min(WIDTH, Math.max(0, this.#x(place)));
    const y = Number.isFinite(loss) ? Math.min(HEIGHT, Math.max(0, this.#y(Math.min(loss, this.#top)))) : HEIGHT / 3;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  }

  /** @param {Step[]} way @param {boolean} ended */
  showWay(way, ended) {
    const points = way.map(({ sigma, loss }) => this.#point(this.#at(sigma), loss));
    this.way.setAttribute("d", points.map((point, i) => `${i ? "L" : "M"}${point}`).join(""));
    const last = way[way.length - 1];
    const dots = points.map((point, i) => {
      const [cx, cy] = point.split(" ");
      const isLast = i === points.length - 1;
      if (isLast && !Number.isFinite(last.loss)) return s("path", { class: "lost", d: `M${point}m-6-6l12 12m0-12l-12 12` });
      return s("circle", { cx, cy, r: isLast ? 5 : 2.5, class: isLast ? "now" : "" });
    });
    this.steps.replaceChildren(...dots);
    const numbers = { step: way.length - 1, sigma: shown(last.sigma, 3), loss: shown(last.loss, 1) };
    const key = !Number.isFinite(last.loss) ? "lost" : ended ? "arrived" : "moving";
    this.said.textContent = t(`one_digit.direct.${key}`, numbers);
  }
}

// Where z lies: on the plane beside the prior, true to scale, and among other draws from q(z|x), near by.

import { noise } from "../../core/noise.js";
import { h } from "../../parts/elements.js";
import { pair, shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { SmallPlane } from "./small_plane.js";
import { SAMPLES } from "./view.js";

const DEVIATIONS = 3.6; // of q(z|x), from its middle to the edge of the near view
const LEAST_REACH = 3.3; // of the whole plane, in prior standard deviations

export class Latent {
  /** L draws of ε, which a moving pen does not change. @type {{key: string, draws: [number, number][]}} */
  #noise = { key: "", draws: [] };

  /** @param {import("./main.js").Change} set @param {() => void} visit the map, at this z */
  constructor(set, visit) {
    this.whole = new SmallPlane({ role: "img" });
    this.near = new SmallPlane({ role: "img" });
    this.z = h("output", { class: "value" });
    this.zoom = h("p", { class: "caption" });
    const choose = () => set({ samples: this.samples.value }, { step: false });
    const options = SAMPLES.map((count) => h("option", { value: count }, count));
    this.samples = h("select", { "aria-label": t("one_digit.z.samples"), onchange: choose }, ...options);
    this.count = h("label", { class: "row" }, h("span", {}, "L ="), this.samples);
    const link = h("button", { type: "button", class: "link", onclick: visit }, t("one_digit.z.map"));
    this.close = h("div", { class: "near" }, this.near.element, this.zoom);
    this.element = h("div", { class: "latent" }, this.whole.element, h("div", { class: "row" }, this.z, link), this.close, this.count);
  }

  /**
   * @param {import("../../core/forward.js").Numbers} numbers
   * @param {import("./view.js").View} view
   */
  show({ mu, logVar, sigma, z, priorMean }, view) {
    const text = pair(z, 3).replaceAll("-", "−");
    this.z.textContent = `z = ${text}`;
    this.samples.value = view.samples;
    const reach = Math.max(LEAST_REACH, ...[...z, ...mu, ...priorMean].map((value) => 1.15 * Math.abs(value)));
    const spread = sigma ? Math.max(...sigma) : 0;
    const frame = DEVIATIONS * spread;
    const ellipses = sigma ? { centre: mu, radii: sigma, times: [1, 2] } : undefined;
    const rings = sigma ? { centre: priorMean, radii: [1, 2, 3] } : undefined;
    this.whole.show({ centre: [0, 0], reach, rings, ellipses, dot: z, frame: sigma ? frame : undefined });
    this.whole.element.setAttribute("aria-label", t("one_digit.z.whole", { z: text }));
    this.close.hidden = this.count.hidden = !sigma;
    if (!logVar || !sigma) return;
    const cloud = this.#drawsOf(view).map((epsilon) => [0, 1].map((k) => mu[k] + sigma[k] * epsilon[k]));
    this.near.show({ centre: mu, reach: frame, rings, ellipses, cloud, dot: z });
    this.near.element.setAttribute("aria-label", t("one_digit.z.near", { count: view.samples }));
    this.zoom.textContent = t("one_digit.z.zoom", { times: shown(reach / frame, reach / frame < 10 ? 1 : 0) });
  }

  /** @param {import("./view.js").View} view */
  #drawsOf({ seed, samples }) {
    const key = `${seed};${samples}`;
    if (key !== this.#noise.key) {
      this.#noise = { key, draws: Array.from({ length: Number(samples) }, (_, i) => noise(seed, i + 1)) };
    }
    return this.#noise.draws;
  }
}

// How the KL is split among the dimensions of z, as bars: of the same images as the KL itself.

import { h } from "../../parts/elements.js";
import { info } from "../../parts/info.js";
import { t } from "../../state/texts.js";
import { INACTIVE_NATS } from "./findings.js";

const DIMENSIONS = 2;
const FULL = 4; // nats of a full bar, unless one is longer

export class Units {
  constructor() {
    this.rows = Array.from({ length: DIMENSIONS }, (_, d) => {
      const row = { bar: h("i"), value: h("span", { class: "value" }) };
      const name = h("span", {}, "z", h("sub", {}, String(d + 1)));
      return { ...row, element: h("span", { class: "unit" }, name, h("span", { class: "bar" }, row.bar), row.value) };
    });
    const label = t("live_training.units.title");
    this.element = h("p", { class: "units", "aria-label": label, role: "group" }, ...this.rows.map(({ element }) => element), info("active_units", { nats: INACTIVE_NATS }));
  }

  /** @param {number[]} nats per dimension */
  show(nats) {
    const most = Math.max(FULL, ...nats);
    this.rows.forEach(({ bar, value }, d) => {
      bar.style.transform = `scaleX(${Math.max(0, nats[d] ?? 0) / most})`;
      value.textContent = nats[d] === undefined ? "" : nats[d].toFixed(nats[d] < 0.1 ? 3 : 2);
    });
  }
}

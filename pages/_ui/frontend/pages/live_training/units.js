// How many nats each dimension of z carries, as bars.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";

const DIMENSIONS = 2;
const FULL = 4; // nats of a full bar, unless one is longer

export class Units {
  constructor() {
    this.active = h("span", { class: "value" });
    this.rows = Array.from({ length: DIMENSIONS }, (_, d) => {
      const row = { bar: h("i"), value: h("span", { class: "value" }) };
      const element = h("div", { class: "unit" }, h("span", {}, `z${d + 1}`), h("span", { class: "bar" }, row.bar), row.value);
      return { ...row, element };
    });
    const title = h("p", {}, h("span", {}, t("live_training.units.title")), this.active);
    this.element = h("div", { class: "units" }, title, ...this.rows.map(({ element }) => element));
  }

  /** @param {{kl_per_dim?: number[], active_units?: number} | undefined} snapshot */
  show(snapshot) {
    const nats = snapshot?.kl_per_dim ?? [];
    const most = Math.max(FULL, ...nats);
    this.rows.forEach(({ bar, value }, d) => {
      bar.style.transform = `scaleX(${Math.max(0, nats[d] ?? 0) / most})`;
      value.textContent = nats[d] === undefined ? "" : t("live_training.units.nats", { nats: nats[d].toFixed(nats[d] < 0.1 ? 3 : 2) });
    });
    const count = snapshot?.active_units;
    this.active.textContent = count === undefined ? "" : t("live_training.units.active", { count, all: DIMENSIONS });
  }
}

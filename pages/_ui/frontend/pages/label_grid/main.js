// The label grid: a stage with one of four parts, and beside it what is open. Every control changes
// the view and redraws here, at once.

import { Model } from "../../core/model.js";
import { parseSafetensors } from "../../core/safetensors.js";
import { h, luminance } from "../../parts/elements.js";
import { Store, rememberedOf } from "../../state/store.js";
import { t } from "../../state/texts.js";
import { Controls } from "./controls.js";
import { Grid } from "./grid.js";
import { labelsOf } from "./labels.js";
import { withPin } from "./map_link.js";
import { Sizes } from "./sizes.js";
import { StyleTransfer } from "./style_transfer.js";
import { FIELDS, PARTS } from "./view.js";
import { Why } from "./why.js";
import { Write } from "./write.js";

/** @typedef {(change: object, how?: {step: boolean}) => void} Change of the view; usually a step of the history */

/**
 * What a part draws from.
 * @typedef {object} Scene
 * @property {import("./view.js").View} view
 * @property {Model} model
 * @property {Model | null} plain a model of the same data that takes no label
 * @property {import("./labels.js").Labels} labels
 * @property {string} number what can be written of the view's number
 * @property {string} said what was left out of it
 * @property {(z: number[], label: number) => string} pinned address of the latent map with one more pin
 * @property {object} data what Python says
 * @property {object} host
 */

export const create = (parent, host) => new LabelGrid(parent, host);

class LabelGrid {
  #data = null; // what Python says
  #labels = null;
  #model = null;
  #plain = null;
  #frame = 0;
  #stale = false;
  #gone = false;

  constructor(parent, host) {
    this.host = host;
    this.store = new Store("label_grid", FIELDS, host);
    this.store.subscribe(() => this.#redraw());
    const set = (change, how) => this.store.set(change, how);
    const redraw = () => this.#redraw();
    this.controls = new Controls(set);
    this.parts = {
      grid: new Grid(set),
      write: new Write(set),
      hand: new StyleTransfer(set, host, redraw),
      why: new Why(set, host, redraw),
    };
    this.#build();
    this.sizes = new Sizes(this.root, this.area);
    parent.append(this.root);
    this.observer = new ResizeObserver(redraw);
    this.observer.observe(this.root);
  }

  #build() {
    const panel = (part) => {
      const attributes = { role: "tabpanel", "aria-label": t(`label_grid.parts.${part}`) };
      const { stage, aside } = this.parts[part];
      return h("section", { class: `part ${part}`, ...attributes }, h("div", { class: "stage" }, stage), aside);
    };
    this.panels = Object.fromEntries(PARTS.map((part) => [part, panel(part)]));
    this.veil = h("div", { class: "veil", role: "status" });
    this.message = h("p", { class: "message", role: "status" });
    this.area = h("div", { class: "parts" }, this.veil);
    this.root = h("div", { class: "label-grid" }, this.controls.element, this.message, this.area);
  }

  // --- what Python says ---------------------------------------------------------------------

  update(data) {
    const before = this.#data;
    this.#data = data;
    this.#theme();
    this.store.adopt(data.chosen);
    const digests = (some) => [some?.model.sha256, some?.plain?.sha256].join();
    if (digests(data) !== digests(before)) this.#open();
    else this.#redraw();
  }

  /** The models; one that was left meanwhile is dropped. */
  async #open() {
    const data = this.#data;
    const left = () => this.#gone || data.model.sha256 !== this.#data.model.sha256;
    this.#model = this.#plain = null;
    delete this.root.dataset.ready;
    this.#cover(t("label_grid.loading"));
    try {
      const model = await this.#load(data.model);
      if (left()) return;
      this.#model = model;
      this.#labels = labelsOf(data.class_names);
      this.#redraw();
      this.veil.hidden = true;
      this.root.dataset.ready = "true";
      const plain = data.plain && (await this.#load(data.plain));
      if (left() || !plain) return;
      this.#plain = plain;
      this.#redraw();
    } catch (error) {
      console.warn(error);
      if (!left() && !this.#model) this.#cover(t("label_grid.broken"), () => this.#open());
    }
  }

  async #load({ decoder }) {
    return new Model(Model.read(parseSafetensors(await this.host.bytes(decoder))));
  }

  #cover(text, again = null) {
    const button = again && h("button", { type: "button", onclick: again }, t("label_grid.again"));
    this.veil.replaceChildren(h("span", {}, text), ...(button ? [button] : []));
    this.veil.hidden = false;
  }

  #theme() {
    const dark = luminance(getComputedStyle(this.root).backgroundColor) < 0.25;
    this.root.dataset.theme = dark ? "dark" : "light";
  }

  // --- what is drawn ------------------------------------------------------------------------

  /** Draw at once, and what is asked for until the next frame then. */
  #redraw() {
    if (!this.#model) return;
    this.#stale = Boolean(this.#frame);
    if (this.#stale) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#stale) this.#redraw();
    });
    this.#draw();
  }

  #draw() {
    const { view } = this.store;
    const labels = this.#labels;
    const sentences = [this.#data.message, ...this.store.problems].filter(Boolean);
    this.message.textContent = sentences.join(" ");
    this.message.hidden = !sentences.length;
    this.root.dataset.part = view.part;
    // Only the open part is there: its pictures have the names of the others'.
    const panel = this.panels[view.part];
    if (!panel.isConnected) this.area.replaceChildren(panel, this.veil);
    const written = this.controls.show(view, labels.names.length);
    this.sizes.fit(view, labels);
    this.parts[view.part].show({
      ...{ view, labels, ...written, data: this.#data, host: this.host },
      ...{ model: this.#model, plain: this.#plain },
      pinned: (z, label) => this.#pinned(z, label),
    });
  }

  /** The latent map's pins are of the model that both pages look at, unless this page replaced it. */
  #pinned(z, label) {
    const { model, replaced } = this.#data;
    const before = rememberedOf("latent_map");
    const same = !replaced && (new URLSearchParams(before).get("model") ?? "") === this.store.view.model;
    return this.host.url(`./${withPin(same ? before : "", model.id, z, label)}`);
  }

  destroy() {
    this.#gone = true;
    cancelAnimationFrame(this.#frame);
    this.observer.disconnect();
    for (const part of Object.values(this.parts)) part.destroy?.();
    this.store.destroy();
    this.root.remove();
  }
}

// The label grid: a stage with one of four parts, and beside it what is open. Every control changes
// the view and redraws here, at once.

import { Model } from "../../core/model.js";
import { loadModel } from "../../core/model_files.js";
import { h, isDark } from "../../parts/elements.js";
import { headline } from "../../parts/headline.js";
import { Veil } from "../../parts/veil.js";
import { rememberedOf } from "../../state/remembered.js";
import { Store } from "../../state/store.js";
import { t } from "../../state/texts.js";
import { Controls } from "./controls.js";
import { Grid } from "./grid.js";
import { labelsOf } from "./labels.js";
import { withPin } from "./map_link.js";
import { Question } from "./question.js";
import { themeOf } from "../../parts/sheet.js";
import { Sizes } from "./sizes.js";
import { StyleTransfer } from "./style_transfer.js";
import { FIELDS, PARTS } from "./view.js";
import { Why } from "./why.js";
import { Write } from "./write.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {(change: Partial<View>, how?: {step: boolean}) => void} Change of the view; usually a step of the history */
/** @typedef {import("../../state/host.js").Host} Host */

/**
 * A model as Python tells this page of it: `read` is where its samples are read by a classifier.
 * @typedef {import("../../state/host.js").OfferedModel & {read: string}} GridModel
 */

/**
 * What Python says, see pages/_ui/shell/label_grid.py.
 * @typedef {object} Data
 * @property {import("../../state/store.js").Chosen} chosen
 * @property {GridModel} model
 * @property {GridModel | null} plain of the same data, but takes no label
 * @property {string[]} class_names
 * @property {string} digits_note why there are no real digits, or which there are
 * @property {boolean} readable whether a classifier can read the samples
 * @property {number} samples of a model, to be read
 */

/**
 * What a part draws from.
 * @typedef {object} Scene
 * @property {View} view
 * @property {Model} model
 * @property {Model | null} plain a model of the same data that takes no label
 * @property {import("./labels.js").Labels} labels
 * @property {string} number what can be written of the view's number: digits and gaps
 * @property {string} said what was left out of it
 * @property {(z: number[], label: number) => string} pinned address of the latent map with one more pin
 * @property {Data} data what Python says
 * @property {Host} host
 */

/**
 * What the tabs choose among.
 * @typedef {object} Part
 * @property {Element} stage
 * @property {Element} aside
 * @property {(scene: Scene) => void} show
 * @property {(scene: Scene) => Words} words
 * @property {(scene: Scene) => boolean} isDrawn whether there is something to take a picture of
 * @property {(scene: Scene, theme: import("../../parts/sheet.js").Theme) => import("../../parts/sheet.js").Sheet | null} picture
 * @property {() => void} [destroy]
 */

/** What a part asks, and a sentence about what is on screen. @typedef {{question: string, takeaway: string}} Words */

/** @param {Element} parent @param {Host} host */
export const create = (parent, host) => new LabelGrid(parent, host);

class LabelGrid {
  /** What Python says. @type {Data | null} */
  #data = null;
  /** What is drawn with, once it is there. @type {Pick<Scene, "model" | "plain" | "labels"> | null} */
  #models = null;
  /** What is on screen. @type {Scene | null} */
  #scene = null;
  #frame = 0;
  #stale = false;
  #gone = false;

  /** @param {Element} parent @param {Host} host */
  constructor(parent, host) {
    this.host = host;
    this.store = new Store("label_grid", FIELDS, host);
    const redraw = () => this.#redraw();
    this.store.subscribe(redraw);
    /** @type {Change} */
    const set = (change, how) => this.store.set(change, how);
    this.controls = new Controls(this.store.view, set);
    /** @type {Record<string, Part>} */
    this.parts = {
      grid: new Grid(set),
      write: new Write(set),
      hand: new StyleTransfer(set, host, redraw),
      why: new Why(set, host, redraw),
    };
    this.panels = Object.fromEntries(PARTS.map((name) => [name, panel(name, this.parts[name])]));
    this.veil = new Veil();
    this.message = h("p", { class: "message", role: "status" });
    this.area = h("div", { class: "parts" }, this.veil.element);
    this.question = new Question((format) => this.#download(format));
    const above = [headline("label_grid"), this.controls.element, this.message, this.question.element];
    this.root = h("div", { class: "label-grid" }, ...above, this.area);
    this.sizes = new Sizes(this.root, this.area);
    parent.append(this.root);
    this.observer = new ResizeObserver(redraw);
    this.observer.observe(this.root);
  }

  // --- what Python says ---------------------------------------------------------------------

  /** @param {Data} data */
  update(data) {
    const before = this.#data;
    this.#data = data;
    const dark = isDark(this.root);
    this.root.dataset.theme = dark ? "dark" : "light";
    this.store.adopt(data.chosen);
    const digests = (/** @type {Data | null} */ some) => [some?.model.sha256, some?.plain?.sha256].join();
    if (digests(data) !== digests(before)) this.#open(data);
    else if (this.#models) {
      this.#models = { ...this.#models, labels: labelsOf(data.class_names, dark) };
      this.#redraw();
    }
  }

  /** The models; one that was left meanwhile is dropped. @param {Data} data */
  async #open(data) {
    const left = () => this.#gone || data.model.sha256 !== this.#data?.model.sha256;
    this.#models = null;
    delete this.root.dataset.ready;
    this.veil.cover(t("label_grid.loading"));
    try {
      const model = await this.#load(data.model);
      if (left()) return;
      const labels = labelsOf(data.class_names, this.root.dataset.theme === "dark");
      this.#models = { model, plain: null, labels };
      this.#redraw();
      this.veil.lift();
      this.root.dataset.ready = "true";
      const plain = data.plain && (await this.#load(data.plain));
      if (left() || !plain) return;
      this.#models = { model, plain, labels };
      this.#redraw();
    } catch (error) {
      console.warn(error);
      if (!left() && !this.#models) this.veil.cover(t("label_grid.broken"), () => this.#open(data));
    }
  }

  /** @param {GridModel} model */
  async #load({ decoder }) {
    return new Model(await loadModel(this.host, decoder));
  }

  // --- what is drawn ------------------------------------------------------------------------

  /** Draw at once, and what is asked for until the next frame then. */
  #redraw() {
    if (!this.#data || !this.#models) return;
    this.#stale = Boolean(this.#frame);
    if (this.#stale) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#stale) this.#redraw();
    });
    this.#draw(this.#data, this.#models);
  }

  /** @param {Data} data @param {Pick<Scene, "model" | "plain" | "labels">} models */
  #draw(data, models) {
    const { view } = this.store;
    const { labels } = models;
    const { problems } = this.store;
    this.message.textContent = problems.join(" ");
    this.message.hidden = !problems.length;
    this.root.dataset.part = view.part;
    this.root.dataset.digits = String(labels.areDigits);
    // Only the open part is there: its pictures have the names of the others'.
    const panel = this.panels[view.part];
    if (!panel.isConnected) this.area.replaceChildren(panel, this.veil.element);
    const written = this.controls.show(view, labels.names.length);
    const scene = {
      ...{ view, data, host: this.host, ...models, ...written },
      pinned: (/** @type {number[]} */ z, /** @type {number} */ label) => this.#pinned(data, z, label),
    };
    const part = this.parts[view.part];
    this.#scene = scene;
    this.question.show(part.words(scene), part.isDrawn(scene)); // first, since it takes room
    this.sizes.fit(view, labels);
    part.show(scene);
  }

  /** @param {"png" | "svg"} format */
  #download(format) {
    const scene = this.#scene;
    if (!scene) return;
    const { part } = scene.view;
    this.parts[part].picture(scene, themeOf(this.root))?.download(part === "write" ? "number" : `label-grid-${part}`, format);
  }

  /**
   * The latent map keeps the pins that it has if they are of this model.
   * @param {Data} data
   * @param {number[]} z
   * @param {number} label
   */
  #pinned({ model }, z, label) {
    const before = rememberedOf("latent_map");
    const same = new URLSearchParams(before).get("model") === model.id;
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

/** @param {string} name @param {Part} part */
function panel(name, { stage, aside }) {
  const attributes = { class: `part ${name}`, role: "tabpanel", "aria-label": t(`label_grid.parts.${name}`) };
  return h("section", attributes, h("div", { class: "stage" }, stage), aside);
}

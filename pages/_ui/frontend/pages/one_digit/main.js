// One digit: a screen on which a digit, real or drawn, goes through the network from left to right.
// Everything is computed here, as soon as the pen moves; whatever is pointed at explains itself.

import { Forward } from "../../core/forward.js";
import { imageOf, withStroke } from "../../core/ink.js";
import { loadEncoder, loadModel } from "../../core/model_files.js";
import { h, isDark } from "../../parts/elements.js";
import { headline } from "../../parts/headline.js";
import { RealDigits } from "../../parts/real_digits.js";
import { Veil } from "../../parts/veil.js";
import { pinAt, pinText } from "../../state/fields.js";
import { Store } from "../../state/store.js";
import { t } from "../../state/texts.js";
import { DescentPlot } from "./descent_plot.js";
import { Bar, Divergence } from "./divergence.js";
import { Estimate } from "./estimate.js";
import { Flow } from "./flow.js";
import { Input } from "./input.js";
import { Latent } from "./latent.js";
import { Layers } from "./layers.js";
import { Moments } from "./moments.js";
import { NoisePlane } from "./noise_plane.js";
import { Panel } from "./panel.js";
import { pictureButtons } from "./picture.js";
import { Pixels } from "./pixels.js";
import { Pointing } from "./pointing.js";
import { Reconstruction } from "./reconstruction.js";
import { FIELDS, epsilonOf, labelOf, withDigit, withInk } from "./view.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {import("../../core/ink.js").Stroke} Stroke */
/** @typedef {(change: Partial<View>, how?: {step: boolean}) => void} Change of the view; usually a step of the history */
/** @typedef {import("../../state/host.js").Host} Host */

/**
 * What Python says, see pages/_ui/shell/one_digit.py.
 * @typedef {object} Data
 * @property {import("../../state/store.js").Chosen} chosen
 * @property {import("../../state/host.js").OfferedModel & {encoder: string}} model
 * @property {string[]} class_names
 * @property {string} digits_note why there are no real digits, or which there are
 * @property {number} beta that the model was trained with
 * @property {Record<string, import("./panel.js").Excerpt[]>} source part -> the code that computes it
 */

/**
 * A model, once it is there.
 * @typedef {{forward: Forward, kind: import("./formulas.js").Kind}} Network
 */

/** @param {Element} parent @param {Host} host */
export const create = (parent, host) => new OneDigit(parent, host);

class OneDigit {
  /** What Python says. @type {Data | null} */
  #data = null;
  /** @type {Network | null} */
  #network = null;
  /** The line that is being drawn. @type {Stroke | null} */
  #line = null;
  /** The digit whose numbers are on screen. @type {import("./picture.js").Shown | null} */
  #shown = null;
  /** What the estimate was asked last. */
  #asked = "";
  #frame = 0;
  #stale = false;
  #gone = false;

  /** @param {Element} parent @param {Host} host */
  constructor(parent, host) {
    this.host = host;
    this.store = new Store("one_digit", FIELDS, host);
    const redraw = () => this.#redraw();
    /** @type {Change} */
    const set = (change, how) => this.store.set(change, how);
    const view = () => this.store.view;
    this.real = new RealDigits(host, redraw);
    this.input = new Input({
      ...{ set, view },
      count: () => this.#count,
      drawing: (line) => this.#drawing(line),
      drawn: (line) => this.#drawn(line),
      undo: () => this.#undo(),
    });
    this.encoder = new Layers();
    this.moments = new Moments(set);
    this.noise = new NoisePlane(set, view);
    this.latent = new Latent(set, () => this.#visitMap());
    this.decoder = new Layers();
    this.pixels = new Pixels();
    this.reconstruction = new Reconstruction();
    this.divergence = new Divergence();
    this.bar = new Bar(set);
    this.estimate = new Estimate((values, of) => this.reconstruction.showEstimate(values, of));
    this.descent = new DescentPlot(set);
    this.panel = new Panel(this.descent);
    this.picture = pictureButtons(this, () => this.#shown);
    this.veil = new Veil();
    this.message = h("p", { class: "message", role: "status" });
    this.flow = new Flow(this);
    const area = h("div", { class: "area" }, this.flow.element, this.veil.element);
    this.root = h("div", { class: "one-digit" }, headline("one_digit"), this.picture.element, this.message, area, this.panel.element);
    this.pointing = new Pointing(this.root, this.store, { isDirect: () => this.#isDirect, explain: () => this.#explain() });
    this.store.subscribe(redraw);
    parent.append(this.root);
  }

  /** Whether σ itself is trained. */
  get #isDirect() {
    return this.store.view.part === "direct" && Boolean(this.#network?.kind.variational);
  }

  #explain() {
    const [data, network] = [this.#data, this.#network];
    if (!data || !network) return;
    const { asked } = this.pointing;
    const missing = (asked === "direct" && !network.kind.variational) || (asked === "label" && !network.kind.conditional);
    const part = missing ? "moments" : asked;
    this.panel.show(part, network.kind, data.source);
    const lit = part === "direct" ? "moments" : part;
    for (const element of this.root.querySelectorAll("[data-part]")) {
      element.toggleAttribute("data-lit", element instanceof HTMLElement && element.dataset.part === lit);
    }
  }

  // --- what Python says ---------------------------------------------------------------------

  /** @param {Data} data */
  update(data) {
    const before = this.#data;
    this.#data = data;
    this.root.dataset.theme = isDark(this.root) ? "dark" : "light";
    this.store.adopt(data.chosen);
    this.real.open(data.model.digits);
    if (data.model.sha256 !== before?.model.sha256) this.#open(data);
    else this.#redraw();
  }

  /** The networks; one that was left meanwhile is dropped. @param {Data} data */
  async #open(data) {
    const left = () => this.#gone || data.model.sha256 !== this.#data?.model.sha256;
    this.#network = null;
    this.picture.enable(false);
    delete this.root.dataset.ready;
    this.veil.cover(t("one_digit.loading"));
    try {
      const { encoder, decoder, objective } = data.model;
      const [encoderSpec, decoderSpec] = await Promise.all([loadEncoder(this.host, encoder), loadModel(this.host, decoder)]);
      if (left()) return;
      const variational = objective !== "autoencoder";
      const { activation, likelihood, settings, classes, means } = decoderSpec;
      const kind = { activation, likelihood, settings, conditional: classes > 0, learned: means.length > 0, variational };
      this.#network = { forward: new Forward(encoderSpec, decoderSpec, variational), kind };
      this.#asked = "";
      this.flow.name(kind);
      this.veil.lift();
      this.#redraw();
    } catch (error) {
      console.warn(error);
      if (!left()) this.veil.cover(t("one_digit.broken"), () => this.#data && this.#open(this.#data));
    }
  }

  // --- drawing ------------------------------------------------------------------------------

  /** @param {Stroke} line */
  #drawing(line) {
    this.#line = line;
    this.#redraw();
  }

  /** @param {Stroke} line */
  #drawn(line) {
    this.#line = null;
    const strokes = withStroke(this.store.view.ink, line);
    if (strokes) this.store.set(withInk(this.store.view, strokes));
    else this.store.say(t("one_digit.x.full"));
  }

  #undo() {
    const { ink } = this.store.view;
    if (ink.length) this.store.set(withInk(this.store.view, ink.slice(0, -1)));
  }

  // --- what is shown ------------------------------------------------------------------------

  get #count() {
    return this.real.places?.labels.length ?? 0;
  }

  /** What is drawn so far, or the view as it is. @returns {View} */
  get #view() {
    const { view } = this.store;
    return this.#line ? { ...view, ...withInk(view, [...view.ink, this.#line]) } : view;
  }

  /** Draw at once, and what is asked for until the next frame then. */
  #redraw() {
    if (!this.#data || this.#gone) return;
    this.#stale = Boolean(this.#frame);
    if (this.#stale) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#stale) this.#redraw();
    });
    this.#draw(this.#data);
  }

  /** @param {Data} data */
  #draw(data) {
    this.#fitDigit();
    const view = this.#view;
    const x = this.#image(view);
    const label = this.#network && labelOf(view, this.#network.forward.decoder.classes, this.real.places?.labels);
    this.input.showCount(this.#count);
    this.input.showChoice(Boolean(data.model.digits));
    this.input.show(this.store.view, x, this.#sourceOf(view, data));
    const names = this.#network?.kind.conditional ? data.class_names : [];
    const asks = label === null && view.ink.length > 0;
    this.input.showLabels(names, label ?? null, asks);
    this.flow.showLabel(names, label ?? null);
    this.message.textContent = this.store.problems.join(" ");
    this.message.hidden = !this.store.problems.length;
    this.root.toggleAttribute("data-asks", asks);
    this.root.toggleAttribute("data-empty", asks || (!x && !data.model.digits));
    this.#explain();
    this.#shown = null;
    if (this.#network && x && label !== null) this.#compute(this.#network, { x, label: label ?? undefined }, view, data);
    else this.estimate.stop();
    this.picture.enable(Boolean(this.#shown));
    if (this.#network && (x || !data.model.digits)) this.root.dataset.ready = "true";
  }

  /**
   * @param {Network} network
   * @param {{x: Float32Array, label: number | undefined}} given
   * @param {View} view
   * @param {Data} data
   */
  #compute({ forward, kind }, { x, label }, view, data) {
    const numbers = forward.run({ x, label, epsilon: epsilonOf(view), seed: view.seed });
    const dark = this.root.dataset.theme === "dark";
    this.encoder.show(numbers.encoder, [forward.encoder.network.inputs, forward.encoder.network.outputs.length], dark);
    this.moments.show(numbers, this.#isDirect);
    this.noise.show(view, kind.variational);
    this.latent.show(numbers, view);
    this.decoder.show(numbers.decoder, [forward.decoder.network.inputs, forward.decoder.network.outputs.length], dark);
    this.pixels.show(numbers);
    this.reconstruction.show(numbers, x, dark);
    this.divergence.show(numbers, kind.learned);
    this.bar.show(numbers, view.beta ?? data.beta);
    this.z = numbers.z;
    this.label = label;
    this.#shown = { x, numbers, kind, model: data.model };
    this.#askMore(forward, { x, label }, numbers, view);
  }

  /**
   * What takes longer than a frame, if it is not under way.
   * @param {Forward} forward
   * @param {{x: Float32Array, label: number | undefined}} given
   * @param {import("../../core/forward.js").Numbers} numbers
   * @param {View} view
   */
  #askMore(forward, { x, label }, numbers, view) {
    const { mu, logVar } = numbers;
    const asked = [mu.join(), logVar?.join(), label, view.seed, view.samples, view.digit, view.ink.length, view.rate, this.#isDirect, this.#line === null].join(";");
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.reconstruction.clearEstimate();
    this.descent.stop();
    this.estimate.stop();
    if (!logVar || this.#line) return; // the pen has all of the time; once it is lifted they follow
    const question = { x: x.slice(), label, posterior: { mu, logVar }, seed: view.seed, samples: Number(view.samples) };
    this.estimate.ask(forward, question);
    if (this.#isDirect) this.descent.ask(forward, question.x, label, numbers, view.rate);
  }

  /** A link may ask for a digit that is not among those that are here. */
  #fitDigit() {
    const count = this.#count;
    const { digit } = this.store.view;
    if (!count || digit < count) return;
    this.store.correct(withDigit(digit % count), t("one_digit.link.digit", { digit, count, shown: digit % count }));
  }

  /** Pixels in [0, 1]; null while they are not there. @param {View} view */
  #image(view) {
    if (view.ink.length) return imageOf(view.ink, view.pen);
    if (!this.#count) return null;
    this.real.want([view.digit, (view.digit + 1) % this.#count]);
    const grey = this.real.image(view.digit);
    return grey ? Float32Array.from(grey, (value) => value / 255) : null;
  }

  /** @param {View} view @param {Data} data */
  #sourceOf(view, data) {
    if (view.ink.length) return t("one_digit.x.drawn");
    if (!data.model.digits) return data.digits_note;
    const label = this.real.places?.labels[view.digit];
    if (label === undefined) return "";
    return t(`one_digit.x.${this.real.places?.source}`, { name: data.class_names[label] ?? label });
  }

  #visitMap() {
    if (!this.z || !this.#data) return;
    const pin = pinText(pinAt(this.z, this.label ?? null));
    const label = this.label === undefined ? "" : `&label=${this.label}`;
    this.host.visit?.("latent_map", `?model=${encodeURIComponent(this.#data.model.id)}${label}&pins=${pin}`);
  }

  destroy() {
    this.#gone = true;
    cancelAnimationFrame(this.#frame);
    this.estimate.stop();
    this.descent.stop();
    this.real.destroy();
    this.input.destroy();
    this.panel.destroy();
    this.store.destroy();
    this.root.remove();
  }
}

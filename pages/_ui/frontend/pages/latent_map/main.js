// The latent map: a screen of map, lens, pins, path and layers. What it shows is the store's view;
// models and points are fetched, pins are asked for by address, and the digit under the pointer is
// decoded here.

import { h, isDark } from "../../parts/elements.js";
import { pair } from "../../parts/numbers.js";
import { Store } from "../../state/store.js";
import { t } from "../../state/texts.js";
import { exportsOf } from "./addresses.js";
import { Board } from "./board.js";
import { Ghost } from "./ghost.js";
import { LayerSwitches } from "./layer_switches.js";
import { Lens } from "./lens.js";
import { loadMap } from "./loading.js";
import { NearestDigits } from "./nearest_digits.js";
import { MapPicture } from "./picture.js";
import { Pins } from "./pins.js";
import { PosteriorInset } from "./posterior_inset.js";
import { Title } from "./title.js";
import { FIELDS, fitting, layersOf, outstanding, showsPlace, stops, withClass, withLabel, withLayer } from "./view.js";
import { Walk } from "./walk.js";

/** @typedef {import("../../state/host.js").Host} Host */
/** @typedef {import("../../core/model_files.js").MapPoints} MapPoints */
/** @typedef {import("./loading.js").Decoder} Decoder */
/** @typedef {[number, number]} Pair */

const HIT_PIXELS = 6; // from a click to the place of a real digit that it means

/**
 * What Python says, see pages/_ui/shell/latent_map.py.
 * @typedef {object} Data
 * @property {import("../../state/store.js").Chosen} chosen
 * @property {import("../../state/host.js").OfferedModel} model
 */

/** @param {Element} parent @param {Host} host */
export const create = (parent, host) => new LatentMap(parent, host);

class LatentMap {
  /** What Python says. @type {Data | null} */
  #data = null;
  /** Of the model on screen, once it is there. @type {Decoder | null} */
  #decoder = null;
  /** @type {number[]} */
  #cursor = [0, 0];
  #hovering = false; // the pointer is on the map, and the lens follows it
  #stepped = false; // keys have moved the cursor
  #gone = false;

  /** @param {Element} parent @param {Host} host */
  constructor(parent, host) {
    this.host = host;
    this.store = new Store("latent_map", FIELDS, host);
    this.store.subscribe(() => this.#show());
    this.board = new Board((picked) => this.#pick(picked));
    this.real = new NearestDigits(host, () => this.#realCame());
    const color = (/** @type {number} */ label) => this.board.colors[label];
    this.lens = new Lens(color, (label) => this.#choose(label), host);
    this.inset = new PosteriorInset(() => this.store.set({ digit: null }));
    this.ghost = new Ghost(() => this.#rest());
    /** @param {number[]} z @param {number | number[] | null} [label] */
    const look = (z, label) => this.#look(z, label ?? this.label);
    const away = () => this.#rest();
    this.pins = new Pins(this.store, host, { look, away, color, answered: () => this.#showPins() });
    this.walk = new Walk({ look, away, held: () => this.#hovering });
    this.switches = new LayerSwitches((name, on) => this.store.set(withLayer(this.store.view, name, on)));
    this.title = new Title();
    this.picture = new MapPicture(() => this.#shown());
    this.problems = h("p", { class: "message problems", role: "status" });
    this.root = this.#build();
    this.#listen(this.board.plane);
    parent.append(this.root);
  }

  #build() {
    const side = [this.lens, this.pins, this.walk].map(({ element }) => element);
    const foot = h("div", { class: "foot" }, this.switches.element, this.picture.element);
    this.board.map.append(this.inset.element);
    return h(
      "div",
      { class: "latent-map" },
      this.title.element,
      this.problems,
      h(
        "div",
        { class: "stage" },
        h(
          "div",
          { class: "board" },
          ...this.board.elements,
          h("div", { class: "side" }, ...side, foot),
        ),
      ),
      h("p", { class: "for-ears", id: "keys" }, t("latent_map.keys")),
    );
  }

  /** @param {import("../../plane/plane.js").Plane} plane */
  #listen(plane) {
    plane.on("hover", (/** @type {Pair} */ z) => {
      this.#hovering = true;
      this.#look(z);
    });
    plane.on("leave", () => {
      this.#hovering = false;
      this.#rest();
    });
    plane.on("lift", () => (this.#hovering = false));
    plane.on("press", (/** @type {Pair} */ z) => this.#data && this.pins.expect(z, this.label, this.#data.model));
    plane.on("click", (/** @type {Pair} */ z) => this.#keep(z));
    plane.on("doubleClick", () => {
      if (plane.isWhole) return;
      this.pins.takeBack(); // what the first half of a double click has pinned
      this.board.goHome();
    });
    plane.on("view", () => {
      const { store, board } = this;
      if (board.points && !board.isAt(store.view.view)) store.set({ view: board.view }, { step: false });
    });
    plane.on("step", (/** @type {Pair} */ z) => {
      this.#stepped = true;
      this.#look(z);
      if (this.#decoder) this.lens.announce(z);
    });
    plane.on("enter", () => this.#keep(this.#cursor));
    plane.on("escape", () => {
      this.#stepped = false;
      if (this.store.view.digit === null) this.#rest();
      else this.store.set({ digit: null });
    });
    plane.element.addEventListener("blur", () => this.#stepped && this.#rest());
    plane.on("star", (/** @type {[number, Pair | null, boolean, boolean]} */ ...star) => this.#pulled(...star));
  }

  // --- what Python says ---------------------------------------------------------------------

  /** @param {Data} data */
  update(data) {
    const before = this.#data?.model;
    this.#data = data;
    this.#theme();
    this.store.adopt(data.chosen);
    const { unknown, change } = fitting(this.store.view, data.model.classes);
    if (unknown.length) {
      const [labels, last, label] = [unknown.join(", "), data.model.classes - 1, change.label ?? 0];
      this.store.correct(change, t("latent_map.labels.unknown", { labels, last, label }));
    }
    if (data.model.sha256 !== before?.sha256) this.#open(data);
    this.#show();
  }

  /** Another model. @param {Data} data */
  #open({ model }) {
    this.board.points = null;
    this.#decoder = null;
    delete this.root.dataset.ready;
    this.real.show(null);
    this.board.veil.cover(t("latent_map.loading"));
    loadMap(this.host, model, {
      left: () => this.#gone || model.sha256 !== this.#data?.model.sha256,
      points: (points) => {
        this.board.showPoints(points, model.classes > 0);
        this.root.dataset.drawn = "true";
        this.#show();
      },
      decoder: (decoder, points) => this.#useDecoder(decoder, points, model),
      broken: () => this.board.veil.cover(t("latent_map.broken"), () => this.#data && this.#open(this.#data)),
    });
  }

  /** @param {Decoder} decoder @param {MapPoints} points @param {import("../../state/host.js").OfferedModel} offered */
  #useDecoder(decoder, points, { objective, digits }) {
    const { spec, model } = decoder;
    const hasPrior = layersOf(objective, spec.classes).includes("prior");
    this.#decoder = decoder;
    this.lens.setModel(model, points, hasPrior);
    this.switches.describe({ classes: spec.classes, learned: spec.means.length > 0, objective });
    this.title.describe(spec.classes > 0, objective, points.names);
    if (hasPrior) this.board.showStars(model, points.names);
    this.#show();
    this.root.dataset.ready = "true";
    if (!showsPlace(this.store.view)) this.ghost.start(points.mu, (z) => this.#look(z));
    this.real.show(digits, points);
  }

  /** Real digits, or pictures of them, have come. */
  #realCame() {
    const { digit } = this.store.view;
    const count = this.real.places?.labels.length ?? Infinity;
    if (digit !== null && digit >= count) {
      this.store.correct({ digit: null }, t("latent_map.inset.unknown", { digit, last: count - 1 }));
      return this.#show();
    }
    this.#showPosterior();
    this.#redraw();
  }

  #theme() {
    const dark = isDark(this.root);
    this.root.dataset.theme = dark ? "dark" : "light";
    this.board.setTheme(dark);
  }

  // --- the view -----------------------------------------------------------------------------

  /** The label that is decoded; null where the model has none. */
  get label() {
    return this.#data?.model.classes ? (this.store.view.label ?? 0) : null;
  }

  /** The layers that are on, among those that the model has. */
  get layers() {
    const own = layersOf(this.#data?.model.objective ?? "elbo", this.#data?.model.classes ?? 0);
    return this.store.view.layers.filter((name) => own.includes(name));
  }

  #show() {
    if (!this.#data) return;
    const { label, layers } = this;
    this.switches.show(layers);
    const { view } = this.store;
    if (showsPlace(view)) this.ghost.stop();
    this.problems.textContent = this.store.problems.join(" ");
    const open = view.digit !== null && this.#hasPosterior;
    const classes = outstanding(view, this.#classes, label);
    this.board.show(open ? [...layers, "posterior"] : layers, view.view, classes, label !== null);
    if (this.#decoder) this.board.showLabel(this.#decoder.spec, this.#decoder.model, label);
    if (this.#decoder && label !== null) this.lens.labels.mark(label);
    this.#showPosterior();
    this.#showPins();
    this.#redraw();
  }

  /** Where somebody looks, or where the lens rests. */
  #redraw() {
    if (this.#hovering || this.#stepped || this.walk.playing || this.ghost.wanders) this.#look(this.#cursor);
    else this.#rest();
  }

  /** q(z|x) of the digit that is opened: the inset, and its place on the map. */
  #showPosterior() {
    const { board, inset, store } = this;
    if (!this.#decoder || !board.points) return;
    const { model } = this.#decoder;
    const digit = this.#hasPosterior ? this.real.digit(store.view.digit) : null;
    inset.show(digit, model, digit ? board.points.names[digit.label] : "");
    if (!digit) return;
    const { left, top, width, height } = board.plane.area;
    const [x, y] = board.plane.toPixel(digit.mu);
    inset.avoid((x - left) / width, (y - top) / height);
    board.plane.setPosterior({ mu: digit.mu, sigma: digit.sigma, text: "" });
  }

  get #hasPosterior() {
    return layersOf(this.#data?.model.objective ?? "elbo", 0).includes("posterior");
  }

  /** How many classes the points have. */
  get #classes() {
    return this.board.points?.names.length ?? 0;
  }

  /** In the legend: of a conditional model it is the choice of the label. @param {number | null} picked null: all */
  #pick(picked) {
    const { label, store } = this;
    if (label === null) store.set(withClass(store.view, this.#classes, picked));
    else if (picked !== null) this.#choose(picked);
  }

  /** @param {number} label */
  #choose(label) {
    this.store.set(withLabel(this.store.view, label));
    const { points } = this.board;
    if (points) this.lens.say(t("latent_map.labels.chosen", { label: points.names[label] }));
  }

  /**
   * A star is pulled: its prior goes with it. One that was only clicked on is chosen.
   * @param {number} label
   * @param {Pair | null} z null: it is back
   * @param {boolean} moved
   * @param {boolean} held
   */
  #pulled(label, z, moved, held) {
    if (!moved) return this.#choose(label);
    const centre = z ?? this.#decoder?.model.mean(this.label ?? undefined);
    if (centre) this.board.plane.setPrior(centre);
    if (held && z) this.#look(z, label);
  }

  // --- the lens -----------------------------------------------------------------------------

  /**
   * Draw the digit at z; of the chosen label unless a pin, the path or a star says otherwise.
   * @param {number[]} z
   * @param {number | number[] | null} [label]
   */
  #look(z, label = this.label) {
    this.#cursor = z;
    const { plane } = this.board;
    plane.setCursor(z, { ghost: this.ghost.wanders });
    if (!this.#decoder) return;
    this.lens.show(z, label, (of) => {
      const closest = this.#closest(z, of);
      plane.setClosest(closest?.mu ?? null);
      return { closest, source: this.real.places?.source };
    });
    const { digit } = this.store.view;
    if (digit === null && this.layers.includes("posterior")) this.board.showPosterior(z, this.#decoder.model.classes > 0);
  }

  /** The pointer is gone: back to the digit that was pinned last, or to the one that is opened. */
  #rest() {
    this.#stepped = false;
    const { pins, digit } = this.store.view;
    this.#look(pins.at(-1)?.z ?? [...(this.real.digit(digit)?.mu ?? [0, 0])]);
  }

  // --- pins ---------------------------------------------------------------------------------

  /** @param {number[]} z */
  #keep(z) {
    const place = this.pins.keep(z, this.label, { digit: this.#digitAt(z) });
    if (!place) return;
    this.#look(place);
    this.lens.say(t("latent_map.pins.kept", { z: pair(place) }));
  }

  /** The real digit closest to a place: of a label, or of the classes that are shown. @param {number[]} z @param {number | null} label */
  #closest(z, label) {
    return this.real.at(z, label, label === null ? this.board.legend.flags : []);
  }

  /** The number of the real digit at a place. @param {number[]} z */
  #digitAt(z) {
    const closest = this.#hasPosterior ? this.#closest(z, this.label) : null;
    return closest && closest.distance * this.board.plane.scale <= HIT_PIXELS ? closest.index : null;
  }

  /** For a picture of it; null before there is one. @returns {import("./picture.js").Shown | null} */
  #shown() {
    const { board, lens, root } = this;
    if (!this.#data) return null;
    const { id, title } = this.#data.model;
    const { canvas } = lens.digit;
    const spoken = canvas.getAttribute("aria-label") ?? "";
    const lines = [spoken.replace(/-(?=\d)/g, "\u2212"), title];
    return { name: id, plane: board.plane.picture(), digit: canvas, lines, page: root };
  }

  #showPins() {
    if (!this.#data) return;
    const { model: offered } = this.#data;
    const model = this.#decoder?.model ?? null;
    const pins = stops(this.store.view, offered.classes);
    this.board.plane.setPins(this.pins.show(pins, offered, model, this.board.points?.names ?? []));
    this.walk.show(pins, model, exportsOf(offered, pins, this.host, isDark(this.root)));
  }

  destroy() {
    this.#gone = true;
    this.ghost.destroy();
    this.walk.destroy();
    this.pins.destroy();
    this.real.destroy();
    this.board.plane.destroy();
    this.store.destroy();
    this.root.remove();
  }
}

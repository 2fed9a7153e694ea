// The latent map: a screen of map, lens, pins, path and layers. What it shows is the store's view;
// models and points are fetched, pins are asked for by address, and the digit under the pointer is
// decoded here.

import { Model } from "../../core/model.js";
import { nearest } from "../../core/neighbours.js";
import { h, luminance } from "../../parts/elements.js";
import { Legend } from "../../parts/legend.js";
import { pair } from "../../parts/numbers.js";
import { colorsOf } from "../../parts/palette.js";
import { Plane } from "../../plane/plane.js";
import { Store } from "../../state/store.js";
import { t } from "../../state/texts.js";
import { exportsOf, pinAddress } from "./addresses.js";
import { LayerSwitches } from "./layer_switches.js";
import { Lens } from "./lens.js";
import { loadModel, loadPoints } from "./model_files.js";
import { PinAnswers } from "./pin_answers.js";
import { PinStrip } from "./pin_strip.js";
import { RealDigits } from "./real_digits.js";
import { FIELDS, fitting, LAYERS, MAX_PINS, stops, withLabel, withoutPin, withPin } from "./view.js";
import { Walk } from "./walk.js";

export const create = (parent, host) => new LatentMap(parent, host);

class LatentMap {
  #hovering = false; // the pointer is on the map, and the lens follows it
  #stepped = false; // keys have moved the cursor
  #gone = false;

  constructor(parent, host) {
    this.host = host;
    this.data = null; // what Python says
    this.points = null; // of the model on screen, once they are there
    this.spec = this.model = null; // its decoder, which comes after them
    this.colors = [];
    this.cursor = [0, 0];
    this.store = new Store("latent_map", FIELDS, host);
    this.store.subscribe(() => this.data && this.#show());
    this.answers = new PinAnswers(host, () => this.#showPins());
    this.real = new RealDigits(host, () => this.#look(this.cursor));
    this.#build();
    parent.append(this.root);
  }

  #build() {
    this.plane = new Plane({ label: t("latent_map.map"), describedBy: "keys" });
    this.#listen(this.plane);
    this.home = h(
      "button",
      { type: "button", class: "home", title: t("latent_map.home_title"), hidden: true, onclick: () => this.#goHome() },
      t("latent_map.home"),
    );
    this.veil = h("div", { class: "veil", role: "status" });
    this.legend = new Legend(() => {
      this.plane.setShownClasses(this.legend.flags);
      this.#look(this.cursor);
    });
    const color = (label) => this.colors[label];
    this.lens = new Lens(color, (label) => this.#choose(label), this.real);
    const look = (z, label) => this.#look(z, label ?? this.label);
    const away = () => this.#rest();
    const remove = (index) => this.store.set(withoutPin(this.store.view, index));
    this.strip = new PinStrip({ look, away, color, remove, clear: () => this.store.set({ pins: [] }) });
    this.walk = new Walk({ look, away, held: () => this.#hovering });
    this.switches = new LayerSwitches((layers) => this.store.set({ layers }));
    const side = [this.lens, this.strip, this.walk, this.switches].map(({ element }) => element);
    this.root = h(
      "div",
      { class: "latent-map" },
      h(
        "div",
        { class: "board" },
        h("div", { class: "map" }, this.plane.element, this.home, this.veil),
        this.legend.element,
        h("div", { class: "side" }, ...side),
      ),
      h("p", { class: "for-ears", id: "keys" }, t("latent_map.keys")),
    );
  }

  #listen(plane) {
    plane.on("hover", (z) => {
      this.#hovering = true;
      this.#look(z);
    });
    plane.on("leave", () => {
      this.#hovering = false;
      this.#rest();
    });
    plane.on("lift", () => (this.#hovering = false));
    plane.on("click", (z) => this.#keep(z));
    plane.on("doubleClick", () => {
      if (plane.isWhole) return;
      const { view } = this.store; // the first half of a double click has pinned
      this.store.set(withoutPin(view, view.pins.length - 1), { step: false });
      this.#goHome();
    });
    plane.on("view", (view) => {
      this.home.hidden = plane.isWhole;
      const told = this.store.view.view ?? plane.whole;
      if (this.points && !sameView(view, told)) this.store.set({ view: plane.isWhole ? null : view }, { step: false });
    });
    plane.on("step", (z) => {
      this.#stepped = true;
      this.#look(z);
      if (this.model) this.lens.announce(z);
    });
    plane.on("enter", () => this.#keep(this.cursor));
    plane.on("escape", () => this.#rest());
    plane.element.addEventListener("blur", () => this.#stepped && this.#rest());
    plane.on("star", (label, z, moved, held) => {
      if (!moved) return this.#choose(label);
      plane.setPrior(z ?? this.model.mean(this.label));
      if (held) this.#look(z, label);
    });
  }

  // --- what Python says ---------------------------------------------------------------------

  update(data) {
    const before = this.data?.model;
    this.data = data;
    this.#theme();
    this.store.adopt(data.chosen);
    const { unknown, change } = fitting(this.store.view, data.model.classes);
    if (unknown.length) {
      const [labels, last, label] = [unknown.join(", "), data.model.classes - 1, change.label ?? 0];
      this.store.correct(change, t("latent_map.labels.unknown", { labels, last, label }));
    }
    if (data.model.sha256 !== before?.sha256) this.#open();
    this.#show();
  }

  /** Points first, which are small, then the decoder; a model that was left meanwhile is dropped. */
  async #open() {
    const { model } = this.data;
    const left = () => this.#gone || model.sha256 !== this.data.model.sha256;
    this.points = this.spec = this.model = null;
    delete this.root.dataset.ready;
    this.real.show(null);
    this.lens.setNote(model.digits?.note ?? "");
    this.#cover(t("latent_map.loading"));
    try {
      const weights = loadModel(this.host, model.decoder);
      weights.catch(() => {}); // until it is waited for
      const points = await loadPoints(this.host, model.map);
      if (left()) return;
      this.colors = colorsOf(points.names.length);
      this.#usePoints(points);
      const spec = await weights;
      if (left()) return;
      this.#useModel(spec);
      this.real.show(model.digits, points);
    } catch (error) {
      if (left()) return;
      console.warn(error);
      this.#cover(t("latent_map.broken"), () => this.#open());
    }
  }

  #usePoints(points) {
    const { plane, colors } = this;
    this.points = points;
    plane.whole = points.whole;
    plane.setStars({ means: [], names: [], colors: [] });
    plane.setPrior([0, 0]);
    plane.setView(this.store.view.view ?? plane.whole);
    plane.setPoints({ mu: points.mu, labels: points.labels, colors });
    this.legend.show(points.names, colors);
    this.veil.hidden = true;
    this.root.dataset.drawn = "true";
    this.#show();
  }

  #useModel(spec) {
    this.spec = spec;
    this.model = new Model(spec);
    this.lens.setModel(this.model, this.points);
    this.switches.describe(spec.classes > 0, spec.means.length > 0);
    const { points, colors, model } = this;
    this.plane.setStars({ means: spec.means, names: points.names, colors, model });
    this.#show();
    this.root.dataset.ready = "true";
  }

  #cover(text, again = null) {
    const button = again && h("button", { type: "button", onclick: again }, t("latent_map.again"));
    this.veil.replaceChildren(h("span", {}, text), ...(button ? [button] : []));
    this.veil.dataset.broken = String(Boolean(again));
    this.veil.hidden = false;
  }

  #theme() {
    const dark = luminance(getComputedStyle(this.root).backgroundColor) < 0.25;
    this.root.dataset.theme = dark ? "dark" : "light";
    this.plane.setTheme({ dark });
  }

  // --- the view -----------------------------------------------------------------------------

  /** The label that is decoded; null where the model has none. */
  get label() {
    return this.data.model.classes ? (this.store.view.label ?? 0) : null;
  }

  #show() {
    const { plane, store, label } = this;
    const { layers, view } = store.view;
    this.switches.show(layers);
    plane.setLayers(Object.fromEntries(LAYERS.map((name) => [name, layers.includes(name)])));
    if (this.points && !sameView(view ?? plane.whole, plane.view)) plane.setView(view ?? plane.whole);
    if (this.model) {
      plane.setManifold(this.spec, label ?? undefined);
      plane.setPrior(this.model.mean(label ?? undefined));
      if (label !== null) {
        this.lens.labels.mark(label);
        plane.setChosenStar(label);
      }
    }
    this.#showPins();
    if (this.#hovering || this.#stepped || this.walk.playing) this.#look(this.cursor);
    else this.#rest();
  }

  #goHome() {
    this.plane.setView(this.plane.whole);
  }

  #choose(label) {
    this.store.set(withLabel(this.store.view, label));
    if (this.points) this.lens.say(t("latent_map.labels.chosen", { label: this.points.names[label] }));
  }

  // --- the lens -----------------------------------------------------------------------------

  /** Draw the digit at z; of the chosen label unless a pin, the path or a star says otherwise. */
  #look(z, label = this.label) {
    this.cursor = z;
    this.plane.setCursor(z);
    if (!this.model) return;
    const around = this.lens.show(z, label);
    const posterior = this.store.view.layers.includes("posterior");
    this.plane.setPosterior(posterior ? this.#posterior(z, around) : null);
  }

  /** The pointer is gone: back to the digit that was pinned last. */
  #rest() {
    this.#stepped = false;
    this.#look(this.store.view.pins.at(-1)?.z ?? [0, 0]);
  }

  /** q(z|x) of the test image nearest to z among those that the legend shows. */
  #posterior(z, around) {
    const { mu, logVar, labels, names } = this.points;
    const shown = (i) => this.legend.flags[labels[i]];
    const [point] = this.legend.all ? around : nearest(mu, z, 1, shown);
    if (!point) return null;
    const two = (values) => [values[2 * point.index], values[2 * point.index + 1]];
    const q = this.model.classes ? "q(z|x, y)" : "q(z|x)";
    return {
      mu: two(mu),
      sigma: two(logVar).map((value) => Math.exp(value / 2)),
      text: t("latent_map.posterior", { q, label: names[labels[point.index]] }),
    };
  }

  // --- pins ---------------------------------------------------------------------------------

  #keep(z) {
    const { view } = this.store;
    const change = withPin(view, z, this.label);
    if (!change) return;
    if (view.pins.length >= MAX_PINS) {
      this.store.say(t("latent_map.pins.full", { limit: MAX_PINS }));
      return;
    }
    this.store.set(change);
    const place = change.pins.at(-1).z;
    this.#look(place);
    this.lens.say(t("latent_map.pins.kept", { z: pair(place) }));
  }

  #showPins() {
    const { data, model, answers } = this;
    const pins = stops(this.store.view, data.model.classes);
    const addresses = pins.map((pin) => pinAddress(data.model, pin));
    answers.want(addresses);
    const cards = pins.map((pin, i) => ({
      ...pin,
      means: model?.decode(pin.z, pin.label ?? undefined).slice() ?? null,
      answer: answers.get(addresses[i]) ?? null,
    }));
    const message = [...this.store.problems, answers.problem].filter(Boolean).join(" ");
    this.strip.show(cards, this.points?.names ?? [], message);
    this.plane.setPins(
      cards.map(({ z, label, answer }, i) => ({
        z,
        number: String(i + 1),
        color: label === null ? null : this.colors[label],
        pending: !answer,
      })),
    );
    this.walk.show(pins, model, exportsOf(data.model, pins, this.host));
  }

  destroy() {
    this.#gone = true;
    this.walk.pause();
    this.answers.destroy();
    this.real.destroy();
    this.plane.destroy();
    this.store.destroy();
    this.root.remove();
  }
}

const sameView = (a, b) => a.x === b.x && a.y === b.y && a.span === b.span;

// The latent map: a screen of map, lens, pins, path and layers, mounted by the Streamlit component.
// It talks to Python only when something is kept: a pin, a removal, the layers that are on.

import { Decoder } from "./decoder.js";
import { h, luminance, mounting, pair, resolve } from "./dom.js";
import { REACH_PIXELS, listen } from "./gestures.js";
import { Kept } from "./kept.js";
import { Layers } from "./layers.js";
import { Legend } from "./legend.js";
import { Lens } from "./lens.js";
import { Manifold } from "./manifold.js";
import { nearest } from "./neighbours.js";
import { Overlay } from "./overlay.js";
import { corner } from "./path.js";
import { Pins, Walk } from "./pins.js";
import { Plot } from "./plot.js";
import { Preview } from "./preview.js";
import { loadSafetensors } from "./safetensors.js";
import { Stars } from "./stars.js";

const LOADING = "Loading the map";
const BROKEN = "The map could not be loaded. Check that the app is still running, then try again.";
const KEYS =
  "Arrow keys move the cursor, with Shift in fine steps. Enter keeps the digit, Escape goes back " +
  "to the last pin. Plus, minus and 0 zoom.";
const UNDER_POINTS = 0.34; // opacity of the manifold: points on it must stay readable
const ALONE = 0.92;

export const mount = mounting((parent) => new Screen(parent));

class Screen {
  constructor(parent) {
    this.label = undefined; // that is decoded; undefined where the model is not conditional
    this.sentLabels = []; // that the server has not echoed yet
    this.#buildMap();
    this.#buildSide();
    this.root = h(
      "div",
      { class: "latent-map" },
      h(
        "div",
        { class: "board" },
        h("div", { class: "map" }, this.surface, this.home, this.stars.panel, this.veil),
        this.legend.element,
        h(
          "div",
          { class: "side" },
          this.lens.element,
          this.pins.element,
          this.walk.element,
          this.layers.element,
        ),
      ),
      h("p", { class: "for-ears", id: "keys" }, KEYS),
    );
    this.stop = listen(this.surface, this.#gestures());
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.surface);
  }

  #buildMap() {
    this.figure = h("div", { class: "figure" });
    this.plot = new Plot(this.figure);
    this.stars = new Stars(this.plot, () => this.#centrePrior());
    this.overlay = new Overlay(this.plot, this.stars);
    const grid = h("canvas", { class: "manifold", hidden: true });
    this.manifold = new Manifold(grid, this.plot);
    const sketch = h("canvas", { class: "preview", hidden: true });
    this.preview = new Preview(sketch, this.plot);
    this.plot.onView = () => {
      this.overlay.draw();
      this.preview.draw();
      this.manifold.follow();
      this.home.hidden = !this.zoomed;
    };
    this.surface = h(
      "div",
      {
        class: "surface",
        role: "application",
        tabindex: 0,
        "aria-label": "Latent map",
        "aria-describedby": "keys",
        onblur: () => this.stepped && this.#rest(),
      },
      ...[grid, sketch, this.figure, this.overlay.svg],
    );
    const whole = { class: "home", title: "whole map (double-click)", hidden: true };
    this.home = h("button", { type: "button", ...whole, onclick: () => this.#goHome() }, "whole map");
    this.veil = h("div", { class: "veil", role: "status" }, h("span", {}, LOADING));
  }

  #buildSide() {
    this.legend = new Legend(() => {
      this.plot.setVisible(this.#visible());
      this.#show(this.overlay.cursorAt);
    });
    const color = (label) => this.plot.color(this.traces[label]);
    this.lens = new Lens(color, (label) => this.#choose(label));
    this.kept = new Kept((message) => this.#showPins(message));
    const look = (z, label) => this.#show(z, label);
    const away = () => this.#rest();
    const remove = (id) => this.kept.remove(id);
    const clear = () => this.kept.clear();
    this.pins = new Pins({ look, away, remove, clear, color: (label) => this.#labelColor(label) });
    this.walk = new Walk({ look, away, held: () => this.hovering });
    this.layers = new Layers((on) => {
      this.#applyLayers();
      this.setStateValue("layers", on);
    });
  }

  #gestures() {
    return {
      hover: (px, py) => {
        this.hovering = true;
        this.surface.dataset.star = String(this.stars.at(px, py, REACH_PIXELS.mouse) !== null);
        this.#show(this.plot.toData(px, py));
      },
      leave: () => {
        this.hovering = false;
        this.#rest();
      },
      lift: () => (this.hovering = false),
      click: (px, py) => this.#keep(this.plot.toData(px, py)),
      doubleClick: () => {
        if (!this.zoomed) return;
        this.kept.undo(); // the first half of a double click has pinned
        this.#goHome();
      },
      grab: (px, py, reach) => {
        this.grabbed = this.stars.at(px, py, reach);
        return this.grabbed !== null;
      },
      drag: (px, py) => {
        this.hovering = true;
        const z = this.plot.toData(px, py);
        this.stars.move(this.grabbed, z);
        this.#show(z, this.grabbed);
      },
      drop: (moved) => {
        if (moved) this.stars.release();
        else this.#choose(this.grabbed);
      },
      pan: (dx, dy) => this.plot.pan(dx, dy),
      zoom: (px, py, factor) => this.plot.zoom(px, py, factor),
      step: (dx, dy) => {
        const z = this.plot.stepped(this.overlay.cursorAt, dx, dy);
        this.stepped = true;
        this.#show(z);
        this.lens.announce(z);
      },
      enter: () => this.#keep(this.overlay.cursorAt),
      escape: () => this.#rest(),
      reset: () => this.#goHome(),
    };
  }

  // --- data ---------------------------------------------------------------------------------

  update({ data, setTriggerValue, setStateValue }) {
    const before = this.data;
    Object.assign(this, { data, setStateValue });
    this.kept.actions.send = (action) => setTriggerValue("action", action);
    this.#theme();
    if (data.model.sha256 !== before?.model.sha256) this.#open();
    if (data.layers.join() !== before?.layers.join()) {
      this.layers.adopt(data.layers);
      this.#applyLayers();
    }
    if (data.label !== before?.label) this.#adoptLabel(data.label);
    this.kept.adopt(data.pins, data.message);
    if (!this.hovering && !this.stepped && !this.walk.playing) this.#rest();
  }

  async #open() {
    const { model, plotly, class_names: names } = this.data;
    const current = () => model.sha256 === this.data.model.sha256 && !this.gone;
    this.#cover(LOADING);
    delete this.root.dataset.drawn;
    this.model = null;
    try {
      const [file] = await Promise.all([
        loadSafetensors(resolve(model.url)),
        this.plot.load(resolve(plotly), resolve(model.map)),
      ]);
      if (!current()) return;
      this.#use(file, names);
      await this.plot.draw(
        () => this.dark,
        () => this.#visible(),
      );
      if (!current()) return;
      this.preview.show(null);
      this.#resize();
      this.root.dataset.drawn = "true";
      this.#fetchDigits(model);
    } catch (error) {
      console.warn(error);
      if (current()) this.#cover(BROKEN, () => this.#open());
    }
  }

  /** From here on the map answers the pointer. */
  #use(file, names) {
    const tensor = (name) => file.tensors[`latents.${name}`].data;
    const [mu, logVar, labels] = ["mu", "log_var", "labels"].map(tensor);
    const spec = Decoder.read(file);
    const prior = file.tensors.prior_mu?.data ?? [];
    const means = names.slice(0, prior.length / 2).map((_, y) => [prior[2 * y], prior[2 * y + 1]]);
    this.model = { decoder: new Decoder(spec), mu, logVar, labels, names, means };
    this.traces = names.map((name, i) => {
      const found = this.plot.figure.data.findIndex((trace) => trace.name === name);
      return found < 0 ? i : found;
    });
    const colors = this.traces.map((trace) => this.plot.color(trace));
    this.plot.view = this.plot.whole;
    this.overlay.setCentre([0, 0]);
    this.legend.show(names, colors);
    this.lens.setModel(this.model);
    this.layers.describe(spec.classes > 0, means.length > 0);
    this.stars.show(means, names, colors, this.model.decoder);
    this.manifold.setDecoder(spec, this.label);
    this.#markLabel();
    this.preview.show({ mu, labels, colors });
    this.#resize();
    this.#applyLayers();
    this.#showPins();
    this.#rest();
    this.veil.hidden = true;
    this.root.dataset.ready = "true";
  }

  /** Real images are many bytes that nothing waits for: fetched when the browser is idle. */
  #fetchDigits(model, wait = 0) {
    const current = () => model.sha256 === this.data.model.sha256 && !this.gone;
    const idle = window.requestIdleCallback ?? ((task) => setTimeout(task, 200));
    const fetchThem = async () => {
      if (!current()) return;
      try {
        const { images, mu, labels } = (await loadSafetensors(resolve(model.digits))).tensors;
        if (!current()) return;
        this.lens.setDigits({ images: images.data, mu: mu.data, labels: labels.data });
        this.#show(this.overlay.cursorAt);
      } catch {
        this.#fetchDigits(model, Math.min(60000, 2 * wait + 3000)); // not ready yet
      }
    };
    this.retry = setTimeout(() => idle(fetchThem), wait);
  }

  #cover(text, again) {
    const button = again && h("button", { type: "button", onclick: again }, "Try again");
    this.veil.replaceChildren(h("span", {}, text), ...(button ? [button] : []));
    this.veil.dataset.broken = String(Boolean(again));
    this.veil.hidden = false;
  }

  // --- the lens -----------------------------------------------------------------------------

  /** Draw the digit at z; of the chosen label unless a pin, the path or a star says otherwise. */
  #show(z, label = this.label) {
    if (!this.model) return;
    const around = this.lens.show(z, label);
    this.overlay.setCursor(z);
    if (this.layers.has("posterior")) this.#showPosterior(z, around);
  }

  /** The pointer is gone: back to the digit that was kept last. */
  #rest() {
    this.stepped = false;
    this.#show(this.kept.all.at(-1)?.z ?? [0, 0]);
  }

  #showPosterior(z, around) {
    const { decoder, mu, logVar, labels, names } = this.model;
    const shown = (i) => this.legend.flags[labels[i]];
    const [point] = this.legend.all ? around : nearest(mu, z, 1, shown);
    if (!point) return this.overlay.setPosterior(null);
    const two = (values) => [values[2 * point.index], values[2 * point.index + 1]];
    this.overlay.setPosterior({
      mu: two(mu),
      sigma: two(logVar).map((value) => Math.exp(value / 2)),
      text: `q(z|x${decoder.classes ? ", y" : ""}) of a ${names[labels[point.index]]}`,
    });
  }

  // --- the label of a conditional model -----------------------------------------------------

  #choose(label) {
    if (!this.model) return;
    this.label = label;
    this.sentLabels.push(label);
    this.setStateValue("label", label);
    this.#markLabel();
    this.#show(this.overlay.cursorAt);
    this.lens.say(`Label ${this.model.names[label]}.`);
  }

  /** The server's label, unless it is a late echo of one that was sent from here. */
  #adoptLabel(label) {
    const echo = this.sentLabels.indexOf(label);
    this.sentLabels.splice(0, echo + 1);
    if (echo >= 0) return;
    this.label = label ?? undefined;
    this.#markLabel();
  }

  #markLabel() {
    if (!this.model?.decoder.classes || this.label === undefined) return;
    this.lens.labels.mark(this.label);
    this.stars.mark(this.label);
    this.manifold.setLabel(this.label);
    this.#centrePrior();
  }

  #centrePrior() {
    this.overlay.setCentre(this.stars.place(this.stars.held?.label ?? this.label));
  }

  /** The color of a label, for things that have one. */
  #labelColor(label) {
    return (label ?? null) === null ? null : this.plot.color(this.traces[label]);
  }

  // --- the view and its layers --------------------------------------------------------------

  get zoomed() {
    return Boolean(this.model) && !this.plot.isWhole;
  }

  #goHome() {
    if (this.model) this.plot.setView(this.plot.whole);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.surface;
    if (clientWidth) this.plot.resize(clientWidth, clientHeight);
  }

  #theme() {
    const dark = luminance(getComputedStyle(this.root).backgroundColor) < 0.25;
    if (dark === this.dark) return;
    this.dark = dark;
    this.root.dataset.theme = dark ? "dark" : "light";
    this.plot.setTheme(dark);
    this.#setInk();
  }

  #setInk() {
    const opacity = this.layers.has("points") ? UNDER_POINTS : ALONE;
    this.manifold.setInk(`rgba(${this.dark ? "235, 240, 250" : "20, 26, 40"}, ${opacity})`);
  }

  /** One flag per trace of the figure, as the legend says. */
  #visible() {
    const visible = this.plot.figure.data.map(() => true);
    this.traces.forEach((trace, label) => (visible[trace] = this.legend.flags[label]));
    return visible;
  }

  #applyLayers() {
    this.surface.dataset.points = String(this.layers.has("points"));
    this.#setInk();
    this.manifold.setVisible(this.layers.has("manifold"));
    this.overlay.setPrior(this.layers.has("prior"));
    if (!this.layers.has("posterior")) this.overlay.setPosterior(null);
    else this.#show(this.overlay.cursorAt);
  }

  // --- pins ---------------------------------------------------------------------------------

  #keep(place) {
    if (!this.model) return;
    const { label } = this;
    const decode = (at) => this.model.decoder.decode(at, label);
    const z = this.kept.add(place, label, decode, this.data.max_pins);
    if (!z) return;
    this.#show(z);
    this.lens.say(`Digit kept at ${pair(z)}.`);
  }

  #showPins(message = this.data.message) {
    if (!this.model) return;
    const { max_pins: limit, export: files } = this.data;
    const { pins, waiting, all } = this.kept;
    this.pins.show(pins, waiting, limit, this.model.names, message);
    this.overlay.setPins(
      all.map(({ z, label, means }, i) => ({
        z,
        number: String(i + 1),
        color: this.#labelColor(label),
        pending: Boolean(means),
      })),
    );
    const { decoder } = this.model;
    this.walk.show(
      all.map((pin) => corner(pin, decoder.classes)),
      decoder,
      files,
    );
  }

  destroy() {
    this.gone = true;
    this.walk.pause();
    this.stop();
    this.kept.stop();
    this.observer.disconnect();
    clearTimeout(this.retry);
    this.manifold.destroy();
    this.stars.destroy();
    this.plot.destroy();
    this.root.remove();
  }
}

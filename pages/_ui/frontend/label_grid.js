// The label grid page: a stage with one of four parts, and beside it the controls and what is open.
// Every control redraws here, at once; Python is told afterwards, for the URL.

import { greyCanvas, h, luminance, mounting, pair, resolve } from "./dom.js";
import { Cells } from "./label_cells.js";
import { Facts } from "./label_facts.js";
import { Hand } from "./label_hand.js";
import { LabelModel } from "./label_model.js";
import { noise } from "./label_noise.js";
import { digitsOf } from "./label_number.js";
import { Plane } from "./label_plane.js";
import { Why } from "./label_why.js";
import { Write } from "./label_write.js";
import { loadSafetensors } from "./safetensors.js";

const PARTS = [
  ["grid", "Grid"],
  ["write", "Write"],
  ["hand", "Style transfer"],
  ["why", "Why it matters"],
];
const LOADING = "Loading the model";
const BROKEN = "The model could not be loaded. Check that the app is still running, then try again.";
const REPORT_MS = 250; // after the last change
const RETRY_MS = 4000;
const DECIMALS = 4; // of a pin

export const mount = mounting((parent) => new Screen(parent));

class Screen {
  constructor(parent) {
    this.sizes = {}; // custom properties of the stylesheet, in pixels
    this.cells = new Cells((label, style) => this.#set({ cell: [label, style] }));
    this.write = new Write((styles) => this.#set({ styles }));
    this.hand = new Hand((image) => this.#set({ image }));
    this.why = new Why((label) => this.#set({ label }));
    this.why.again = () => this.#redraw();
    this.plane = new Plane();
    this.#buildControls();
    this.#buildOpened();
    const parts = {
      grid: [this.cells.element, this.opened],
      write: [this.write.stage, this.write.aside],
      hand: [this.hand.stage, this.hand.aside],
      why: [this.why.stage, this.why.aside],
    };
    this.panels = PARTS.map(([part, name]) =>
      h(
        "section",
        { class: `part ${part}`, role: "tabpanel", "aria-label": name },
        h("div", { class: "stage" }, parts[part][0]),
        parts[part][1],
      ),
    );
    this.veil = h("div", { class: "veil", role: "status" }, LOADING);
    this.message = h("p", { class: "message", role: "status" });
    this.root = h(
      "div",
      { class: "label-grid" },
      h("header", { class: "bar" }, this.tabs, this.field, this.controls),
      this.message,
      (this.parts = h("div", { class: "parts" }, this.veil)),
    );
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#redraw());
    this.observer.observe(this.root);
  }

  #buildControls() {
    this.tabs = h(
      "div",
      { class: "tabs", role: "tablist", "aria-label": "Parts", onkeydown: (event) => this.#tabKey(event) },
      ...PARTS.map(([part, name]) =>
        h("button", { type: "button", role: "tab", onclick: () => this.#set({ part }) }, name),
      ),
    );
    const input = (name, attributes, read) => {
      const element = h("input", {
        ...attributes,
        "aria-label": name,
        oninput: () => this.#set(read(element)),
      });
      return element;
    };
    this.number = input(
      "Write a number",
      { type: "text", inputmode: "numeric", autocomplete: "off", placeholder: "2026", spellcheck: "false" },
      ({ value }) => ({ part: "write", ...this.#read(value) }),
    );
    this.field = h("label", { class: "field-number" }, h("span", {}, "write"), this.number);
    this.columns = input("Columns", { type: "range", min: 1, step: 1 }, ({ value }) => ({
      columns: Number(value),
    }));
    this.spread = input("Spread", { type: "range", min: 0, step: 0.05 }, ({ value }) => ({
      spread: Number(value),
    }));
    this.seed = input("Seed", { type: "number", min: 0, step: 1 }, ({ value }) =>
      /^[0-9]+$/.test(value) ? { seed: Math.min(Number(value), this.data.limits.seed) } : {},
    );
    this.columnsValue = h("output", { class: "value" });
    this.spreadValue = h("output", { class: "value" });
    const another = () => this.#set({ seed: (this.view.seed + 1) % (this.data.limits.seed + 1) });
    const slider = (name, element, output, title) =>
      h("label", { class: `slider ${name}`, title }, h("span", {}, name), element, output);
    this.controls = h(
      "div",
      { class: "controls" },
      slider("columns", this.columns, this.columnsValue, "styles side by side"),
      slider("spread", this.spread, this.spreadValue, "the temperature t of z = \u03bc(y) + t\u00b7\u03b5"),
      h("label", { class: "seed", title: "of the noise \u03b5" }, h("span", {}, "seed"), this.seed),
      h("button", { type: "button", class: "primary", onclick: another }, "New sample"),
    );
  }

  #buildOpened() {
    this.large = greyCanvas(28, 28, { role: "img", class: "ink" });
    this.title = h("h2", {});
    this.facts = new Facts();
    this.pin = h("a", { class: "button pin" }, "Pin to the latent map");
    this.opened = h(
      "div",
      { class: "aside" },
      h("div", { class: "pair" }, h("div", { class: "glass" }, this.large.canvas), this.plane.element),
      h("header", { class: "title" }, this.title, this.pin),
      this.facts.element,
      h("p", { class: "hint" }, "A column is one style: the same noise ε, added to the mean of every label. The lines show it."),
    );
  }

  // --- data ---------------------------------------------------------------------------------

  update({ data, setStateValue }) {
    const before = this.data;
    Object.assign(this, { data, setStateValue });
    this.#theme();
    if (data.revision !== before?.revision) this.view = { ...data.view };
    const { columns, spread, seed } = data.limits;
    Object.assign(this.columns, { max: columns });
    Object.assign(this.spread, { max: spread });
    Object.assign(this.seed, { max: seed });
    this.message.textContent = data.message ?? "";
    this.message.hidden = !data.message;
    const names = (one) => [one?.model.sha256, one?.plain?.sha256].join();
    if (names(data) !== names(before)) this.#open();
    else if (data.revision !== before?.revision) this.#adopt();
  }

  async #open() {
    const { data } = this;
    const current = () => !this.gone && this.data.model.sha256 === data.model.sha256;
    const load = async (model) => new LabelModel(await loadSafetensors(resolve(model.url)));
    this.#cover(LOADING);
    this.hand.setDigits(null);
    this.digitsOf = null;
    try {
      const model = await load(data.model);
      if (!current()) return;
      this.model = model;
      this.plain = null;
      this.#setLabels();
      this.#adopt();
      this.veil.hidden = true;
      this.root.dataset.ready = "true";
      if (!data.plain) return;
      const plain = await load(data.plain);
      if (!current()) return;
      this.plain = plain;
      this.#redraw();
    } catch (error) {
      console.warn(error);
      if (current() && !this.model) this.#cover(BROKEN, () => this.#open());
    }
  }

  #cover(text, again) {
    const button = again && h("button", { type: "button", onclick: again }, "Try again");
    this.veil.replaceChildren(h("span", {}, text), ...(button ? [button] : []));
    this.veil.hidden = false;
  }

  #setLabels() {
    const { class_names: names, palette } = this.data;
    this.names = names;
    const head = (label, tag = "span") => {
      const element = h(tag, { class: "head", title: names[label], ...(tag === "button" ? { type: "button" } : {}) }, names[label]);
      const color = palette[label % palette.length];
      element.style.setProperty("--class", color);
      const rgb = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
      element.style.setProperty("--on-class", luminance(`rgb(${rgb})`) > 0.3 ? "#111" : "#fff");
      return element;
    };
    this.cells.setLabels(names, head, (label, style) => `${this.#name(label)}, style ${style}`);
    this.why.setLabels(names.map((_, label) => head(label, "button")));
  }

  #name(label) {
    const { kind } = this.data;
    return kind === "Digit" ? `Digit ${this.names[label]}` : this.names[label];
  }

  /** The view is another one: a link, the back button, another model. */
  #adopt() {
    const { view, names } = this;
    if (!this.model) return;
    const last = names.length - 1;
    view.cell = [Math.min(view.cell[0], last), view.cell[1]];
    view.label = Math.min(view.label, last);
    Object.assign(view, this.#read(view.number));
    this.number.value = view.number;
    this.#redraw();
  }

  /** Text to write -> the part of the view that says so. */
  #read(text) {
    const { digits, said } = digitsOf(text, this.data.limits.number, this.names?.length ?? 10);
    this.said = said;
    return { number: digits };
  }

  // --- the view -----------------------------------------------------------------------------

  #set(change) {
    Object.assign(this.view, change);
    if ("columns" in change) {
      this.view.cell = [this.view.cell[0], Math.min(this.view.cell[1], this.view.columns)];
    }
    this.#redraw();
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => this.#report(), REPORT_MS);
  }

  #report() {
    const texts = Object.entries(this.view).map(([name, value]) => [name, String(value)]);
    this.setStateValue("view", Object.fromEntries(texts));
  }

  /** Draw at once, and what is asked for until the next frame then. */
  #redraw() {
    if (!this.model) return;
    this.stale = Boolean(this.frame);
    if (this.stale) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      if (this.stale) this.#redraw();
    });
    this.#draw();
  }

  #draw() {
    const { view, model, plain, names, data } = this;
    const colors = data.palette;
    const nameOf = (label) => this.#name(label);
    this.#showControls();
    const parts = {
      grid: () => {
        const picture = (label, style) => model.picture(model.place(label, view, style), label);
        this.#showOpened({ model, colors, names }); // first, since it measures
        this.cells.show(view.columns, view.cell, picture);
      },
      write: () => {
        const image = (label, style) =>
          h("img", {
            src: model.picture(model.place(label, view, style), label),
            alt: `${nameOf(label)}, style ${style}`,
            width: 28,
            height: 28,
            draggable: "false",
          });
        const guide =
          data.kind === "Digit"
            ? "One digit fills a wall. Phone numbers and dates work too."
            : `Type the numbers of the labels: ${names.map((name, i) => `${i} ${name}`).join(", ")}.`;
        this.write.show(view, { image, said: this.said, guide, sha256: data.model.sha256 });
      },
      hand: () => {
        this.#fetchDigits();
        this.hand.show(view, { model, names, colors, kind: data.kind, nameOf });
      },
      why: () => this.why.show(view, { model, plain, names, data }),
    };
    this.#fit();
    parts[view.part]();
  }

  #showControls() {
    const { view } = this;
    PARTS.forEach(([part], i) => {
      const on = part === view.part;
      // Only the open part is there: its pictures have the names of the others'.
      if (on && !this.panels[i].isConnected) this.parts.replaceChildren(this.panels[i], this.veil);
      this.tabs.children[i].setAttribute("aria-selected", String(on));
      this.tabs.children[i].tabIndex = on ? 0 : -1;
    });
    this.root.dataset.part = view.part;
    this.columns.value = view.columns;
    this.columnsValue.value = view.columns;
    this.spread.value = view.spread;
    this.spreadValue.value = view.spread.toFixed(2);
    if (Number(this.seed.value) !== view.seed || this.seed.value === "") this.seed.value = view.seed;
  }

  #showOpened(drawn) {
    const { view, model } = this;
    const [label, style] = view.cell;
    const epsilon = noise(view.seed, style);
    const z = model.place(label, view, style);
    const name = this.names[label];
    this.large.put(model.decode(z, label));
    this.large.canvas.setAttribute("aria-label", `Opened ${this.#name(label).toLowerCase()} at ${pair(z)}`);
    this.title.textContent = `${this.#name(label)}, style ${style}`;
    this.facts.show([
      ["z", z, "μ(y) + t·ε"],
      [`μ(${name})`, model.mean(label), "the mean of p(z|y)"],
      ["ε", epsilon, `the noise of style ${style}`],
      ["t", view.spread.toFixed(2), "the spread"],
    ]);
    this.pin.href = this.#pinAddress(z, label);
    const shift = epsilon.map((e) => view.spread * e);
    this.plane.show(drawn, { shift, label, spread: view.spread });
  }

  /** The latent map with one more pin, at z of this label. */
  #pinAddress(z, label) {
    const { pins, ...query } = this.data.map;
    const pin = [...z.map((value) => Number(value.toFixed(DECIMALS))), label].join();
    const all = [...(pins ? pins.split(";") : []), pin];
    const shown = pins ? {} : { label };
    const parts = Object.entries({ ...shown, ...query, pins: [...new Set(all)].join(";") });
    return resolve(`./?${parts.map(([name, value]) => `${name}=${value}`).join("&")}`);
  }

  /** Real images are many bytes: fetched once their part is open, and again while not ready. */
  async #fetchDigits() {
    const { model } = this.data;
    if (this.digitsOf === model.sha256) return;
    this.digitsOf = model.sha256;
    try {
      const { images, mu, labels } = (await loadSafetensors(resolve(model.digits))).tensors;
      if (this.gone || this.data.model.sha256 !== model.sha256) return;
      this.hand.setDigits({ images: images.data, mu: mu.data, labels: labels.data });
    } catch {
      const answer = await fetch(resolve(model.digits)).catch(() => null);
      if (answer && !answer.ok) this.hand.wait.textContent = await answer.text();
      this.retry = setTimeout(() => {
        this.digitsOf = null;
        this.#redraw();
      }, RETRY_MS);
    }
    this.#redraw();
  }

  // --- the frame ----------------------------------------------------------------------------

  /** Cells as large as the stage allows. */
  #fit() {
    if (!this.model) return;
    const style = getComputedStyle(this.root);
    const wide = style.getPropertyValue("--stacked").trim() !== "1";
    const { top } = this.parts.getBoundingClientRect();
    const room = window.innerHeight - Math.max(0, top) - 14;
    const width = this.root.clientWidth;
    const set = (name, value) => {
      if (this.sizes[name] === value) return; // each change restyles the whole page
      this.sizes[name] = value;
      this.root.style.setProperty(name, `${value}px`);
    };
    const beside = wide && this.view.part !== "write"; // whose controls stand above
    const aside = beside ? Math.max(330, 0.27 * width) : 0;
    const stage = width - aside - (beside ? 24 : 0);
    set("--stage", stage);
    set("--room", room);
    const head = this.data.kind === "Digit" ? 34 : wide ? 110 : 72;
    const across = Math.floor((stage - head - 2) / this.view.columns);
    const down = Math.floor((room - 24) / this.names.length);
    set("--head", head);
    set("--cell", Math.max(wide ? 20 : 14, wide ? Math.min(across, down, 96) : Math.min(across, 48)));
  }

  #tabKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = PARTS.findIndex(([part]) => part === this.view.part);
    const next = (at + step + PARTS.length) % PARTS.length;
    this.#set({ part: PARTS[next][0] });
    this.tabs.children[next].focus();
  }

  #theme() {
    const dark = luminance(getComputedStyle(this.root).backgroundColor) < 0.25;
    this.root.dataset.theme = dark ? "dark" : "light";
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.reporting);
    clearTimeout(this.retry);
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.root.remove();
  }
}

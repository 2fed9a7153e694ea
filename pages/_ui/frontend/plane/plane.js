// THE latent plane: every page's, several side by side if need be. It draws what it is given, in
// layers from back to front (density, axes, manifold, points, marks), and says what a person does
// with it; what that means is the page's business. A view {x, y, span} is plain data, so that two
// planes can be given the same one.

import { h } from "../parts/elements.js";
import { Axes } from "./axes.js";
import { Density } from "./density.js";
import { Dots } from "./dots.js";
import { Emitter } from "./emitter.js";
import { interact } from "./interaction.js";
import { Manifold } from "./manifold.js";
import { Marks } from "./marks.js";
import { glide } from "./motion.js";
import { pictureOf } from "./picture.js";
import { Stars } from "./stars.js";
import { Projection, viewBetween } from "./view.js";

const GLIDE_MS = 450;
const USUAL_TYPE = 16; // pixels of the page's type
const UNDER_POINTS = 0.45; // opacity of the manifold: points on it must stay readable
const ALONE = 0.92;
const INK = { light: [20, 26, 40], dark: [235, 240, 250] };
const LAYERS = { points: true, manifold: false, prior: false, posterior: false, density: false, path: true, names: false };

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./dots.js").Points} Points */
/** @typedef {[number, number]} Pair */

/**
 * What a person does, and what a listener is told (places z in units of the plane, px and py in
 * pixels of the element):
 *   hover(z, px, py)  leave()  lift()  a pointer is there, is gone; a finger has left, its place stays
 *   press(z)  click(z)  doubleClick(z)  enter(z)  escape()  step(z)  the last three by keys
 *   view(view)         another view is on screen
 *   star(label, z, moved, held)  a star is held or glides back at z, null: is back;
 *                      moved is false where somebody only clicked on it
 *   lasso(indices)     these points have been enclosed (Shift and drag)
 */
export class Plane extends Emitter {
  #projection = new Projection();
  #layers = /** @type {typeof LAYERS} */ ({});
  #dark = false;
  #frame = 0;
  #told = ""; // the view that listeners know
  #stopGlide = () => {};

  /**
   * @param {object} options
   * @param {string} options.label what it shows, for those who do not see it
   * @param {boolean} [options.interactive] whether pointer and keys do anything
   * @param {string} [options.describedBy] id of the element that explains the keys
   */
  constructor({ label, interactive = true, describedBy }) {
    super();
    this.stars = new Stars(
      this.#projection,
      (of, z, held) => this.emit("star", of, z, true, held),
      (of) => this.emit("star", of, null, false, false),
    );
    this.density = new Density(this.#projection);
    this.axes = new Axes(this.#projection);
    this.manifold = new Manifold(this.#projection);
    this.dots = new Dots(this.#projection);
    this.marks = new Marks(this.#projection, this.stars);
    const role = interactive ? { role: "application", tabindex: 0 } : { role: "img" };
    this.element = h(
      "div",
      { class: "plane", ...role, "aria-label": label, "aria-describedby": describedBy },
      ...[this.density.canvas, this.axes.element, this.manifold.canvas, this.dots.canvas],
      ...[this.marks.element, this.stars.panel],
    );
    this.stopListening = interactive ? interact(this) : () => {};
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.element);
    this.presenter = new MutationObserver(() => this.#present());
    this.presenter.observe(document.documentElement, { attributeFilter: ["data-presenter"] });
    this.setLayers(LAYERS);
    this.setTheme({ dark: false });
    this.#present();
  }

  // --- the view -----------------------------------------------------------------------------

  get view() {
    return this.#projection.view;
  }

  /** The view that shows everything. */
  get whole() {
    return this.#projection.whole;
  }

  set whole(view) {
    this.#projection.whole = view;
    this.#redraw();
  }

  get isWhole() {
    return this.#projection.isWhole;
  }

  /** The drawing area inside the axes, in pixels of the element. */
  get area() {
    return this.#projection.area;
  }

  /** Pixels per unit of z. */
  get scale() {
    return this.#projection.scale;
  }

  /** @param {View} view */
  setView(view) {
    this.#stopGlide();
    this.#projection.setView(view);
    this.#redraw();
  }

  /** Around a pixel; a factor above 1 zooms in. @param {number} px @param {number} py @param {number} factor */
  zoom(px, py, factor) {
    this.#projection.zoomAt(px, py, factor);
    this.#redraw();
  }

  /** Move by some pixels. @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.#projection.pan(dx, dy);
    this.#redraw();
  }

  toData = this.#projection.toData.bind(this.#projection);
  toPixel = this.#projection.toPixel.bind(this.#projection);
  stepped = this.#projection.stepped.bind(this.#projection);

  // --- what is drawn ------------------------------------------------------------------------

  /**
   * Points in the colors of their classes; with `glide` they move there from where they are, and
   * the view with them.
   * @param {Points | null} points
   * @param {{glide?: boolean, view?: View}} [options]
   */
  setPoints(points, { glide: smooth = false, view } = {}) {
    this.#stopGlide();
    this.marks.names.place(points);
    const before = this.dots.points;
    if (!smooth || !points || before?.mu.length !== points.mu.length) {
      this.dots.points = points;
      if (view) this.setView(view);
      return this.#redraw();
    }
    const [from, fromView] = [before.mu, this.view];
    const mu = new Float32Array(from.length);
    this.dots.points = { ...points, mu };
    mu.set(from);
    this.#stopGlide = glide(GLIDE_MS, (t) => {
      const share = t * (2 - t);
      for (let i = 0; i < mu.length; i++) mu[i] = from[i] + share * (points.mu[i] - from[i]);
      if (view) this.#projection.setView(viewBetween(fromView, view, share));
      this.#draw();
    });
  }

  /** @param {boolean[] | null} flags which classes are shown; null: all */
  setShownClasses(flags) {
    if (JSON.stringify(flags) === JSON.stringify(this.dots.flags)) return;
    this.dots.flags = flags;
    this.marks.names.show(flags);
    this.#redraw();
  }

  /** @param {Partial<typeof LAYERS>} layers to switch on or off */
  setLayers(layers) {
    const before = JSON.stringify(this.#layers);
    this.#layers = { ...this.#layers, ...layers };
    if (JSON.stringify(this.#layers) === before) return;
    this.dots.canvas.hidden = !this.#layers.points;
    this.density.canvas.hidden = !this.#layers.density;
    this.marks.prior.element.toggleAttribute("hidden", !this.#layers.prior);
    this.marks.posterior.toggleAttribute("hidden", !this.#layers.posterior);
    this.marks.path.toggleAttribute("hidden", !this.#layers.path);
    this.#nameClasses();
    this.manifold.setVisible(this.#layers.manifold);
    this.dots.overDigits = this.#layers.manifold;
    this.#setInk();
    this.#redraw();
  }

  /** Presenter mode begins or ends: larger dots, and names that are read from the last row. */
  #present() {
    this.#projection.type = parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_TYPE;
    this.#nameClasses();
    this.#redraw();
  }

  /** In presenter mode names of the classes are seen in any case, unless stars have them. */
  #nameClasses() {
    const presents = document.documentElement.dataset.presenter === "true" && !this.stars.means.length;
    this.marks.names.element.toggleAttribute("hidden", !this.#layers.names && !presents);
  }

  /**
   * What the manifold is decoded with.
   * @param {import("../core/model.js").Spec} spec
   * @param {number} [label] of a conditional model
   */
  setManifold(spec, label) {
    this.manifold.setModel(spec, label);
  }

  /**
   * @param {ArrayLike<number>} centre mean of the prior that is shown
   * @param {number[]} [sigmas] radii of its circles
   */
  setPrior(centre, sigmas) {
    this.marks.setPrior(centre, sigmas);
  }

  /** @param {import("./marks.js").Posterior | null} posterior */
  setPosterior(posterior) {
    this.marks.setPosterior(posterior);
  }

  /**
   * Means of the prior of each label; with a model they can be dragged.
   * @param {{means: Pair[], names: string[], colors: string[], model?: import("../core/model.js").Model | null}} stars
   */
  setStars({ means, names, colors, model = null }) {
    this.stars.show(means, names, colors, model);
    this.#nameClasses();
  }

  /** Its points and its star stand out among the others; undefined: none does. @param {number | undefined} label */
  setChosen(label) {
    this.stars.mark(label);
    if (label === this.dots.chosen) return;
    this.dots.chosen = label;
    this.#redraw();
  }

  /** @param {import("./marks.js").Pin[]} pins in the order of the path */
  setPins(pins) {
    this.marks.setPins(pins);
  }

  /** @param {ArrayLike<number> | null} z @param {{ghost?: boolean}} [how] ghost: nobody moves it */
  setCursor(z, { ghost = false } = {}) {
    this.marks.cursor.classList.toggle("ghost", ghost);
    this.marks.setCursor(z);
  }

  /** What a line from the cursor leads to. @param {ArrayLike<number> | null} z null: nothing */
  setClosest(z) {
    this.marks.setClosest(z);
  }

  /** @param {import("./density.js").Grid | null} grid */
  setDensity(grid) {
    this.density.set(grid);
    this.#redraw();
  }

  /** @param {string[]} names of the classes, each in the middle of its points */
  setNames(names) {
    this.marks.names.set(names, this.dots.points);
    this.#redraw();
  }

  /** @param {import("./marks.js").Segment[]} segments */
  setSegments(segments) {
    this.marks.setSegments(segments);
  }

  /** The colors of the classes in another theme. @param {string[]} colors */
  setColors(colors) {
    if (this.dots.points) this.dots.points = { ...this.dots.points, colors };
    this.stars.setColors(colors);
    this.#redraw();
  }

  /** @param {{dark: boolean}} theme */
  setTheme({ dark }) {
    this.#dark = dark;
    this.#setInk();
    this.#redraw();
  }

  #setInk() {
    const ink = INK[this.#dark ? "dark" : "light"];
    this.manifold.setInk(`rgba(${ink}, ${this.#layers.points ? UNDER_POINTS : ALONE})`);
    this.density.setInk(ink);
  }

  /** What is on screen as one drawing, in pixels of the element. */
  picture() {
    return pictureOf(this, this.#projection.size);
  }

  // --- drawing ------------------------------------------------------------------------------

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    this.#projection.size = { width, height };
    this.#draw();
  }

  /** Once, with the next frame. */
  #redraw() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.#projection.size.width) return;
    this.density.draw();
    this.axes.draw();
    this.dots.draw();
    this.marks.draw();
    this.manifold.follow();
    const { x, y, span } = this.view;
    const told = `${x},${y},${span}`;
    if (told === this.#told) return;
    this.#told = this.element.dataset.view = told;
    this.emit("view", this.view);
  }

  destroy() {
    this.#stopGlide();
    cancelAnimationFrame(this.#frame);
    this.stopListening();
    this.observer.disconnect();
    this.presenter.disconnect();
    this.manifold.destroy();
    this.stars.destroy();
    this.element.remove();
  }
}

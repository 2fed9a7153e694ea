// The map itself: the plane with a model's points, the way home, and the legend of its classes.

import { h } from "../../parts/elements.js";
import { Legend } from "../../parts/legend.js";
import { colorsOf } from "../../parts/palette.js";
import { Veil } from "../../parts/veil.js";
import { Plane } from "../../plane/plane.js";
import { t } from "../../state/texts.js";
import { nearestPosterior } from "./posterior.js";
import { LAYERS } from "./view.js";

/** @typedef {import("../../plane/plane.js").View} PlaneView */
/** @typedef {import("../../core/model.js").Model} Model */
/** @typedef {import("../../core/model.js").Spec} Spec */
/** @typedef {import("../../core/model_files.js").MapPoints} MapPoints */

export class Board {
  /** Of the model on screen, once they are there. @type {MapPoints | null} */
  points = null;
  /** Of the classes. @type {string[]} */
  colors = [];
  #dark = false;

  /** @param {(label: number | null) => void} pick a person picks a class in the legend; null: all of them */
  constructor(pick) {
    const plane = new Plane({ label: t("latent_map.map"), describedBy: "keys" });
    const attributes = { type: "button", class: "home", title: t("latent_map.home_title"), hidden: true };
    const home = h("button", { ...attributes, onclick: () => this.goHome() }, t("latent_map.home"));
    plane.on("view", () => (home.hidden = plane.isWhole));
    this.plane = plane;
    this.veil = new Veil();
    this.legend = new Legend(pick);
    this.map = h("div", { class: "map" }, plane.element, home, this.veil.element);
    this.elements = [this.map, this.legend.element];
  }

  /** What is in sight; null: the whole map. @returns {PlaneView | null} */
  get view() {
    return this.plane.isWhole ? null : this.plane.view;
  }

  /** Whether this is in sight. @param {PlaneView | null} view */
  isAt(view) {
    const [a, b] = [view ?? this.plane.whole, this.plane.view];
    return a.x === b.x && a.y === b.y && a.span === b.span;
  }

  goHome() {
    this.plane.setView(this.plane.whole);
  }

  /** @param {MapPoints} points of another model @param {boolean} conditional one class is chosen at a time */
  showPoints(points, conditional) {
    const { plane } = this;
    this.points = points;
    this.colors = colorsOf(points.names.length, this.#dark);
    plane.whole = points.whole;
    plane.setStars({ means: [], names: [], colors: [] });
    plane.setPrior([0, 0]);
    plane.setPoints({ mu: points.mu, labels: points.labels, colors: this.colors });
    plane.setNames(points.names);
    this.legend.show(points.names, this.colors, { one: conditional });
    this.veil.lift();
  }

  /** @param {boolean} dark */
  setTheme(dark) {
    this.#dark = dark;
    this.colors = colorsOf(this.colors.length, dark);
    this.plane.setTheme({ dark });
    this.plane.setColors(this.colors);
    this.legend.setColors(this.colors);
  }

  /** @param {Model} model its priors have stars @param {string[]} names of the classes */
  showStars(model, names) {
    this.plane.setStars({ means: model.means, names, colors: this.colors, model });
  }

  /**
   * @param {readonly string[]} layers that are on
   * @param {PlaneView | null} view null: the whole map
   * @param {boolean[]} classes which stand out
   * @param {boolean} dimmed whether the others are dimmed, not gone
   */
  show(layers, view, classes, dimmed) {
    this.legend.mark(classes);
    this.plane.setShownClasses(dimmed ? null : classes);
    this.plane.setLayers(Object.fromEntries(LAYERS.map((name) => [name, layers.includes(name)])));
    if (this.points && !this.isAt(view)) this.plane.setView(view ?? this.plane.whole);
  }

  /** What is decoded here, and of which label. @param {Spec} spec @param {Model} model @param {number | null} label */
  showLabel(spec, model, label) {
    this.plane.setManifold(spec, label ?? undefined);
    this.plane.setPrior(model.mean(label ?? undefined));
    this.plane.setChosen(label ?? undefined);
  }

  /** Of the test image nearest to z among the classes that stand out. @param {number[]} z @param {boolean} conditional */
  showPosterior(z, conditional) {
    const { points, legend } = this;
    this.plane.setPosterior(points && nearestPosterior(points, z, legend.flags, conditional));
  }
}

// The latent means of the test digits on a plane, moving as the encoder learns.

import { colorsOf } from "../../parts/palette.js";
import { t } from "../../state/texts.js";
import { Plane } from "../../plane/plane.js";

const REACH = [4, 6, 9, 13, 20, 30, 45, 70, 100, 150, 250, 500, 1000]; // half widths of the plane, in prior sigmas
const NAMED = 0.35; // accuracy from which on clusters are worth naming

export class LatentMeans {
  constructor() {
    this.plane = new Plane({ label: t("live_training.space.means_label"), interactive: false });
    this.element = this.plane.element;
    this.element.classList.add("means");
    this.labels = new Uint8Array();
    /** @type {string[]} of the classes, as the colors */
    this.names = [];
    /** @type {string[]} */
    this.colors = [];
    this.dark = false;
    this.clear();
  }

  clear() {
    this.plane.setPoints(null);
    this.plane.setStars({ means: [], names: [], colors: [] });
    this.plane.setView(around(REACH[0]));
    this.plane.setLayers({ names: false });
    this.element.setAttribute("aria-label", t("live_training.space.means_label"));
    delete this.element.dataset.step;
  }

  /**
   * Circles belong to a prior that is one for all: not to a learned one, whose means are stars.
   * @param {import("./recording.js").Model} model
   */
  setPrior({ objective, learned_prior: learned }) {
    this.plane.setLayers({ prior: objective === "elbo" && !learned });
  }

  /** @param {{dark: boolean}} theme */
  setTheme(theme) {
    this.dark = theme.dark;
    this.colors = colorsOf(this.names.length, theme.dark);
    this.plane.setTheme(theme);
    this.plane.setColors(this.colors);
  }

  /**
   * Whose means they are: a label for each, one color and name per class.
   * @param {import("./recording.js").Layout} layout
   */
  setDigits({ labels, class_names: names }) {
    this.labels = Uint8Array.from(labels);
    this.names = names;
    this.colors = colorsOf(names.length, this.dark);
    this.plane.setNames(names);
  }

  /**
   * Let the points glide to the means of a frame, and put stars where the prior's are, if learned.
   * @param {{mu: Float32Array, prior: Float32Array}} means pairs
   * @param {{step: number, accuracy: number}} frame
   */
  show({ mu, prior }, { step, accuracy }) {
    const { labels, names, colors } = this;
    this.plane.setPoints({ mu, labels, colors }, { glide: true, view: around(reachOf(mu)) });
    this.plane.setStars({ means: pairs(prior), names, colors });
    this.plane.setLayers({ names: accuracy >= NAMED && !prior.length });
    const percent = Math.round(100 * accuracy);
    this.element.setAttribute("aria-label", t("live_training.space.means_described", { count: mu.length / 2, step, percent }));
    this.element.dataset.step = String(step);
  }

  destroy() {
    this.plane.destroy();
  }
}

/** @param {number} reach */
const around = (reach) => ({ x: 0, y: 0, span: 2 * reach });

/** The smallest half width that holds all but the outermost hundredth of the coordinates. @param {Float32Array} mu */
export function reachOf(mu) {
  const sizes = Float32Array.from(mu, Math.abs).sort();
  const far = 1.08 * (sizes[Math.floor(0.99 * (sizes.length - 1))] ?? 0);
  return REACH.find((reach) => reach >= far) ?? far;
}

/** @param {Float32Array} values @returns {[number, number][]} */
const pairs = (values) => Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);

// Where the digits come from: the latent plane with the mean of each label, the noise that one style
// adds to every one of them, and the chosen place.

import { pair } from "../../parts/numbers.js";
import { Plane } from "../../plane/plane.js";
import { viewOf } from "../../plane/view.js";
import { t } from "../../state/texts.js";

const MARGIN = 0.45; // around all that is shown, in prior standard deviations
const CROWDED_PIXELS = 12;
const LONG = 3; // characters; of longer names only the number is shown

export class StylePlane {
  constructor() {
    this.plane = new Plane({ label: "", interactive: false });
    this.plane.setLayers({ points: false, prior: true });
    this.plane.setPrior([0, 0], []); // until there is something to show
  }

  get element() {
    return this.plane.element;
  }

  /**
   * @param {import("../../core/model.js").Model} model
   * @param {import("./labels.js").Labels} labels
   * @param {object} chosen
   * @param {number[]} chosen.shift what is added to every mean
   * @param {number} chosen.label the label that stands out
   * @param {number} chosen.spread radius of the circle around its mean
   */
  show(model, { names, colors }, { shift, label, spread }) {
    const segments = names.map((_, i) => {
      const [x, y] = model.mean(i);
      return {
        from: /** @type {[number, number]} */ ([x, y]),
        to: /** @type {[number, number]} */ ([x + shift[0], y + shift[1]]),
        color: colors[i],
        name: names[i].length > LONG ? String(i) : names[i],
        chosen: i === label,
      };
    });
    const { from, to } = segments[label];
    const [x, y] = from;
    const corners = [-spread, spread].map((r) => [x + r, y + r]);
    const view = viewAround([...segments.flatMap((line) => [line.from, line.to]), ...corners]);
    this.plane.setPrior(from, [spread]);
    this.plane.setSegments(uncrowded(segments, (CROWDED_PIXELS * view.span) / (this.element.clientWidth || CROWDED_PIXELS)));
    this.plane.setView(view);
    this.element.setAttribute("aria-label", t("label_grid.plane", { z: pair(to) }));
  }

  destroy() {
    this.plane.destroy();
  }
}

/**
 * Without the names that would stand in another's place: the chosen one's stays.
 * @param {import("../../plane/marks.js").Segment[]} segments
 * @param {number} least distance between two names
 */
function uncrowded(segments, least) {
  const named = segments.filter(({ chosen }) => chosen);
  for (const segment of [...segments].reverse()) { // the last is drawn over the others
    const isFree = named.every(({ from }) => Math.hypot(from[0] - segment.from[0], from[1] - segment.from[1]) >= least);
    if (isFree) named.push(segment);
  }
  return segments.map((segment) => (named.includes(segment) ? segment : { ...segment, name: "" }));
}

/** The view that holds all of these places. @param {number[][]} places */
function viewAround(places) {
  const range = (/** @type {number} */ k) => {
    const values = places.map((place) => place[k]);
    return /** @type {[number, number]} */ ([Math.min(...values) - MARGIN, Math.max(...values) + MARGIN]);
  };
  return viewOf(range(0), range(1));
}

// Where the digits come from: the latent plane with the mean of each label, the noise that one style
// adds to every one of them, and the chosen place.

import { pair } from "../../parts/numbers.js";
import { Plane } from "../../plane/plane.js";
import { viewOf } from "../../plane/view.js";
import { t } from "../../state/texts.js";

const MARGIN = 0.45; // around all that is shown, in prior standard deviations
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
    const short = (/** @type {number} */ i) => (names[i].length > LONG ? String(i) : names[i]);
    // Of a prior that is one for all labels, all names would stand in one place.
    const isApart = (/** @type {number} */ i) => i === label || String(model.mean(i)) !== String(model.mean(label));
    const segments = names.map((_, i) => {
      const [x, y] = model.mean(i);
      return {
        from: /** @type {[number, number]} */ ([x, y]),
        to: /** @type {[number, number]} */ ([x + shift[0], y + shift[1]]),
        color: colors[i],
        name: isApart(i) ? short(i) : "",
        chosen: i === label,
      };
    });
    const { from, to } = segments[label];
    const [x, y] = from;
    const corners = [-spread, spread].map((r) => [x + r, y + r]);
    this.plane.setPrior(from, [spread]);
    this.plane.setSegments(segments);
    this.plane.setView(viewAround([...segments.flatMap((line) => [line.from, line.to]), ...corners]));
    this.element.setAttribute("aria-label", t("label_grid.plane", { z: pair(to) }));
  }

  destroy() {
    this.plane.destroy();
  }
}

/** The view that holds all of these places. @param {number[][]} places */
function viewAround(places) {
  const range = (/** @type {number} */ k) => {
    const values = places.map((place) => place[k]);
    return /** @type {[number, number]} */ ([Math.min(...values) - MARGIN, Math.max(...values) + MARGIN]);
  };
  return viewOf(range(0), range(1));
}

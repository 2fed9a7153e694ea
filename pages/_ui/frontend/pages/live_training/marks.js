// What stands in and above the panels of the charts: titles, and what somebody changed.

import { t } from "../../state/texts.js";

const CROWDED = 0.75; // of the time: texts of marks closer than this become one
const MOST_BETAS = 3; // in a text

/** @typedef {import("./curves.js").Colors} Colors */
/** @typedef {import("./curves.js").PlacedPanel} Panel */
/** @typedef {import("./timeline.js").Mark} Mark */
/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {[number, number]} Pair ends of a range: epochs, or shares of the figure's height */
/** @typedef {{text: string}} Annotation */

/** @param {Panel[]} panels */
const lowest = (panels) => panels[panels.length - 1];

/**
 * Lines where something was changed, through all panels, and where the scrubber stands.
 * @param {Panel[]} panels from top to bottom, as below
 * @param {Pick<Timeline, "marks" | "cursor">} view
 * @param {Colors} colors
 * @returns {object[]}
 */
export function shapes(panels, { marks, cursor }, colors) {
  /** @type {Pair} */
  const whole = [lowest(panels).domain[0], panels[0].domain[1]];
  const lines = marks.map(({ time }) => vertical(time, whole, { color: colors.beta, width: 1.5, dash: "dot" }));
  if (cursor !== null) lines.push(vertical(cursor, whole, { color: colors.ratio, width: 1.5 }));
  return lines;
}

/** @param {number} time @param {Pair} domain @param {{color: string, width: number, dash?: string}} line */
const vertical = (time, [y0, y1], line) => ({ type: "line", xref: "x", yref: "paper", x0: time, x1: time, y0, y1, line });

/**
 * All texts.
 * @param {Panel[]} panels
 * @param {Pick<Timeline, "marks">} view
 * @param {{colors: Colors, end: number, size: number}} style end: of the axis, in epochs; size: of type, in pixels
 * @returns {Annotation[]}
 */
export const annotations = (panels, view, style) => [...panels.map((panel) => title(panel, style)), ...markTexts(panels, view, style)];

/** @param {Panel} panel @param {{colors: Colors, size: number}} style */
const title = (panel, { colors, size }) => ({
  ...text(panel.kind === "term" && panel.name !== "reconstruction" && panel.name !== "kl" ? panel.name : t(`live_training.curves.${panel.name}`), panel.color, size),
  x: 0, xanchor: "left", xref: "paper", y: panel.domain[1], yanchor: "bottom", bgcolor: colors.paper, // the lines of marks pass behind
});

/** @param {string} words @param {string} color @param {number} size */
const text = (words, color, size) => ({ text: words, font: { color, size }, yref: "paper", showarrow: false, borderpad: 1 });

/**
 * What a mark says stands above the lowest panel; marks that crowd become one.
 * @param {Panel[]} panels
 * @param {Pick<Timeline, "marks">} view
 * @param {{colors: Colors, end: number, size: number}} style
 */
function markTexts(panels, { marks }, { colors, end, size }) {
  /** @type {Annotation[]} */
  const texts = [];
  /** The mark to the right whose text is placed. @type {(Mark & {betas: number[], annotation: Annotation}) | null} */
  let next = null;
  for (const mark of [...marks].reverse()) {
    if (next && next.time - mark.time < CROWDED * end) {
      if (mark.beta) next.betas = [...mark.beta, ...next.betas.slice(1)];
      next.rate ??= mark.rate;
      next.part ??= mark.part;
      next.annotation.text = wording(next);
      continue;
    }
    const right = mark.time > 0.5 * end;
    const annotation = {
      ...text(wording({ ...mark, betas: mark.beta ?? [] }), colors.beta, size), x: mark.time, xanchor: right ? "right" : "left", xref: "x",
      y: lowest(panels).domain[1], yanchor: "bottom", xshift: right ? -3 : 3, bgcolor: colors.paper,
    };
    next = { ...mark, betas: mark.beta ?? [], annotation };
    if (mark.time > 0.12 * end) texts.push(annotation); // further left stands the panel's title
  }
  return texts;
}

/** @param {Pick<Mark, "rate" | "part"> & {betas: number[]}} mark betas: one after the other */
function wording({ betas, rate, part }) {
  const words = [];
  const hidden = betas.length > MOST_BETAS ? "… → " : "";
  if (betas.length) words.push(`β ${hidden}${betas.slice(-MOST_BETAS).join(" → ")}`);
  if (rate !== null) words.push(t("live_training.curves.rate", { rate }));
  if (part) words.push(t(`live_training.curves.part_${part}`));
  return words.join(", ");
}

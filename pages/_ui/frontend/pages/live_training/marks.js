// What stands in and above the panels of the charts: titles with values, phases, what somebody changed.

import { t } from "../../state/texts.js";
import { formulas } from "./formulas.js";
import { totalOf } from "./panels.js";
import { PHASES } from "./phases.js";

const significant = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const CROWDED = 0.16; // of the time: marks closer than this become one

/** @typedef {import("./curves.js").Colors} Colors */
/** @typedef {import("./curves.js").PlacedPanel} Panel */
/** @typedef {import("./recording.js").Model} Model */
/** @typedef {import("./timeline.js").Mark} Mark */
/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {[number, number]} Pair ends of a range: epochs, or shares of the figure's height */
/** @typedef {{text: string}} Annotation */

/** @param {Panel[]} panels */
const lowest = (panels) => panels[panels.length - 1];

/**
 * Bands of the phase of balance, lines where something was changed, and where the scrubber stands.
 * @param {Panel[]} panels from top to bottom, as below
 * @param {Timeline} view
 * @param {Colors} colors
 * @returns {object[]}
 */
export function shapes(panels, { phases, marks, cursor }, colors) {
  const figures = panels.filter(({ kind }) => kind !== "beta");
  const bands = phases
    .filter(({ phase }) => phase === "balance")
    .flatMap(({ from, to }) => figures.map(({ domain }) => band(from, to, domain, colors.band)));
  /** @type {Pair} */
  const whole = [lowest(panels).domain[0], panels[0].domain[1]];
  const lines = marks.map(({ time }) => vertical(time, whole, { color: colors.beta, width: 1.5, dash: "dot" }));
  if (cursor !== null) lines.push(vertical(cursor, whole, { color: colors.ratio, width: 1.5 }));
  return [...bands, ...lines];
}

/** @param {number} x0 @param {number} x1 @param {Pair} domain @param {string} fillcolor */
const band = (x0, x1, [y0, y1], fillcolor) => ({
  type: "rect", xref: "x", yref: "paper", x0, x1, y0, y1, line: { width: 0 }, layer: "below", fillcolor,
});

/** @param {number} time @param {Pair} domain @param {{color: string, width: number, dash?: string}} line */
const vertical = (time, [y0, y1], line) => ({ type: "line", xref: "x", yref: "paper", x0: time, x1: time, y0, y1, line });

/**
 * All texts.
 * @param {Panel[]} panels
 * @param {Timeline} view
 * @param {{model: Model, colors: Colors, narrow: boolean, end: number}} style narrow: titles are short; end: of the axis, in epochs
 * @returns {Annotation[]}
 */
export function annotations(panels, view, { model, colors, narrow, end }) {
  return [
    ...titles(panels, view, { model, colors, narrow }),
    ...markTexts(panels, view, colors, end),
    ...phaseNumbers(panels, view, colors, end),
  ];
}

/** @param {Panel[]} panels @param {Timeline} view @param {{model: Model, colors: Colors, narrow: boolean}} style */
function titles(panels, view, { model, colors, narrow }) {
  const at = view.at ?? view.time.length - 1;
  const left = panels.map((panel) => {
    const value = valueAt(panel, at, view);
    const title = titleOf(panel, model, narrow);
    return {
      ...text(`${title}${value === undefined ? "" : `  <b>${value}</b>`}`, panel.color, panel.kind === "term" ? 17 : 14),
      x: 0, xanchor: "left", xref: "paper", y: panel.domain[1], yanchor: "bottom",
      bgcolor: panel.kind === "term" ? undefined : colors.paper, // the lines of marks pass behind
    };
  });
  /** @param {Panel} panel @param {string} words */
  const right = (panel, words) => ({ ...text(words, colors.total, 14), x: 1, xanchor: "right", xref: "paper", y: panel.domain[1], yanchor: "bottom" });
  const terms = panels.filter(({ kind }) => kind === "term");
  const legend = right(lowest(terms), t("live_training.curves.legend"));
  return terms.length > 1 ? [...left, right(panels[0], totalText(view, at, narrow)), legend] : [...left, legend];
}

/** @param {Timeline} view @param {number} at a snapshot @param {boolean} narrow */
function totalText({ terms }, at, narrow) {
  const total = totalOf(terms)?.[at];
  if (total === undefined) return t("live_training.curves.unit");
  return t(narrow ? "live_training.curves.total_short" : "live_training.curves.total", { nats: total.toFixed(1) });
}

/** @param {Panel} panel @param {Model} model @param {boolean} narrow */
function titleOf({ name, kind }, model, narrow) {
  if (kind !== "term") return t(`live_training.curves.${kind}`);
  /** @type {Record<string, string>} */
  const written = formulas(model);
  const formula = written[name] ?? name;
  return name === "reconstruction" && !narrow ? t("live_training.curves.reconstruction", { formula }) : formula;
}

/** @param {Panel} panel @param {number} at a snapshot @param {Timeline} view */
function valueAt({ name, kind, values }, at, { betaNow }) {
  if (kind === "beta") return betaNow === null ? undefined : String(betaNow);
  const value = values[at] ?? undefined;
  if (kind === "ratio") return value === undefined ? undefined : significant.format(value);
  return value?.toFixed(name === "reconstruction" ? 1 : 2);
}

/** @param {string} words @param {string} color @param {number} size */
const text = (words, color, size) => ({ text: words, font: { color, size }, yref: "paper", showarrow: false, borderpad: 1 });

/**
 * What a mark says stands above the lowest panel; marks that crowd become one.
 * @param {Panel[]} panels
 * @param {Timeline} view
 * @param {Colors} colors
 * @param {number} end
 */
function markTexts(panels, { marks }, colors, end) {
  /** @type {Annotation[]} */
  const texts = [];
  /** The mark to the right whose text is placed. @type {(Mark & {annotation: Annotation}) | null} */
  let next = null;
  for (const mark of [...marks].reverse()) {
    if (next && next.time - mark.time < CROWDED * end) {
      if (mark.beta) next.beta = [mark.beta[0], (next.beta ?? mark.beta)[1]]; // a drag of the slider is one change
      next.rate ??= mark.rate;
      next.part ??= mark.part;
      next.annotation.text = wording(next);
      continue;
    }
    const right = mark.time > 0.75 * end;
    const annotation = {
      ...text(wording(mark), colors.beta, 14), x: mark.time, xanchor: right ? "right" : "left", xref: "x",
      y: lowest(panels).domain[1], yanchor: "bottom", xshift: right ? -3 : 3,
    };
    next = { ...mark, annotation };
    if (mark.time > 0.12 * end) texts.push(annotation); // further left stands the panel's title
  }
  return texts;
}

/** @param {Mark} mark */
function wording({ beta, rate, part }) {
  const words = [];
  if (beta) words.push(`β ${beta[0]} → ${beta[1]}`);
  if (rate !== null) words.push(t("live_training.curves.rate", { rate }));
  if (part) words.push(t(`live_training.curves.part_${part}`));
  return words.join(", ");
}

/**
 * Each phase's number, in the lowest panel of figures.
 * @param {Panel[]} panels
 * @param {Timeline} view
 * @param {Colors} colors
 * @param {number} end
 */
function phaseNumbers(panels, { phases }, colors, end) {
  const y = lowest(panels.filter(({ kind }) => kind !== "beta")).domain[1];
  let free = -Infinity;
  return phases.map(({ phase, from, to }) => {
    const x = Math.max((from + to) / 2, free + 0.04 * end);
    free = x;
    return {
      ...text(`<b>${PHASES.indexOf(phase) + 1}</b>`, colors.ratio, 14),
      x, xanchor: "center", xref: "x", y, yanchor: "top", bgcolor: colors.paper, borderpad: 0,
    };
  });
}

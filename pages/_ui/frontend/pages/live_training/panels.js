// Which panels the charts have: one for each term, their ratio where it means something, β where the
// objective has it; and what each of them spans.

const SHARES = { reconstruction: 0.4, term: 0.27, ratio: 0.17, beta: 0.1 };
const EARLY = 0.06; // the first part of the time may leave the chart at its top
const NO_KL = 1e-3; // nats below which a ratio to the KL says nothing
/** While there is nothing to span. @type {Record<string, Range>} */
const AT_FIRST = { reconstruction: [0, 600], ratio: [0, 3] };

/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {import("./timeline.js").Series} Series */
/** @typedef {import("./recording.js").Model} Model */
/** @typedef {[number, number]} Range */

/**
 * @typedef {object} Panel
 * @property {string} name of a term, "ratio" or "beta"
 * @property {"term" | "ratio" | "beta"} kind
 * @property {string} axis Plotly's name of its y axis
 * @property {number} share of the height
 * @property {(number | null)[]} values one per snapshot; of β, one per change
 */

/**
 * @param {Pick<Timeline, "terms" | "beta">} view
 * @param {Model} model
 * @returns {Panel[]} from top to bottom
 */
export function panelsOf({ terms, beta }, model) {
  /** @type {Omit<Panel, "axis">[]} */
  const found = termNames(terms, model).map((name, i) => ({
    name, kind: "term", share: i ? SHARES.term : SHARES.reconstruction, values: terms[name] ?? [],
  }));
  if (hasRatio(model)) found.push({ name: "ratio", kind: "ratio", share: SHARES.ratio, values: ratioOf(terms) });
  if (model.objective === "elbo") found.push({ name: "beta", kind: "beta", share: SHARES.beta, values: beta?.value ?? [] });
  return found.map((panel, i) => ({ ...panel, axis: i ? `y${i + 1}` : "y" }));
}

/** Whatever was recorded; before that, what will be. @param {Series} terms @param {Model} model */
function termNames(terms, { objective }) {
  const recorded = Object.keys(terms);
  return recorded.length ? recorded : objective === "elbo" ? ["reconstruction", "kl"] : ["reconstruction"];
}

/** The log of a density depends on the unit of x, and may have either sign: a ratio to it means nothing. @param {Model} model */
const hasRatio = ({ objective, density }) => objective === "elbo" && !density;

/** @param {Series} terms */
function ratioOf({ reconstruction = [], kl = [] }) {
  return reconstruction.map((value, i) => (kl[i] > NO_KL ? value / kl[i] : null));
}

/** Minus the ELBO, where the terms are its two. @param {Series} terms @returns {number[] | null} */
export const totalOf = ({ reconstruction, kl }) => (reconstruction && kl ? reconstruction.map((value, i) => value + kl[i]) : null);

/**
 * What the y axis of a panel spans, leaving out the cliff of the first batches.
 * @param {Omit<Panel, "axis" | "share">} panel
 * @param {Pick<Timeline, "time" | "terms" | "validation">} view
 * @returns {Range} of a ratio, as powers of ten
 */
export function rangeOf({ name, kind, values }, { time, terms, validation }) {
  if (kind === "beta") return [0, 1.4 * Math.max(0.5, ...values.map((value) => value ?? 0))];
  const begin = EARLY * (time.at(-1) ?? 0);
  /** @param {(number | null)[] | undefined} series @param {number[]} when */
  const late = (series, when) => (series ?? []).flatMap((value, i) => (value !== null && when[i] >= begin ? [value] : []));
  const total = name === "reconstruction" ? (totalOf(terms) ?? []) : [];
  const seen = [...late(values, time), ...late(total, time), ...late(validation.terms[name], validation.time)];
  if (time.length < 2 || !seen.length) return AT_FIRST[name] ?? [0, 10];
  const [low, high] = extremes(seen);
  if (kind === "ratio") {
    const [least, most] = [Math.log10(low), Math.log10(high)];
    return [least - 0.1, most + 0.1 + 0.45 * Math.max(most - least, 0.3)]; // room for the phases' numbers
  }
  if (name === "kl") return [0, 1.12 * Math.max(high, 0.5)];
  const pad = 0.07 * Math.max(high - low, 4);
  return [low - pad, high + pad];
}

/** @param {number[]} values @returns {Range} */
const extremes = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);

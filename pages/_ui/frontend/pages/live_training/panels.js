// Which panels the charts have: one for each term, their ratio where it means something, β where the
// objective has it; and what each of them spans.

const SHARES = { reconstruction: 0.4, term: 0.3, ratio: 0.12, beta: 0.1 };
const LEAST_FOR = { ratio: 300, beta: 190 }; // pixels of the figure's height, where a rem has 16
const EARLY = 0.06; // the first part of the time may leave the chart at its top
const NO_KL = 1e-3; // nats below which a ratio to the KL says nothing
const APART = 10; // times the middle value: what lies further off has diverged, and leaves the chart
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
 * @property {(number | null)[]} values of a term on the training images; of the ratio on those that `ratioTime` is of; of β, one per change
 */

/**
 * @param {Pick<Timeline, "terms" | "held" | "beta">} view
 * @param {Model} model
 * @param {number} [height] of the figure, in pixels: a low one leaves its room to the terms
 * @returns {Panel[]} from top to bottom
 */
export function panelsOf({ terms, held, beta }, model, height = Infinity) {
  /** @type {Omit<Panel, "axis">[]} */
  const found = termNames(terms, held.terms, model).map((name, i) => ({
    name, kind: "term", share: i ? SHARES.term : SHARES.reconstruction, values: terms[name] ?? [],
  }));
  const ratio = hasRatio(model) && height >= LEAST_FOR.ratio;
  if (ratio) found.push({ name: "ratio", kind: "ratio", share: SHARES.ratio, values: ratioOf(hasTerms(held.terms) ? held.terms : terms) });
  if (model.objective === "elbo" && height >= LEAST_FOR.beta) found.push({ name: "beta", kind: "beta", share: SHARES.beta, values: beta?.value ?? [] });
  return found.map((panel, i) => ({ ...panel, axis: i ? `y${i + 1}` : "y" }));
}

/** @param {Series} terms */
const hasTerms = ({ reconstruction = [] }) => reconstruction.length > 0;

/** When the ratio was what it was. @param {Pick<Timeline, "time" | "held">} view */
export const ratioTime = ({ time, held }) => (hasTerms(held.terms) ? held.time : time);

/** Whatever was recorded; before that, what will be. @param {Series} terms @param {Series} held @param {Model} model */
function termNames(terms, held, { objective }) {
  const recorded = Object.keys({ ...terms, ...held });
  return recorded.length ? recorded : objective === "elbo" ? ["reconstruction", "kl"] : ["reconstruction"];
}

/** The log of a density depends on the unit of x, and may have either sign: a ratio to it means nothing. @param {Model} model */
const hasRatio = ({ objective, density }) => objective === "elbo" && !density;

/** @param {Series} terms */
function ratioOf({ reconstruction = [], kl = [] }) {
  return reconstruction.map((value, i) => (kl[i] > NO_KL ? value / kl[i] : null));
}

/**
 * What the y axis of a panel spans, leaving out the cliff of the first batches, and the one of a
 * training that diverges.
 * @param {Omit<Panel, "axis" | "share">} panel
 * @param {Pick<Timeline, "time" | "held">} view
 * @returns {Range} of a ratio, as powers of ten
 */
export function rangeOf({ name, kind, values }, view) {
  if (kind === "beta") return [0, 1.4 * Math.max(0.5, ...values.map((value) => value ?? 0))];
  const { time, held } = view;
  const begin = EARLY * Math.max(time.at(-1) ?? 0, held.time.at(-1) ?? 0);
  /** @param {(number | null)[] | undefined} series @param {number[]} when */
  const late = (series, when) => (series ?? []).flatMap((value, i) => (value !== null && when[i] >= begin ? [value] : []));
  const seen = kind === "ratio" ? late(values, ratioTime(view)) : [...late(values, time), ...late(held.terms[name], held.time)];
  if (seen.length < 2) return AT_FIRST[name] ?? [0, 10];
  const [low, high] = extremes(withoutCliff(seen));
  if (kind === "ratio") {
    const [least, most] = [Math.log10(low), Math.log10(high)];
    return [least - 0.1, most + 0.1];
  }
  if (name === "kl") return [0, 1.12 * Math.max(high, 0.5)];
  const pad = 0.07 * Math.max(high - low, 4);
  return [low - pad, high + pad];
}

/** @param {number[]} values */
function withoutCliff(values) {
  const middle = [...values].sort((a, b) => a - b)[values.length >> 1];
  const most = APART * Math.max(Math.abs(middle), 1);
  return values.filter((value) => Math.abs(value) <= most);
}

/** @param {number[]} values @returns {Range} */
const extremes = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);

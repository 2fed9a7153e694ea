// The phases of a training, from the slopes of its terms in nats per epoch.
//
//   falls     the reconstruction falls fast; so a run begins, unless its reconstruction does not fall
//   balance   some term still moves
//   settled   no term moves by more than a fraction of a nat; until one jumps, and they look for a new balance
//
// The first two last for some epochs at least: there a slope that is taken too early is mostly noise.
//
// A slope is that of the straight line through a window of time: the later part of what has passed
// since the run began, or since a term last jumped. Learning slows down as it goes on, roughly as 1 / time,
// and so the noise of such a slope shrinks together with the slope. A window of fixed length would be
// too short late in a run, where borders would be left to the noise of single batches.
//
// How many snapshots there are plays no part, as long as they suffice: curves are taken to be straight
// between their points and are looked at STEP by STEP, and a jump has to stand out of the points'
// own noise. Nothing after a border takes part in it: once found, it stays.

const STEP = 0.125; // epochs between two looks
const BEGIN = 1; // epochs left out: the cliff of the first batches would stand in the windows for long
const FIRST_LOOK = 1.5; // epochs
const LATER = 0.25; // a window begins after this share of the time that has passed
const LONGEST = 40; // epochs in a window
const LEAST_POINTS = 3; // in a window: fewer say nothing of its slope
const LASTING = { falls: 3, balance: 6 }; // epochs at least
const STILL = { nats: 0.3, share: 0.0025 }; // a slope per epoch: so many nats and this share of the term do not count as moving
const FAST = 6; // times that slope
const RECENT = 1; // epochs, which are compared with
const BEFORE = 3; // epochs before these, for a jump
const SURE = 5; // standard errors

/** @typedef {"falls" | "balance" | "settled"} PhaseName */
/** @typedef {{phase: PhaseName, from: number, to: number}} Phase in epochs */
/** @typedef {Record<string, number>} Slopes term -> nats per epoch */

/** In the order of a training's life. @type {PhaseName[]} */
export const PHASES = ["falls", "balance", "settled"];

/**
 * The phases of a run, and how its terms move at the end.
 * @param {number[]} time of each snapshot in epochs, increasing
 * @param {Record<string, number[]>} terms nats per image at these times, "reconstruction" among them
 * @returns {{phases: Phase[], slopes: Slopes | null}} in order and without gaps; none, and null, while
 *   there is too little to tell
 */
export function readPhases(time, terms) {
  const left = time.findIndex((t) => t >= BEGIN);
  const times = left < 0 ? [] : time.slice(left);
  const now = times.at(-1) ?? 0;
  const first = Math.ceil((times[0] ?? 0) / STEP);
  const last = Math.floor(now / STEP);
  const curves = Object.entries(terms).map(([name, values]) => new Curve(name, times, values.slice(left), first, last));
  /** @type {Phase[]} */
  const phases = [];
  /** @type {Slopes | null} */
  let slopes = null;
  let origin = 0; // of the time that has passed: the run's beginning, or the last jump
  for (let step = Math.max(FIRST_LOOK / STEP, first + 2); step <= last; step++) {
    const t = step * STEP;
    const begin = Math.max(first, Math.round(Math.max(origin + LATER * (t - origin), t - LONGEST) / STEP));
    const lines = curves.map((curve) => curve.line(begin, step));
    const jumps = curves.map((curve, i) => curve.jump(t, lines[i]));
    slopes = Object.fromEntries(lines.map(({ name, slope }) => [name, slope]));
    const before = phases.at(-1);
    const jumped = before && before.phase !== "falls" && jumps.some((nats) => nats !== 0);
    if (jumped) origin = t - RECENT;
    const since = t - Math.max(before?.from ?? 0, origin);
    if (!suffice(times, begin * STEP, t)) continue;
    const phase = jumped ? afterJump(lines, jumps) : phaseOf(lines, before?.phase, since);
    if (!phase || phase === before?.phase) continue;
    if (before) before.to = t;
    phases.push({ phase, from: before ? t : 0, to: now });
  }
  return { phases, slopes };
}

/**
 * Where the terms move along these lines, coming from another phase. Phases go forward here.
 * @param {Line[]} lines
 * @param {PhaseName | undefined} before
 * @param {number} since epochs in it, or in the run
 * @returns {PhaseName | undefined}
 */
function phaseOf(lines, before, since) {
  const { slope, still } = reconstructionOf(lines);
  if (!before) return -slope > STILL.nats ? "falls" : since < LASTING.falls ? undefined : "balance";
  if (before === "settled" || since < LASTING[before]) return before;
  if (before === "falls") return -slope > FAST * still ? "falls" : "balance";
  return lines.some((line) => Math.abs(line.slope) > line.still) ? "balance" : "settled";
}

/** Only a jump leads back. @param {Line[]} lines @param {number[]} jumps in nats @returns {PhaseName} */
function afterJump(lines, jumps) {
  const reconstruction = reconstructionOf(lines);
  return -jumps[lines.indexOf(reconstruction)] > 2 * FAST * reconstruction.still ? "falls" : "balance";
}

/** @param {Line[]} lines */
const reconstructionOf = (lines) => /** @type {Line} */ (lines.find(({ name }) => name === "reconstruction"));

/**
 * A straight line through some time of a curve.
 * @typedef {object} Line
 * @property {string} name the term's
 * @property {number} slope nats per epoch
 * @property {number} still slopes up to this one do not count as moving, nats per epoch
 */

/** One term over time. */
class Curve {
  #count = 0; // of points until now
  /** Sums up to each step: of the curve, and of step times curve. */
  #sums = [0];
  #moments = [0];

  /** @param {string} name @param {number[]} time @param {number[]} values @param {number} first step @param {number} last step */
  constructor(name, time, values, first, last) {
    this.name = name;
    this.time = time;
    this.values = values;
    this.first = first;
    let i = 0; // the point before
    for (let step = first; step <= last; step++) {
      while (i < time.length - 2 && time[i + 1] <= step * STEP) i++;
      const rise = time.length > 1 ? (values[i + 1] - values[i]) / (time[i + 1] - time[i]) : 0;
      const value = values[i] + (step * STEP - time[i]) * rise;
      this.#sums.push(/** @type {number} */ (this.#sums.at(-1)) + value);
      this.#moments.push(/** @type {number} */ (this.#moments.at(-1)) + (step - first) * value);
    }
  }

  /** The least-squares line from one step to another. @param {number} begin @param {number} end @returns {Line} */
  line(begin, end) {
    const [a, b] = [begin - this.first, end - this.first + 1];
    const n = b - a;
    const sum = this.#sums[b] - this.#sums[a];
    const moment = this.#moments[b] - this.#moments[a] - (sum * (a + b - 1)) / 2;
    const slope = (12 * moment) / (n * (n * n - 1)) / STEP;
    return { name: this.name, slope, still: STILL.nats + STILL.share * Math.abs(sum / n) };
  }

  /**
   * How far the points of the last epoch lie off the epochs before, beyond what their line explains.
   * @param {number} t now; not before an earlier one
   * @param {Line} line
   * @returns {number} nats; 0 where it is less than `still` in an epoch, or may be noise
   */
  jump(t, { slope, still }) {
    const { time, values } = this;
    while (this.#count < time.length && time[this.#count] <= t) this.#count++;
    const end = this.#count;
    let middle = end - 1;
    while (middle > 0 && time[middle - 1] > t - RECENT) middle--;
    let begin = middle;
    while (begin > 0 && (time[begin - 1] > t - RECENT - BEFORE || middle - begin < 3)) begin--;
    const noise = noiseOf(values.slice(Math.max(0, middle - 40), middle));
    if (noise === null) return 0;
    const off = mean(values, middle, end) - mean(values, begin, middle);
    const drift = slope * (mean(time, middle, end) - mean(time, begin, middle));
    const error = noise * Math.sqrt(1 / (end - middle) + 1 / (middle - begin));
    const beyond = off - Math.min(Math.max(off, Math.min(0, drift)), Math.max(0, drift));
    return Math.abs(beyond) > Math.max(still, SURE * error) ? beyond : 0;
  }
}

/** Whether a window has points enough to speak of a slope. @param {number[]} times @param {number} from @param {number} to */
function suffice(times, from, to) {
  let count = 0;
  for (const t of times) if (t >= from && t <= to && ++count === LEAST_POINTS) return true;
  return false;
}

/** @param {number[]} values @param {number} begin @param {number} end */
function mean(values, begin, end) {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += values[i];
  return sum / (end - begin);
}

/**
 * Standard deviation of points around their curve, from how far each lies off the middle of its neighbours.
 * @param {number[]} values
 * @returns {number | null} null where there are too few
 */
function noiseOf(values) {
  const count = values.length - 2;
  if (count < 3) return null;
  let squares = 0;
  for (let i = 1; i <= count; i++) squares += (values[i + 1] - 2 * values[i] + values[i - 1]) ** 2;
  return Math.sqrt(squares / count / 6) * (1 + 1 / count); // few points may lie on a line by chance
}

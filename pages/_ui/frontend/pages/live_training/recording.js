// What happened in a run, read from the server's record of it: events in order, frames on demand.
// Nothing is pushed and nothing is kept on the server for a viewer, so thirty are as good as one.

import { said } from "../../state/texts.js";

/** @typedef {"queued" | "starting" | "running" | "paused" | "finished" | "stopped" | "diverged" | "failed" | "interrupted"} Status */
/** @typedef {"both" | "encoder" | "decoder"} Part the half that learns */
/** @typedef {"kl" | "reconstruction"} BetaOn the term that β weighs */

/**
 * What is trained, as pages/_ui/training/page.py says it.
 * @typedef {object} Model
 * @property {"elbo" | "autoencoder"} objective
 * @property {boolean} conditional
 * @property {boolean} learned_prior
 * @property {boolean} density whether p(x|z) is a density, whose log depends on the unit of x
 */

/**
 * A run as it began, from the same place.
 * @typedef {object} Run
 * @property {string} id
 * @property {string} url relative to the app
 * @property {Status} status when Python said so; the recording knows it better
 * @property {number} epochs that it shall last; 0: until somebody stops it
 * @property {boolean} fresh no batch had been seen then
 * @property {number} beta
 * @property {BetaOn | null} beta_on null where the objective has no β
 * @property {number} learning_rate
 */

/**
 * How far a run had come.
 * @typedef {object} Snapshot
 * @property {number} step batches seen
 * @property {number} epoch passes over the training images, a fraction within an epoch
 * @property {Record<string, number>} terms nats per image, by name
 * @property {number} images seen
 * @property {number} images_per_second of the last seconds
 * @property {number} seconds spent computing
 */

/**
 * Figures on validation images, nats per image, at the moment of a frame.
 * @typedef {{reconstruction: number, kl?: number, kl_per_dim?: number[], active_units: number}} HeldOut
 */

/**
 * In force from the next step on; again: so soon after the one before that it takes its place.
 * @typedef {{step: number, beta: number, learning_rate: number, part: Part, again?: boolean}} Control
 */
/** @typedef {{index: number, step: number, epoch: number, beta: number, accuracy: number, held_out?: HeldOut | null}} Frame */

/**
 * What the server sends, as vae_core/runs/schema.py describes it.
 * @typedef {{type: "status", status: Status, message?: string | null, key?: string, parameters?: Record<string, string>, step?: number}
 *   | {type: "snapshot"} & Snapshot
 *   | {type: "control"} & Control
 *   | {type: "frame"} & Frame
 *   | {type: "checkpoint" | "kept"}} RunEvent
 */

/**
 * What each frame holds, and whose digits they are.
 * @typedef {object} Layout
 * @property {number} digits whose latent means are shown
 * @property {number[]} labels of these digits
 * @property {string[]} class_names
 * @property {number} prior_means classes, if the prior is learned; 0 otherwise
 * @property {number} grid tiles along each side of the manifold
 * @property {number} reconstructions
 * @property {number} side of a digit, in pixels
 * @property {boolean} conditional whether a row of the manifold is a label, and a column one ε
 * @property {number} held_out validation images that figures are of
 */

/**
 * What is in one frame.
 * @typedef {object} FrameRecord
 * @property {Float32Array} mu latent means, [digits, 2]
 * @property {Float32Array} prior the prior's learned means, [prior_means, 2]
 * @property {Uint8Array} manifold [grid, grid, side, side]
 * @property {Uint8Array} reconstructions [reconstructions, side, side]
 */

/** @type {Partial<Record<Status, number>>} */
const POLL_MS = { queued: 500, starting: 200, running: 250, paused: 800 };
const REST_MS = 4000; // a run that has ended may still be resumed by somebody
const HIDDEN_MS = 3000;
const EAGER_MS = 250;
const NEWS_MS = 8000; // in which news are expected after something was done
const PATIENCE_MS = 6000; // without an answer, before the viewer is told
const KEPT_FRAMES = 400;
const MOST_SNAPSHOTS = 6000; // of more, every second one goes
/** @type {ReadonlySet<Status>} */
const LIVE = new Set(["queued", "starting", "running", "paused"]);

export class Recording {
  /** @type {Snapshot[]} */
  snapshots = [];
  /** Where one of them changed. @type {Control[]} */
  controls = [];
  /** @type {Frame[]} */
  frames = [];
  /** @type {Status} */
  status = "queued";
  /** What there is to say about the status. @type {string | null} */
  message = null;
  /** In the queue. @type {number | null} */
  place = null;
  lost = false; // no answer from the server for a while
  next = 0; // byte of the record from which to read on
  /** What frames hold, by their step. @type {Map<number, Promise<FrameRecord>>} */
  store = new Map();
  /** @type {Promise<Layout> | undefined} */
  known;
  /** @type {Uint8Array | undefined} */
  digits;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
  asking = false;
  eager = 0; // until when news are expected
  gone = false;

  /**
   * @param {Pick<import("../../state/host.js").Host, "json" | "bytes">} host
   * @param {string} url of the run, relative to the app
   * @param {() => void} changed called when there is news
   */
  constructor(host, url, changed) {
    this.host = host;
    this.url = url;
    this.changed = changed;
    this.answered = performance.now();
    this.#poll();
  }

  /** Ask again now, and often for a while: something was done that will be news. */
  hurry() {
    this.eager = performance.now() + NEWS_MS;
    clearTimeout(this.timer);
    if (!this.asking) this.#poll();
  }

  async #poll() {
    this.asking = true;
    let more = false;
    try {
      const { events, next, place } = await this.host.json(`${this.url}/events?after=${this.next}`);
      this.answered = performance.now();
      const news = events.length > 0 || place !== this.place || this.lost || this.next === 0;
      more = events.length > 0 && next - this.next > 100_000; // a long history comes in pieces
      this.lost = false;
      this.place = place;
      this.next = next;
      for (const event of events) this.#take(event);
      if (news && !this.gone) this.changed();
    } catch {
      if (!this.lost && performance.now() - this.answered > PATIENCE_MS) {
        this.lost = true;
        if (!this.gone) this.changed();
      }
    }
    this.asking = false;
    if (this.gone) return;
    const often = document.hidden ? HIDDEN_MS : (POLL_MS[this.status] ?? REST_MS);
    const wait = performance.now() < this.eager ? Math.min(often, EAGER_MS) : often;
    this.timer = setTimeout(() => this.#poll(), more ? 0 : wait);
  }

  /** @param {RunEvent} event */
  #take(event) {
    if (event.type === "status") {
      this.status = event.status;
      this.message = said(event);
      if (event.step !== undefined) this.#goBack(event.step);
    } else if (event.type === "snapshot") {
      this.snapshots.push(event);
      if (this.snapshots.length > MOST_SNAPSHOTS) this.snapshots = this.snapshots.filter((_, i, all) => (all.length - i) % 2 === 1);
    } else if (event.type === "control") {
      if (event.again) this.controls.pop();
      this.controls.push(event);
    } else if (event.type === "frame") {
      const taken = this.frames.findIndex(({ index }) => index === event.index);
      if (taken >= 0) this.frames.splice(taken, 1);
      this.frames.push(event);
    }
  }

  /** A resumed run goes on from an earlier step: what was recorded after it is void. @param {number} step */
  #goBack(step) {
    const holds = (/** @type {{step: number}} */ event) => event.step <= step;
    this.snapshots = this.snapshots.filter(holds);
    this.controls = this.controls.filter(holds);
    this.frames = this.frames.filter(holds);
  }

  get live() {
    return LIVE.has(this.status);
  }

  /** Steps of one pass over the data, as far as the events tell. */
  get stepsPerEpoch() {
    const known = this.snapshots.at(-1);
    return known ? known.step / known.epoch : NaN;
  }

  /** Which digits the frames show: labels, class names, sizes. @returns {Promise<Layout>} */
  layout() {
    this.known ??= this.host.json(`${this.url}/frames.json`).catch((error) => {
      this.known = undefined; // there are none yet
      throw error;
    });
    return this.known;
  }

  /** The test digits whose reconstructions the frames hold, (n, 28, 28) bytes. */
  async originals() {
    this.digits ??= new Uint8Array(await this.host.bytes(`${this.url}/originals.bin`));
    return this.digits;
  }

  /** What a frame holds. @param {Frame} frame */
  frame({ index, step }) {
    let record = this.store.get(step);
    if (!record) {
      record = this.#frame(index, step);
      this.store.set(step, record);
      record.catch(() => this.store.delete(step));
      const [oldest] = this.store.keys();
      if (this.store.size > KEPT_FRAMES) this.store.delete(oldest);
    }
    return record;
  }

  /** @param {number} index @param {number} step @returns {Promise<FrameRecord>} */
  async #frame(index, step) {
    const { digits, prior_means: classes, grid, reconstructions, side } = await this.layout();
    const buffer = await this.host.bytes(`${this.url}/frames/${index}.bin?step=${step}`);
    const means = 8 * (digits + classes);
    const tiles = grid * grid * side * side;
    return {
      mu: new Float32Array(buffer, 0, 2 * digits), // little-endian, as every browser's machine is
      prior: new Float32Array(buffer, 8 * digits, 2 * classes),
      manifold: new Uint8Array(buffer, means, tiles),
      reconstructions: new Uint8Array(buffer, means + tiles, reconstructions * side * side),
    };
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.timer);
    this.store.clear();
  }
}

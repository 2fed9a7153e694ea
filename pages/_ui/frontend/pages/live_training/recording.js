// What happened in a run, read from the server's record of it: events in order, frames on demand.
// Nothing is pushed and nothing is kept on the server for a viewer, so thirty are as good as one.

const POLL_MS = { queued: 500, starting: 200, running: 250, paused: 800 };
const REST_MS = 4000; // a run that has ended may still be resumed by somebody
const HIDDEN_MS = 3000;
const PATIENCE_MS = 6000; // without an answer, before the viewer is told
const KEPT_FRAMES = 400;
const LIVE = new Set(["queued", "starting", "running", "paused"]);

export const isLive = (status) => LIVE.has(status);

export class Recording {
  /**
   * @param {{json: (path: string) => Promise<any>, bytes: (path: string) => Promise<ArrayBuffer>}} host
   * @param {string} url of the run, relative to the app
   * @param {() => void} changed called when there is news
   */
  constructor(host, url, changed) {
    this.host = host;
    this.url = url;
    this.changed = changed;
    this.next = 0;
    this.snapshots = []; // {step, epoch, terms, validation: {terms} | null, kl_per_dim, ...}
    this.controls = []; // {step, beta, learning_rate, part} where one of them changed
    this.frames = []; // {index, step, epoch, beta, accuracy}
    this.status = "queued";
    this.message = null;
    this.place = null;
    this.lost = false; // no answer from the server for a while
    this.store = new Map(); // frame index -> promise of its arrays
    this.answered = performance.now();
    this.#poll();
  }

  /** Ask again now: something was done that will be news. */
  hurry() {
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
      events.forEach((event) => this.#take(event));
      if (news && !this.gone) this.changed();
    } catch {
      if (!this.lost && performance.now() - this.answered > PATIENCE_MS) {
        this.lost = true;
        if (!this.gone) this.changed();
      }
    }
    this.asking = false;
    if (this.gone) return;
    const wait = document.hidden ? HIDDEN_MS : (POLL_MS[this.status] ?? REST_MS);
    this.timer = setTimeout(() => this.#poll(), more ? 0 : wait);
  }

  #take(event) {
    if (event.type === "status") {
      Object.assign(this, { status: event.status, message: event.message ?? null });
      if (Number.isInteger(event.step)) this.#goBack(event.step);
    } else if (event.type === "snapshot") this.snapshots.push(withTerms(event));
    else if (event.type === "control") this.controls.push(event);
    else if (event.type === "frame") this.frames.push(event);
  }

  /** A resumed run goes on from an earlier step: what was recorded after it is void. */
  #goBack(step) {
    for (const name of ["snapshots", "controls", "frames"]) {
      this[name] = this[name].filter((event) => event.step <= step);
    }
  }

  get live() {
    return isLive(this.status);
  }

  /** Steps of one pass over the data, as far as the events tell. */
  get stepsPerEpoch() {
    const known = this.snapshots.at(-1);
    return known ? known.step / known.epoch : NaN;
  }

  /** Which digits the frames show: labels, class names, sizes. */
  layout() {
    this.known ??= this.host.json(`${this.url}/frames.json`).catch((error) => {
      this.known = null; // there are none yet
      throw error;
    });
    return this.known;
  }

  /** The test digits whose reconstructions the frames hold, (n, 28, 28) bytes. */
  async originals() {
    this.digits ??= new Uint8Array(await this.host.bytes(`${this.url}/originals.bin`));
    return this.digits;
  }

  /** One record: latent means (n, 2), the prior's learned means, manifold and reconstructions. */
  frame(index) {
    if (!this.store.has(index)) {
      const record = this.#frame(index);
      this.store.set(index, record);
      record.catch(() => this.store.delete(index));
      if (this.store.size > KEPT_FRAMES) this.store.delete(this.store.keys().next().value);
    }
    return this.store.get(index);
  }

  async #frame(index) {
    const { digits, prior_means: classes = 0, grid, reconstructions, side } = await this.layout();
    const buffer = await this.host.bytes(`${this.url}/frames/${index}.bin`);
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

/** Figures on validation images come as a log-likelihood and a KL: the same terms, so that charts compare. */
function withTerms(snapshot) {
  const held = snapshot.validation;
  if (!held) return snapshot;
  const kl = held.kl === null ? {} : { kl: held.kl };
  return { ...snapshot, validation: { terms: { reconstruction: -held.log_likelihood, ...kl } } };
}

// A pointer that wanders over the map until the visitor moves: what the map does is seen before anything
// is done. It never comes back, and nobody who wants less motion, or comes by a link to a place, sees it.

const PERIODS = [27, 20]; // seconds, of the two coordinates: a curve that is long in closing
const FRAME_MS = 30; // at least, between two places

let moved = false; // somebody has: for all maps that this tab shows
const EVENTS = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"];

export class Ghost {
  #frame = 0;
  #last = 0;

  /** @param {() => void} stopped the visitor has moved */
  constructor(stopped) {
    this.stopped = stopped;
    for (const event of EVENTS) addEventListener(event, this.#moved, { capture: true, passive: true });
  }

  /** Whether it is on its way. */
  get wanders() {
    return this.#frame > 0;
  }

  /**
   * Wander over these points, unless somebody has moved already.
   * @param {Float32Array} mu [N, 2]
   * @param {(z: number[]) => void} step it is here
   */
  start(mu, step) {
    if (moved || this.wanders || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const [x, y] = [0, 1].map((d) => spreadOf(mu, d));
    const began = performance.now();
    const next = (/** @type {number} */ now) => {
      this.#frame = requestAnimationFrame(next);
      if (now - this.#last < FRAME_MS) return;
      this.#last = now;
      const [across, up] = PERIODS.map((seconds) => (2 * Math.PI * (now - began)) / 1000 / seconds);
      step([x.mean + 1.6 * x.deviation * Math.sin(across), y.mean + 1.6 * y.deviation * Math.sin(up + 1)]);
    };
    this.#frame = requestAnimationFrame(next);
  }

  /** Something else is to be seen. */
  stop() {
    if (this.wanders) this.#moved();
  }

  #moved = () => {
    moved = true;
    const { wanders } = this;
    this.destroy();
    if (wanders) this.stopped();
  };

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    for (const event of EVENTS) removeEventListener(event, this.#moved, { capture: true });
  }
}

/** Mean and standard deviation of a coordinate. @param {Float32Array} mu @param {number} d */
function spreadOf(mu, d) {
  let [sum, squares] = [0, 0];
  for (let i = d; i < mu.length; i += 2) {
    sum += mu[i];
    squares += mu[i] * mu[i];
  }
  const count = mu.length / 2;
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

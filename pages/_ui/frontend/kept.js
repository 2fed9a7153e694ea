// The pins: those that the server has decoded, and clicks that it has not answered yet.

import { Actions } from "./actions.js";

const DECIMALS = 4; // what is sent is what is decoded, and what a link can carry
const SAME = 10 ** -DECIMALS;
const ANSWER_MS = 15000;
const NO_ANSWER = "The last pin got no answer. Check that the app is still running.";

export class Kept {
  /** @param {(message?: string) => void} changed called after every change, with what to say */
  constructor(changed) {
    this.changed = changed;
    this.actions = new Actions();
    this.pins = [];
    this.pending = []; // {z, label, means, undone, timer}
  }

  /** Pins and waiting clicks in the order of the path. */
  get all() {
    return [...this.pins, ...this.waiting];
  }

  get waiting() {
    return this.pending.filter((pin) => !pin.undone);
  }

  /**
   * Keep a place.
   * @param {number[]} place
   * @param {number} [label] of a conditional model's digit
   * @param {(z: number[]) => Float32Array} decode gives the digit to show until the server's comes
   * @param {number} limit of pins
   * @returns {number[] | null} z as it is kept, or null where nothing was
   */
  add(place, label, decode, limit) {
    const z = place.map((value) => Number(value.toFixed(DECIMALS)));
    if (this.all.some((pin) => same(pin, { z, label }, SAME / 2))) return null;
    if (this.pins.length + this.pending.length >= limit) {
      this.changed(`${limit} pins at most: remove one first.`);
      return null;
    }
    const pin = { z, label, means: Float32Array.from(decode(z)) };
    pin.timer = setTimeout(() => this.#forget(pin), ANSWER_MS);
    this.pending.push(pin);
    this.actions.push({ type: "pin", z, label });
    this.changed();
    return z;
  }

  remove(id) {
    this.actions.push({ type: "unpin", id });
  }

  clear() {
    this.actions.push({ type: "clear" });
  }

  /** Take the newest one back: at once on screen, at the server once that has given it an id. */
  undo() {
    const last = this.pending.at(-1);
    if (last) last.undone = true;
    else if (this.pins.length) this.remove(this.pins.at(-1).id);
    this.changed();
  }

  /** The server's list of pins, and its message if it refused something. */
  adopt(pins, message) {
    const known = new Set(this.pins.map(({ id }) => id));
    const fresh = pins.filter(({ id }) => !known.has(id));
    if (fresh.length || pins.length < this.pins.length || message) this.actions.answered();
    for (const waiting of [...this.pending]) {
      const answer = fresh.findIndex((pin) => same(pin, waiting, SAME));
      if (answer < 0 && !message) continue;
      const [pin] = answer < 0 ? [] : fresh.splice(answer, 1);
      clearTimeout(waiting.timer);
      this.pending = this.pending.filter((other) => other !== waiting);
      if (pin && waiting.undone) this.remove(pin.id);
    }
    this.pins = pins;
    this.changed();
  }

  #forget(pin) {
    this.pending = this.pending.filter((other) => other !== pin);
    this.changed(NO_ANSWER);
  }

  stop() {
    this.actions.stop();
    this.pending.forEach(({ timer }) => clearTimeout(timer));
  }
}

// The server's pins have the label null where there are no labels, the clicks here undefined.
const same = (a, b, reach) =>
  Math.hypot(a.z[0] - b.z[0], a.z[1] - b.z[1]) < reach && (a.label ?? null) === (b.label ?? null);

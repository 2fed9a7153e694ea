// Listeners by the name of what they listen to.

export class Emitter {
  /** @type {Map<string, ((...values: any[]) => void)[]>} */
  #listeners = new Map();

  /** @param {string} event @param {(...values: any[]) => void} listener */
  on(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  /** @param {string} event @param {any[]} values */
  emit(event, ...values) {
    for (const listener of this.#listeners.get(event) ?? []) listener(...values);
  }
}

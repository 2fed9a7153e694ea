// The pins: kept places of the plane, each with what PyTorch decodes there.

import { t } from "../../state/texts.js";
import { pinAddress } from "./addresses.js";
import { PinAnswers } from "./pin_answers.js";
import { PinStrip } from "./pin_strip.js";
import { MAX_PINS, withoutPin, withPin } from "./view.js";

/** @typedef {import("../../core/model.js").Model} Model */
/** @typedef {import("../../state/fields.js").Pin} Pin */

export class Pins {
  #store;
  #color;
  #answered;
  #answers;
  #strip;
  #full = false; // somebody has tried to keep one more

  /**
   * @param {import("../../state/store.js").Store<import("./view.js").View>} store
   * @param {import("../../state/host.js").Host} host
   * @param {object} on
   * @param {(z: number[], label: number | null) => void} on.look the pointer is on a pin of the strip
   * @param {() => void} on.away
   * @param {(label: number) => string} on.color of a label
   * @param {() => void} on.answered there is more to show of a pin
   */
  constructor(store, host, { look, away, color, answered }) {
    this.#store = store;
    this.#color = color;
    this.#answered = answered;
    this.#answers = new PinAnswers(host, answered);
    const remove = (/** @type {number} */ index) => store.set(withoutPin(store.view, index));
    this.#strip = new PinStrip({ look, away, color, remove, clear: () => store.set({ pins: [] }) });
  }

  get element() {
    return this.#strip.element;
  }

  /**
   * Keep a place, unless it is kept already or there are enough.
   * @param {number[]} z
   * @param {number | null} label
   * @param {Partial<import("./view.js").View>} more changes with it, in any case
   * @returns {[number, number] | null} the place as it is kept; null where it is not
   */
  keep(z, label, more) {
    const { view } = this.#store;
    const change = withPin(view, z, label);
    const full = view.pins.length >= MAX_PINS;
    if (!change || full) {
      this.#store.set(more);
      this.#full = Boolean(change);
      this.#answered();
      return null;
    }
    this.#store.set({ ...change, ...more });
    return change.pins[change.pins.length - 1].z;
  }

  /**
   * A place may be kept in a moment: a finger takes a tenth of a second to let go, and the answer
   * can be there by then.
   * @param {number[]} z
   * @param {number | null} label
   * @param {import("../../state/host.js").OfferedModel} offered
   */
  expect(z, label, offered) {
    const { view } = this.#store;
    const change = withPin(view, z, label);
    if (change && view.pins.length < MAX_PINS) this.#answers.ask(pinAddress(offered, change.pins[view.pins.length]));
  }

  /** The last one was the first half of something else, which no step of the history shall remember. */
  takeBack() {
    const { view } = this.#store;
    this.#store.set({ ...withoutPin(view, view.pins.length - 1), digit: null }, { step: false });
  }

  /**
   * @param {Pin[]} pins each with the label that it is decoded with
   * @param {import("../../state/host.js").OfferedModel} offered
   * @param {Model | null} model null before it is there
   * @param {string[]} names of the classes
   * @returns {import("../../plane/marks.js").Pin[]} what the plane shows of them
   */
  show(pins, offered, model, names) {
    const addresses = pins.map((pin) => pinAddress(offered, pin));
    this.#answers.want(addresses);
    const cards = pins.map((pin, i) => {
      const answer = this.#answers.get(addresses[i]) ?? null;
      const means = answer ? null : (model?.decode(pin.z, pin.label ?? undefined).slice() ?? null);
      return { ...pin, means, answer };
    });
    this.#full &&= pins.length >= MAX_PINS;
    const full = this.#full ? t("latent_map.pins.full", { limit: MAX_PINS }) : "";
    const message = [full, this.#answers.problem].filter(Boolean).join(" ");
    this.#strip.show(cards, names, message);
    return cards.map(({ z, label, answer }, i) => ({
      z,
      number: String(i + 1),
      color: label === null ? null : this.#color(label),
      pending: !answer,
    }));
  }

  destroy() {
    this.#answers.destroy();
  }
}

// A link to the latent map with one more pin.

import { label, pinAt, pins, samePin, text } from "../../state/fields.js";
import { readAddress, writeAddress } from "../../state/address.js";

const FIELDS = { model: text(), label: label(), pins: pins(Infinity) };

/**
 * @param {string} before the address of the map so far, with the pins that it has
 * @param {string} model its name
 * @param {number[]} z
 * @param {number} chosen the label
 * @returns {string} the query of the map's page
 */
export function withPin(before, model, z, chosen) {
  const { view } = readAddress(FIELDS, before);
  const pin = pinAt(z, chosen);
  const first = !view.pins.length;
  const all = view.pins.some((other) => samePin(other, pin)) ? view.pins : [...view.pins, pin];
  return writeAddress(FIELDS, { model, label: first ? chosen : view.label, pins: all }, before);
}

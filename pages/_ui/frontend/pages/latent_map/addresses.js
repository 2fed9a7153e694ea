// Addresses that name what the server decodes: a pin, and a walk between pins.

import { pinText } from "../../state/fields.js";

/** @typedef {import("../../state/host.js").OfferedModel} OfferedModel */

const STEPS_PER_LEG = 12; // of an exported walk, from one pin to the next
const MOST_STEPS = 120;

/**
 * @param {Pick<OfferedModel, "pin" | "digits">} model where it is answered, and which digits it is
 *   compared with
 * @param {import("../../state/fields.js").Pin} pin with its label if the model is conditional
 */
export function pinAddress({ pin: address, digits }, { z, label }) {
  const of = label === null ? "" : `&label=${label}`;
  return `${address}?z=${z.join(",")}${of}${digits ? `&digits=${digits.id}` : ""}`;
}

/**
 * Kind of file -> address of the walk through the pins; none where no server draws it.
 * @param {Pick<OfferedModel, "sha256" | "path">} model
 * @param {import("../../state/fields.js").Pin[]} pins
 * @param {Pick<import("../../state/host.js").Host, "url">} host
 * @param {boolean} dark whether in the colors of a dark page
 * @returns {Record<string, string>}
 */
export function exportsOf({ sha256, path }, pins, host, dark) {
  if (!path || pins.length < 2) return {};
  const steps = Math.min(STEPS_PER_LEG * (pins.length - 1) + 1, MOST_STEPS);
  const query = `model=${sha256}${pins.map((pin) => `&z=${pinText(pin)}`).join("")}&steps=${steps}&theme=${dark ? "dark" : "light"}`;
  return Object.fromEntries(["gif", "png"].map((kind) => [kind, host.url(`${path}.${kind}?${query}`)]));
}

// Labels by name and color.

import { h } from "../../parts/elements.js";
import { colorsOf, inkOn } from "../../parts/palette.js";
import { t } from "../../state/texts.js";

/** @typedef {{names: string[], colors: string[], areDigits: boolean}} Labels */

/** @param {string[]} names of the model's labels @param {boolean} dark @returns {Labels} */
export const labelsOf = (names, dark) => ({
  names,
  colors: colorsOf(names.length, dark),
  areDigits: names.every((name) => /^\d+$/.test(name)),
});

/** "Digit 6", or the name alone where it says enough. @param {Labels} labels @param {number} label */
export const nameOf = ({ names, areDigits }, label) =>
  areDigits ? t("label_grid.digit", { label: names[label] }) : names[label];

/** @param {Labels} labels @param {number} label @param {number} style */
export const nameInStyle = (labels, label, style) =>
  t("label_grid.in_style", { name: nameOf(labels, label), style });

/**
 * The label's name on its color.
 * @param {Labels} labels
 * @param {number} label
 * @param {(() => void) | null} choose makes it a button
 */
export function labelHead({ names, colors }, label, choose = null) {
  const button = choose ? { type: "button", onclick: choose } : {};
  const attributes = { class: "head", title: names[label], ...button };
  const element = h(choose ? "button" : "span", attributes, names[label]);
  element.style.setProperty("--class", colors[label]);
  element.style.setProperty("--on-class", inkOn(colors[label]));
  return element;
}

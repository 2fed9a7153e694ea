// What the latent map shows, as one value, and what a person can do to it. Its text is the address:
//     ?model=cvae&layers=points,manifold&pins=0.42,-1.13,6;1,2&label=6&classes=3,5&digit=12&view=0,0,3

import { index, label, labels, names, pinAt, pins, planeView, samePin, text } from "../../state/fields.js";

export const LAYERS = ["points", "manifold", "prior", "posterior", "names"];
export const MAX_PINS = 12;

/** @typedef {import("../../state/fields.js").Pin} Pin */
/** @typedef {import("../../plane/view.js").View} PlaneView */

/**
 * @typedef {object} View
 * @property {string} model
 * @property {readonly string[]} layers
 * @property {Pin[]} pins
 * @property {number | null} label
 * @property {readonly number[] | null} classes whose points are shown, without labels to choose; null: all
 * @property {number | null} digit the real one whose q(z|x) is opened
 * @property {PlaneView | null} view null: the whole plane
 */

/** @type {import("../../state/address.js").Fields<View>} */
export const FIELDS = {
  model: text(), // for Python, which says which one that is
  layers: names(LAYERS, ["points", "manifold", "prior", "names"]),
  pins: pins(MAX_PINS), // oldest first
  label: label(), // that a conditional model decodes, and pins without one of their own
  classes: labels(),
  digit: index(),
  view: planeView(),
};

/**
 * The layers in which a model has something to show. A plain autoencoder has no prior, and its encoder
 * gives no variance; the classes of a conditional model lie over one another, so none has a place.
 * @param {import("../../state/host.js").Objective} objective
 * @param {number} classes 0 for a model that is not conditional
 */
export const layersOf = (objective, classes) =>
  LAYERS.filter(
    (name) =>
      !(objective === "autoencoder" && ["prior", "posterior"].includes(name)) && !(classes && name === "names"),
  );

/** Which of so many classes are shown. @param {View} view @param {number} count */
export function shownClasses({ classes }, count) {
  const flags = Array.from({ length: count }, (_, i) => classes === null || classes.includes(i));
  return flags.some(Boolean) ? flags : flags.map(() => true);
}

/**
 * Which of so many classes stand out: the chosen label's, or where there is none to choose those that are shown.
 * @param {View} view @param {number} count @param {number | null} chosen
 */
export const outstanding = (view, count, chosen) =>
  chosen === null ? shownClasses(view, count) : Array.from({ length: count }, (_, i) => i === chosen);

/**
 * A class is picked: shown alone where all are shown, else it joins those that are, or leaves them.
 * @param {View} view @param {number} count of classes @param {number | null} picked null: all of them
 */
export function withClass(view, count, picked) {
  const shown = shownClasses(view, count);
  const all = shown.every(Boolean);
  const classes = shown.flatMap((on, i) => ((i === picked ? all || !on : on && !all) ? [i] : []));
  const every = picked === null || classes.length === 0 || classes.length === count;
  return { classes: every ? null : classes };
}

/** Whether a view leads to a place, and not to the map as a whole. @param {View} view */
export const showsPlace = ({ pins: kept, view, digit }) => kept.length > 0 || view !== null || digit !== null;

/** A layer is switched on or off. @param {View} view @param {string} name @param {boolean} on */
export const withLayer = (view, name, on) => ({
  layers: LAYERS.filter((each) => (each === name ? on : view.layers.includes(each))),
});

/** The label that a conditional model decodes a pin with. @param {View} view @param {Pin} pin */
const labelOf = (view, pin) => pin.label ?? view.label ?? 0;

/**
 * What is decoded at each pin. A model without labels ignores those of the view, which the address keeps.
 * @param {View} view
 * @param {number} classes 0 for a model that is not conditional
 * @returns {Pin[]}
 */
export const stops = (view, classes) =>
  view.pins.map((pin) => ({ ...pin, label: classes ? labelOf(view, pin) : null }));

/** Another label is chosen: pins that had none keep the one they show. @param {View} view @param {number} chosen */
export const withLabel = (view, chosen) => ({
  label: chosen,
  pins: distinct(view.pins.map((pin) => ({ ...pin, label: labelOf(view, pin) }))),
});

/**
 * One more pin; null where there is one already.
 * @param {View} view
 * @param {number[]} z
 * @param {number | null} of its label
 */
export function withPin(view, z, of) {
  const pin = pinAt(z, of);
  return view.pins.some((other) => samePin(pin, other)) ? null : { pins: [...view.pins, pin] };
}

/** @param {View} view @param {number} index of a pin */
export const withoutPin = (view, index) => ({ pins: view.pins.filter((_, i) => i !== index) });

/**
 * What has to change for a model of so many labels, which may not have those of the view.
 * @param {View} view
 * @param {number} classes
 * @returns {{unknown: number[], change: Pick<View, "label" | "pins">}} unknown: labels that it does not have
 */
export function fitting(view, classes) {
  const asked = [view.label ?? 0, ...view.pins.map(({ label: of }) => of ?? 0)];
  const unknown = classes ? [...new Set(asked)].filter((of) => of >= classes).sort((a, b) => a - b) : [];
  const fit = (/** @type {number | null} */ of) => (of === null || unknown.includes(of) ? null : of);
  const fitted = view.pins.map((pin) => ({ ...pin, label: fit(pin.label) }));
  return { unknown, change: { label: fit(view.label), pins: distinct(fitted) } };
}

/** @param {Pin[]} all */
const distinct = (all) => all.filter((pin, i) => all.findIndex((other) => samePin(pin, other)) === i);

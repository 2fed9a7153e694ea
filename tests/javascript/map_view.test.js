// What a person can do to the latent map's view, and which views suit which models.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress } from "../../pages/_ui/frontend/state/address.js";
import { pinAt } from "../../pages/_ui/frontend/state/fields.js";
import {
  FIELDS, fitting, LAYERS, layersOf, outstanding, shownClasses, stops, withClass, withLabel, withLayer, withoutPin, withPin,
} from "../../pages/_ui/frontend/pages/latent_map/view.js";

/** @param {string} query */
const viewOf = (query) => readAddress(FIELDS, query).view;
/** @param {import("../../pages/_ui/frontend/pages/latent_map/view.js").View} view */
const labelsOf = (view) => stops(view, 10).map(({ label }) => label);

test("a place is pinned once, and with each label once", () => {
  const view = viewOf("?pins=1,2,3");
  assert.equal(withPin(view, [1.00001, 2], 3), null);
  assert.deepEqual(withPin(view, [1, 2], 8)?.pins, [pinAt([1, 2], 3), pinAt([1, 2], 8)]);
});

test("a pin is removed by its place in the strip", () => {
  assert.deepEqual(withoutPin(viewOf("?pins=1,2;3,4;5,6"), 1).pins, [pinAt([1, 2]), pinAt([5, 6])]);
});

test("pins carry their label in the address", () => {
  let view = { ...viewOf("?model=cvae"), ...withLabel(viewOf(""), 6) };
  view = { ...view, model: "cvae", ...withPin(view, [0.42, -1.13], 6) };
  assert.equal(writeAddress(FIELDS, view), "?model=cvae&pins=0.42,-1.13,6&label=6");
});

test("a pin without a label shows the link's label, and keeps it when another is chosen", () => {
  const view = viewOf("?pins=1,2;3,4,5&label=6");
  assert.deepEqual(labelsOf(view), [6, 5]);
  assert.deepEqual(withLabel(view, 2).pins, [pinAt([1, 2], 6), pinAt([3, 4], 5)]);
});

test("pins that become the same by a choice of a label become one", () => {
  assert.deepEqual(withLabel(viewOf("?pins=1,2;1,2,6&label=6"), 2).pins, [pinAt([1, 2], 6)]);
});

test("a model is never asked for a label that it has not", () => {
  const view = viewOf("?pins=1,2,42;3,4,5&label=6");
  const { unknown, change } = fitting(view, 10);
  assert.deepEqual(unknown, [42]);
  assert.deepEqual(labelsOf({ ...view, ...change }), [6, 5]);
  const { change: fewer, unknown: more } = fitting(view, 4);
  assert.deepEqual(more, [5, 6, 42]);
  assert.deepEqual(labelsOf({ ...view, ...fewer }), [0, 0]);
});

test("a model without labels suits every view, ignores its labels, and the address keeps them", () => {
  const view = viewOf("?pins=1,2,42&label=99");
  assert.deepEqual(fitting(view, 0).unknown, []);
  assert.deepEqual(stops(view, 0), [pinAt([1, 2])]);
  assert.equal(writeAddress(FIELDS, view), "?pins=1,2,42&label=99");
});

test("a plain autoencoder has neither a prior nor a posterior to show", () => {
  assert.deepEqual(layersOf("autoencoder", 0), ["points", "manifold", "names"]);
  assert.deepEqual(layersOf("elbo", 0), LAYERS);
});

test("the classes of a conditional model lie over one another: no name has a place", () => {
  assert.deepEqual(layersOf("elbo", 10), LAYERS.filter((name) => name !== "names"));
});

test("a first visit sees points, the manifold under them, the prior and the names", () => {
  assert.deepEqual(viewOf("").layers, ["points", "manifold", "prior", "names"]);
  assert.deepEqual(viewOf("?layers=clouds").layers, viewOf("").layers);
});

test("isolated classes are in the address; those that a model has not hide nothing", () => {
  const view = viewOf("?classes=1,3,42");
  assert.deepEqual(shownClasses(view, 5), [false, true, false, true, false]);
  assert.deepEqual(shownClasses(viewOf("?classes=42"), 2), [true, true]);
  assert.equal(writeAddress(FIELDS, { ...viewOf(""), classes: [4, 9], digit: 12 }), "?classes=4,9&digit=12");
});

test("a class that is picked is shown alone, further ones join it, and none or all of them are all", () => {
  /** @param {string} query @param {number | null} picked */
  const after = (query, picked) => withClass(viewOf(query), 5, picked).classes;
  assert.deepEqual(after("", 3), [3]);
  assert.deepEqual(after("?classes=3", 1), [1, 3]);
  assert.deepEqual(after("?classes=1,3", 3), [1]);
  assert.equal(after("?classes=1", 1), null);
  assert.equal(after("?classes=0,1,2,3", 4), null);
  assert.equal(after("?classes=1,3", null), null);
});

test("of a conditional model the chosen label stands out alone, whatever classes the address has", () => {
  assert.deepEqual(outstanding(viewOf("?classes=0,1"), 4, 2), [false, false, true, false]);
  assert.deepEqual(outstanding(viewOf("?classes=0,1"), 4, null), [true, true, false, false]);
});

test("a layer is switched alone: those that this model does not have stay in the address", () => {
  const view = viewOf("?layers=points,prior,posterior");
  assert.deepEqual(withLayer(view, "manifold", true).layers, ["points", "manifold", "prior", "posterior"]);
  assert.deepEqual(withLayer(view, "points", false).layers, ["prior", "posterior"]);
});

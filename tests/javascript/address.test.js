// The view and the address: every view survives the trip, and no address does harm.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readAddress, textsOf, writeAddress } from "../../pages/_ui/frontend/state/address.js";
import {
  integer, MAX_COORDINATE, labels, name, names, number, pinAt, pinText, samePin,
} from "../../pages/_ui/frontend/state/fields.js";
import { FIELDS, LAYERS, MAX_PINS } from "../../pages/_ui/frontend/pages/latent_map/view.js";

const DEFAULTS = readAddress(FIELDS, "").view;
/** @param {Record<string, string>} query */
const read = (query) => readAddress(FIELDS, `?${new URLSearchParams(query)}`);

const coordinate = fc.double({ min: -MAX_COORDINATE, max: MAX_COORDINATE, noNaN: true });
const label = fc.option(fc.nat(99));
const pin = fc.tuple(coordinate, coordinate, label).map(([x, y, of]) => pinAt([x, y], of));
const plane = fc.tuple(coordinate, coordinate, fc.double({ min: 0.01, max: 60, noNaN: true }));
const views = fc.record(
  {
    model: fc.stringMatching(/^[a-z0-9_-]{0,64}$/),
    layers: fc.subarray(LAYERS),
    pins: fc.uniqueArray(pin, { maxLength: MAX_PINS, selector: pinText }),
    label,
    classes: fc.option(fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 10 }).map((some) => some.sort((a, b) => a - b))),
    digit: fc.option(fc.nat(99999)),
    view: fc.option(plane.map(([x, y, span]) => ({ x: round(x), y: round(y), span: round(span) }))),
  },
  { noNullPrototype: true },
);
// Text that looks like a link's values, and text that looks like nothing.
const scrap = fc.oneof(
  fc.constantFrom("0.5", "-1", "6", "NaN", "inf", "1e999", "1e4", ",", ";", "points", "vae", "../", ""),
  fc.string({ maxLength: 5 }),
);
const scraps = fc.array(scrap).map((parts) => parts.join(""));
const queries = fc.dictionary(fc.constantFrom(...Object.keys(FIELDS), "page"), scraps);

/** @param {number} value */
function round(value) {
  return Number(value.toFixed(4)) + 0;
}

test("every view comes back from its address", () => {
  fc.assert(fc.property(views, (view) => {
    assert.deepEqual(readAddress(FIELDS, writeAddress(FIELDS, view)), { view, problems: [] });
  }));
});

test("any address gives a view that can be shared again", () => {
  fc.assert(fc.property(queries, (query) => {
    const { view } = read(query);
    assert.deepEqual(readAddress(FIELDS, writeAddress(FIELDS, view)), { view, problems: [] });
    assert.ok(view.pins.length <= MAX_PINS);
    assert.ok(view.pins.every(({ z }) => z.every((value) => Math.abs(value) <= MAX_COORDINATE)));
    assert.ok([view.label, ...view.pins.map((each) => each.label)].every((of) => of === null || of <= 99));
  }));
});

test("the longest address stays short", () => {
  fc.assert(fc.property(views, (view) => writeAddress(FIELDS, view).length <= 450));
});

test("an unknown name changes nothing: the known ones hold, and where there are none what holds at first", () => {
  const layers = names(["points", "prior", "names"], ["points", "names"]);
  assert.deepEqual(layers.read("prior,stars").value, ["prior"]);
  assert.deepEqual(layers.read("stars").value, ["points", "names"]);
  assert.equal(layers.read("stars").problem?.key, "link.names");
  assert.deepEqual(layers.read("none"), { value: [] });
});

test("classes are numbers, each once and in their order; anything else is refused", () => {
  assert.deepEqual(labels().read("5,3,5"), { value: [3, 5] });
  for (const text of ["", "three", "3,,5", "-1"]) assert.equal(labels().read(text).problem?.key, "link.labels");
});

test("the address is what a person would write", () => {
  const view = { ...DEFAULTS, model: "vae", layers: ["points", "manifold"], pins: [pinAt([0.42, -1.13]), pinAt([1, 2], 6)] };
  assert.equal(writeAddress(FIELDS, view), "?model=vae&layers=points,manifold&pins=0.42,-1.13;1,2,6");
});

test("an empty address is the view to begin with, and says nothing", () => {
  assert.deepEqual(readAddress(FIELDS, ""), { view: DEFAULTS, problems: [] });
  assert.equal(writeAddress(FIELDS, DEFAULTS), "");
});

test("keys that are no field of the page stay in the address", () => {
  assert.equal(writeAddress(FIELDS, { ...DEFAULTS, label: 6 }, "?embed=true&label=2"), "?embed=true&label=6");
});

test("of a key that stands there twice the last one counts", () => {
  assert.deepEqual(textsOf(["model"], "?model=a&model=b&x=1"), { model: "b" });
});

test("no layers at all survives the trip", () => {
  const { view, problems } = readAddress(FIELDS, writeAddress(FIELDS, { ...DEFAULTS, layers: [] }));
  assert.deepEqual([view.layers, problems], [[], []]);
});

const NONSENSE = [
  ["model", "x".repeat(100_000)],
  ["layers", "points,secrets"],
  ["layers", ",".repeat(100_000)],
  ["pins", "NaN,0"],
  ["pins", "0,inf"],
  ["pins", "1e9,0"],
  ["pins", "1"],
  ["pins", "1,2,3,4"],
  ["pins", "1,2,six"],
  ["pins", "1,2,-1"],
  ["pins", "1,2,3.5"],
  ["pins", "1,2,100"],
  ["pins", "one,two"],
  ["pins", "1,2;1.00001,2"],
  ["pins", Array.from({ length: MAX_PINS + 1 }, (_, i) => `${i},0`).join(";")],
  ["pins", "1,2;".repeat(25_000)],
  ["label", "six"],
  ["label", "-1"],
  ["label", "100"],
  ["label", "\u0666"],
  ["label", ""],
  ["label", "6".repeat(100_000)],
  ["view", "0,0"],
  ["view", "0,0,-1"],
  ["view", "0,0,1,1"],
];
for (const [key, value] of NONSENSE) {
  test(`${key}=${value.slice(0, 20)} is left out with one problem that names it`, () => {
    const { problems } = read({ [key]: value });
    assert.equal(problems.length, 1);
    assert.match(problems[0].key, /^link\./);
    assert.equal(problems[0].parameters.name, key);
  });
}

test("good pins survive beside bad ones", () => {
  const { view, problems } = read({ pins: "0.5,1;NaN,0;2,3;x" });
  assert.deepEqual(view.pins, [pinAt([0.5, 1]), pinAt([2, 3])]);
  assert.equal(problems[0].parameters.count, 2);
});

test("a pin keeps four decimals and no minus zero", () => {
  fc.assert(fc.property(coordinate, coordinate, (x, y) => {
    const kept = pinAt([x, y]);
    kept.z.forEach((value, d) => {
      assert.ok(Math.abs(value - [x, y][d]) <= 0.5e-4 + 1e-9);
      assert.ok(!Object.is(value, -0));
    });
    assert.ok(samePin(kept, read({ pins: pinText(kept) }).view.pins[0]));
  }));
});

test("numbers outside their range, and names that are none of them, are refused", () => {
  const fields = { count: integer(1, 20, 10), spread: number(0, 3, 2, 1), part: name(["a", "b"], "a") };
  assert.deepEqual(readAddress(fields, "?count=20&spread=0.005&part=b").view, { count: 20, spread: 0.01, part: "b" });
  const { view, problems } = readAddress(fields, "?count=21&spread=-1&part=c");
  assert.deepEqual(view, { count: 10, spread: 1, part: "a" });
  assert.equal(problems.length, 3);
});

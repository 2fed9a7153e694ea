import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SIDE, imageOf, inkOf, inkText, simplified, withStroke } from "../../pages/_ui/frontend/core/ink.js";

/** @typedef {import("../../pages/_ui/frontend/core/ink.js").Stroke} Stroke */

const coordinate = fc.integer({ min: 0, max: SIDE - 1 });
/** @type {fc.Arbitrary<Stroke>} */
const stroke = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 12 });
const strokes = fc.array(stroke, { minLength: 1, maxLength: 4 });
const pen = fc.integer({ min: 30, max: 200 });

/** Centre of mass, and the box of all ink, in pixels counted from 0. @param {Float32Array} image */
function measured(image) {
  const inked = [...image].flatMap((ink, p) => (ink ? [{ ink, x: p % 28, y: Math.floor(p / 28) }] : []));
  const sum = inked.reduce((all, { ink }) => all + ink, 0);
  const of = (/** @type {"x" | "y"} */ k) => {
    const places = inked.map((pixel) => pixel[k]);
    const mass = inked.reduce((all, pixel) => all + pixel.ink * pixel[k], 0) / sum;
    return { mass, side: 1 + Math.max(...places) - Math.min(...places), low: Math.min(...places), high: Math.max(...places) };
  };
  return { x: of("x"), y: of("y"), sum };
}

test("a drawing is scaled to a box of 20 pixels and its mass is in the middle, as MNIST's is", () => {
  fc.assert(
    fc.property(strokes, pen, (drawn, width) => {
      const { x, y } = measured(/** @type {Float32Array} */ (imageOf(drawn, width)));
      assert.ok(Math.max(x.side, y.side) >= 18 && Math.max(x.side, y.side) <= 20);
      for (const axis of [x, y]) {
        const free = axis.low > 0 && axis.high < 27; // no ink is moved over the edge
        assert.ok(Math.abs(axis.mass - 14) <= 0.5 + 1e-6 || !free);
      }
    }),
    { numRuns: 300, examples: [[[[[0, 0], [0, 85]], [[685, 883]]], 30]] },
  );
});

test("the ratio of a drawing's sides is kept", () => {
  const image = imageOf([[[300, 100], [300, 900]], [[300, 100], [700, 100]]], 40);
  const { x, y } = measured(/** @type {Float32Array} */ (image));
  assert.equal(y.side, 20);
  const wide = 20 * (440 / 840); // 10.5 pixels lie in 11 or, with parts of the outer ones, 12
  assert.ok(x.side >= wide && x.side <= wide + 2);
});

test("where it is drawn and how large makes no difference", () => {
  const small = imageOf([[[100, 100], [200, 150], [120, 250]]], 20);
  const large = imageOf([[[310, 410], [610, 560], [370, 860]]], 60);
  small?.forEach((ink, p) => assert.ok(Math.abs(ink - /** @type {Float32Array} */ (large)[p]) <= 1.01 / 255));
});

test("the ink of a line is its area: edges are as grey as they are covered", () => {
  const width = 100;
  const image = /** @type {Float32Array} */ (imageOf([[[200, 150], [700, 850]]], width));
  const scale = 20 / (700 + width);
  const area = (Math.hypot(500, 700) * width + Math.PI * (width / 2) ** 2) * scale ** 2;
  assert.ok(Math.abs(measured(image).sum / area - 1) < 0.03);
  assert.ok(image.some((ink) => ink > 0.1 && ink < 0.9));
});

test("nothing drawn is no image", () => assert.equal(imageOf([], 90), null));

test("strokes come back from their text", () => {
  fc.assert(fc.property(strokes, (drawn) => assert.deepEqual(inkOf(inkText(drawn)), drawn)));
  assert.deepEqual(inkOf(""), []);
  for (const broken of ["A", "AAAA.", "AAA!", "____", "A".repeat(964), ".AAAA"]) assert.equal(inkOf(broken), undefined);
});

test("a simplified line stays as near as was asked, with its ends", () => {
  const circle = /** @type {Stroke} */ (
    Array.from({ length: 200 }, (_, i) => [500 + 300 * Math.cos(i / 32), 500 + 300 * Math.sin(i / 32)].map(Math.round))
  );
  const few = simplified(circle, 4);
  assert.ok(few.length < 40 && few.length > 8);
  assert.deepEqual([few[0], few.at(-1)], [circle[0], circle.at(-1)]);
  for (const [x, y] of circle) {
    const nearest = Math.min(
      ...few.slice(1).map(([bx, by], i) => {
        const [ax, ay] = few[i];
        const t = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
        return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
      }),
    );
    assert.ok(nearest <= 4 + 1e-9);
  }
});

test("what is drawn always has room in an address, or is refused", () => {
  const scribble = /** @type {Stroke} */ (
    Array.from({ length: 900 }, (_, i) => [Math.round(512 + 500 * Math.sin(i / 3)), Math.round(512 + 500 * Math.cos(i / 7))])
  );
  /** @type {Stroke[] | null} */
  let drawn = [];
  let kept = 0;
  while ((drawn = withStroke(drawn, kept ? [[kept, kept]] : scribble))) {
    kept += 1;
    assert.deepEqual(inkOf(inkText(drawn)), drawn);
  }
  assert.ok(kept > 1);
});

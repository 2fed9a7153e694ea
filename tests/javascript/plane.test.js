import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { massWithin } from "../../pages/_ui/frontend/core/numbers.js";
import { besideCircle, boxAround } from "../../pages/_ui/frontend/plane/boxes.js";
import { NOT_SHOWN, makeStamps, paint } from "../../pages/_ui/frontend/plane/stamps.js";
import { Projection, dotRadius, ticksOf, viewOf } from "../../pages/_ui/frontend/plane/view.js";

const size = fc.record({ width: fc.integer({ min: 100, max: 2000 }), height: fc.integer({ min: 100, max: 2000 }) });
const coordinate = fc.double({ min: -20, max: 20, noNaN: true });
const view = fc.record({ x: coordinate, y: coordinate, span: fc.double({ min: 0.05, max: 50, noNaN: true }) });
const pixel = fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 2000 }));
const projected = fc.tuple(size, view).map(([size, view]) => {
  const projection = new Projection();
  projection.size = size;
  projection.setView(view);
  return projection;
});

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
const near = (a, b, far = 1e-6) => assert.ok(Math.hypot(a[0] - b[0], a[1] - b[1]) < far, `${[a, b]}`);

test("a pixel's place lies at that pixel", () => {
  fc.assert(fc.property(projected, pixel, (projection, at) => near(projection.toPixel(projection.toData(...at)), at)));
});

test("both axes have one scale", () => {
  fc.assert(
    fc.property(projected, (projection) => {
      const [x, y] = projection.toPixel([0, 0]);
      near(projection.toPixel([1, 1]), [x + projection.scale, y - projection.scale]);
    }),
  );
});

test("a zoom keeps the place under the pointer, and its way back the view", () => {
  const factor = fc.double({ min: 0.5, max: 2, noNaN: true });
  const modest = fc.record({ x: fc.constant(1), y: fc.constant(-2), span: fc.double({ min: 1, max: 10, noNaN: true }) });
  fc.assert(
    fc.property(projected, modest, pixel, factor, (projection, start, at, by) => {
      projection.setView(start);
      const place = projection.toData(...at);
      projection.zoomAt(...at, by);
      const { view } = projection;
      fc.pre(Math.abs(view.x) < 30 && Math.abs(view.y) < 30);
      near(projection.toPixel(place), at);
      projection.zoomAt(...at, 1 / by);
      assert.ok(Math.abs(projection.view.span - start.span) < 1e-9);
    }),
  );
});

test("what is panned follows the pointer", () => {
  const projection = new Projection();
  projection.size = { width: 500, height: 400 };
  const place = projection.toData(100, 120);
  projection.pan(30, -7);
  near(projection.toPixel(place), [130, 113]);
});

test("a step does not leave the drawing area", () => {
  fc.assert(
    fc.property(projected, fc.tuple(coordinate, coordinate), (projection, z) => {
      const { left, top, width, height } = projection.area;
      const [px, py] = projection.toPixel(projection.stepped(z, 16, 0));
      assert.ok(px >= left - 1e-6 && px <= left + width + 1e-6);
      assert.ok(py >= top - 1e-6 && py <= top + height + 1e-6);
    }),
  );
});

test("the whole map is known again after any way there and back", () => {
  const projection = new Projection();
  projection.whole = viewOf([-3, 5], [-4, 4]);
  assert.deepEqual(projection.whole, { x: 1, y: 0, span: 8 });
  projection.setView(projection.whole);
  assert.ok(projection.isWhole);
  projection.zoomAt(50, 60, 3);
  assert.ok(!projection.isWhole);
  projection.setView(projection.whole);
  assert.ok(projection.isWhole);
});

test("points have the size that the zoom says, wherever it came from", () => {
  const zooms = [1, 2.5, 1, 30, 1, 0.2, 1].map((zoom) => dotRadius(zoom, 10_000));
  assert.deepEqual(new Set([zooms[0], zooms[2], zooms[4], zooms[5], zooms[6]]), new Set([2]));
  assert.ok(zooms[1] > 2 && zooms[3] > zooms[1]);
  assert.equal(dotRadius(1e9, 10_000), 5);
});

test("an axis has round numbers in order, not too close", () => {
  const low = fc.double({ min: -100, max: 100, noNaN: true });
  const span = fc.double({ min: 0.02, max: 100, noNaN: true });
  fc.assert(
    fc.property(low, span, fc.integer({ min: 150, max: 1500 }), (low, span, pixels) => {
      const ticks = ticksOf(low, low + span, pixels);
      const step = ticks[1]?.value - ticks[0]?.value;
      ticks.forEach(({ value, text }, i) => {
        assert.ok(value >= low - 1e-6 * span && value <= low + span * (1 + 1e-6));
        assert.equal(Number(text.replace("\u2212", "-")), value);
        if (i) assert.ok(((value - ticks[i - 1].value) * pixels) / span > Math.min(60, 0.19 * pixels));
      });
      if (ticks.length > 1) assert.match((step * 1.0000001).toExponential(0), /^[125]e/);
    }),
  );
});

test("a small axis has more numbers than its middle", () => {
  assert.deepEqual(ticksOf(-4, 4, 216).map(({ text }) => text), ["\u22124", "\u22122", "0", "2", "4"]);
});

// --- points --------------------------------------------------------------------------------------

const WIDTH = 40;
const AT_MIDDLE = { left: 20, top: 20, scale: 1 };

/** @param {number[]} mu @param {number[]} labels @param {number[]} colors */
function painted(mu, labels, colors, { radius = 3, opacity = 0.85, origin = AT_MIDDLE } = {}) {
  const pixels = new Uint32Array(WIDTH * WIDTH);
  const image = { pixels, width: WIDTH, height: WIDTH };
  paint(image, Float32Array.from(mu), labels, Uint32Array.from(colors), origin, makeStamps(radius, opacity, WIDTH));
  return new Uint8Array(pixels.buffer);
}

/** @param {Uint8Array} bytes @param {number} x @param {number} y */
const at = (bytes, x, y) => [...bytes.subarray(4 * (y * WIDTH + x), 4 * (y * WIDTH + x) + 4)];

test("a point covers the area of its disc around its place", () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true }), (x, y) => {
      const bytes = painted([x, y], [0], [0x0000ff], { opacity: 1 });
      let [area, mx, my] = [0, 0, 0];
      for (let p = 0; p < WIDTH * WIDTH; p++) {
        const share = bytes[4 * p + 3] / 255;
        area += share;
        mx += share * ((p % WIDTH) + 0.5);
        my += share * (Math.floor(p / WIDTH) + 0.5);
      }
      assert.ok(Math.abs(area - Math.PI * 9) < 1, `${area}`);
      near([mx / area, my / area], [20 + x, 20 - y], 0.25); // to a quarter of a pixel
    }),
  );
});

test("a later point lies over an earlier one, which shines through", () => {
  const [red, blue] = [0x0000ff, 0xff0000];
  assert.deepEqual(at(painted([0, 0], [0], [red, blue]), 20, 20), [255, 0, 0, 217]);
  const [r, g, b, alpha] = at(painted([0, 0, 0, 0], [0, 1], [red, blue]), 20, 20);
  assert.ok(b > 200 && r > 20 && r < 50 && g === 0);
  assert.equal(alpha, 249); // 255 (1 - 0.15 ** 2)
});

test("a class that is not shown leaves nothing, nor does a place outside or none at all", () => {
  const empty = painted([], [], []);
  assert.deepEqual(painted([0, 0], [0], [NOT_SHOWN]), empty);
  assert.deepEqual(painted([100, 0, -100, 0, 0, 100, NaN, 0], [0, 0, 0, 0], [0xff]), empty);
});

test("a circle of the prior holds the mass that integrating the density over it gives", () => {
  const step = 0.01;
  for (const radius of [1, 2, 3]) {
    let mass = 0;
    for (let x = -radius; x < radius; x += step) {
      for (let y = -radius; y < radius; y += step) {
        const square = (x + step / 2) ** 2 + (y + step / 2) ** 2;
        if (square <= radius ** 2) mass += (step ** 2 * Math.exp(-square / 2)) / (2 * Math.PI);
      }
    }
    assert.ok(Math.abs(massWithin(radius) - mass) < 1e-3, `${radius}: ${mass}`);
  }
  assert.deepEqual([1, 2, 3].map((radius) => Math.round(100 * massWithin(radius))), [39, 86, 99]);
});

test("the word of a circle stands outside of it, in sight, and touches no other word while there is room", () => {
  const area = { left: 0, top: 0, width: 600, height: 600 };
  const word = { width: 54, height: 15 };
  const circle = fc.record({
    middle: fc.tuple(fc.integer({ min: 250, max: 350 }), fc.integer({ min: 250, max: 350 })),
    radius: fc.integer({ min: 60, max: 170 }),
  });
  const other = fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 600 })).map((at) => boxAround(at, 12, 20));
  fc.assert(
    fc.property(circle, fc.array(other, { maxLength: 10 }), (around, taken) => {
      const { left, top, width, height } = besideCircle(around, word, area, taken);
      assert.ok(left >= 0 && top >= 0 && left + width <= 600 && top + height <= 600);
      const [x, y] = around.middle;
      const across = Math.max(left - x, x - left - width, 0);
      const up = Math.max(top - y, y - top - height, 0);
      assert.ok(Math.hypot(across, up) >= around.radius);
      for (const box of taken) {
        assert.ok(box.left + 12 <= left || left + width <= box.left || box.top + 20 <= top || top + height <= box.top);
      }
    }),
  );
});

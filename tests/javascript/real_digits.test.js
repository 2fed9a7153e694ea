// Real images and where they lie, from a server of the tests' own.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { NearestDigits } from "../../pages/_ui/frontend/pages/latent_map/nearest_digits.js";
import { RealDigits } from "../../pages/_ui/frontend/parts/real_digits.js";

const COUNT = 100; // images, on a line: number i lies at (i, 0), has the label i % 2 and pixels i
const OFFERED = { id: "some", note: "", places: "places", images: "images" };

/** A file of two tensors and where its images come from. @returns {ArrayBuffer} */
function placesFile() {
  const mu = Float32Array.from({ length: 2 * COUNT }, (_, i) => (i % 2 ? 0 : i / 2));
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 2);
  const ends = [mu.byteLength, 2 * mu.byteLength, 2 * mu.byteLength + COUNT];
  const header = new TextEncoder().encode(
    JSON.stringify({
      __metadata__: { source: "test" },
      mu: { dtype: "F32", shape: [COUNT, 2], data_offsets: [0, ends[0]] },
      log_var: { dtype: "F32", shape: [COUNT, 2], data_offsets: [ends[0], ends[1]] },
      labels: { dtype: "U8", shape: [COUNT], data_offsets: [ends[1], ends[2]] },
    }),
  );
  const size = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  const parts = [size, header, new Uint8Array(mu.buffer), new Uint8Array(mu.buffer), labels].flatMap((bytes) => [...bytes]);
  return Uint8Array.from(parts).buffer;
}

/** @type {string[]} */
let asked = []; // addresses of images
let broken = false;
const host = {
  /** @param {string} path */
  async bytes(path) {
    if (broken) throw new Error("no answer");
    if (path === "places") return placesFile();
    asked.push(path);
    const indices = path.split("=")[1].split(",");
    return Uint8Array.from(indices.flatMap((i) => Array(784).fill(Number(i)))).buffer;
  },
};
const settled = () => new Promise((done) => setImmediate(done));

beforeEach(() => {
  asked = [];
  broken = false;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(console, "warn", () => {});
});
afterEach(() => mock.reset());

test("what is shown is asked for once, in handfuls, and told when it is there", async () => {
  let told = 0;
  const digits = new RealDigits(host, () => (told += 1));
  digits.open(OFFERED);
  await settled();
  assert.deepEqual([digits.places?.source, told], ["test", 1]);
  const all = Array.from({ length: COUNT }, (_, i) => i);
  digits.want([...all, 0, 1]);
  digits.want(all);
  assert.ok(digits.isWaiting && digits.image(7) === null);
  await settled();
  assert.deepEqual(asked.map((path) => path.split(",").length), [64, 36]);
  assert.deepEqual([told, digits.isWaiting, digits.image(99)?.[783]], [3, false, 99]);
});

test("places that have not come are asked for again, later each time", async () => {
  const digits = new RealDigits(host, () => {});
  broken = true;
  digits.open(OFFERED);
  await settled();
  mock.timers.tick(3000);
  await settled();
  broken = false;
  mock.timers.tick(9999);
  await settled();
  assert.equal(digits.places, null);
  mock.timers.tick(1);
  await settled();
  assert.ok(digits.places);
});

test("an image that has not come may be asked for again", async () => {
  const digits = new RealDigits(host, () => digits.want([3]));
  broken = true;
  digits.want([3]);
  await settled();
  assert.ok(digits.isWaiting);
  broken = false;
  mock.timers.tick(3000);
  await settled();
  assert.equal(digits.image(3)?.[0], 3);
});

test("the nearest image is of the label, and those around it come together", async () => {
  const digits = new NearestDigits(host, () => {});
  digits.show(OFFERED);
  assert.equal(digits.at([10.4, 0], null), null);
  await settled();
  const found = digits.at([10.4, 0], 1);
  assert.deepEqual([found?.index, found?.label, found?.distance, found?.image], [11, 1, Math.fround(11) - 10.4, null]);
  assert.deepEqual([...(found?.mu ?? [])], [11, 0]);
  digits.at([60, 0], 0); // one request at a time
  await settled();
  const [handful, ...more] = asked.map((path) => path.split("=")[1].split(",").map(Number));
  assert.deepEqual([handful[0], handful.length, more.length], [11, 50, 0]);
  assert.ok(handful.every((index) => index % 2 === 1));
  assert.equal(digits.at([10.4, 0], 1)?.image?.[0], 11);
});

test("the closest one is of a class that is shown, if any is", async () => {
  const digits = new NearestDigits(host, () => {});
  digits.show(OFFERED);
  await settled();
  assert.equal(digits.at([10.4, 0], null, [true, true])?.index, 10);
  assert.equal(digits.at([10.4, 0], null, [false, true])?.index, 11);
  assert.equal(digits.at([10.4, 0], null, [false, false])?.index, 10);
});

test("a digit is found by its number, its picture is asked for, and beyond the last there is none", async () => {
  const digits = new NearestDigits(host, () => {});
  digits.show(OFFERED);
  assert.equal(digits.digit(7), null); // before the places are there
  await settled();
  assert.equal(digits.digit(7)?.image, null);
  await settled();
  assert.deepEqual([digits.digit(7)?.image?.[0], digits.digit(7)?.label], [7, 1]);
  assert.equal(digits.digit(COUNT), null);
});

test("without pictures the test image is named", () => {
  const digits = new NearestDigits(host, () => {});
  const logVar = Float32Array.of(0, 0, Math.log(4), 0);
  digits.show(null, { mu: Float32Array.of(0, 0, 2, 0), logVar, labels: Uint8Array.of(3, 4) });
  const found = digits.at([1.5, 0], null);
  assert.deepEqual([found?.index, found?.label, found?.distance, found?.pictured], [1, 4, 0.5, false]);
  assert.deepEqual([...(found?.sigma ?? [])], [2, 1]);
  assert.deepEqual([digits.places?.source, asked], ["test", []]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { halfToFloat, parseSafetensors } from "../../pages/_ui/frontend/core/safetensors.js";

/** A file from its header and what follows. @param {unknown} header @param {Uint8Array} [body] */
function fileOf(header, body = new Uint8Array()) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes.buffer;
}

const REFUSAL = /^This is not a readable safetensors file: /;

/** One half-precision number as its definition says. @param {number} bits */
function half(bits) {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}

test("every half float is read exactly", () => {
  const all = halfToFloat(Uint16Array.from({ length: 65536 }, (_, i) => i));
  all.forEach((value, bits) => assert.ok(Object.is(value, half(bits)), `${bits}: ${value}`));
});

test("a tensor that was written is read", () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true })), fc.string(), (values, note) => {
      const data = Float32Array.from(values);
      const header = {
        __metadata__: { note },
        w: { dtype: "F32", shape: [data.length], data_offsets: [0, data.byteLength] },
      };
      const file = parseSafetensors(fileOf(header, new Uint8Array(data.buffer)));
      assert.deepEqual(file.tensors.w, { shape: [data.length], data });
      assert.equal(file.metadata.note, note);
    }),
  );
});

test("byte planes of half floats become one tensor", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0x7bff })), (values) => {
      const n = values.length;
      const body = Uint8Array.from([...values.map((v) => v >> 8), ...values.map((v) => v & 255)]);
      const header = {
        "w.high": { dtype: "U8", shape: [n], data_offsets: [0, n] },
        "w.low": { dtype: "U8", shape: [n], data_offsets: [n, 2 * n] },
      };
      const { tensors } = parseSafetensors(fileOf(header, body));
      assert.deepEqual(Object.keys(tensors), ["w"]);
      assert.deepEqual([...tensors.w.data], values.map(half));
    }),
  );
});

test("any bytes are read or refused with a reason", () => {
  const entry = fc.record(
    {
      dtype: fc.constantFrom("F32", "F16", "U8", "I64", "BF8", "toString"),
      shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 2 }), fc.jsonValue()),
      data_offsets: fc.oneof(fc.tuple(fc.integer(), fc.integer()), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const header = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue())));
  const described = fc.tuple(header, fc.uint8Array()).map(([head, body]) => fileOf(head, body));
  const foreign = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.slice().buffer);
  fc.assert(
    fc.property(fc.oneof(described, foreign), (buffer) => {
      try {
        parseSafetensors(buffer);
      } catch (error) {
        assert.match(/** @type {Error} */ (error).message, REFUSAL);
      }
    }),
    { numRuns: 1000 },
  );
});

/** @type {[string, ArrayBuffer, RegExp][]} */
const BROKEN = [
  ["empty", new ArrayBuffer(0), /too short/],
  ["with a huge header", new Uint8Array(16).fill(255).buffer, /header is cut/],
  ["cut", fileOf({ w: { dtype: "F32", shape: [4], data_offsets: [0, 16] } }), /w is cut/],
  ["of a foreign type", fileOf({ w: { dtype: "BF8", shape: [0], data_offsets: [0, 0] } }), /type BF8/],
  ["with half a tensor", fileOf({ "w.high": { dtype: "U8", shape: [0], data_offsets: [0, 0] } }), /w is cut/],
];
for (const [what, buffer, why] of BROKEN) {
  test(`a file ${what} is refused with the reason`, () => {
    assert.throws(() => parseSafetensors(buffer), { message: REFUSAL });
    assert.throws(() => parseSafetensors(buffer), { message: why });
  });
}

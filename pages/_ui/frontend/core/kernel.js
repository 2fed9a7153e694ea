// y = W x + b, sixteen outputs at a time, in WebAssembly's 128-bit vectors where the browser has
// them (ten times as fast as plain JavaScript), else in JavaScript with the same rounding.
//
// Weights lie in blocks of sixteen outputs, and within a block input by input, so that both
// kernels read them from front to back: W[16 k + r][j] is at 16 * (k * inputs + j) + r.

export const LANES = 16;

/**
 * Rows of [out, in] weights -> blocks. Missing rows of the last block are zero.
 * @param {Float32Array} weight
 * @param {number} inputs
 * @param {number} outputs
 * @param {Float32Array} packed
 */
export function pack(weight, inputs, outputs, packed) {
  for (let row = 0, p = 0; row < outputs; row++) {
    const block = LANES * inputs * Math.floor(row / LANES) + (row % LANES);
    for (let j = 0; j < inputs; j++) packed[block + LANES * j] = weight[p++];
  }
}

// The module by hand; one line is one instruction or a few that belong together. As text:
//   (func (export "affine") (param $w $b $x $y $xEnd $yEnd i32)
//     (local $p i32) (local $s0 $s1 $s2 $s3 $v v128)
//     loop                                              ;; over blocks of sixteen outputs
//       $s0 .. $s3 = the sixteen biases at $b;  $p = $x
//       loop                                            ;; over inputs
//         $v = the input at $p, four times
//         $sk = $sk + $v * (the weights at $w + 16 k)   ;; k = 0 .. 3
//         $w += 64;  $p += 4;  again while $p < $xEnd
//       end
//       the sixteen outputs at $y = $s0 .. $s3;  $b += 64;  $y += 64;  again while $y < $yEnd
//     end)
const [W, B, X, Y, X_END, Y_END, P, S, V] = [0, 1, 2, 3, 4, 5, 6, 7, 11];
/** @typedef {number[]} Code */
/** @typedef {(n: number) => Code} Write */
/** @type {Write} */
const get = (local) => [0x20, local];
/** @type {Write} */
const set = (local) => [0x21, local];
/** @type {(local: number, bytes: number) => Code} */
const advance = (local, bytes) => [...get(local), 0x41, ...signed(bytes), 0x6a, ...set(local)];
/** @type {Write} */
const signed = (n) => (n < 64 ? [n] : [(n & 0x7f) | 0x80, n >> 7]);
/** @type {Write} */
const load = (offset) => [0xfd, 0x00, 4, offset]; // v128.load, aligned to 2^4 bytes
const splat = [0xfd, 0x09, 2, 0]; // v128.load32_splat
/** @type {Write} */
const store = (offset) => [0xfd, 0x0b, 4, offset];
const multiply = [0xfd, 0xe6, 0x01]; // f32x4.mul
const add = [0xfd, 0xe4, 0x01]; // f32x4.add
const loop = [0x03, 0x40];
const end = 0x0b;
/** @type {(local: number, bound: number) => Code} */
const againWhileBelow = (local, bound) => [...get(local), ...get(bound), 0x49, 0x0d, 0];
/** @type {(write: Write) => Code} */
const vectors = (write) => [0, 1, 2, 3].flatMap(write);

const body = [
  ...[2, 1, 0x7f, 5, 0x7b], // locals: one i32, five v128
  ...loop,
  ...vectors((k) => [...get(B), ...load(16 * k), ...set(S + k)]),
  ...[...get(X), ...set(P)],
  ...loop,
  ...[...get(P), ...splat, ...set(V)],
  ...vectors((k) => [...get(S + k), ...get(V), ...get(W), ...load(16 * k), ...multiply, ...add, ...set(S + k)]),
  ...advance(W, 64),
  ...advance(P, 4),
  ...againWhileBelow(P, X_END),
  end,
  ...vectors((k) => [...get(Y), ...get(S + k), ...store(16 * k)]),
  ...advance(B, 64),
  ...advance(Y, 64),
  ...againWhileBelow(Y, Y_END),
  end,
  end,
];

/** @type {Write} */
const length = (n) => (n < 128 ? [n] : [(n & 0x7f) | 0x80, n >> 7]); // unsigned LEB128 of two bytes
/** @type {(word: string) => Code} */
const text = (word) => [word.length, ...[...word].map((letter) => letter.charCodeAt(0))];
/** @type {(id: number, content: Code) => Code} */
const section = (id, content) => [id, ...length(content.length), ...content];
const MODULE = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
  ...section(1, [1, 0x60, 6, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0]), // type: six i32 -> nothing
  ...section(2, [1, ...text("js"), ...text("memory"), 2, 0, 1]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...text("affine"), 0, 0]),
  ...section(10, [1, ...length(body.length), ...body]),
]);

const f = Math.fround;

/**
 * The same in JavaScript.
 * @param {Float32Array} floats the memory
 * @param {number[]} addresses in bytes, as the other kernel takes them
 */
function plainAffine(floats, addresses) {
  let [w, b, x, y, xEnd, yEnd] = addresses.map((address) => address / 4);
  const block = LANES * (xEnd - x);
  for (; y < yEnd; y += LANES, b += LANES, w += block) {
    for (let r = 0; r < LANES; r += 4) {
      let s0 = floats[b + r];
      let s1 = floats[b + r + 1];
      let s2 = floats[b + r + 2];
      let s3 = floats[b + r + 3];
      for (let p = x, q = w + r; p < xEnd; p++, q += LANES) {
        const v = floats[p];
        s0 = f(s0 + f(v * floats[q]));
        s1 = f(s1 + f(v * floats[q + 1]));
        s2 = f(s2 + f(v * floats[q + 2]));
        s3 = f(s3 + f(v * floats[q + 3]));
      }
      floats[y + r] = s0;
      floats[y + r + 1] = s1;
      floats[y + r + 2] = s2;
      floats[y + r + 3] = s3;
    }
  }
}

/**
 * Memory for some floats, and the kernel that works in it; addresses are in bytes, multiples of 64.
 * @param {number} count floats
 * @param {boolean} [vectors] false asks for the plain kernel
 * @returns {{floats: Float32Array, affine: (...addresses: number[]) => void}} the addresses are those
 *   of weights, biases, inputs and outputs, and of the ends of inputs and outputs
 */
export function allocate(count, vectors = true) {
  if (vectors && globalThis.WebAssembly?.validate(MODULE)) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * count) / 65536) });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { js: { memory } });
    const affine = /** @type {(...addresses: number[]) => void} */ (exports.affine);
    return { floats: new Float32Array(memory.buffer), affine };
  }
  const floats = new Float32Array(count);
  return { floats, affine: (...addresses) => plainAffine(floats, addresses) };
}

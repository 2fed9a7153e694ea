// Reads .safetensors files: an 8-byte length, a JSON header, then raw little-endian tensors.
// Format: https://huggingface.co/docs/safetensors

const HEADER_LIMIT = 1 << 20; // bytes; the same cap as vae_core.storage.checkpoints

/** @typedef {Float32Array | Float64Array | Uint8Array} Numbers */
/** @typedef {{shape: number[], data: Numbers}} Tensor */
/** @typedef {{metadata: Record<string, string>, tensors: Record<string, Tensor>}} File */

/** @type {Record<string, {bytes: number, read: (raw: ArrayBuffer) => Numbers}>} */
const READERS = {
  F32: { bytes: 4, read: (raw) => new Float32Array(raw) },
  F16: { bytes: 2, read: (raw) => halfToFloat(new Uint16Array(raw)) },
  U8: { bytes: 1, read: (raw) => new Uint8Array(raw) },
  I64: { bytes: 8, read: (raw) => Float64Array.from(new BigInt64Array(raw), Number) },
};

/**
 * IEEE 754 half precision (as 16-bit integers) to single precision, exactly.
 * @param {Uint16Array} half
 */
export function halfToFloat(half) {
  const float = new Float32Array(half.length);
  const bits = new Uint32Array(float.buffer);
  const rebias = 2 ** 112; // single precision counts exponents from -127, half from -15
  for (let i = 0; i < half.length; i++) {
    const h = half[i];
    bits[i] = ((h & 0x8000) << 16) | ((h & 0x7fff) << 13);
    if ((h & 0x7c00) === 0x7c00) bits[i] |= 0x7f800000; // infinity or NaN
    else float[i] *= rebias; // a multiplication, so that subnormal numbers come out right too
  }
  return float;
}

/**
 * @param {ArrayBuffer} buffer a whole file
 * @returns {File}
 * @throws {Error} the file is cut, foreign or of a dtype that no checkpoint uses
 */
export function parseSafetensors(buffer) {
  if (buffer.byteLength < 8) throw unreadable("it is too short");
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (length > HEADER_LIMIT || 8 + length > buffer.byteLength) throw unreadable("its header is cut");
  const { __metadata__: metadata = {}, ...entries } = readHeader(new Uint8Array(buffer, 8, length));
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, begin, end } = checked(name, entry);
    const bytes = shape.reduce((product, size) => product * size, READERS[dtype].bytes);
    if (end - begin !== bytes || 8 + length + end > buffer.byteLength) throw unreadable(`${name} is cut`);
    // A copy, because typed arrays need an alignment that the file does not promise.
    const raw = buffer.slice(8 + length + begin, 8 + length + end);
    tensors[name] = { shape, data: READERS[dtype].read(raw) };
  }
  joinPlanes(tensors);
  return { metadata, tensors };
}

const unreadable = (/** @type {string} */ why) =>
  new Error(`This is not a readable safetensors file: ${why}.`);

/**
 * @param {Uint8Array} bytes
 * @returns {Record<string, any>}
 */
function readHeader(bytes) {
  try {
    return { ...JSON.parse(new TextDecoder().decode(bytes)) };
  } catch {
    throw unreadable("its header is no JSON");
  }
}

/**
 * What the header says of a tensor.
 * @param {string} name
 * @param {any} entry
 * @returns {{dtype: string, shape: number[], begin: number, end: number}}
 */
function checked(name, entry) {
  const { dtype, shape, data_offsets: offsets } = entry ?? {};
  if (!Object.hasOwn(READERS, dtype)) throw unreadable(`${name} has the type ${dtype}`);
  const counts = (/** @type {any} */ list) => Array.isArray(list) && list.every(isCount);
  if (!counts(shape) || !counts(offsets)) throw unreadable(`${name} has no size`);
  return { dtype, shape, begin: offsets[0], end: offsets[1] };
}

const isCount = (/** @type {any} */ value) => Number.isInteger(value) && value >= 0;

/**
 * Half precision numbers may come as two tensors of bytes, the high and the low ones, since that
 * is smaller to send: they become one tensor.
 * @param {Record<string, Tensor>} tensors
 */
function joinPlanes(tensors) {
  for (const plane of Object.keys(tensors).filter((name) => name.endsWith(".high"))) {
    const name = plane.slice(0, -".high".length);
    const [high, low] = [tensors[plane], tensors[`${name}.low`]];
    if (high.data.length !== low?.data.length) throw unreadable(`${name} is cut`);
    const half = new Uint16Array(high.data);
    for (let i = 0; i < half.length; i++) half[i] = (half[i] << 8) | low.data[i];
    tensors[name] = { shape: high.shape, data: halfToFloat(half) };
    delete tensors[plane];
    delete tensors[`${name}.low`];
  }
}

// Reads .safetensors files: an 8-byte length, a JSON header, then raw little-endian tensors.
// Format: https://huggingface.co/docs/safetensors

const HEADER_LIMIT = 1 << 20; // bytes; the same cap as vae_core.checkpoints
const READERS = {
  F32: { bytes: 4, read: (raw) => new Float32Array(raw) },
  F16: { bytes: 2, read: (raw) => halfToFloat(new Uint16Array(raw)) },
  U8: { bytes: 1, read: (raw) => new Uint8Array(raw) },
  I64: { bytes: 8, read: (raw) => Float64Array.from(new BigInt64Array(raw), Number) },
};

/** IEEE 754 half precision (as 16-bit integers) to single precision, exactly. */
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
 * @returns {{metadata: Object<string, string>, tensors: Object<string, {shape: number[], data}>}}
 * @throws {Error} the file is cut, foreign or of a dtype that no checkpoint uses
 */
export function parseSafetensors(buffer) {
  const fail = (why) => {
    throw new Error(`This is not a readable safetensors file: ${why}.`);
  };
  if (buffer.byteLength < 8) fail("it is too short");
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (length > HEADER_LIMIT || 8 + length > buffer.byteLength) fail("its header is cut");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(entries)) {
    const reader = READERS[dtype] ?? fail(`${name} has the type ${dtype}`);
    const bytes = shape.reduce((a, b) => a * b, 1) * reader.bytes;
    if (end - begin !== bytes || 8 + length + end > buffer.byteLength) fail(`${name} is cut`);
    // A copy, because typed arrays need an alignment that the file does not promise.
    tensors[name] = { shape, data: reader.read(buffer.slice(8 + length + begin, 8 + length + end)) };
  }
  return { metadata, tensors };
}

const files = new Map(); // url -> promise of a parsed file, shared by every map on the page

/** Fetch and parse once per URL; a failed fetch is forgotten, so that it can be tried again. */
export function loadSafetensors(url) {
  if (!files.has(url)) {
    const file = fetch(url).then(async (response) => {
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      return parseSafetensors(await response.arrayBuffer());
    });
    files.set(url, file);
    file.catch(() => files.delete(url));
  }
  return files.get(url);
}

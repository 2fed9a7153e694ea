// A model's files, each fetched once: decoder, encoder, and the points of its map, which are small.

import { Encoder } from "./encoder.js";
import { Model } from "./model.js";
import { parseSafetensors } from "./safetensors.js";

/** @typedef {{bytes(path: string): Promise<ArrayBuffer>}} Host what stands at a path */
/** @typedef {import("./safetensors.js").File} File */

/**
 * Where the test images lie, and how sure the encoder is of it.
 * @typedef {object} MapPoints
 * @property {Float32Array} mu [N, 2]
 * @property {Float32Array} logVar [N, 2]
 * @property {Uint8Array} labels (N,)
 * @property {string[]} names of the classes
 * @property {import("../plane/view.js").View} whole the view that holds all of them
 */

const MOST_KEPT = 6; // files: the models that a person goes back and forth between

/** Address -> promise of its content; the oldest first. @type {Map<string, Promise<any>>} */
const files = new Map();

/** @param {Host} host @param {string} address */
export const loadPoints = (host, address) => load(host, address, readPoints);

/** The plain data that a `Model` is made of. @param {Host} host @param {string} address */
export const loadModel = (host, address) => load(host, address, Model.read);

/** The plain data that an `Encoder` is made of. @param {Host} host @param {string} address */
export const loadEncoder = (host, address) => load(host, address, Encoder.read);

/**
 * @template T
 * @param {Host} host
 * @param {string} address
 * @param {(file: File) => T} read
 * @returns {Promise<T>}
 */
function load(host, address, read) {
  const known = files.get(address);
  const file = known ?? host.bytes(address).then((bytes) => read(parseSafetensors(bytes)));
  files.delete(address);
  files.set(address, file);
  if (!known) file.catch(() => files.delete(address)); // so that it can be tried again
  if (files.size > MOST_KEPT) files.delete([...files.keys()][0]);
  return file;
}

/** @param {File} file @returns {MapPoints} */
function readPoints({ tensors, metadata }) {
  const [x, y] = [metadata.x_range, metadata.y_range].map((range) => JSON.parse(range));
  const span = Math.max(x[1] - x[0], y[1] - y[0]);
  return {
    mu: /** @type {Float32Array} */ (tensors.mu.data),
    logVar: /** @type {Float32Array} */ (tensors.log_var.data),
    labels: /** @type {Uint8Array} */ (tensors.labels.data),
    names: JSON.parse(metadata.class_names),
    whole: { x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2, span },
  };
}

// A model's two files: the points of the map, which are small and come first, and the decoder.

import { Model } from "../../core/model.js";
import { parseSafetensors } from "../../core/safetensors.js";

const MOST_KEPT = 6; // files: the models that a person goes back and forth between

/** Address -> promise of its content; the oldest first. @type {Map<string, Promise<any>>} */
const files = new Map();

/**
 * Where the test images lie.
 * @param {object} host
 * @param {string} address
 * @returns {Promise<{mu: Float32Array, logVar: Float32Array, labels: Uint8Array, names: string[],
 *   whole: {x: number, y: number, span: number}}>} names are those of the classes
 */
export const loadPoints = (host, address) => load(host, address, readPoints);

/** @returns {Promise<object>} the plain data that a `Model` is made of */
export const loadModel = (host, address) => load(host, address, Model.read);

function load(host, address, read) {
  const known = files.get(address);
  const file = known ?? host.bytes(address).then((bytes) => read(parseSafetensors(bytes)));
  files.delete(address);
  files.set(address, file);
  if (!known) file.catch(() => files.delete(address)); // so that it can be tried again
  if (files.size > MOST_KEPT) files.delete(files.keys().next().value);
  return file;
}

function readPoints({ tensors, metadata }) {
  const [x, y] = [metadata.x_range, metadata.y_range].map((range) => JSON.parse(range));
  const span = Math.max(x[1] - x[0], y[1] - y[0]);
  return {
    mu: tensors.mu.data,
    logVar: tensors.log_var.data,
    labels: tensors.labels.data,
    names: JSON.parse(metadata.class_names),
    whole: { x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2, span },
  };
}

// What a model's map is made of, as it comes: points first, which are small, then the decoder.

import { Model } from "../../core/model.js";
import { loadModel, loadPoints } from "../../core/model_files.js";
import { classNames } from "../../state/texts.js";

/** @typedef {import("../../state/host.js").OfferedModel} OfferedModel */
/** @typedef {import("../../core/model_files.js").MapPoints} MapPoints */
/** @typedef {{spec: import("../../core/model.js").Spec, model: Model}} Decoder */

/**
 * Load a model's map; one that is left meanwhile says nothing any more.
 * @param {import("../../state/host.js").Host} host
 * @param {OfferedModel} offered
 * @param {object} on
 * @param {() => boolean} on.left another model is wanted by now
 * @param {(points: MapPoints) => void} on.points
 * @param {(decoder: Decoder, points: MapPoints) => void} on.decoder
 * @param {() => void} on.broken
 */
export async function loadMap(host, offered, { left, points: pointsCame, decoder: decoderCame, broken }) {
  try {
    const weights = loadModel(host, offered.decoder);
    weights.catch(() => {}); // until it is waited for
    const file = await loadPoints(host, offered.map);
    if (left()) return;
    const points = { ...file, names: classNames(file.names) };
    pointsCame(points);
    const spec = await weights;
    if (!left()) decoderCame({ spec, model: new Model(spec) }, points);
  } catch (error) {
    if (left()) return;
    console.warn(error);
    broken();
  }
}

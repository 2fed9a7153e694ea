// What lives around a place of the map: the test images within a circle of a fixed size.

import { labelShares, nearest } from "../../core/neighbours.js";

/** @typedef {import("../../core/model_files.js").MapPoints} MapPoints */

export const MOST = 25; // images, the nearest ones
const PART = 1 / 40; // of the whole map, as which the circle's radius is chosen

/** The circle's radius, of one digit, in units of z. @param {Pick<MapPoints, "whole">} points */
export const radiusOf = ({ whole }) => Number((PART * whole.span).toPrecision(1));

/**
 * How many there are, and which share of them each label has, most frequent first; none where there is
 * no data.
 * @param {MapPoints} points
 * @param {ArrayLike<number>} z
 */
export function around(points, z) {
  const radius = radiusOf(points);
  const found = nearest(points.mu, z, MOST).filter(({ distance }) => distance <= radius);
  return { count: found.length, shares: labelShares(found, points.labels) };
}

// Which real digits there are to choose from.

import { hash } from "../../core/noise.js";

const CHOICES = 3; // of each label

/**
 * Real images to choose from, the chosen one among them: rows of one index per label, null where
 * there is no image of it.
 * @param {Pick<import("../../parts/real_digits.js").Places, "labels">} places
 * @param {Pick<import("./main.js").Scene, "view" | "labels">} scene
 * @param {{image: number, label: number}} chosen
 */
export function choicesAmong(places, { view, labels }, { image, label: of }) {
  /** @type {number[][]} */
  const byLabel = labels.names.map(() => []);
  places.labels.forEach((label, index) => byLabel[label].push(index));
  const pick = (/** @type {number[]} */ all, /** @type {number} */ number) =>
    all.length ? all[hash(number) % all.length] : null;
  const rows = Array.from({ length: CHOICES }, (_, row) =>
    byLabel.map((all, label) => pick(all, view.seed * 1000 + row * 100 + label)),
  );
  if (!rows.some((row) => row[of] === image)) rows[0][of] = image;
  return rows;
}

// Where a lecture is, in the address of whatever page is on screen: ?lecture=vae&scene=3.

/** @typedef {{lecture: string, scene: number}} Place scenes count from 1 */

const KEYS = ["lecture", "scene"];
const IS_NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;

/** @param {string} search @returns {Place | null} null where there is no lecture */
export function placeIn(search) {
  const given = new URLSearchParams(search);
  const lecture = given.get("lecture") ?? "";
  if (!IS_NAME.test(lecture)) return null;
  const scene = given.get("scene") ?? "";
  return { lecture, scene: /^\d{1,3}$/.test(scene) ? Math.max(1, Number(scene)) : 1 };
}

/** Whether an address names a lecture and no view. @param {string} search */
export const namesOnly = (search) => [...new URLSearchParams(search).keys()].every((key) => [...KEYS, "lang"].includes(key));

/** The address with this place in it, or with none. @param {string} search @param {Place | null} place */
export function withPlace(search, place) {
  const pairs = search.replace(/^\?/, "").split("&").filter((pair) => pair && !KEYS.includes(pair.split("=")[0]));
  if (place) pairs.push(`lecture=${place.lecture}`, `scene=${place.scene}`);
  return pairs.length ? `?${pairs.join("&")}` : "";
}

/** The address with other values of some keys. @param {string} search @param {string} change */
export const changed = (search, change) =>
  `?${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(search)), ...Object.fromEntries(new URLSearchParams(change)) })}`;

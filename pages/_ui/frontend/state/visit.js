// Going to another page with a view of it, without loading the app again.

import { intend, rememberedOf } from "./remembered.js";
import { beSilent, storeOf } from "./store.js";

/** @typedef {(page: string) => void} Opener puts a page on screen */

/** Null where there is only one page. @type {Opener | null} */
let opener = null;

/** @param {Opener | null} open */
export function setOpener(open) {
  opener = open;
}

/** Whether there are other pages to go to. */
export const canVisit = () => opener !== null;

/**
 * Show a page with this view; a step of the history.
 * @param {string} page its name
 * @param {string} [search] the text of the view, "?label=4"; without one the page is as it was left
 */
export function visit(page, search = "") {
  const store = storeOf(page);
  if (store) {
    if (search) store.go(search);
    return;
  }
  const asked = new URLSearchParams(search || rememberedOf(page));
  const here = new URLSearchParams(location.search);
  for (const key of ["lang", ...KEPT]) {
    const value = here.get(key);
    if (value !== null && !asked.has(key)) asked.set(key, value);
  }
  if (asked.size) intend(page, `?${asked}`);
  beSilent();
  opener?.(page);
}

/** Keys that no page owns and that go along from page to page. */
const KEPT = ["lecture", "scene"];

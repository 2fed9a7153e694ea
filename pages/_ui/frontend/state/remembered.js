// The views of pages that are not on screen: how they were left, and how they shall open.

/** Page -> text of its view: links between pages say nothing of it. @type {Map<string, string>} */
const remembered = new Map();

/** Page -> text that it shall open with the next time. @type {Map<string, string>} */
const intended = new Map();

/** The text of a page's view as it was left. @param {string} page */
export const rememberedOf = (page) => remembered.get(page) ?? "";

/** @param {string} page @param {string} text of its view */
export const remember = (page, text) => remembered.set(page, text);

/** A page that is about to be opened shall show this. @param {string} page @param {string} search */
export const intend = (page, search) => intended.set(page, search);

/** What a page shall open with, which is said once. @param {string} page @returns {string | undefined} */
export function intentionOf(page) {
  const text = intended.get(page);
  intended.delete(page);
  return text;
}

// The address of a page is the text of its view: one key per field, defaults left out.
//
//     ?model=vae&layers=points,prior&pins=0.42,-1.13;1,2&label=6
//
// `readAddress` accepts whatever people, chats and crawlers make of such a link: it gives the view
// that it could read and a problem, which is a sentence of the catalogue, for each thing left out.

/**
 * The fields of a view, by their key in the address.
 * @template {Record<string, any>} View
 * @typedef {{[K in keyof View]: import("./fields.js").Field<View[K]>}} Fields
 */
/** @typedef {{key: string, parameters: Record<string, string | number>}} Problem */

const LONGEST = 1000; // characters of a value; the longest view there is takes 250

/**
 * @template {Record<string, any>} View
 * @param {Fields<View>} fields
 * @param {string} search "?model=vae&label=6", with or without the question mark
 * @returns {{view: View, problems: Problem[]}}
 */
export function readAddress(fields, search) {
  const texts = textsOf(Object.keys(fields), search);
  /** @type {Record<string, any>} */
  const view = {};
  /** @type {Problem[]} */
  const problems = [];
  for (const [name, field] of Object.entries(fields)) {
    const text = texts[name];
    const { value, problem } =
      text === undefined
        ? { value: field.fallback }
        : text.length > LONGEST
          ? { value: field.fallback, problem: { key: "link.too_long" } }
          : field.read(text);
    view[name] = value;
    if (problem) problems.push({ key: problem.key, parameters: { name, ...problem.parameters } });
  }
  return { view: /** @type {View} */ (view), problems };
}

/**
 * @template {Record<string, any>} View
 * @param {Fields<View>} fields
 * @param {View} view
 * @param {string} [search] where it is written: keys that are no field of ours stay
 * @returns {string} "?model=vae&label=6", or nothing where all is as it begins
 */
export function writeAddress(fields, view, search = "") {
  const others = [...new URLSearchParams(search)].filter(([name]) => !(name in fields));
  const own = Object.entries(fields)
    .map(([name, field]) => [name, field.write(view[name]), field.write(field.fallback)])
    .filter(([, text, usual]) => text !== usual);
  const pairs = [...others, ...own].map(([name, text]) => `${encoded(name)}=${encoded(text)}`);
  return pairs.length ? `?${pairs.join("&")}` : "";
}

/**
 * The texts of some keys, those that the address has; of a key that stands there twice, the last.
 * @param {string[]} names
 * @param {string} search
 * @returns {Record<string, string>}
 */
export function textsOf(names, search) {
  return Object.fromEntries([...new URLSearchParams(search)].filter(([name]) => names.includes(name)));
}

/** Links are for people, too: separators stay as they are. @param {string} text */
const encoded = (text) => encodeURIComponent(text).replace(/%(2C|3B|3A)/g, decodeURIComponent);

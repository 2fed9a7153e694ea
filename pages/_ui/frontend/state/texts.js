// state/texts.js
// The catalogue of what people read, as the host has loaded it: `pages/_ui/texts/LANGUAGE.json`.

/** @type {Record<string, string>} */
let catalogue = {};

/** @param {Record<string, string>} texts key -> text, keys joined by dots */
export function setTexts(texts) {
  catalogue = texts;
}

/** As the library records it. @typedef {{message?: string | null, key?: string, parameters?: Record<string, string | Sentence>}} Sentence */

/**
 * A sentence of the library: the text of its key, or its own English where there is none. What
 * stands in it may be a sentence itself, or a word that has a translation.
 * @param {Sentence} sentence
 * @returns {string | null}
 */
export function said({ message, key, parameters = {} }) {
  if (!key || !(`error.${key}` in catalogue)) return message ?? null;
  const words = Object.entries(parameters).map(([name, value]) => [
    name,
    typeof value === "string" ? (catalogue[`error.word.${value}`] ?? value) : said(value),
  ]);
  return t(`error.${key}`, Object.fromEntries(words));
}

/** What classes of images are called; a digit, or a syllable, is its own name. @param {string[]} names */
export const classNames = (names) => names.map((name) => catalogue[`classes.${name}`] ?? name);

/**
 * What people read for this key.
 * @param {string} key "latent_map.pins.full" say
 * @param {Record<string, string | number>} [parameters] fill `{name}` in the text
 */
export function t(key, parameters = {}) {
  const text = catalogue[key];
  if (text === undefined) throw new Error(`There is no text ${key}.`);
  // Who gives a parameter has formatted it: of "{step:,}", which Python would format, the name.
  return text.replace(/\{(\w+)(?:![rs])?(?::[^{}]*)?\}/g, (_, name) => {
    if (!(name in parameters)) throw new Error(`The text ${key} needs ${name}.`);
    return String(parameters[name]);
  });
}

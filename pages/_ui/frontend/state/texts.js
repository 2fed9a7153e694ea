// state/texts.js
// The catalogue of what people read, as the host has loaded it: `pages/_ui/texts/LANGUAGE.json`.

/** @type {Record<string, string>} */
let catalogue = {};

/** @param {Record<string, string>} texts key -> text, keys joined by dots */
export function setTexts(texts) {
  catalogue = texts;
}

/**
 * A sentence of the library: the text of its key, or its own English where there is none.
 * @param {{message?: string | null, key?: string, parameters?: Record<string, string>}} sentence
 */
export function said({ message, key, parameters }) {
  return key && `error.${key}` in catalogue ? t(`error.${key}`, parameters) : (message ?? null);
}

/**
 * What people read for this key.
 * @param {string} key "latent_map.pins.full" say
 * @param {Record<string, string | number>} [parameters] fill `{name}` in the text
 */
export function t(key, parameters = {}) {
  const text = catalogue[key];
  if (text === undefined) throw new Error(`There is no text ${key}.`);
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in parameters)) throw new Error(`The text ${key} needs ${name}.`);
    return String(parameters[name]);
  });
}

// The English catalogue, as the server gives it to a browser.

import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../pages/_ui/texts/en/", import.meta.url);

/** @param {Record<string, any>} texts @param {string} prefix @returns {[string, string][]} */
const flat = (texts, prefix) =>
  Object.entries(texts).flatMap(([name, value]) =>
    typeof value === "string" ? [[prefix + name, value]] : flat(value, `${prefix}${name}.`),
  );

export const english = Object.fromEntries(
  readdirSync(FOLDER).flatMap((name) =>
    flat(JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")), `${name.replace(/\.json$/, "")}.`),
  ),
);

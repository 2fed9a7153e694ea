// The kinds of values that a page's view is made of, each with its text in the address.

/** @typedef {{key: string, parameters?: Record<string, string | number>}} Refusal */

/**
 * @template T
 * @typedef {object} Field
 * @property {T} fallback what holds where the address says nothing
 * @property {(text: string) => {value: T, problem?: Refusal}} read what a text asks for as far as it
 *   can be had; `problem` says what was left out, by its key in the catalogue
 * @property {(value: T) => string} write the text that `read` reads the value from
 */

export const MAX_COORDINATE = 1000;
const DECIMALS = 4; // of a coordinate: finer than a pixel of any zoom that shows digits change
const NONE = "none";
/** @type {number | null} */
const noLabel = null;
/** @type {readonly number[] | null} */
const everyLabel = null;
/** @type {{x: number, y: number, span: number} | null} */
const wholePlane = null;

/**
 * A value that is read by `parse`, or refused with one sentence where that gives undefined.
 * @template T
 * @param {T} fallback
 * @param {Refusal} problem
 * @param {(text: string) => T | undefined} parse
 * @param {(value: T) => string} [write]
 * @returns {Field<T>}
 */
const field = (fallback, problem, parse, write = (value) => String(value)) => ({
  fallback,
  write,
  read(text) {
    const value = parse(text);
    return value === undefined ? { value: fallback, problem } : { value };
  },
});

/** Any text: who uses it judges it. @returns {Field<string>} */
export const text = () => field("", { key: "" }, (given) => given);

/**
 * One of some names.
 * @param {readonly string[]} all
 * @param {string} fallback
 * @returns {Field<string>}
 */
export const name = (all, fallback) =>
  field(fallback, { key: "link.name", parameters: { names: all.join(", ") } }, (given) =>
    all.includes(given) ? given : undefined,
  );

/**
 * Some of the names, kept in the order of all.
 * @param {readonly string[]} all
 * @param {readonly string[]} fallback
 * @returns {Field<readonly string[]>}
 */
export const names = (all, fallback) => ({
  fallback,
  write: (value) => value.join(",") || NONE,
  read(given) {
    const wanted = new Set(given.split(",").filter((each) => each && each !== NONE));
    const known = all.filter((each) => wanted.has(each));
    if (known.length === wanted.size) return { value: known };
    const value = known.length ? known : fallback; // where nothing is known, nothing was asked for
    return { value, problem: { key: "link.names", parameters: { names: all.join(", ") } } };
  },
});

/**
 * A whole number.
 * @param {number} least
 * @param {number} most
 * @param {number} fallback
 * @returns {Field<number>}
 */
export const integer = (least, most, fallback) =>
  field(fallback, { key: "link.integer", parameters: { least, most } }, (given) =>
    /^\d{1,9}$/.test(given) && +given >= least && +given <= most ? +given : undefined,
  );

/**
 * A number that is kept with so many decimals.
 * @param {number} least
 * @param {number} most
 * @param {number} decimals
 * @param {number} fallback
 * @returns {Field<number>}
 */
export const number = (least, most, decimals, fallback) =>
  field(
    fallback,
    { key: "link.number", parameters: { least, most } },
    (given) => decimal(given, least, most, decimals),
    (value) => String(rounded(value, decimals)),
  );

/** The number of a class: a model has at most 100. null is the first. @returns {Field<number | null>} */
export const label = () => field(noLabel, { key: "link.label" }, classOf, (value) => String(value ?? ""));

/** The numbers of some classes; null is all of them. @returns {Field<readonly number[] | null>} */
export const labels = () =>
  field(
    everyLabel,
    { key: "link.labels" },
    (given) => {
      const some = given.split(",").map(classOf);
      if (some.includes(undefined)) return undefined;
      return /** @type {readonly number[]} */ ([...new Set(some.map(Number))].sort((a, b) => a - b));
    },
    (value) => value?.join(",") ?? "",
  );

/** The number of one thing among many; null is none. @returns {Field<number | null>} */
export const index = () =>
  field(
    noLabel,
    { key: "link.index" },
    (given) => (/^\d{1,6}$/.test(given) ? Number(given) : undefined),
    (value) => String(value ?? ""),
  );

/**
 * What a plane shows: its middle and its width. null is the whole of it.
 * @returns {Field<{x: number, y: number, span: number} | null>}
 */
export const planeView = () =>
  field(
    wholePlane,
    { key: "link.view" },
    (given) => {
      const [x, y, span, ...more] = given.split(",").map(coordinate);
      if (more.length || x === undefined || y === undefined || span === undefined) return undefined;
      return span > 0 ? { x, y, span } : undefined;
    },
    (value) => (value ? [value.x, value.y, value.span].map((each) => rounded(each, DECIMALS)).join(",") : ""),
  );

/** A kept place of the plane: z, and in a conditional model perhaps the label. */
/** @typedef {{z: [number, number], label: number | null}} Pin */

/**
 * Places, each kept once.
 * @param {number} limit
 * @returns {Field<Pin[]>}
 */
export const pins = (limit) => ({
  fallback: [],
  write: (value) => value.map(pinText).join(";"),
  read(given) {
    /** @type {Pin[]} */
    const value = [];
    let refused = 0;
    for (const item of new Set(given.split(";").filter(Boolean))) {
      const pin = pinOf(item);
      const full = value.length >= limit;
      if (pin && !full && !value.some((other) => samePin(pin, other))) value.push(pin);
      else refused += 1;
    }
    if (!refused) return { value };
    const parameters = { count: refused, limit, most: MAX_COORDINATE };
    return { value, problem: { key: refused === 1 ? "link.pin" : "link.pins", parameters } };
  },
});

/** A pin as short text, "0.42,-1.13" or "0.42,-1.13,6", which names it. @param {Pin} pin */
export const pinText = ({ z, label: of }) => [...z, ...(of === null ? [] : [of])].join(",");

/** @param {Pin} a @param {Pin} b */
export const samePin = (a, b) => pinText(a) === pinText(b);

/**
 * A place as it is kept: rounded to what a link holds.
 * @param {number[]} z
 * @param {number | null} [of] its label
 * @returns {Pin}
 */
export const pinAt = ([x, y], of = null) => ({ z: [rounded(x, DECIMALS), rounded(y, DECIMALS)], label: of });

/** @param {string} item @returns {Pin | undefined} */
function pinOf(item) {
  const [first, second, third, ...more] = item.split(",");
  const [x, y] = [coordinate(first), coordinate(second)];
  const of = third === undefined ? null : classOf(third);
  return more.length || x === undefined || y === undefined || of === undefined ? undefined : { z: [x, y], label: of };
}

/** @param {string} given */
const classOf = (given) => (/^\d{1,2}$/.test(given) ? Number(given) : undefined);

const coordinate = (given = "") => decimal(given, -MAX_COORDINATE, MAX_COORDINATE, DECIMALS);

/** @param {string} given @param {number} least @param {number} most @param {number} decimals */
function decimal(given, least, most, decimals) {
  const plain = /^[+-]?(\d{1,9}\.?\d{0,20}|\.\d{1,20})(e[+-]?\d{1,3})?$/i.test(given.trim());
  const value = plain ? Number(given) : NaN;
  return value >= least && value <= most ? rounded(value, decimals) : undefined;
}

/** Without "-0", which reads as an error. @param {number} value @param {number} decimals */
const rounded = (value, decimals) => Number(value.toFixed(decimals)) + 0;

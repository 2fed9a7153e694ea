// What a page shows, as one value: the view. It changes here, and the address follows: a step that a
// person would want to undo is a step of the history, anything else replaces the address. Back and
// Forward bring an earlier view.
//
// Python needs some keys of the address (the model, say), and a person may choose those with a widget
// of Streamlit as well; `adopt` is this half of the protocol in pages/_ui/shell/session.py.

import { readAddress, textsOf, writeAddress } from "./address.js";
import { text } from "./fields.js";
import { Messages } from "./messages.js";
import { intentionOf, remember, rememberedOf } from "./remembered.js";
import { t } from "./texts.js";

const SETTLE_MS = 300; // browsers allow some 200 changes of the address in half a minute
const FOLLOWING_MS = 100; // a widget takes two passes of React to follow Python
const OURS = "view"; // marks entries of the history that a store has written

// A file has no query that scripts may change: there the text stands behind "#".
const IN_HASH = location.protocol === "file:";
const written = () => (IN_HASH ? location.hash.slice(1) : location.search);
/** @param {string} text */
const addressOf = (text) => (IN_HASH ? `#${text}` : `${location.pathname}${text}${location.hash}`);

/** The store of the page on screen. @type {Store<any> | null} */
let onScreen = null;

/** @param {string} page @returns {Store<any> | null} its store, if the page is on screen */
export const storeOf = (page) => (onScreen?.page === page ? onScreen : null);

/**
 * Another page has been asked for. Streamlit runs the script for the page on screen whenever that sends a
 * message, and forgets the other one: be silent until it is there.
 */
export const beSilent = () => onScreen?.beSilent();

/** The page on screen. */
export const pageOnScreen = () => onScreen?.page ?? null;

/**
 * What Python says, see pages/_ui/shell/session.py.
 * @typedef {object} Chosen
 * @property {string} session
 * @property {number} revision
 * @property {number} steps
 * @property {number} heard
 * @property {number} overtaken
 * @property {number} seen
 * @property {string[]} keys
 * @property {Record<string, string>} asked
 * @property {Record<string, string>} values
 * @property {string | null} problem
 */

/**
 * What Python said last, on whichever page.
 * @type {{session: string, revision: number, steps: number, seen: number, keys: string[], problem: string | null}}
 */
const python = { session: "", revision: 0, steps: 0, seen: 0, keys: [], problem: null };

/** Keys of every page's address: what language it is in. */
const SHARED = { lang: text() };

/** @template {Record<string, any>} View */
export class Store {
  /** @type {import("./address.js").Fields<View>} */
  #fields;
  #page;
  #messages;
  #path = location.pathname; // another page's address is not ours to write
  /** @type {Set<(view: View) => void>} */
  #listeners = new Set();
  #text = written(); // that the view was read from or written to last
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling = undefined;
  #returned; // the address is a view that was here before
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #seeing = undefined; // until Python is told that widgets have followed
  /** Texts of Python's keys on which both sides agree, or that Python was told last. @type {Record<string, string> | undefined} */
  #agreed;

  /**
   * @param {string} page its name
   * @param {import("./address.js").Fields<View>} fields
   * @param {Pick<import("./host.js").Host, "state">} host
   */
  constructor(page, fields, host) {
    this.#page = page;
    this.#fields = { ...fields, ...SHARED };
    this.#messages = new Messages(host);
    this.#returned = Boolean(history.state?.[OURS]);
    onScreen = this;
    const intention = intentionOf(page);
    if (intention !== undefined) history.replaceState({ ...history.state, [OURS]: true }, "", addressOf(intention));
    const asked = Object.keys(textsOf(Object.keys(fields), written())).length > 0;
    this.#read(asked || this.#returned ? written() : rememberedOf(page));
    addEventListener("popstate", this.#moved);
  }

  get page() {
    return this.#page;
  }

  /** What the page shows now. Change it with `set`. */
  view = /** @type {View} */ ({});

  /** Sentences about what a link asked for and could not be shown; until the view changes. @type {string[]} */
  problems = [];

  /**
   * Show something else.
   * @param {Partial<View>} change
   * @param {{step?: boolean}} [how] step: the back button shall undo it
   */
  set(change, { step = true } = {}) {
    if (step && this.#settling) this.#write("replaceState");
    this.view = { ...this.view, ...change };
    this.problems = [];
    remember(this.#page, writeAddress(this.#fields, this.view));
    if (step) this.#write("pushState");
    else {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.#write("replaceState"), SETTLE_MS);
    }
    this.#tellListeners();
  }

  /**
   * Something that was asked for cannot be had: this is shown instead, and a sentence says why.
   * @param {Partial<View>} change
   * @param {string} sentence
   */
  correct(change, sentence) {
    this.view = { ...this.view, ...change };
    this.problems = [...this.problems, sentence];
    this.#write("replaceState");
  }

  /** A sentence about what a person just tried. @param {string} sentence */
  say(sentence) {
    this.problems = [sentence];
    this.#tellListeners();
  }

  /**
   * Show what a text asks for, as a link on the page would: a step of the history.
   * @param {string} search "?label=4"
   * @param {{keep?: boolean}} [how] keep: what the text does not name stays as it is
   */
  go(search, { keep = false } = {}) {
    if (!this.#isHere) return;
    this.#write("replaceState");
    const asked = new URLSearchParams(search);
    for (const [key, value] of new URLSearchParams(written())) {
      const isView = key in this.#fields && !(key in SHARED);
      if (!asked.has(key) && (keep || !isView)) asked.append(key, value);
    }
    this.#read(`?${asked}`);
    this.#text = writeAddress(this.#fields, this.view, `?${asked}`);
    remember(this.#page, writeAddress(this.#fields, this.view));
    if (this.#text !== written()) history.pushState({ ...history.state, [OURS]: true }, "", addressOf(this.#text));
    if (this.#told()) this.#tellListeners();
  }

  /** @param {(view: View) => void} listener is called after every change, Back and Forward included */
  subscribe(listener) {
    this.#listeners.add(listener);
  }

  /**
   * What Python says with every update of the page's data. It is taken if it is a new choice, or the
   * answer to what the address says now; anything else was under way when the address changed.
   * @param {Chosen} chosen
   */
  adopt({ session, revision, steps, heard, overtaken, seen, keys, asked, values, problem }) {
    if (session !== python.session) {
      Object.assign(python, { session, revision: 0, steps: 0, seen, problem: null });
      this.#messages.settle();
      this.#messages.last = 0;
      this.#agreed = undefined;
    }
    const chose = revision > python.revision;
    const stepped = steps > python.steps;
    const isNew = problem !== python.problem;
    Object.assign(python, { revision, steps, keys, problem });
    if (problem && isNew) this.problems = [problem, ...this.problems];
    if (!this.#isHere) return;
    if (chose) this.#messages.last = heard; // what was told meanwhile is older
    const address = textsOf(keys, written());
    const { last } = this.#messages;
    const answers = heard >= last && (this.#agreed || last || this.#wasRead(asked, values, address));
    if (!chose && !answers) {
      if (!this.#agreed) this.#tell(address);
      this.#messages.release();
      return;
    }
    this.#messages.settle();
    this.#agreed = values;
    const { view } = readAddress(this.#fields, `?${new URLSearchParams(values)}`);
    this.view = { ...this.view, ...Object.fromEntries(keys.map((key) => [key, view[key]])) };
    this.#write(stepped && !same(values, address) ? "pushState" : "replaceState");
    clearTimeout(this.#seeing);
    if (seen !== overtaken) this.#seeing = setTimeout(() => this.#followed(overtaken), FOLLOWING_MS);
  }

  /** Widgets show what Python said. @param {number} overtaken */
  #followed(overtaken) {
    python.seen = overtaken;
    this.#tell(textsOf(python.keys, this.#text));
  }

  /**
   * Whether Python's first values on a page are about its address. A link to a page says nothing, and
   * what was chosen stays; the same text in an entry of the history is the view that was there.
   * @param {Record<string, string>} asked
   * @param {Record<string, string>} values
   * @param {Record<string, string>} address
   */
  #wasRead(asked, values, address) {
    const isLink = !this.#returned || Object.keys(address).length > 0;
    return same(asked, address) && (isLink || same(values, address));
  }

  get #isHere() {
    return location.pathname === this.#path;
  }

  /** @param {string} text */
  #read(text) {
    const { view, problems } = readAddress(this.#fields, text);
    this.view = view;
    this.problems = problems.map(({ key, parameters }) => t(key, parameters));
  }

  /** @param {"pushState" | "replaceState"} how */
  #write(how) {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    if (!this.#isHere) return;
    this.#text = writeAddress(this.#fields, this.view, written());
    remember(this.#page, writeAddress(this.#fields, this.view));
    const moves = this.#text !== written();
    if (moves || !history.state?.[OURS]) {
      history[moves ? how : "replaceState"]({ ...history.state, [OURS]: true }, "", addressOf(this.#text));
    }
    this.#told();
  }

  /** Back, Forward, or a link that only changes the text. */
  #moved = () => {
    if (!this.#isHere || written() === this.#text) return;
    clearTimeout(this.#settling);
    this.#settling = undefined;
    this.#text = written();
    this.#read(this.#text);
    remember(this.#page, this.#text);
    // A model that only Python knows where to find comes with its answer, and the view with it.
    if (this.#told({ hold: true })) this.#tellListeners();
  };

  /** Whether Python knows what the address says of its keys; if not, it is told. @param {{hold?: boolean}} [how] */
  #told(how) {
    const texts = textsOf(python.keys, this.#text);
    if (!this.#agreed || same(texts, this.#agreed)) return true;
    this.#tell(texts, how);
    return false;
  }

  /** @param {Record<string, string>} texts of Python's keys @param {{hold?: boolean}} [how] */
  #tell(texts, how) {
    clearTimeout(this.#seeing);
    this.#agreed = texts;
    const { session, revision, seen } = python;
    this.#messages.tell({ session, revision, seen, texts }, how);
  }

  beSilent() {
    this.#messages.beSilent();
  }

  #tellListeners() {
    for (const listener of this.#listeners) listener(this.view);
  }

  /** The page is left: its view is remembered, for a link that leads back. */
  destroy() {
    if (onScreen === this) onScreen = null;
    this.#messages.settle();
    clearTimeout(this.#seeing);
    if (this.#settling) this.#write("replaceState");
    removeEventListener("popstate", this.#moved);
  }
}

/** @param {Record<string, string>} a @param {Record<string, string>} b */
const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
/** @param {Record<string, string>} texts */
const sorted = (texts) => Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));

// Sentences of a scene as elements. The server reads their Markdown (pages/_ui/texts/markup.py) and
// gives a tree; what is built here are the elements named below and texts, so nothing else can come
// out of a lecturer's file.

import { h } from "../parts/elements.js";
import { m } from "../parts/math.js";

/** A text, or [element, ...children]; of a link ["a", page, view, ...children]. @typedef {string | any[]} Inline */
/** @typedef {(page: string, view: string) => string} AddressOf where a link leads, for a new tab */
/** @typedef {(page: string, view: string) => void} Follow */

const FORMULA = ["math", "mrow", "mi", "mn", "mo", "msub", "msup", "msubsup", "mfrac", "msqrt", "mover"];
/** @type {("em" | "strong" | "code")[]} */
const TEXT = ["em", "strong", "code"];

/** What must not begin a line: browsers allow it after a formula. */
const CLOSING = /^[,.:;?!)”，。：；？！、）]+/;

/**
 * @param {Inline[]} tree
 * @param {{addressOf: AddressOf, follow: Follow}} links
 * @returns {(Node | string)[]}
 */
export function nodes(tree, links) {
  /** @type {(Node | string)[]} */
  const made = [];
  tree.forEach((each) => {
    const last = made.at(-1);
    const closing = typeof each === "string" && last instanceof Element && last.localName === "math" ? CLOSING.exec(each)?.[0] : "";
    if (closing) made.splice(-1, 1, h("span", { class: "unbroken" }, /** @type {Element} */ (last), closing));
    made.push(typeof each === "string" ? each.slice(closing?.length ?? 0) : node(each, links));
  });
  return made;
}

/** @param {Inline} inline @param {{addressOf: AddressOf, follow: Follow}} links */
function node(inline, links) {
  if (typeof inline === "string") return inline;
  const [name, ...children] = inline;
  if (name === "a") return link(inline, links);
  if (FORMULA.includes(name)) return formula(inline);
  const tag = TEXT.find((each) => each === name);
  return tag ? h(tag, {}, ...nodes(children, links)) : "";
}

/** @param {any[]} inline @param {{addressOf: AddressOf, follow: Follow}} links */
function link([, page, view, ...children], links) {
  /** @param {MouseEvent} event */
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab or window of its own
    event.preventDefault();
    links.follow(page, view);
  };
  return h("a", { href: links.addressOf(page, view), onclick }, ...nodes(children, links));
}

/** @param {any[]} tree @returns {Element} */
function formula([name, ...children]) {
  const parts = children.map((child) => (typeof child === "string" ? child : formula(child)));
  const element = m(FORMULA.includes(name) ? name : "mrow", ...parts);
  if (name === "mo") element.setAttribute("stretchy", "false"); // bars and brackets as tall as letters
  if (parts[0] === "|") for (const side of ["lspace", "rspace"]) element.setAttribute(side, "0.06em"); // p(x|z)
  return element;
}

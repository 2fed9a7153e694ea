// Formulas as MathML, which browsers set by themselves, from text that reads like TeX:
//
//     math("z = μ + σ ⊙ ε")      math("\frac{(μ_k − m_k)^2}{2}")      math("log p(x|z)")
//
// `_` and `^` take the next atom or {group}, `\frac` two groups, `\sqrt` one, `\big` a bracket. A word of
// several letters is a name (log, exp, KL), a single letter a variable; {...} groups without being seen.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKENS = /\\(?:frac|sqrt|big.)|[A-Za-z]{2,}|\d+(?:\.\d+)?|[A-Za-zα-ωΑ-Ωℒ]|\S/gu;
const IS_NAME = /^[A-Za-zα-ωΑ-Ωℒ]+$/u;

/** An element of MathML; a name of several letters stands upright, and sums are large. @param {string} tag @param {(Node | string)[]} children */
export function m(tag, ...children) {
  const element = document.createElementNS(MATHML, tag);
  element.append(...children);
  const text = element.textContent ?? "";
  if (tag === "mi" && text.length > 1) element.setAttribute("mathvariant", "normal");
  if (tag === "mo" && "∑∏∫".includes(text)) element.setAttribute("largeop", "true");
  return element;
}

/** @param {string} formula */
export function math(formula) {
  const tokens = formula.match(TOKENS) ?? [];
  const element = m("math", row(tokens));
  element.setAttribute("display", "block");
  if (tokens.length) throw new Error(`This formula has a bracket too many: ${formula}`);
  return element;
}

/** Atoms up to the end of the group. @param {string[]} tokens are taken from the front */
function row(tokens) {
  const atoms = [];
  while (tokens.length && tokens[0] !== "}") atoms.push(scripted(tokens));
  return m("mrow", ...atoms);
}

/** An atom with what stands below and above it. @param {string[]} tokens */
function scripted(tokens) {
  const base = atom(tokens);
  /** @type {Record<string, Node>} */
  const scripts = {};
  while (tokens[0] === "_" || tokens[0] === "^") {
    const kind = /** @type {string} */ (tokens.shift());
    scripts[kind] = atom(tokens);
  }
  const { _: below, "^": above } = scripts;
  const isSum = base.textContent === "∑";
  if (below && above) return m(isSum ? "munderover" : "msubsup", base, below, above);
  if (below) return m(isSum ? "munder" : "msub", base, below);
  return above ? m("msup", base, above) : base;
}

/** @param {string[]} tokens @returns {Element} */
function atom(tokens) {
  const token = tokens.shift() ?? "";
  if (token === "{") {
    const group = row(tokens);
    tokens.shift();
    return group;
  }
  if (token === "\\frac") return m("mfrac", atom(tokens), atom(tokens));
  if (token === "\\sqrt") return m("msqrt", atom(tokens));
  if (token.startsWith("\\big")) return bracket(token.at(-1) ?? "", "2.3em");
  if (/^\d/.test(token)) return m("mn", token);
  if (IS_NAME.test(token)) return token.length > 1 && IS_NAME.test(tokens[0] ?? "") ? named(token) : m("mi", token);
  return "|()[]‖".includes(token) ? bracket(token) : m("mo", token);
}

/** A bracket as large as it is asked to be, not as its surroundings. @param {string} sign @param {string} [size] */
function bracket(sign, size) {
  const element = m("mo", sign);
  element.setAttribute("stretchy", String(Boolean(size)));
  if (size) for (const bound of ["minsize", "maxsize"]) element.setAttribute(bound, size);
  return element;
}

/** A name and the room before what it is applied to: log σ. @param {string} name */
function named(name) {
  const space = m("mspace");
  space.setAttribute("width", "0.2em");
  return m("mrow", m("mi", name), space);
}

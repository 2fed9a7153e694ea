// Formulas as MathML, which browsers set by themselves, from text that reads like TeX:
//
//     math("z = μ + σ ⊙ ε")      math("\frac{(μ_k − m_k)^2}{2}")      math("log p(x|z)")
//
// `_` and `^` take the next atom or {group}, `\frac` two groups and `\sqrt` one. A word of several
// letters is a name (log, exp, KL), a single letter a variable, '{...}' groups without being seen.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKENS = /\\(?:frac|sqrt)|[A-Za-z]{2,}|\d+(?:\.\d+)?|[A-Za-zα-ωΑ-Ωℒ]|\S/gu;
const IS_NAME = /^[A-Za-zα-ωΑ-Ωℒ]+$/u;

/** @param {string} tag @param {(Node | string)[]} children */
function m(tag, ...children) {
  const element = document.createElementNS(MATHML, tag);
  element.append(...children);
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
  if (/^\d/.test(token)) return m("mn", token);
  if (IS_NAME.test(token)) return m("mi", token);
  const sign = m("mo", token);
  if ("|()[]‖".includes(token)) sign.setAttribute("stretchy", "false");
  return sign;
}

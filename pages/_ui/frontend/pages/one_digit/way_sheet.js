// The sheet that the picture of a digit's way is drawn on: words, framed pictures and tables in the page's colours.

import { plainColor } from "../../parts/export_picture.js";
import { Sheet, themeOf } from "../../parts/sheet.js";

export const SIDE = 7 * 28; // of a picture
export const NOTE = 20; // size of letters: of captions,
const WORD = 22; // of numbers,
export const LARGE = 28; // of headings

/** @typedef {import("../../parts/sheet.js").Theme & {soft: string, edge: string, line: string}} Look */

export class WaySheet extends Sheet {
  /** @param {{width: number, height: number}} size @param {HTMLElement} root of the page that it looks like */
  constructor({ width, height }, root) {
    const look = lookOf(root);
    super(width, height, look);
    this.look = look;
  }

  /**
   * @param {number} left @param {number} y @param {string | null} words @param {number} fit
   * @param {boolean} [isNumber] which is read first
   * @returns {number} where the next line stands
   */
  note(left, y, words, fit, isNumber = false) {
    const style = isNumber ? { size: WORD } : { size: NOTE, color: this.look.soft };
    return this.lines(left, y, words ?? "", { ...style, fit });
  }

  /** @param {number} left @param {number} y @param {number} width of the gap that it leads across */
  arrow(left, y, width) {
    const tip = left + width - 7;
    this.shape(`M${left + 7} ${y - 1.5}H${tip - 10}V${y - 8}L${tip} ${y}L${tip - 10} ${y + 8}V${y + 1.5}H${left + 7}Z`, this.look.edge);
  }

  /** The paper of a picture, with a thin edge. @param {number} left @param {number} top @param {{width: number, height: number}} size */
  #paper(left, top, { width, height }) {
    this.box(left - 1, top - 1, width + 2, height + 2, this.look.line, 2);
    this.box(left, top, width, height, this.look.paper, 0);
  }

  /** @param {number} left @param {number} top @param {ArrayLike<number>} values @param {HTMLCanvasElement} of where the page shows them */
  framedDigit(left, top, values, of) {
    this.#paper(left, top, { width: SIDE, height: SIDE });
    this.digit(left, top, SIDE, values, nameOf(of));
  }

  /** @param {number} left @param {number} top @param {{width: number, height: number}} size @param {HTMLCanvasElement} canvas */
  framedPicture(left, top, size, canvas) {
    this.#paper(left, top, size);
    this.picture(left, top, size, canvas, nameOf(canvas));
  }

  /** @param {number} left @param {number} top @param {import("./small_plane.js").SmallPlane} plane */
  framedPlane(left, top, plane) {
    this.#paper(left, top, { width: SIDE, height: SIDE });
    this.plane(left, top, SIDE, plane.element);
  }

  /** Of a conditional model. @param {number} right @param {number} top @param {HTMLElement} label */
  tag(right, top, label) {
    if (label.hidden) return;
    const words = `${label.textContent} ↓`;
    const style = { size: NOTE - 2, bold: true };
    const width = this.widthOf(words, style) + 14;
    this.box(right - width, top, width, 28, this.look.ink, 6);
    this.text(right - 7, top + 20, words, { ...style, anchor: "end", color: this.look.background });
  }

  /**
   * As wide as there is room, its first column at the left, the others at the right of theirs.
   * @param {number} left @param {number} y of the first row @param {HTMLTableElement} table @param {number} width
   * @returns {number} where the next row would stand
   */
  table(left, y, table, width) {
    const rows = [...table.rows].filter(({ hidden }) => !hidden).map((row) => [...row.cells].map(cellOf));
    const wide = (/** @type {number} */ size) =>
      rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].runs.reduce((sum, run) => sum + this.#wide(run, row[column], size), 0))));
    const count = rows[0].length;
    const sum = (/** @type {number[]} */ all) => all.reduce((one, other) => one + other, 0);
    const size = WORD * Math.min(1, (width - 10 * (count - 1)) / sum(wide(WORD)));
    const widths = wide(size);
    const space = (width - sum(widths)) / (count - 1);
    for (const row of rows) {
      row.forEach((cell, column) => {
        let right = left + sum(widths.slice(0, column + 1)) + column * space;
        if (!column) right = left + sum(cell.runs.map((run) => this.#wide(run, cell, size)));
        for (const run of [...cell.runs].reverse()) {
          const style = { ...cell, size: run.below ? 0.75 * size : size, anchor: /** @type {const} */ ("end") };
          right -= this.text(right, y + (run.below ? 0.2 * size : 0), run.words, style);
        }
      });
      y += 1.5 * WORD;
    }
    return y;
  }

  /** @param {Run} run @param {Cell} cell @param {number} size */
  #wide({ words, below }, { bold }, size) {
    return this.widthOf(words, { size: below ? 0.75 * size : size, bold });
  }
}

/** @typedef {{words: string, below: boolean}} Run of letters, which may stand below the line */
/** @typedef {{runs: Run[], bold: boolean, color: string}} Cell */

/** What a cell of a table says, and how it looks. @param {HTMLTableCellElement} cell @returns {Cell} */
function cellOf(cell) {
  const { fontWeight, color } = getComputedStyle(cell);
  const runs = [...cell.childNodes].map((node) => ({ words: node.textContent ?? "", below: node.nodeName === "SUB" }));
  return { runs, bold: Number(fontWeight) >= 600, color: plainColor(color) };
}

/** What a picture shows. @param {Element} picture */
const nameOf = (picture) => picture.getAttribute("aria-label") ?? "";

/** The page's colours. @param {HTMLElement} root @returns {Look} */
function lookOf(root) {
  const theme = themeOf(root);
  const mixed = (/** @type {number} */ share) => mix(theme.ink, theme.background, share);
  return { ...theme, soft: mixed(0.72), edge: mixed(0.45), line: mixed(0.22) };
}

/** @param {string} one as the browser resolves it @param {string} other @param {number} share of the first */
function mix(one, other, share) {
  const [a, b] = [one, other].map((color) => (color.match(/[\d.]+/g) ?? []).map(Number));
  return `rgb(${[0, 1, 2].map((i) => Math.round(share * a[i] + (1 - share) * b[i])).join(", ")})`;
}

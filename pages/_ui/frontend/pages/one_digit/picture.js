// The picture of a digit's way for a slide: the columns of the page, in its theme, with its words and numbers.

import { plainColor } from "../../parts/export_picture.js";
import { PictureButtons } from "../../parts/picture_buttons.js";
import { Sheet, themeOf } from "../../parts/sheet.js";
import { t } from "../../state/texts.js";
import { wordOf } from "./words.js";

const SIZE = { width: 1920, height: 1080 };
const EDGE = 40; // pixels around
const GAP = 34; // between columns, where the arrows are
const HEAD = 190; // the line that headings stand on
const TOP = 246; // of the first row of pictures
const SIDE = 7 * 28; // of a picture
const LAYERS = { encoder: 224, decoder: 256 }; // widths of the networks
const TALL = 3 * SIDE + 80; // their height, which is that of three pictures with captions
const TERMS = SIZE.width - 2 * EDGE - 4 * SIDE - LAYERS.encoder - LAYERS.decoder - 6 * GAP;
const NATS = 9 * 28;
const [NOTE, WORD, LARGE] = [20, 22, 28]; // sizes of letters

/** @typedef {import("../../parts/sheet.js").Theme & {soft: string, edge: string, line: string}} Look */

/**
 * @typedef {object} Shown
 * @property {ArrayLike<number>} x
 * @property {import("../../core/forward.js").Numbers} numbers
 * @property {import("./formulas.js").Kind} kind
 * @property {import("../../state/host.js").OfferedModel} model
 */

/**
 * The parts of the page, whose words, numbers and drawings it repeats.
 * @typedef {object} Parts
 * @property {HTMLElement} root
 * @property {HTMLElement[]} labelled where the label goes in: encoder, z, decoder
 * @property {import("./input.js").Input} input
 * @property {import("./layers.js").Layers} encoder
 * @property {import("./moments.js").Moments} moments
 * @property {import("./noise_plane.js").NoisePlane} noise
 * @property {import("./latent.js").Latent} latent
 * @property {import("./layers.js").Layers} decoder
 * @property {import("./pixels.js").Pixels} pixels
 * @property {import("./reconstruction.js").Reconstruction} reconstruction
 * @property {import("./divergence.js").Divergence} divergence
 * @property {import("./divergence.js").Bar} bar
 */

/** @param {Parts} parts @param {() => Shown | null} shown what is on screen now */
export const pictureButtons = (parts, shown) =>
  new PictureButtons(
    (format) => t("one_digit.picture", { format }),
    (format) => {
      const now = shown();
      if (now) new Drawing(parts, now).sheet.download(`one-digit-${now.model.id}`, format);
    },
  );

class Drawing {
  /** @param {Parts} parts @param {Shown} shown */
  constructor(parts, shown) {
    this.parts = parts;
    this.shown = shown;
    this.look = lookOf(parts.root);
    this.sheet = new Sheet(SIZE.width, SIZE.height, this.look);
    const [word, fit] = [{ color: this.look.soft }, SIZE.width - 2 * EDGE];
    this.sheet.text(EDGE, 80, t("one_digit.headline"), { size: 44, bold: true, fit });
    this.sheet.text(EDGE, 122, shown.model.title, { ...word, size: LARGE, fit });
    const columns = [
      { width: SIDE, draw: this.#x },
      { width: LAYERS.encoder, draw: this.#encoder },
      { width: SIDE, draw: this.#moments },
      { width: SIDE, draw: this.#z },
      { width: LAYERS.decoder, draw: this.#decoder },
      { width: SIDE, draw: this.#likelihood },
      { width: TERMS, draw: this.#terms },
    ];
    let left = EDGE;
    columns.forEach(({ width, draw }, i) => {
      if (i) this.#arrow(left - GAP);
      draw.call(this, left);
      left += width + GAP;
    });
  }

  // --- the columns, from left to right --------------------------------------------------------

  /** @param {number} left */
  #x(left) {
    const { picture, source } = this.parts.input;
    this.#heading(left, HEAD, "x", SIDE);
    this.#digit(left, TOP, this.shown.x, picture.canvas);
    this.#note(left, TOP + SIDE + 28, source.textContent, SIDE);
  }

  /** @param {number} left */
  #encoder(left) {
    this.#network(left, "encoder", this.parts.labelled[0]);
  }

  /** @param {number} left */
  #decoder(left) {
    this.#network(left, "decoder", this.parts.labelled[2]);
  }

  /** @param {number} left */
  #moments(left) {
    const { moments, noise } = this.parts;
    this.#heading(left, HEAD, "moments", SIDE);
    this.#table(left, TOP + 22, moments.table, SIDE);
    const top = TOP + SIDE + 70;
    this.#heading(left, top, "noise", SIDE);
    if (noise.element.hidden) return void this.#note(left, top + 76, noise.none.textContent, SIDE);
    this.#plane(left, top + 56, noise.plane);
    this.#note(left, top + 56 + SIDE + 30, noise.value.textContent, SIDE, true);
  }

  /** @param {number} left */
  #z(left) {
    const { latent, labelled } = this.parts;
    this.#heading(left, HEAD, "z", SIDE);
    this.#plane(left, TOP, latent.whole);
    this.#label(left + SIDE - 6, TOP + 6, labelled[1]);
    this.#note(left, TOP + SIDE + 30, latent.z.textContent, SIDE, true);
    if (latent.close.hidden) return;
    const top = TOP + SIDE + 126; // level with the plane of ε
    this.#plane(left, top, latent.near);
    this.#note(left, top + SIDE + 28, latent.zoom.textContent, SIDE);
  }

  /** @param {number} left */
  #likelihood(left) {
    const { mean, deviation, sample, scaled } = this.parts.pixels;
    const { numbers } = this.shown;
    this.#heading(left, HEAD, "likelihood", SIDE);
    const pictures = [
      { values: numbers.mean, of: mean.canvas, name: "likelihood" },
      { values: scaled, of: deviation.canvas, name: "deviation" },
      { values: numbers.sample, of: sample.canvas, name: "sample" },
    ];
    pictures.forEach(({ values, of, name }, i) => {
      const top = TOP + i * (SIDE + 40);
      this.#digit(left, top, values, of);
      this.#note(left, top + SIDE + 26, t(`one_digit.pixels.${name}_short`), SIDE);
    });
  }

  /** @param {number} left */
  #terms(left) {
    const { reconstruction, divergence, bar } = this.parts;
    const { sheet } = this;
    const large = { size: LARGE, bold: true, fit: TERMS };
    this.#heading(left, HEAD, "reconstruction", TERMS);
    this.#pixels(left, TOP, { width: NATS, height: NATS }, reconstruction.heat.canvas);
    let y = TOP + NATS + 38;
    sheet.text(left, y, reconstruction.total.textContent ?? "", large);
    y = this.#note(left, y + 30, reconstruction.pixel.textContent, TERMS) + 24;
    this.#heading(left, y, "kl", TERMS);
    y += 68;
    if (divergence.table.hidden) y = this.#note(left, y, divergence.none.textContent, TERMS);
    else {
      sheet.text(left, y, divergence.total.textContent ?? "", large);
      y = this.#table(left, y + 38, divergence.table, TERMS);
    }
    y += 26;
    this.#heading(left, y, "objective", TERMS);
    y = this.#note(left, y + 62, bar.sum.textContent, TERMS, true);
    if (!bar.bar.hidden) this.#bar(left, y - 8);
  }

  // --- what they are made of ------------------------------------------------------------------

  /** @param {number} left @param {number} y @param {string} part @param {number} fit */
  #heading(left, y, part, fit) {
    const { kind } = this.shown;
    this.sheet.text(left, y, wordOf(part, "short", kind), { size: LARGE - 2, bold: true, fit });
    this.sheet.text(left, y + 30, wordOf(part, "role", kind), { size: NOTE, color: this.look.soft, fit });
  }

  /**
   * @param {number} left @param {number} y @param {string | null} words @param {number} fit
   * @param {boolean} [isNumber] which is read first
   * @returns {number} where the next line stands
   */
  #note(left, y, words, fit, isNumber = false) {
    const style = isNumber ? { size: WORD } : { size: NOTE, color: this.look.soft };
    return this.sheet.lines(left, y, words ?? "", { ...style, fit });
  }

  /** Into the column, level with the first pictures. @param {number} left */
  #arrow(left) {
    const y = TOP + SIDE / 2;
    const tip = left + GAP - 7;
    this.sheet.shape(`M${left + 7} ${y - 1.5}H${tip - 10}V${y - 8}L${tip} ${y}L${tip - 10} ${y + 8}V${y + 1.5}H${left + 7}Z`, this.look.edge);
  }

  /** The paper of a picture, with a thin edge. @param {number} left @param {number} top @param {{width: number, height: number}} size */
  #paper(left, top, { width, height }) {
    this.sheet.box(left - 1, top - 1, width + 2, height + 2, this.look.line, 2);
    this.sheet.box(left, top, width, height, this.look.paper, 0);
  }

  /** @param {number} left @param {number} top @param {ArrayLike<number>} values @param {HTMLCanvasElement} of where the page shows them */
  #digit(left, top, values, of) {
    this.#paper(left, top, { width: SIDE, height: SIDE });
    this.sheet.digit(left, top, SIDE, values, nameOf(of));
  }

  /** @param {number} left @param {number} top @param {{width: number, height: number}} size @param {HTMLCanvasElement} canvas */
  #pixels(left, top, size, canvas) {
    this.#paper(left, top, size);
    this.sheet.picture(left, top, size, canvas, nameOf(canvas));
  }

  /** @param {number} left @param {number} top @param {import("./small_plane.js").SmallPlane} plane */
  #plane(left, top, plane) {
    this.#paper(left, top, { width: SIDE, height: SIDE });
    this.sheet.plane(left, top, SIDE, plane.element);
  }

  /** @param {number} left @param {"encoder" | "decoder"} part @param {HTMLElement} label */
  #network(left, part, label) {
    const { heats, sizes, unit } = this.parts[part];
    const width = LAYERS[part];
    this.#heading(left, HEAD, part, width);
    this.#label(left + width, HEAD - 24, label);
    const share = (width + 8) / heats.length;
    // Cells of whole pixels are all equally wide.
    const boxes = heats.map(({ canvas }) => ({ width: whole(share - 8, canvas.width), height: whole(TALL, canvas.height) }));
    heats.forEach(({ canvas }, i) => this.#pixels(Math.round(left + i * share), TOP, boxes[i], canvas));
    const y = this.#note(left, TOP + Math.max(...boxes.map(({ height }) => height)) + 28, sizes.textContent, width);
    this.#note(left, y, unit.textContent, width);
  }

  /** Of a conditional model. @param {number} right @param {number} top @param {HTMLElement} label */
  #label(right, top, label) {
    if (label.hidden) return;
    const words = `${label.textContent} ↓`;
    const style = { size: NOTE - 2, bold: true };
    const width = this.sheet.widthOf(words, style) + 14;
    this.sheet.box(right - width, top, width, 28, this.look.ink, 6);
    this.sheet.text(right - 7, top + 20, words, { ...style, anchor: "end", color: this.look.background });
  }

  /**
   * As wide as there is room, its first column at the left, the others at the right of theirs.
   * @param {number} left @param {number} y of the first row @param {HTMLTableElement} table @param {number} width
   * @returns {number} where the next row would stand
   */
  #table(left, y, table, width) {
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
          right -= this.sheet.text(right, y + (run.below ? 0.2 * size : 0), run.words, style);
        }
      });
      y += 1.5 * WORD;
    }
    return y;
  }

  /** @param {Run} run @param {Cell} cell @param {number} size */
  #wide({ words, below }, { bold }, size) {
    return this.sheet.widthOf(words, { size: below ? 0.75 * size : size, bold });
  }

  /** Reconstruction and β · KL, end to end. @param {number} left @param {number} top */
  #bar(left, top) {
    const { reconstruction, kl, weighted } = this.parts.bar;
    const colors = getComputedStyle(this.parts.root);
    const high = 34;
    this.sheet.box(left, top, TERMS, high, this.look.line, 0);
    let x = left;
    for (const [segment, color] of /** @type {const} */ ([[reconstruction, "--above"], [kl, "--below"]])) {
      const width = (TERMS * Number.parseFloat(segment.style.width)) / 100;
      this.sheet.box(x, top, width, high, colors.getPropertyValue(color).trim(), 0);
      const words = segment.textContent ?? "";
      const style = { size: NOTE, bold: true };
      if (words && this.sheet.widthOf(words, style) + 16 < width) this.sheet.text(x + 8, top + 24, words, { ...style, color: this.look.background });
      x += width;
    }
    const rest = left + TERMS - x;
    if (!weighted.hidden && rest > 70) this.sheet.text(x + 8, top + 24, weighted.textContent ?? "", { size: NOTE, bold: true, fit: rest - 12 });
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

/** The largest multiple of so many pixels that fits; all of it if there are more. @param {number} room @param {number} pixels */
const whole = (room, pixels) => Math.floor(room / pixels) * pixels || room;

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

// The picture of a digit's way for a slide: the columns of the page, in its theme, with its words and numbers.

import { PictureButtons } from "../../parts/picture_buttons.js";
import { t } from "../../state/texts.js";
import { LARGE, NOTE, SIDE, WaySheet } from "./way_sheet.js";
import { wordOf } from "./words.js";

const SIZE = { width: 1920, height: 1080 };
const EDGE = 40; // pixels around
const GAP = 34; // between columns, where the arrows are
const HEAD = 190; // the line that headings stand on
const TOP = 246; // of the first row of pictures
const LAYERS = { encoder: 224, decoder: 256 }; // widths of the networks
const TALL = 3 * SIDE + 80; // their height, which is that of three pictures with captions
const TERMS = SIZE.width - 2 * EDGE - 4 * SIDE - LAYERS.encoder - LAYERS.decoder - 6 * GAP;
const NATS = 9 * 28;

/**
 * @typedef {object} Shown
 * @property {ArrayLike<number>} x
 * @property {import("../../core/forward.js").Numbers} numbers
 * @property {import("./formulas.js").Kind} kind
 * @property {import("../../state/host.js").OfferedModel} model
 */

/** The page's parts, whose words, numbers and drawings it repeats. @typedef {import("./flow.js").Parts & {root: HTMLElement, flow: import("./flow.js").Flow}} Parts */

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
    this.sheet = new WaySheet(SIZE, parts.root);
    const fit = SIZE.width - 2 * EDGE;
    this.sheet.text(EDGE, 80, t("one_digit.headline"), { size: 44, bold: true, fit });
    this.sheet.text(EDGE, 122, shown.model.title, { size: LARGE, color: this.sheet.look.soft, fit });
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
      if (i) this.sheet.arrow(left - GAP, TOP + SIDE / 2, GAP);
      draw.call(this, left);
      left += width + GAP;
    });
  }

  // --- the columns, from left to right --------------------------------------------------------

  /** @param {number} left */
  #x(left) {
    const { picture, source } = this.parts.input;
    this.#heading(left, HEAD, "x", SIDE);
    this.sheet.framedDigit(left, TOP, this.shown.x, picture.canvas);
    this.sheet.note(left, TOP + SIDE + 28, source.textContent, SIDE);
  }

  /** @param {number} left */
  #encoder(left) {
    this.#network(left, "encoder", this.parts.flow.labels.encoder);
  }

  /** @param {number} left */
  #decoder(left) {
    this.#network(left, "decoder", this.parts.flow.labels.decoder);
  }

  /** @param {number} left */
  #moments(left) {
    const { moments, noise } = this.parts;
    this.#heading(left, HEAD, "moments", SIDE);
    this.sheet.table(left, TOP + 22, moments.table, SIDE);
    const top = TOP + SIDE + 70;
    this.#heading(left, top, "noise", SIDE);
    if (noise.element.hidden) return void this.sheet.note(left, top + 76, noise.none.textContent, SIDE);
    this.sheet.framedPlane(left, top + 56, noise.plane);
    this.sheet.note(left, top + 56 + SIDE + 30, noise.value.textContent, SIDE, true);
  }

  /** @param {number} left */
  #z(left) {
    const { latent, flow } = this.parts;
    this.#heading(left, HEAD, "z", SIDE);
    this.sheet.framedPlane(left, TOP, latent.whole);
    this.sheet.tag(left + SIDE - 6, TOP + 6, flow.labels.z);
    this.sheet.note(left, TOP + SIDE + 30, latent.z.textContent, SIDE, true);
    if (latent.close.hidden) return;
    const top = TOP + SIDE + 126; // level with the plane of ε
    this.sheet.framedPlane(left, top, latent.near);
    this.sheet.note(left, top + SIDE + 28, latent.zoom.textContent, SIDE);
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
      this.sheet.framedDigit(left, top, values, of);
      this.sheet.note(left, top + SIDE + 26, t(`one_digit.pixels.${name}_short`), SIDE);
    });
  }

  /** @param {number} left */
  #terms(left) {
    const { reconstruction, divergence, bar } = this.parts;
    const { sheet } = this;
    const large = { size: LARGE, bold: true, fit: TERMS };
    this.#heading(left, HEAD, "reconstruction", TERMS);
    this.sheet.framedPicture(left, TOP, { width: NATS, height: NATS }, reconstruction.heat.canvas);
    let y = TOP + NATS + 38;
    sheet.text(left, y, reconstruction.total.textContent ?? "", large);
    y = this.sheet.note(left, y + 30, reconstruction.pixel.textContent, TERMS) + 24;
    this.#heading(left, y, "kl", TERMS);
    y += 68;
    if (divergence.table.hidden) y = this.sheet.note(left, y, divergence.none.textContent, TERMS);
    else {
      sheet.text(left, y, divergence.total.textContent ?? "", large);
      y = this.sheet.table(left, y + 38, divergence.table, TERMS);
    }
    y += 26;
    this.#heading(left, y, "objective", TERMS);
    y = this.sheet.note(left, y + 62, bar.sum.textContent, TERMS, true);
    if (!bar.bar.hidden) this.#bar(left, y - 8);
  }

  // --- what they are made of ------------------------------------------------------------------

  /** @param {number} left @param {number} y @param {string} part @param {number} fit */
  #heading(left, y, part, fit) {
    const { kind } = this.shown;
    this.sheet.text(left, y, wordOf(part, "short", kind), { size: LARGE - 2, bold: true, fit });
    this.sheet.text(left, y + 30, wordOf(part, "role", kind), { size: NOTE, color: this.sheet.look.soft, fit });
  }

  /** @param {number} left @param {"encoder" | "decoder"} part @param {HTMLElement} label */
  #network(left, part, label) {
    const { heats, sizes, unit } = this.parts[part];
    const width = LAYERS[part];
    this.#heading(left, HEAD, part, width);
    this.sheet.tag(left + width, HEAD - 24, label);
    const share = (width + 8) / heats.length;
    // Cells of whole pixels are all equally wide.
    const boxes = heats.map(({ canvas }) => ({ width: whole(share - 8, canvas.width), height: whole(TALL, canvas.height) }));
    heats.forEach(({ canvas }, i) => this.sheet.framedPicture(Math.round(left + i * share), TOP, boxes[i], canvas));
    const y = this.sheet.note(left, TOP + Math.max(...boxes.map(({ height }) => height)) + 28, sizes.textContent, width);
    this.sheet.note(left, y, unit.textContent, width);
  }

  /** Reconstruction and β · KL, end to end. @param {number} left @param {number} top */
  #bar(left, top) {
    const { reconstruction, kl, weighted } = this.parts.bar;
    const colors = getComputedStyle(this.parts.root);
    const high = 34;
    this.sheet.box(left, top, TERMS, high, this.sheet.look.line, 0);
    let x = left;
    for (const [segment, color] of /** @type {const} */ ([[reconstruction, "--above"], [kl, "--below"]])) {
      const width = (TERMS * Number.parseFloat(segment.style.width)) / 100;
      this.sheet.box(x, top, width, high, colors.getPropertyValue(color).trim(), 0);
      const words = segment.textContent ?? "";
      const style = { size: NOTE, bold: true };
      if (words && this.sheet.widthOf(words, style) + 16 < width) this.sheet.text(x + 8, top + 24, words, { ...style, color: this.sheet.look.background });
      x += width;
    }
    const rest = left + TERMS - x;
    if (!weighted.hidden && rest > 70) this.sheet.text(x + 8, top + 24, weighted.textContent ?? "", { size: NOTE, bold: true, fit: rest - 12 });
  }
}

/** The largest multiple of so many pixels that fits; all of it if there are more. @param {number} room @param {number} pixels */
const whole = (room, pixels) => Math.floor(room / pixels) * pixels || room;

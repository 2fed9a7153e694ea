// A pad to draw a digit on, with a mouse, a finger or a pen, or with keys: arrows move, the space bar
// puts the pen down and lifts it.

import { SIDE } from "../core/ink.js";
import { contextOf, h } from "./elements.js";
import { t } from "../state/texts.js";

/** @typedef {import("../core/ink.js").Point} Point */
/** @typedef {import("../core/ink.js").Stroke} Stroke */

const STEP = 48; // of an arrow key; with Shift a quarter of it
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @typedef {object} PadEvents
 * @property {(stroke: Stroke) => void} drawing a line is under way
 * @property {(stroke: Stroke) => void} drawn it has ended
 * @property {() => void} undo a key asks for it
 */

export class Pad {
  /** Of the line that is under way. @type {Stroke | null} */
  #line = null;
  #finger = -1; // the pointer that draws it; -1: none, keys may
  #box = new DOMRect(); // of the pad, while it does
  /** @type {Point} */
  #cursor = [SIDE / 2, SIDE / 4];
  #heldSpace = false;
  #movedWhileHeld = false;
  /** @type {Stroke[]} */
  #strokes = [];
  #pen = 1;

  /** @param {PadEvents} events */
  constructor(events) {
    this.events = events;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.context = contextOf(this.canvas);
    this.hint = h("span", { class: "pad-hint" }, t("pad.hint"));
    const label = { role: "application", "aria-label": t("pad.name"), "aria-description": t("pad.keys") };
    this.element = h("div", { class: "pad", tabindex: 0, ...label }, this.canvas, this.hint);
    const listen = (/** @type {string} */ name, /** @type {(event: any) => void} */ listener) =>
      this.element.addEventListener(name, listener);
    listen("pointerdown", (/** @type {PointerEvent} */ event) => this.#down(event));
    listen("pointermove", (/** @type {PointerEvent} */ event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      listen(end, (/** @type {PointerEvent} */ event) => event.pointerId === this.#finger && this.#lift());
    }
    listen("keydown", (/** @type {KeyboardEvent} */ event) => this.#key(event));
    listen("keyup", (/** @type {KeyboardEvent} */ event) => event.key === " " && this.#release());
    listen("blur", () => this.#lift());
    listen("focus", () => this.#draw());
    this.observer = new ResizeObserver(() => this.#draw());
    this.observer.observe(this.element);
  }

  /** @param {Stroke[]} strokes @param {number} pen thickness, in units of the pad */
  show(strokes, pen) {
    this.hint.hidden = strokes.length > 0 || this.#line !== null;
    if (strokes === this.#strokes && pen === this.#pen) return;
    this.#strokes = strokes;
    this.#pen = pen;
    this.#draw();
  }

  // --- pointers -----------------------------------------------------------------------------

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button || this.#finger >= 0) return;
    this.#lift();
    this.element.setPointerCapture(event.pointerId);
    this.#finger = event.pointerId;
    this.#box = this.canvas.getBoundingClientRect();
    this.#line = [];
    this.#extend(this.#placeOf(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerId !== this.#finger) return;
    const events = event.getCoalescedEvents?.() ?? [];
    this.#extend(...(events.length ? events : [event]).map((each) => this.#placeOf(each)));
  }

  /** @param {PointerEvent} event @returns {Point} */
  #placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.#box;
    return within([((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE]);
  }

  // --- keys ---------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#finger >= 0) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.#step(arrow, event.shiftKey ? STEP / 4 : STEP);
    else if (event.key === " ") this.#press(event.repeat);
    else if (event.key === "Backspace" || event.key === "Delete") this.events.undo();
    else if (event.key === "Escape") this.#lift();
    else return;
    event.preventDefault();
  }

  /** @param {[number, number]} arrow @param {number} step */
  #step(arrow, step) {
    this.#cursor = within([0, 1].map((k) => this.#cursor[k] + step * arrow[k]));
    this.#movedWhileHeld ||= this.#heldSpace;
    if (this.#line) this.#extend(this.#cursor);
    else this.#draw();
  }

  /** @param {boolean} again the key is held down */
  #press(again) {
    if (again) return;
    if (this.#line) return this.#lift();
    this.#heldSpace = true;
    this.#movedWhileHeld = false;
    this.#line = [];
    this.#extend(this.#cursor);
  }

  /** A space bar that was held while arrows drew lifts the pen; one that was tapped leaves it down. */
  #release() {
    if (this.#heldSpace && this.#movedWhileHeld) this.#lift();
    this.#heldSpace = false;
  }

  // --- lines --------------------------------------------------------------------------------

  /** @param {Point[]} points */
  #extend(...points) {
    const line = this.#line ?? [];
    for (const point of points) {
      const last = line.at(-1);
      if (point[0] !== last?.[0] || point[1] !== last[1]) line.push(point);
    }
    this.#cursor = line[line.length - 1];
    this.hint.hidden = true;
    this.#draw();
    this.events.drawing(line);
  }

  #lift() {
    const line = this.#line;
    this.#line = null;
    this.#finger = -1;
    this.#heldSpace = false;
    if (line?.length) this.events.drawn(line);
    this.#draw();
  }

  #draw() {
    const { canvas, context, element } = this;
    const side = Math.round(element.clientWidth * devicePixelRatio);
    if (!side) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    context.setTransform(side / SIDE, 0, 0, side / SIDE, 0, 0);
    context.clearRect(0, 0, SIDE, SIDE);
    const { color } = getComputedStyle(element);
    Object.assign(context, { strokeStyle: color, lineCap: "round", lineJoin: "round", lineWidth: this.#pen });
    for (const stroke of this.#line ? [...this.#strokes, this.#line] : this.#strokes) {
      context.beginPath();
      stroke.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      if (stroke.length === 1) context.lineTo(stroke[0][0], stroke[0][1]);
      context.stroke();
    }
    if (element.matches(":focus-visible") && this.#finger < 0) this.#drawCursor(color);
  }

  /** Where the keys are: a ring, filled while the pen is down. @param {string} color */
  #drawCursor(color) {
    const { context } = this;
    const [x, y] = this.#cursor;
    const accent = getComputedStyle(this.element).outlineColor || color;
    context.beginPath();
    context.arc(x, y, Math.max(28, this.#pen / 2), 0, 2 * Math.PI);
    Object.assign(context, { strokeStyle: accent, fillStyle: accent, lineWidth: 12 });
    if (this.#line) context.fill();
    context.stroke();
  }

  destroy() {
    this.observer.disconnect();
  }
}

/** @param {number[]} place @returns {Point} */
function within(place) {
  const [x, y] = place.map((value) => Math.round(Math.min(SIDE - 1, Math.max(0, value))));
  return [x, y];
}

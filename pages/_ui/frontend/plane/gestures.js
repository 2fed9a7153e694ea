// What pointers, wheel and keys mean on the map. Nothing here knows what a digit is.

import { stepOf } from "./keys.js";

const CLICK_PIXELS = { mouse: 4, pen: 6, touch: 10 }; // less movement than this is a click
const DOUBLE_CLICK_MS = 350;
export const REACH_PIXELS = { mouse: 9, pen: 14, touch: 20 }; // how far from a thing it can be grabbed

/**
 * What is told of a person's gestures; places are in pixels of the surface.
 * @typedef {object} Gestures
 * @property {(px: number, py: number) => void} hover a pointer is here
 * @property {() => void} leave it is gone
 * @property {() => void} lift a finger is gone; its place stays to be read
 * @property {(px: number, py: number) => void} press a pointer is down, which may become a click
 * @property {(px: number, py: number) => void} click
 * @property {(px: number, py: number) => void} doubleClick
 * @property {(dx: number, dy: number) => void} pan
 * @property {(px: number, py: number, factor: number) => void} zoom
 * @property {(dx: number, dy: number) => void} step by keys, as the next three
 * @property {() => void} enter
 * @property {() => void} escape
 * @property {() => void} reset
 * @property {(px: number, py: number, reach: number) => boolean} grab whether there is something to
 *   drag within reach
 * @property {(px: number, py: number) => void} drag what was grabbed is here now
 * @property {(moved: boolean) => void} drop
 * @property {(px: number, py: number, done: boolean) => void} lasso a drag with Shift
 */

/** @param {{pointerType: string}} event @returns {"mouse" | "pen" | "touch"} */
const kindOf = ({ pointerType }) =>
  pointerType === "touch" || pointerType === "pen" ? pointerType : "mouse";

/**
 * @param {HTMLElement} surface
 * @param {Gestures} on
 * @returns {() => void} stop listening
 */
export function listen(surface, on) {
  /** @type {Map<number, [number, number]>} id -> last place, while pressed */
  const pointers = new Map();
  /** @type {{px: number, py: number, moved: boolean} | null} of the pointer that may become a click */
  let press = null;
  const noClick = { time: -Infinity, px: 0, py: 0 };
  let lastClick = noClick;
  /** @type {{id: number, px: number, py: number, moved: boolean} | null} of the pointer that has grabbed */
  let dragging = null;
  /** @type {number | null} id of the pointer that draws a line around points */
  let lasso = null;
  /** @type {[number, number] | null} where the pointer is, to parts of a pixel */
  let exact = null;
  /** @type {DOMRect | null} measured once per visit: reading it in every move would force a layout */
  let box = null;

  /** @param {MouseEvent} event @returns {[number, number]} */
  const place = (event) => {
    box ??= surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const forget = () => (box = null);
  /**
   * A press on something else: two clicks here with one elsewhere between them are no double click.
   * @param {Event} event
   */
  const elsewhere = (event) => {
    if (!event.composedPath().includes(surface)) lastClick = noClick;
  };

  /** @param {PointerEvent} event */
  function down(event) {
    if (event.button !== 0 || dragging || lasso !== null) return;
    forget();
    const [px, py] = place(event);
    if (event.shiftKey && !pointers.size) {
      lasso = event.pointerId;
      surface.setPointerCapture(lasso);
      return on.lasso(px, py, false);
    }
    const reach = REACH_PIXELS[kindOf(event)];
    if (!pointers.size && on.grab(px, py, reach)) {
      dragging = { id: event.pointerId, px, py, moved: false };
      surface.setPointerCapture(event.pointerId);
      return;
    }
    pointers.set(event.pointerId, [px, py]);
    surface.setPointerCapture(event.pointerId);
    press = pointers.size === 1 ? { px, py, moved: false } : null; // two fingers are no click
    if (!press) return;
    if (event.pointerType === "touch") on.hover(px, py);
    on.press(px, py);
  }

  /** @param {PointerEvent} event */
  function move(event) {
    const [px, py] = (exact = place(event));
    if (lasso !== null) {
      if (event.pointerId === lasso) on.lasso(px, py, false);
      return;
    }
    if (dragging) {
      if (event.pointerId !== dragging.id) return;
      const far = Math.hypot(px - dragging.px, py - dragging.py);
      dragging.moved ||= far >= CLICK_PIXELS[kindOf(event)];
      if (dragging.moved) on.drag(px, py);
      return;
    }
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") on.hover(px, py);
      return;
    }
    if (pointers.size === 2) {
      const [other] = [...pointers].flatMap(([id, at]) => (id === event.pointerId ? [] : [at]));
      /** @param {[number, number]} at */
      const spread = (at) => Math.hypot(at[0] - other[0], at[1] - other[1]);
      on.pan((px - before[0]) / 2, (py - before[1]) / 2);
      if (spread(before) > 0) {
        on.zoom((px + other[0]) / 2, (py + other[1]) / 2, spread([px, py]) / spread(before));
      }
    } else if (press) {
      const far = Math.hypot(px - press.px, py - press.py);
      const starts = !press.moved && far >= CLICK_PIXELS[kindOf(event)];
      if (starts) press.moved = true;
      if (event.pointerType === "touch") on.hover(px, py);
      else if (starts) on.pan(px - press.px, py - press.py);
      else if (press.moved) on.pan(px - before[0], py - before[1]);
    }
    pointers.set(event.pointerId, [px, py]);
  }

  /** @param {PointerEvent} event */
  function drop(event) {
    if (event.pointerId === lasso) {
      lasso = null;
      on.lasso(...place(event), true);
    }
    if (event.pointerId !== dragging?.id) return;
    const { moved } = dragging;
    dragging = null;
    on.drop(moved);
  }

  /** @param {PointerEvent} event */
  function up(event) {
    drop(event);
    if (!pointers.delete(event.pointerId) || !press || press.moved) return;
    const { px, py } = press;
    press = null;
    const repeated =
      event.timeStamp - lastClick.time < DOUBLE_CLICK_MS &&
      Math.hypot(px - lastClick.px, py - lastClick.py) < CLICK_PIXELS.touch;
    lastClick = repeated ? noClick : { time: event.timeStamp, px, py };
    if (repeated) on.doubleClick(px, py);
    else on.click(px, py);
  }

  /** @param {PointerEvent} event */
  function cancel(event) {
    drop(event);
    pointers.delete(event.pointerId);
    press = null;
  }

  /** @param {PointerEvent} event */
  function leave(event) {
    forget();
    if (event.pointerType === "touch") on.lift();
    else on.leave();
  }

  /** @param {WheelEvent} event */
  function wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
    // A wheel tells whole pixels: what is under the pointer would creep away from it.
    const at = place(event);
    const under = exact && Math.hypot(exact[0] - at[0], exact[1] - at[1]) < 1.5 ? exact : at;
    on.zoom(...under, Math.exp(-Math.max(-240, Math.min(240, pixels)) * 0.002));
  }

  /** @param {number} factor */
  const zoomMiddle = (factor) => on.zoom(surface.clientWidth / 2, surface.clientHeight / 2, factor);

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = stepOf(event);
    if (step) on.step(...step);
    else if (event.key === "Enter" || event.key === " ") on.enter();
    else if (event.key === "Escape") on.escape();
    else if (event.key === "+" || event.key === "=") zoomMiddle(1.25);
    else if (event.key === "-") zoomMiddle(0.8);
    else if (event.key === "0") on.reset();
    else return;
    event.preventDefault();
  }

  surface.addEventListener("pointerdown", down);
  surface.addEventListener("pointermove", move);
  surface.addEventListener("pointerup", up);
  surface.addEventListener("pointercancel", cancel);
  surface.addEventListener("pointerenter", forget);
  surface.addEventListener("pointerleave", leave);
  surface.addEventListener("keydown", key);
  surface.addEventListener("wheel", wheel, { passive: false });
  window.addEventListener("scroll", forget, { capture: true, passive: true });
  window.addEventListener("resize", forget);
  window.addEventListener("pointerdown", elsewhere, { capture: true, passive: true });
  return () => {
    window.removeEventListener("pointerdown", elsewhere, { capture: true });
    window.removeEventListener("scroll", forget, { capture: true });
    window.removeEventListener("resize", forget);
  };
}

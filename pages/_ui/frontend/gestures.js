// What pointers, wheel and keys mean on the map. Nothing here knows what a digit is.

const CLICK_PIXELS = { mouse: 4, pen: 6, touch: 10 }; // less movement than this is a click
const DOUBLE_CLICK_MS = 350;
export const REACH_PIXELS = { mouse: 11, pen: 14, touch: 20 }; // how far from a thing it can be grabbed
const STEP_PIXELS = 16;
const FINE_PIXELS = 2;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLElement} surface
 * @param {object} on callbacks; places are in pixels of the surface:
 *   hover(px, py), leave(), click(px, py), doubleClick(), pan(dx, dy), zoom(px, py, factor),
 *   step(dx, dy), enter(), escape(), reset(); lift() for a finger, whose digit stays to be read;
 *   grab(px, py, reach) returns whether there is something to drag, then drag(px, py), drop(moved)
 * @returns {() => void} stop listening
 */
export function listen(surface, on) {
  const pointers = new Map(); // id -> last place, while pressed
  let press = null; // {px, py, moved} of the pointer that may become a click
  let lastClick = { time: -Infinity };
  let dragging = null; // {id, px, py, moved} of the pointer that has grabbed something
  let box = null; // measured once per visit: reading it in every move would force a layout

  const place = (event) => {
    box ??= surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const forget = () => (box = null);
  /** A press on something else: two clicks here with one elsewhere between them are no double click. */
  const elsewhere = (event) => {
    if (!event.composedPath().includes(surface)) lastClick = { time: -Infinity };
  };

  function down(event) {
    if (event.button !== 0 || dragging) return;
    forget();
    const [px, py] = place(event);
    const reach = REACH_PIXELS[event.pointerType || "mouse"];
    if (!pointers.size && on.grab(px, py, reach)) {
      dragging = { id: event.pointerId, px, py, moved: false };
      surface.setPointerCapture(event.pointerId);
      return;
    }
    pointers.set(event.pointerId, [px, py]);
    surface.setPointerCapture(event.pointerId);
    press = pointers.size === 1 ? { px, py, moved: false } : null; // two fingers are no click
    if (event.pointerType === "touch" && pointers.size === 1) on.hover(px, py);
  }

  function move(event) {
    const [px, py] = place(event);
    if (dragging) {
      if (event.pointerId !== dragging.id) return;
      const far = Math.hypot(px - dragging.px, py - dragging.py);
      dragging.moved ||= far >= CLICK_PIXELS[event.pointerType || "mouse"];
      if (dragging.moved) on.drag(px, py);
      return;
    }
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") on.hover(px, py);
      return;
    }
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const spread = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      on.pan((px - before[0]) / 2, (py - before[1]) / 2);
      if (spread(before) > 0) {
        on.zoom((px + other[0]) / 2, (py + other[1]) / 2, spread([px, py]) / spread(before));
      }
    } else if (press) {
      const far = Math.hypot(px - press.px, py - press.py);
      const starts = !press.moved && far >= CLICK_PIXELS[event.pointerType || "mouse"];
      if (starts) press.moved = true;
      if (event.pointerType === "touch") on.hover(px, py);
      else if (starts) on.pan(px - press.px, py - press.py);
      else if (press.moved) on.pan(px - before[0], py - before[1]);
    }
    pointers.set(event.pointerId, [px, py]);
  }

  function drop({ pointerId }) {
    if (pointerId !== dragging?.id) return;
    const { moved } = dragging;
    dragging = null;
    on.drop(moved);
  }

  function up(event) {
    drop(event);
    if (!pointers.delete(event.pointerId) || !press || press.moved) return;
    const { px, py } = press;
    press = null;
    const repeated =
      event.timeStamp - lastClick.time < DOUBLE_CLICK_MS &&
      Math.hypot(px - lastClick.px, py - lastClick.py) < CLICK_PIXELS.touch;
    lastClick = repeated ? { time: -Infinity } : { time: event.timeStamp, px, py };
    if (repeated) on.doubleClick();
    else on.click(px, py);
  }

  function cancel(event) {
    drop(event);
    pointers.delete(event.pointerId);
    press = null;
  }

  function leave(event) {
    forget();
    if (event.pointerType === "touch") on.lift();
    else on.leave();
  }

  function wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
    on.zoom(...place(event), Math.exp(-Math.max(-240, Math.min(240, pixels)) * 0.002));
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const size = event.shiftKey ? FINE_PIXELS : STEP_PIXELS;
    const middle = [surface.clientWidth / 2, surface.clientHeight / 2];
    if (arrow) on.step(arrow[0] * size, arrow[1] * size);
    else if (event.key === "Enter" || event.key === " ") on.enter();
    else if (event.key === "Escape") on.escape();
    else if (event.key === "+" || event.key === "=") on.zoom(...middle, 1.25);
    else if (event.key === "-") on.zoom(...middle, 0.8);
    else if (event.key === "0") on.reset();
    else return;
    event.preventDefault();
  }

  const listeners = {
    pointerdown: down,
    pointermove: move,
    pointerup: up,
    pointercancel: cancel,
    pointerenter: forget,
    pointerleave: leave,
    keydown: key,
  };
  for (const [name, listener] of Object.entries(listeners)) surface.addEventListener(name, listener);
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

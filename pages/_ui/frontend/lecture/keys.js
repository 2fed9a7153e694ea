// Which keys step through a lecture. Arrows do only where nothing else wants them; a clicker's
// PageUp and PageDown always do.

const USES_ARROWS = [
  "input", "textarea", "select", "audio", "video", "[contenteditable]",
  ...["application", "combobox", "grid", "img", "listbox", "menuitem", "option", "radio", "slider", "spinbutton", "tab", "tree"].map(
    (role) => `[role="${role}"][tabindex], [role="${role}"]:is(button)`,
  ),
].join(", ");
const TYPES = 'input, textarea, select, [contenteditable], [role="combobox"]';

/** @param {KeyboardEvent} event @param {string} selector */
const isFrom = (event, selector) => {
  const target = event.composedPath()[0];
  return target instanceof Element && target.closest(selector) !== null;
};

/** @param {KeyboardEvent} event */
const isPlain = (event) => !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;

/** Which way a key leads: 1, -1, or 0 for a key that does not. @param {KeyboardEvent} event */
export function step(event) {
  if (!isPlain(event)) return 0;
  if (event.key === "PageDown") return 1;
  if (event.key === "PageUp") return -1;
  if (isFrom(event, USES_ARROWS)) return 0;
  return event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
}

/** Whether this is the key of the presenter mode. @param {KeyboardEvent} event */
export const isPresenterKey = (event) => event.key === "p" && isPlain(event) && !event.repeat && !isFrom(event, TYPES);

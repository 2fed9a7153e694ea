// Movements that take a moment, unless the person has asked for less motion.

const calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

/**
 * Call `step` in every frame with the share of the time that has passed, at last with 1.
 * @param {number} milliseconds
 * @param {(t: number) => void} step
 * @returns {() => void} stops it where it is
 */
export function glide(milliseconds, step) {
  const began = performance.now();
  let frame = requestAnimationFrame(function next(now) {
    const t = calm?.matches ? 1 : Math.min(1, Math.max(0, (now - began) / milliseconds));
    if (t < 1) frame = requestAnimationFrame(next);
    step(t);
  });
  return () => cancelAnimationFrame(frame);
}

// What pointers and keys do on the plane, in its own terms: places instead of pixels.

import { REACH_PIXELS, listen } from "./gestures.js";
import { enclosed } from "./lasso.js";

/**
 * @param {import("./plane.js").Plane} plane
 * @returns {() => void} stop listening
 */
export function interact(plane) {
  const { stars, marks, dots } = plane;
  /** @type {number | null} label of the star under the pointer that went down */
  let grabbed = null;
  /** @type {[number, number][]} */
  let lasso = [];
  const cursor = () => marks.cursorAt ?? [plane.view.x, plane.view.y];
  return listen(plane.element, {
    hover(px, py) {
      plane.element.dataset.star = String(stars.at(px, py, REACH_PIXELS.mouse) !== null);
      plane.emit("hover", plane.toData(px, py), px, py);
    },
    leave: () => plane.emit("leave"),
    lift: () => plane.emit("lift"),
    press: (px, py) => plane.emit("press", plane.toData(px, py)),
    click: (px, py) => plane.emit("click", plane.toData(px, py)),
    doubleClick: (px, py) => plane.emit("doubleClick", plane.toData(px, py)),
    grab(px, py, reach) {
      grabbed = stars.at(px, py, reach);
      return grabbed !== null;
    },
    drag: (px, py) => grabbed !== null && stars.move(grabbed, plane.toData(px, py)),
    drop: (moved) => (moved ? stars.release() : plane.emit("star", grabbed, null, false, false)),
    lasso(px, py, done) {
      lasso.push([px, py]);
      marks.setLasso(done ? [] : lasso);
      if (!done) return;
      const corners = lasso.map((corner) => plane.toData(...corner));
      lasso = [];
      const { points } = dots;
      if (!points) return;
      plane.emit("lasso", enclosed(corners, points.mu, (i) => dots.shows(points.labels[i])));
    },
    pan: (dx, dy) => plane.pan(dx, dy),
    zoom: (px, py, factor) => plane.zoom(px, py, factor),
    step: (dx, dy) => plane.emit("step", plane.stepped(cursor(), dx, dy)),
    enter: () => plane.emit("enter", cursor()),
    escape: () => plane.emit("escape"),
    reset: () => plane.setView(plane.whole),
  });
}

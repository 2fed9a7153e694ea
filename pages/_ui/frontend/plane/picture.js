// What a plane shows as one SVG drawing, to save: lines, letters and points as shapes, the manifold as
// an image.

import { s } from "../parts/elements.js";
import { styled } from "../parts/export_picture.js";

/**
 * @param {import("./plane.js").Plane} plane
 * @param {{width: number, height: number}} size of its element
 */
export function pictureOf({ area, axes, manifold, dots, marks, toPixel }, { width, height }) {
  const { left: x, top: y, width: wide, height: high } = area;
  const digits = manifold.picture();
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height },
    s("clipPath", { id: "drawing-area" }, s("rect", { x, y, width: wide, height: high })),
    styled(axes.element),
    s(
      "g",
      { "clip-path": "url(#drawing-area)" },
      digits && s("image", { ...digits, preserveAspectRatio: "none" }),
      ...(dots.canvas.hidden ? [] : pointsOf(dots, toPixel, area)),
    ),
    styled(marks.element),
  );
}

/**
 * The points of each class as one path: a stroke without a length and with round ends is a disc.
 * @param {import("./dots.js").Dots} dots
 * @param {(z: ArrayLike<number>) => [number, number]} toPixel
 * @param {{left: number, top: number, width: number, height: number}} area
 */
function pointsOf(dots, toPixel, { left, top, width, height }) {
  const { points } = dots;
  if (!points) return [];
  const { mu, labels, colors } = points;
  const { radius } = dots.look;
  const paths = colors.map(() => /** @type {string[]} */ ([]));
  for (let i = 0; i < labels.length; i++) {
    const [x, y] = toPixel(mu.subarray(2 * i, 2 * i + 2));
    const outside = x < left - radius || x > left + width + radius || y < top - radius || y > top + height + radius;
    if (!outside && dots.shows(labels[i])) paths[labels[i]].push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
  }
  // Those that are not dimmed come last, above the others.
  const order = colors.map((_, label) => label).sort((a, b) => dots.opacityOf(a) - dots.opacityOf(b));
  return order.map((label) =>
    s("path", {
      ...{ d: paths[label].join(""), fill: "none", stroke: colors[label], "stroke-width": 2 * radius },
      ...{ "stroke-linecap": "round", "stroke-opacity": dots.opacityOf(label) },
    }),
  );
}

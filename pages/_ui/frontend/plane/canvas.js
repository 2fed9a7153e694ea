// Canvases that cover the plane.

/**
 * An empty canvas with as many pixels as the screen has there, clipped to the drawing area;
 * coordinates are pixels of the page. Call `restore` when done.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./view.js").Projection} projection
 */
export function begin(context, { size, area }) {
  const dense = window.devicePixelRatio;
  const { canvas } = context;
  const width = Math.round(size.width * dense);
  const height = Math.round(size.height * dense);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  context.save();
  context.beginPath();
  context.rect(area.left, area.top, area.width, area.height);
  context.clip();
}

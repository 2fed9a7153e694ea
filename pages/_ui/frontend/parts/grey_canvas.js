// Pictures of digits, from pixel means in [0, 1].

import { contextOf, h } from "./elements.js";

/**
 * A canvas whose pixels are set one by one, as grey values in [0, 1].
 * @param {number} width
 * @param {number} height
 * @param {import("./elements.js").Attributes} [attributes]
 */
export function greyCanvas(width, height, attributes = {}) {
  const canvas = h("canvas", { width, height, ...attributes });
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  image.data.fill(255);
  return {
    canvas,
    /**
     * One 28 x 28 image (784 means) with its top left corner at column x.
     * @param {ArrayLike<number>} means
     * @param {number} [x]
     */
    put(means, x = 0) {
      const data = image.data;
      const side = Math.sqrt(means.length);
      for (let row = 0, p = 0; row < side; row++) {
        let q = 4 * (row * width + x);
        for (let column = 0; column < side; column++, p++, q += 4) {
          data[q] = data[q + 1] = data[q + 2] = 255 * means[p]; // the array rounds, as np.rint does
        }
      }
      context.putImageData(image, 0, 0, x, 0, side, side);
    },
  };
}

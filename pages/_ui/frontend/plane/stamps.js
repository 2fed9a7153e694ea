// Points as small discs, painted by the processor: the pictures of a disc at sixteen places within
// a pixel are worked out once, and each point is one of them, blended in. No graphics processor is
// needed, and ten thousand points take about two milliseconds.

const PLACES = 4; // within a pixel, along each axis

/** @typedef {{offsets: Int32Array, alphas: Uint8Array}} Stamp pixels from the disc's own, and how opaque */

/**
 * Discs of one size, for an image of some width.
 * @param {number} radius in pixels
 * @param {number} opacity 0 to 1
 * @param {number} width of the image, in pixels
 * @returns {{discs: Stamp[], reach: number}} no pixel is further than `reach` from the disc's own
 */
export function makeStamps(radius, opacity, width) {
  const reach = Math.ceil(radius + 0.5);
  const middles = Array.from({ length: PLACES }, (_, i) => (i + 0.5) / PLACES);
  const discs = middles.flatMap((my) =>
    middles.map((mx) => {
      const offsets = [];
      const alphas = [];
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++) {
          const inside = radius + 0.5 - Math.hypot(dx + 0.5 - mx, dy + 0.5 - my);
          const alpha = Math.round(255 * opacity * Math.min(1, Math.max(0, inside)));
          if (!alpha) continue;
          offsets.push(dy * width + dx);
          alphas.push(alpha);
        }
      }
      return { offsets: Int32Array.from(offsets), alphas: Uint8Array.from(alphas) };
    }),
  );
  return { discs, reach };
}

/**
 * Paint points in their order, each over those before it.
 * @param {{pixels: Uint32Array, width: number, height: number}} image RGBA, a number per pixel
 * @param {Float32Array} mu [N, 2]
 * @param {ArrayLike<number>} labels (N,)
 * @param {Uint32Array} colors of the labels, 0xBBGGRR; see `NOT_SHOWN`
 * @param {{left: number, top: number, scale: number}} origin where (0, 0) lies, and pixels per unit
 * @param {{discs: Stamp[], reach: number}} stamps
 */
export function paint({ pixels, width, height }, mu, labels, colors, { left, top, scale }, { discs, reach }) {
  for (let i = 0; i < labels.length; i++) {
    const color = colors[labels[i]];
    if (color === NOT_SHOWN) continue;
    const x = left + scale * mu[2 * i];
    const y = top - scale * mu[2 * i + 1];
    // Written so that a place that is no number is outside too.
    if (!(x >= reach && x < width - reach && y >= reach && y < height - reach)) continue;
    const column = Math.floor(x);
    const row = Math.floor(y);
    const disc = PLACES * Math.floor(PLACES * (y - row)) + Math.floor(PLACES * (x - column));
    stamp(pixels, row * width + column, discs[disc], color);
  }
}

export const NOT_SHOWN = 0xffffffff; // no color: those have three bytes

/**
 * One disc over what is there.
 * @param {Uint32Array} pixels
 * @param {number} middle
 * @param {Stamp} disc
 * @param {number} color
 */
function stamp(pixels, middle, { offsets, alphas }, color) {
  const r = color & 255;
  const g = (color >> 8) & 255;
  const b = color >> 16;
  for (let k = 0; k < offsets.length; k++) {
    const p = middle + offsets[k];
    const under = pixels[p];
    const alpha = alphas[k];
    if (under === 0) {
      pixels[p] = (alpha << 24) | color;
      continue;
    }
    const before = under >>> 24;
    const after = alpha + before - (alpha * before) / 255;
    const share = alpha / after; // of the new color in the mixture
    const ur = under & 255;
    const ug = (under >> 8) & 255;
    const ub = (under >> 16) & 255;
    pixels[p] =
      ((after + 0.5) << 24) |
      ((ub + share * (b - ub) + 0.5) << 16) |
      ((ug + share * (g - ug) + 0.5) << 8) |
      (ur + share * (r - ur) + 0.5);
  }
}

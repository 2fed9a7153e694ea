// A picture of a digit as the address of an image.

const SIDE = 28;

// A grey bitmap, top row first: a header of 54 bytes, 256 greys, and two bytes so that all of this
// is a whole number of base64's groups and is encoded once.
const HEADER = (() => {
  const bytes = new Uint8Array(54 + 1024 + 2);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x424d); // "BM"
  view.setUint32(2, bytes.length + SIDE * SIDE, true);
  view.setUint32(10, bytes.length, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, SIDE, true);
  view.setInt32(22, -SIDE, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true);
  view.setUint32(34, SIDE * SIDE, true);
  view.setUint32(46, 256, true);
  for (let grey = 0; grey < 256; grey++) view.setUint32(54 + 4 * grey, 0x010101 * grey, true);
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
})();
const greys = new Uint8Array(SIDE * SIDE);

/** 784 means in [0, 1] as the address of an image. @param {ArrayLike<number>} means */
export function greyImage(means) {
  for (let i = 0; i < greys.length; i++) greys[i] = 255 * means[i] + 0.5;
  return HEADER + btoa(String.fromCharCode(...greys));
}

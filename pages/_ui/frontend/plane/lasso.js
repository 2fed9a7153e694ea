// Which points lie inside a closed line drawn by hand.

/**
 * @param {[number, number][]} corners of the line
 * @param {number} x
 * @param {number} y
 */
function inside(corners, x, y) {
  let within = false;
  corners.forEach(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length];
    // A ray to the right crosses this edge.
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) within = !within;
  });
  return within;
}

/**
 * @param {[number, number][]} corners in units of z
 * @param {Float32Array} mu [N, 2]
 * @param {(i: number) => boolean} shows only points that pass
 */
export function enclosed(corners, mu, shows) {
  /** @type {number[]} */
  const found = [];
  for (let i = 0; i < mu.length / 2; i++) {
    if (shows(i) && inside(corners, mu[2 * i], mu[2 * i + 1])) found.push(i);
  }
  return found;
}

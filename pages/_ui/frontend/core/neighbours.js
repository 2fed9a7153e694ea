// Which encoded images lie near a place of the map. Ten thousand points take about 30 microseconds,
// so there is no index to build or to keep.

/**
 * The k nearest of N points, nearest first.
 * @param {Float32Array} mu [N, 2]
 * @param {ArrayLike<number>} z
 * @param {number} k
 * @param {((i: number) => boolean) | null} [passes] only points that pass
 * @returns {{index: number, distance: number}[]} distances in units of z
 */
export function nearest(mu, { 0: x, 1: y }, k, passes = null) {
  /** @type {{index: number, square: number}[]} */
  const found = [];
  let worst = Infinity;
  for (let i = 0, p = 0; p < mu.length; i++) {
    const dx = mu[p++] - x;
    const dy = mu[p++] - y;
    const square = dx * dx + dy * dy;
    if (square >= worst || (passes && !passes(i))) continue;
    let place = found.length < k ? found.length : k - 1;
    for (; place > 0 && found[place - 1].square > square; place--) found[place] = found[place - 1];
    found[place] = { index: i, square };
    if (found.length === k) worst = found[k - 1].square;
  }
  return found.map(({ index, square }) => ({ index, distance: Math.sqrt(square) }));
}

/**
 * The labels among some neighbours, most frequent first.
 * @param {{index: number}[]} found
 * @param {ArrayLike<number>} labels of all points
 * @returns {{label: number, share: number}[]} shares sum to 1
 */
export function labelShares(found, labels) {
  const counts = new Map();
  for (const { index } of found) counts.set(labels[index], (counts.get(labels[index]) ?? 0) + 1);
  return [...counts]
    .map(([label, count]) => ({ label, share: count / found.length }))
    .sort((a, b) => b.share - a.share || a.label - b.label);
}

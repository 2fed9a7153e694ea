// Where the middle of each class lies.

/**
 * @param {Float32Array} mu [N, 2]
 * @param {ArrayLike<number>} labels (N,)
 * @param {number} classes
 * @returns {([number, number] | null)[]} of each class, the median in z1 and in z2; null for an empty one
 */
export function classMedians(mu, labels, classes) {
  /** @type {number[][]} */
  const members = Array.from({ length: classes }, () => []);
  for (let i = 0; i < labels.length; i++) members[labels[i]]?.push(i);
  return members.map((some) => {
    if (!some.length) return null;
    const median = (/** @type {number} */ d) =>
      Float32Array.from(some, (i) => mu[2 * i + d]).sort()[some.length >> 1];
    return [median(0), median(1)];
  });
}

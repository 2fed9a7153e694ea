// What a part is called: a plain autoencoder has other words for some of them.

import { t } from "../../state/texts.js";

const OF_PLAIN = ["moments", "noise", "z", "kl", "objective"];

/**
 * @param {string} part
 * @param {string} word its heading (`short`), its `role`, its `name`, or the sentence about it (`text`)
 * @param {Pick<import("./formulas.js").Kind, "variational" | "activation">} kind of model
 */
export function wordOf(part, word, { variational, activation }) {
  const isPlain = !variational && OF_PLAIN.includes(part);
  return isPlain ? t(`one_digit.plain.${part}.${word}`) : t(`one_digit.parts.${part}.${word}`, { activation });
}

// What goes on in a training, in words.

import { t } from "../../state/texts.js";
import { PHASES } from "./phases.js";

const RISING = 0.5; // nats per epoch: a reconstruction that gets worse

/** @typedef {import("./recording.js").Model["objective"]} Objective */

/** What the phases are called where this is minimised, and what they mean while all of it learns. @param {Objective} objective */
export const phaseTexts = (objective) =>
  PHASES.map((phase) => ({ name: t(`live_training.phases.${objective}.${phase}`), text: t(`live_training.story.${objective}.${phase}`) }));

/**
 * The sentences about a phase.
 * @param {import("./phases.js").PhaseName} phase
 * @param {import("./phases.js").Slopes} slopes nats per epoch, just now
 * @param {{objective: Objective, part: import("./recording.js").Part}} run what learns
 * @returns {{name: string, text: string}}
 */
export function tell(phase, slopes, { objective, part }) {
  const rises = phase === "balance" && slopes.reconstruction > RISING;
  const what = rises ? "rises" : phase;
  const learner = part === "both" || objective === "autoencoder" ? objective : part;
  return {
    name: rises ? t("live_training.phases.rises") : t(`live_training.phases.${objective}.${phase}`),
    text: t(`live_training.story.${learner}.${what}`),
  };
}

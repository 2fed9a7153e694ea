// What goes on in a training, in words that follow the data: which way the terms move, under what is
// minimised and which half learns. Where that cannot be told, nothing is said.

import { t } from "../../state/texts.js";
import { PHASES } from "./phases.js";

/** @typedef {import("./recording.js").Model["objective"]} Objective */
/** @typedef {import("./recording.js").Part} Part */
/** @typedef {Record<string, import("./moves.js").Move | null>} Moves */

/** What the phases are called where this is minimised. @param {Objective} objective */
export const phaseNames = (objective) => PHASES.map((phase) => t(`live_training.phases.${objective}.${phase}`));

/**
 * Whether the three phases mean anything: not while one half stands still, or the KL has no weight.
 * @param {{objective: Objective, part: Part, weight: number | null}} run weight: of the KL
 */
export const hasPhases = ({ objective, part, weight }) => part === "both" && (objective === "autoencoder" || weight !== 0);

/**
 * The phase as it may be said beside the sentence about the terms: nothing is settled while one of them
 * is seen to move, and after a change nobody knows until that can be told.
 * @param {import("./phases.js").PhaseName | undefined} phase
 * @param {Moves} moves
 * @returns {import("./phases.js").PhaseName | undefined}
 */
export function phaseBeside(phase, moves) {
  if (phase !== "settled") return phase;
  const seen = Object.values(moves);
  if (seen.some((move) => move === "falls" || move === "rises")) return "balance";
  return seen.every((move) => move === "still") ? "settled" : undefined;
}

/**
 * Which way the terms go, and what that means.
 * @param {Moves} moves
 * @param {{objective: Objective, part: Part, weight: number | null}} run what learns, and the KL's weight
 * @returns {{name: string, text: string} | null} null where nothing can be said
 */
export function tell({ reconstruction, kl }, { objective, part, weight }) {
  if (!reconstruction) return null;
  const both = kl ? `${reconstruction}_${kl}` : reconstruction;
  const name = t(`live_training.moves.${objective === "elbo" ? both : reconstruction}`);
  if (objective === "autoencoder") return { name, text: t(`live_training.story.autoencoder.${reconstruction}`) };
  if (part === "decoder") return { name, text: t(`live_training.story.decoder.${reconstruction}`) };
  if (part === "encoder") return { name, text: t(`live_training.story.encoder.${both === "rises_falls" ? both : reconstruction}`) };
  if (weight === 0) return { name, text: t(`live_training.story.free.${reconstruction}`) };
  return { name, text: kl ? t(`live_training.story.elbo.${both}`) : "" };
}

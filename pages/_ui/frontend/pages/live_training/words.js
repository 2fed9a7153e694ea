// What goes on, as sentences: the phases as chips under the charts, and one note about the moment.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { finding, weightOfKl } from "./findings.js";
import { PHASES } from "./phases.js";
import { hasPhases, phaseBeside, phaseNames, tell } from "./story.js";

/** @typedef {import("./recording.js").Model["objective"]} Objective */

export class Words {
  constructor() {
    this.note = h("p", { class: "note", "aria-live": "polite" });
    /** @type {Objective} */
    this.objective = "elbo";
    this.conditional = false;
    this.chips = chipsOf(this.objective);
    this.phases = h("ol", { class: "phases", "aria-label": t("live_training.phases.label") }, ...this.chips);
  }

  /** The phases have names of their own where there is only one term. @param {import("./recording.js").Model} model */
  setModel({ objective, conditional }) {
    this.conditional = conditional;
    if (objective === this.objective) return;
    this.objective = objective;
    this.chips = chipsOf(objective);
    this.phases.replaceChildren(...this.chips);
  }

  /**
   * @param {import("./timeline.js").Timeline} view
   * @param {{beta_on: import("./recording.js").BetaOn | null} | null} run
   * @param {{rms: number, diverged: boolean}} moment rms: spread of the latent means
   */
  show(view, run, { rms, diverged }) {
    const { phases, cursor, part, betaNow, figures, recent, step, moves } = view;
    const betaOn = run?.beta_on ?? null;
    const weight = betaNow === null || !betaOn ? null : weightOfKl(betaNow, betaOn);
    const learning = { objective: this.objective, part, weight };
    const isTold = hasPhases(learning) && !diverged;
    const read = cursor === null ? phases.at(-1) : phases.find(({ from, to }) => from <= cursor && cursor <= to);
    const phase = phaseBeside(read?.phase, moves);
    this.phases.hidden = !isTold;
    this.chips.forEach((chip, i) => chip.setAttribute("aria-current", PHASES[i] === phase ? "step" : "false"));
    if (diverged || !figures) {
      this.#say("", "", false);
      return;
    }
    const trouble = finding({ step, kl: figures.terms.kl, rises: moves.kl === "rises" }, recent, { beta: betaNow, betaOn, rms, conditional: this.conditional }) ?? overfitting(view);
    if (trouble) {
      const say = (/** @type {"name" | "text"} */ end) => t(`live_training.findings.${trouble.name}.${end}`, trouble.parameters);
      this.#say(say("name"), say("text"), true);
      return;
    }
    const told = view.done && cursor === null ? null : tell(moves, learning); // what has ended does not move
    this.#say(told?.name ?? "", told?.text ?? "", false);
  }

  /**
   * A name for what went wrong, else for what moves; then what it means.
   * @param {string} name
   * @param {string} text
   * @param {boolean} isTrouble
   */
  #say(name, text, isTrouble) {
    const words = text && ` ${text}`;
    if (this.note.textContent === name + words) return;
    this.note.dataset.trouble = String(isTrouble);
    this.note.replaceChildren(...(name ? [h("b", {}, name), words] : []));
  }
}

/** @param {import("./timeline.js").Timeline} view */
const overfitting = ({ overfits }) => (overfits ? { name: "overfitting", parameters: {} } : null);

/** @param {Objective} objective */
const chipsOf = (objective) => phaseNames(objective).map((name, i) => h("li", {}, h("b", {}, String(i + 1)), name));

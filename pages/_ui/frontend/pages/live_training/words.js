// What goes on, as sentences: the phases as chips under the charts, and one note about the moment.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { finding } from "./findings.js";
import { PHASES } from "./phases.js";
import { phaseTexts, tell } from "./story.js";

/** @typedef {import("./recording.js").Model["objective"]} Objective */

export class Words {
  constructor() {
    this.note = h("p", { class: "note", "aria-live": "polite" });
    /** @type {Objective} */
    this.objective = "elbo";
    this.chips = chipsOf(this.objective);
    this.phases = h("ol", { class: "phases", "aria-label": t("live_training.phases.label") }, ...this.chips);
  }

  /** The phases have names of their own where there is only one term. @param {Objective} objective */
  setObjective(objective) {
    if (objective === this.objective) return;
    this.objective = objective;
    this.chips = chipsOf(objective);
    this.phases.replaceChildren(...this.chips);
  }

  /**
   * @param {import("./timeline.js").Timeline} view
   * @param {{beta_on: import("./recording.js").BetaOn | null} | null} run
   * @param {number} rms spread of the latent means
   */
  show({ phases, slopes, cursor, part, betaNow, snapshot, recent }, run, rms) {
    const phase = (cursor === null ? phases.at(-1) : phases.find(({ from, to }) => from <= cursor && cursor <= to))?.phase;
    this.chips.forEach((chip, i) => chip.setAttribute("aria-current", PHASES[i] === phase ? "step" : "false"));
    const trouble = finding(snapshot, recent, { beta: betaNow, betaOn: run?.beta_on ?? null, rms });
    if (trouble) {
      const say = (/** @type {"name" | "text"} */ end) => t(`live_training.findings.${trouble.name}.${end}`, trouble.parameters);
      this.#say(say("name"), say("text"), true);
    } else if (phase && slopes) {
      const { name, text } = tell(phase, slopes, { objective: this.objective, part });
      this.#say(name, text, false);
    } else this.#say("", "", false);
  }

  /**
   * A name for what went wrong, else for the phase; then what it means.
   * @param {string} name
   * @param {string} text
   * @param {boolean} isTrouble
   */
  #say(name, text, isTrouble) {
    const title = name && `${name[0].toUpperCase()}${name.slice(1)}.`;
    const words = text && ` ${text}`;
    if (this.note.textContent === title + words) return;
    this.note.dataset.trouble = String(isTrouble);
    this.note.replaceChildren(...(name ? [h("b", {}, title), words] : []));
  }
}

/** @param {Objective} objective */
const chipsOf = (objective) =>
  phaseTexts(objective).map(({ name, text }, i) => h("li", { title: text }, h("b", {}, String(i + 1)), name));

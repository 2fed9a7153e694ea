// β as it is chosen: shown in its bar, written into the address, told to the run on screen. It is moved
// here, by the address, or by somebody else who looks at the same run.

import { t } from "../../state/texts.js";
import { BetaBar } from "./beta.js";
import { betaOf, textOfBeta } from "./settings.js";
import { Told } from "./told.js";

/** @typedef {import("../../state/store.js").Chosen} Chosen */
/** @typedef {import("./recording.js").Recording} Recording */
/** @typedef {import("./recording.js").Run} Run */

export class ChosenBeta {
  /** On screen. @type {Run | null} */
  run = null;
  /** Of that run. @type {Recording | null} */
  recording = null;
  refused = ""; // why the run did not take it

  /**
   * @param {import("../../state/host.js").Host} host
   * @param {import("../../state/store.js").Store<Record<string, string>>} store
   * @param {() => void} changed called when it is another, or there is something else to say
   */
  constructor(host, store, changed) {
    this.host = host;
    this.store = store;
    this.changed = changed;
    this.bar = new BetaBar((beta, how) => this.#choose(beta, how), () => this.#goOn());
    this.toRun = new Told(host, (sentence) => {
      this.refused = sentence;
      changed();
    });
    this.value = 1;
    this.show();
  }

  /** Show what the address says. */
  show() {
    this.#set(betaOf(this.store.view.beta));
  }

  /** @param {number} beta */
  #set(beta) {
    this.value = beta;
    this.bar.show(beta);
  }

  /** Somebody has moved it here. @param {number} beta @param {{step: boolean}} how */
  #choose(beta, how) {
    this.value = beta;
    this.refused = "";
    this.toRun.move(beta, this.recording?.live ? (this.run?.url ?? null) : null);
    this.store.set({ beta: textOfBeta(beta) }, how);
    this.changed();
  }

  /** The view is another: by Back or Forward, or a link that sets β. */
  viewed() {
    if (betaOf(this.store.view.beta) === this.value) return;
    this.show();
    if (this.recording?.live && this.store.view.run === this.run?.id) this.toRun.tell(this.value, this.run?.url ?? null);
    this.changed();
  }

  /**
   * Python has answered, with what was chosen and the run to show.
   * @param {Chosen} chosen @param {Run | null} run
   */
  adopt(chosen, run) {
    const { moved } = this.toRun; // and perhaps not known to Python yet
    const before = this.run;
    this.run = run;
    this.store.adopt(chosen);
    if (moved !== null) this.#insist(moved, chosen, before);
  }

  /**
   * What somebody chose a moment ago holds, also where Python does not know of it yet: for the run on
   * screen, and for one that has just begun.
   * @param {number} beta @param {Chosen} chosen @param {Run | null} before
   */
  #insist(beta, chosen, before) {
    const { run } = this;
    if (betaOf(chosen.values.beta) === beta) this.toRun.heard();
    else if (run?.id === before?.id || run?.fresh) {
      this.store.set({ beta: textOfBeta(beta) }, { step: false });
      if (run && run.id !== before?.id) this.toRun.tell(beta, run.url);
    } else this.toRun.heard();
  }

  /** Somebody else may have moved it. @param {number | null} beta that the run goes by now */
  follow(beta) {
    const isUnderWay = this.recording?.status === "running" || this.recording?.status === "paused";
    if (!isUnderWay || beta === null || beta === this.value || this.toRun.busy) return;
    this.#set(beta);
    this.store.set({ beta: textOfBeta(beta) }, { step: false });
  }

  #goOn() {
    this.toRun.heard();
    this.host.send("go_on", textOfBeta(this.value) || "1");
  }

  /**
   * What there is to say beside it, for a run that went by another β in the end.
   * @param {{last: number | null, canGoOn: boolean, isUsed: boolean}} state
   */
  say({ last, canGoOn, isUsed }) {
    const isUnheard = canGoOn && last !== null && last !== this.value;
    const hint = this.refused || (isUnheard ? t("live_training.beta.unheard", { before: last }) : "");
    this.bar.setState({ hint, canGoOn, isUsed });
  }
}

// Live training: curves, latent means, manifold and reconstructions of one run. The screen reads the
// run's record by itself; Python is told only when the run's status has changed, so that its buttons
// can follow.

import { h, isDark } from "../../parts/elements.js";
import { Store } from "../../state/store.js";
import { t } from "../../state/texts.js";
import { Curves } from "./curves.js";
import { loadPlotly } from "./plotly.js";
import { Recording } from "./recording.js";
import { Replay } from "./replay.js";
import { FIELDS } from "./settings.js";
import { Space } from "./space.js";
import { currentStatus, speed } from "./status.js";
import { EMPTY, timeline } from "./timeline.js";
import { Words } from "./words.js";

const PATIENCE_MS = 500; // before a frame that did not come is asked for again

/** @typedef {import("../../state/host.js").Host} Host */
/** @typedef {import("./recording.js").Frame} Frame */
/** @typedef {import("./recording.js").Run} Run */

/**
 * What Python says, in pages/_ui/training/page.py.
 * @typedef {object} Data
 * @property {import("../../state/store.js").Chosen} chosen
 * @property {import("./recording.js").Model} model in training, or that will be
 * @property {Run | null} run
 * @property {string} plotly path of plotly.js
 * @property {{light: object, dark: object}} templates Plotly's
 */

/** @param {Element} parent @param {Host} host */
export const create = (parent, host) => new Screen(parent, host);

class Screen {
  /** @type {Data | undefined} */
  data;
  /** @type {Run | null} */
  run = null;
  /** @type {Recording | null} */
  recording = null;
  /** The status that Python knows. @type {string | undefined} */
  told;
  view = EMPTY;
  /** A place in the run's history; null follows the run. @type {number | null} */
  position = null;
  /** On screen. @type {Frame | null} */
  frame = null;
  fetching = false; // a frame
  /** @type {import("./plotly.js").Plotly | undefined} */
  Plotly;
  /** @type {boolean | undefined} */
  dark;
  gone = false;

  /** @param {Element} parent @param {Host} host */
  constructor(parent, host) {
    this.host = host;
    this.store = new Store("live_training", FIELDS, host);
    this.status = h("p", { class: "status", role: "status" });
    this.speed = h("p", { class: "speed" });
    this.progress = h("progress", { max: 1, value: 0, "aria-label": t("live_training.progress") });
    this.curves = new Curves();
    this.words = new Words();
    this.space = new Space(this.words.note);
    this.replay = new Replay(host, (position) => this.#seek(position));
    this.root = h(
      "div",
      { class: "live-training" },
      h("header", { class: "now" }, this.status, this.speed, this.progress),
      h("div", { class: "stage" }, h("section", { class: "time" }, this.curves.element, this.words.phases), this.space.element),
      this.replay.element,
    );
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.curves.element);
  }

  /** @param {Data} data */
  update(data) {
    const begins = !this.data || data.run?.id !== this.run?.id;
    this.data = data;
    this.run = data.run;
    this.store.adopt(data.chosen);
    this.#theme();
    this.words.setObjective(data.model.objective);
    this.space.setModel(data.model);
    if (begins) this.#open(data.run);
    else this.recording?.hurry();
    this.#draw();
    if (!this.Plotly) this.#load(data.plotly);
  }

  /** @param {string} path of plotly.js */
  #load(path) {
    loadPlotly(this.host.url(path)).then(
      (Plotly) => {
        this.Plotly = Plotly;
        if (!this.gone) this.#draw();
      },
      () => (this.status.textContent = t("live_training.curves.failed")),
    );
  }

  /** @param {Run | null} run */
  #open(run) {
    this.recording?.destroy();
    this.position = null;
    this.frame = null;
    this.told = run?.status;
    this.curves.reset();
    this.space.clear();
    this.replay.reset(run?.url);
    this.recording = run && new Recording(this.host, run.url, () => this.#news());
  }

  #news() {
    const { recording, run } = this;
    if (!recording || !run) return;
    if (recording.status !== this.told) {
      this.told = recording.status;
      this.host.state("status", `${run.id} ${recording.status}`);
    }
    this.replay.setLength(recording.frames.length);
    this.#draw();
    this.#follow();
  }

  #theme() {
    const dark = isDark(this.root);
    if (dark === this.dark) return;
    this.dark = dark;
    this.root.dataset.theme = dark ? "dark" : "light";
    this.space.setTheme({ dark });
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.curves.element;
    if (width) this.curves.resize(width, height);
  }

  // --- curves and words ---------------------------------------------------------------------

  #draw() {
    const { recording, data, run } = this;
    if (!data) return;
    const past = this.position === null ? undefined : recording?.frames.at(this.position);
    this.view = recording && run ? timeline(recording, run, past) : EMPTY;
    this.status.textContent = currentStatus(recording, run);
    this.speed.textContent = speed(recording, run);
    this.root.dataset.status = recording?.status ?? "none";
    this.progress.value = recording && run ? Math.min(1, (recording.snapshots.at(-1)?.epoch ?? 0) / run.epochs) : 0;
    this.space.units.show(this.view.snapshot);
    this.words.show(this.view, run, this.space.rms);
    if (this.Plotly) {
      const template = data.templates[this.dark ? "dark" : "light"];
      this.curves.draw(this.Plotly, { template, dark: Boolean(this.dark) }, this.view, data.model);
      this.root.dataset.ready = "true";
    }
  }

  // --- frames -------------------------------------------------------------------------------

  /** @param {number | null} position */
  #seek(position) {
    this.position = position;
    this.#draw();
    this.#follow();
  }

  get #wanted() {
    const frames = this.recording?.frames ?? [];
    return frames[this.position ?? frames.length - 1];
  }

  /** Show the frame that is wanted, one at a time; what became stale meanwhile is skipped. */
  async #follow() {
    const { recording, run, data } = this;
    const wanted = this.#wanted;
    if (!recording || !run || !data || !wanted || this.fetching || wanted === this.frame) return;
    this.fetching = true;
    try {
      const [layout, originals, record] = await Promise.all([recording.layout(), recording.originals(), recording.frame(wanted.index)]);
      if (recording === this.recording && !this.gone) {
        if (!this.frame) this.space.setDigits(layout, originals);
        this.frame = wanted;
        this.space.show(wanted, layout, record);
        this.words.show(this.view, run, this.space.rms);
        this.replay.say({ epoch: wanted.epoch, beta: run.beta_on ? wanted.beta : null }, this.position !== null);
        this.replay.prefetch((position) => recording.frame(recording.frames[position].index));
      }
    } catch {
      await new Promise((done) => setTimeout(done, PATIENCE_MS)); // the next news tries again
    }
    this.fetching = false;
    if (!this.gone && (recording !== this.recording || wanted !== this.#wanted)) this.#follow();
  }

  destroy() {
    this.gone = true;
    this.store.destroy();
    this.recording?.destroy();
    this.replay.destroy();
    this.observer.disconnect();
    this.space.destroy();
    this.curves.destroy();
    this.root.remove();
  }
}

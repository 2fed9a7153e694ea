// Live training: β, the latent means and the manifold of one run, its curves. The screen reads the
// run's record by itself and tells it its β; Python is told only when the run's status has changed, so
// that its buttons can follow, and what β is chosen for the next run.

import { h, isDark } from "../../parts/elements.js";
import { headline } from "../../parts/headline.js";
import { Store } from "../../state/store.js";
import { t } from "../../state/texts.js";
import { ChosenBeta } from "./chosen_beta.js";
import { Curves } from "./curves.js";
import { FiguresPanel } from "./figures.js";
import { Follower } from "./follower.js";
import { loadPlotly } from "./plotly.js";
import { Recording } from "./recording.js";
import { Replay } from "./replay.js";
import { FIELDS } from "./settings.js";
import { Space } from "./space.js";
import { currentStatus, hasEnd, speed } from "./status.js";
import { EMPTY, timeline } from "./timeline.js";
import { Words } from "./words.js";

const [LITTLE, MUCH] = [19, 28]; // rem of height for the squares and the curves: what explains makes room for what shows

/** @typedef {import("../../state/host.js").Host} Host */
/** @typedef {import("./recording.js").Frame} Frame */
/** @typedef {import("./recording.js").Run} Run */

/**
 * What Python says, in pages/_ui/training/page.py.
 * @typedef {object} Data
 * @property {import("../../state/store.js").Chosen} chosen
 * @property {import("./recording.js").Model} model in training, or that will be
 * @property {number} images that it trains on, or will
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
  images = 0; // that figures are of, once it is known
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
    this.beta = new ChosenBeta(host, this.store, () => this.#draw());
    this.curves = new Curves();
    this.figures = new FiguresPanel();
    this.words = new Words();
    this.space = new Space();
    this.follower = new Follower((frame, look) => this.#showFrame(frame, look));
    this.replay = new Replay(host, (position) => this.#seek(position));
    const { meansBox, manifoldBox, digitsBox, legend } = this.space;
    this.stage = h(
      "div",
      { class: "stage" },
      meansBox,
      manifoldBox,
      h("section", { class: "time" }, this.figures.element, this.curves.element, this.words.phases, digitsBox),
    );
    this.root = h(
      "div",
      { class: "live-training" },
      h("header", { class: "now" }, headline("live_training"), this.status, this.speed, this.progress),
      h("div", { class: "told" }, this.beta.bar.element, this.words.note),
      this.stage,
      h("div", { class: "below" }, legend, this.replay.element),
    );
    parent.append(this.root);
    this.store.subscribe(() => this.beta.viewed());
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.curves.element);
    this.observer.observe(document.documentElement);
    const page = this.root.closest("[data-testid='stMainBlockContainer']"); // grows with a message or a lecture above
    if (page) this.observer.observe(page, { box: "border-box" });
  }

  /** @param {Data} data */
  update(data) {
    const begins = !this.data || data.run?.id !== this.run?.id;
    this.data = data;
    this.run = data.run;
    this.beta.adopt(data.chosen, data.run);
    this.#theme();
    this.words.setModel(data.model);
    this.figures.setModel(data.model);
    this.space.setModel(data.model, data.images, Boolean(data.run));
    if (begins) this.#open(data.run);
    else {
      this.recording?.hurry();
      this.beta.viewed();
    }
    this.beta.show();
    this.#draw();
    this.#resize();
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
    this.images = 0;
    this.told = run?.status;
    this.curves.reset();
    this.space.clear();
    this.replay.reset(run?.url);
    this.recording = run && new Recording(this.host, run.url, () => this.#news());
    this.follower.open(this.recording);
    this.beta.recording = this.recording;
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
    if (this.position === null) this.beta.follow(this.view.betaNow);
    this.#follow();
  }

  #theme() {
    const dark = isDark(this.root);
    if (dark === this.dark) return;
    this.dark = dark;
    this.root.dataset.theme = dark ? "dark" : "light";
    this.space.setTheme({ dark });
    this.replay.setTheme({ dark });
  }

  /** The squares take the room that is left on the screen below what stands above. */
  #resize() {
    const main = this.root.closest("[data-testid='stMain']");
    const above = this.root.getBoundingClientRect().top + (main?.scrollTop ?? 0);
    this.root.style.setProperty("--above", `${Math.round(above)}px`);
    const tall = this.stage.clientHeight / parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.root.dataset.room = tall < LITTLE ? "little" : tall < MUCH ? "some" : "much";
    const { clientWidth: width, clientHeight: height } = this.curves.element;
    if (width) this.curves.resize(width, height);
  }

  /** Whether the run has ended, and may go on from what is on screen: not from a moment before its end. */
  get #canGoOn() {
    const status = this.recording?.status;
    return this.position === null && (status === "stopped" || status === "finished");
  }

  // --- curves and words ---------------------------------------------------------------------

  #draw() {
    const { recording, data, run } = this;
    if (!data) return;
    const past = this.position === null ? undefined : recording?.frames.at(this.position);
    this.view = recording && run ? timeline(recording, run, past) : EMPTY;
    const { view } = this;
    this.status.textContent = currentStatus(recording, run);
    this.speed.textContent = speed(recording, run);
    this.root.dataset.status = recording?.status ?? "none";
    const passed = recording?.snapshots.at(-1)?.epoch ?? 0;
    this.progress.hidden = !run || !recording?.live || !hasEnd(run, passed);
    this.progress.value = run?.epochs ? Math.min(1, passed / run.epochs) : 0;
    const isUsed = data.model.objective === "elbo";
    this.beta.say({ last: view.betaNow, canGoOn: this.#canGoOn, isUsed });
    const diverged = recording?.status === "diverged" && this.position === null;
    const beta = !isUsed ? null : run ? view.betaNow : this.beta.value;
    this.figures.show(view.figures, { beta, betaOn: run ? run.beta_on : weighed(this.store.view), images: this.images, diverged });
    this.words.show(view, run, { rms: this.space.rms, diverged });
    if (this.Plotly) {
      const template = data.templates[this.dark ? "dark" : "light"];
      this.curves.draw(this.Plotly, { template, dark: Boolean(this.dark) }, view, data.model);
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

  #follow() {
    const frames = this.recording?.frames ?? [];
    this.follower.want(frames[this.position ?? frames.length - 1]);
  }

  /** @param {Frame} frame @param {import("./follower.js").Look} look */
  #showFrame(frame, { layout, originals, record, first }) {
    const { recording, run } = this;
    if (!recording || !run) return;
    if (first) this.space.setDigits(layout, originals);
    this.images = layout.held_out;
    this.space.show(frame, layout, record);
    this.#draw();
    this.replay.say({ epoch: frame.epoch, beta: run.beta_on ? frame.beta : null }, this.position !== null);
    this.replay.prefetch((position) => recording.frame(recording.frames[position]));
  }

  destroy() {
    this.gone = true;
    this.store.destroy();
    this.follower.open(null);
    this.recording?.destroy();
    this.replay.destroy();
    this.observer.disconnect();
    this.space.destroy();
    this.curves.destroy();
    this.root.remove();
  }
}

/** What β will weigh. @param {Record<string, string>} view */
const weighed = ({ beta_on: on }) => (on === "reconstruction" ? "reconstruction" : "kl");

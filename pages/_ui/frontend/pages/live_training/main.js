// Live training: curves, latent means, manifold and reconstructions of one run. The screen reads the
// run's record by itself; Python is told only when the run's status has changed, so that its buttons
// can follow.

import { h, luminance } from "../../parts/elements.js";
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

export const create = (parent, host) => new Screen(parent, host);

class Screen {
  constructor(parent, host) {
    this.host = host;
    this.store = new Store("live_training", FIELDS, host);
    this.run = null;
    this.recording = null;
    this.view = EMPTY;
    this.#build();
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.curves.element);
  }

  #build() {
    this.status = h("p", { class: "status", role: "status" });
    this.speed = h("p", { class: "speed" });
    this.progress = h("progress", { max: 1, value: 0, "aria-label": t("live_training.progress") });
    this.curves = new Curves();
    this.words = new Words();
    this.space = new Space(this.words.note);
    this.replay = new Replay(this.host, (position) => this.#seek(position));
    this.root = h(
      "div",
      { class: "live-training" },
      h("header", { class: "now" }, this.status, this.speed, this.progress),
      h("div", { class: "stage" }, h("section", { class: "time" }, this.curves.element, this.words.phases), this.space.element),
      this.replay.element,
    );
  }

  update(data) {
    const begins = !this.data || data.run?.id !== this.run?.id;
    Object.assign(this, { data, run: data.run });
    this.store.adopt(data.chosen);
    this.#theme();
    this.words.setObjective(data.model.objective);
    this.space.setModel(data.model);
    if (begins) this.#open();
    else this.recording?.hurry();
    this.#draw();
    if (!this.Plotly) this.#load();
  }

  #load() {
    loadPlotly(this.host.url(this.data.plotly)).then(
      (Plotly) => {
        this.Plotly = Plotly;
        if (!this.gone) this.#draw();
      },
      () => (this.status.textContent = t("live_training.curves.failed")),
    );
  }

  #open() {
    const { run } = this;
    this.recording?.destroy();
    this.position = null; // null follows the run; a number is a place in its history
    this.layout = null;
    this.frame = null;
    this.told = run?.status;
    this.curves.reset();
    this.space.clear();
    this.replay.reset(run?.url);
    this.recording = run && new Recording(this.host, run.url, () => this.#news());
  }

  #news() {
    const { recording } = this;
    if (recording.status !== this.told) {
      this.told = recording.status;
      this.host.state("status", `${this.run.id} ${recording.status}`);
    }
    this.replay.setLength(recording.frames.length);
    this.#draw();
    this.#follow();
  }

  #theme() {
    const dark = luminance(getComputedStyle(this.root).backgroundColor) < 0.25;
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
    const past = this.position === null ? null : recording.frames[this.position];
    this.view = recording ? timeline(recording, run, past) : EMPTY;
    this.status.textContent = currentStatus(recording, run);
    this.speed.textContent = speed(recording, run);
    this.root.dataset.status = recording?.status ?? "none";
    this.progress.value = recording ? Math.min(1, (recording.snapshots.at(-1)?.epoch ?? 0) / run.epochs) : 0;
    this.space.units.show(this.view.snapshot);
    this.words.show(this.view, run, this.space.rms);
    if (this.Plotly) {
      const template = data.templates[this.dark ? "dark" : "light"];
      this.curves.draw(this.Plotly, { template, dark: this.dark }, this.view, data.model);
      this.root.dataset.ready = "true";
    }
  }

  // --- frames -------------------------------------------------------------------------------

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
    const { recording } = this;
    const wanted = this.#wanted;
    if (!wanted || this.fetching || wanted === this.frame) return;
    this.fetching = true;
    try {
      const [layout, originals, record] = await Promise.all([recording.layout(), recording.originals(), recording.frame(wanted.index)]);
      if (recording === this.recording && !this.gone) this.#show(wanted, layout, originals, record);
    } catch {
      await new Promise((done) => setTimeout(done, PATIENCE_MS)); // the next news tries again
    }
    this.fetching = false;
    if (!this.gone && (recording !== this.recording || wanted !== this.#wanted)) this.#follow();
  }

  #show(frame, layout, originals, record) {
    if (!this.frame) this.space.setDigits(layout, originals, this.data.palette);
    this.frame = frame;
    this.space.show(frame, layout, record);
    this.words.show(this.view, this.run, this.space.rms);
    this.replay.say({ epoch: frame.epoch, beta: this.run.beta_on ? frame.beta : null }, this.position !== null);
    this.replay.prefetch((position) => this.recording.frame(this.recording.frames[position].index));
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

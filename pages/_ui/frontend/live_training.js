// Live training: curves, latent means, manifold and reconstructions of one run, mounted by the
// Streamlit component. It reads the run's record by itself; Python is told only when the run's
// status has changed, so that its buttons can follow.

import { h, luminance, mounting, resolve } from "./dom.js";
import { Curves } from "./live_curves.js";
import { Feed } from "./live_feed.js";
import { Means } from "./live_means.js";
import { Replay } from "./live_replay.js";
import { finding, phases, PHASES, spread, steadyKl } from "./live_story.js";
import { Tiles } from "./live_tiles.js";
import { loadPlotly } from "./plot.js";
import { currentStatus, speed } from "./live_words.js";

const MOST_DRAWN = 1200; // snapshots in a chart: more could not be told apart
const MOST_HELD = 24; // markers of the validation curves
const GRID = 12;
const MANIFOLD = "Decoded manifold: the digits that the decoder draws across the prior";
const LABEL_ROWS = "Each label in ten styles: a row is a label, a column the same noise";
const EXAMPLES = 8;
const SIDE = 28;

export const mount = mounting((parent) => new Screen(parent));

class Screen {
  constructor(parent) {
    this.#build();
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#resize());
    for (const element of [this.curves.element, this.means.element]) this.observer.observe(element);
  }

  #build() {
    this.status = h("p", { class: "status", role: "status" });
    this.speed = h("p", { class: "speed" });
    this.progress = h("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this.curves = new Curves();
    this.chips = PHASES.map(({ name, text }, i) => h("li", { title: text }, h("b", {}, String(i + 1)), name));
    this.means = new Means();
    this.manifold = new Tiles(GRID, GRID, SIDE, MANIFOLD);
    this.manifoldCaption = h("span", {}, "decoded manifold");
    this.digits = new Tiles(EXAMPLES, 2, SIDE, "Eight test digits above their reconstructions");
    this.legend = h("ul", { class: "classes", "aria-label": "Classes" });
    this.recognised = h("span", { class: "value" });
    this.units = [1, 2].map((d) => {
      const unit = { bar: h("i"), value: h("span", { class: "value" }) };
      unit.row = h("div", { class: "unit" }, h("span", {}, `z${d}`), h("span", { class: "bar" }, unit.bar), unit.value);
      return unit;
    });
    this.active = h("span", { class: "value" });
    this.note = h("p", { class: "note", "aria-live": "polite" });
    this.replay = new Replay((position) => this.#seek(position));
    this.root = h(
      "div",
      { class: "live-training" },
      h("header", { class: "now" }, this.status, this.speed, this.progress),
      h(
        "div",
        { class: "stage" },
        h("section", { class: "time" }, this.curves.element, h("ol", { class: "phases", "aria-label": "Phases" }, ...this.chips)),
        h(
          "section",
          { class: "space" },
          figure("means-box", [h("span", {}, "latent means \u03bc(x)"), this.recognised], this.means.element),
          figure("manifold-box", [this.manifoldCaption], this.manifold.canvas),
          this.legend,
          h("div", { class: "units" }, h("p", {}, h("span", {}, "KL per dimension"), this.active), ...this.units.map(({ row }) => row)),
          figure("digits-box", [h("span", {}, "test digits, and below them their reconstructions")], this.digits.canvas),
          this.note,
        ),
      ),
      this.replay.element,
    );
  }

  update({ data, setStateValue }) {
    const before = this.data;
    Object.assign(this, { data, setStateValue });
    this.#theme();
    const run = data.run;
    if (run?.id !== before?.run?.id || !before) this.#open(run);
    else if (run && run.status !== before.run.status) this.feed.hurry();
    else if (run) this.feed.hurry();
    this.#draw();
    if (!this.Plotly) {
      loadPlotly(resolve(data.plotly)).then(
        (Plotly) => {
          this.Plotly = Plotly;
          if (!this.gone) this.#draw();
        },
        () => (this.status.textContent = "The charts could not be loaded. Reload the page."),
      );
    }
  }

  #open(run) {
    this.feed?.destroy();
    this.feed = null;
    this.position = null; // null follows the run; a number is a place in its history
    this.layout = null;
    this.frame = null;
    this.rms = 0;
    this.told = run?.status;
    this.curves.reset();
    this.means.clear();
    this.manifold.clear();
    this.digits.clear();
    this.replay.reset(run?.url);
    this.recognised.textContent = "";
    this.legend.replaceChildren();
    if (run) this.feed = new Feed(run.url, () => this.#news());
  }

  #news() {
    const { feed } = this;
    if (feed.status !== this.told) {
      this.told = feed.status;
      this.setStateValue("status", `${this.data.run.id} ${feed.status}`);
    }
    this.replay.setLength(feed.frames.length);
    this.#draw();
    this.#follow();
  }

  #theme() {
    const style = getComputedStyle(this.root);
    const dark = luminance(style.backgroundColor) < 0.25;
    if (dark === this.dark) return;
    this.dark = dark;
    this.root.dataset.theme = dark ? "dark" : "light";
    this.means.setInk(
      dark
        ? { text: "#e8edf3", line: "#6f7c8c", paper: "#10151c" }
        : { text: "#16202b", line: "#97a1ae", paper: "#ffffff" },
    );
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.curves.element;
    if (width) this.curves.resize(width, height);
    if (this.means.element.clientWidth) this.means.resize(this.means.element.clientWidth);
  }

  // --- curves and words ---------------------------------------------------------------------

  #draw() {
    const { feed, data } = this;
    const view = feed ? this.#view() : empty();
    this.view = view;
    this.status.textContent = currentStatus(feed, data);
    this.speed.textContent = speed(feed, data);
    this.root.dataset.status = feed?.status ?? "none";
    this.progress.value = feed ? Math.min(1, (feed.snapshots.at(-1)?.epoch ?? 0) / data.run.epochs) : 0;
    this.#words(view);
    if (this.Plotly) {
      this.curves.draw(this.Plotly, data.templates[this.dark ? "dark" : "light"], this.dark, view);
      this.root.dataset.ready = "true";
    }
  }

  /** What the charts show: the run's figures, up to now. */
  #view() {
    const { feed, data } = this;
    const all = feed.snapshots;
    const seen = thin(all, MOST_DRAWN);
    const column = (rows, read) => rows.map(read);
    const held = thin(all.filter((snapshot) => snapshot.validation), MOST_HELD);
    const epochOf = (step) => (feed.stepsPerEpoch ? step / feed.stepsPerEpoch : 0);
    const { beta, changes, marks } = controlsOver(feed.controls, data.run, epochOf);
    const time = column(seen, (s) => s.epoch);
    const now = time.at(-1) ?? 0;
    const frame = this.position === null ? null : feed.frames[this.position];
    const at = frame ? seen.findLastIndex((s) => s.step <= frame.step) : null;
    return {
      time,
      reconstruction: column(seen, (s) => -s.log_likelihood),
      kl: column(seen, (s) => s.kl),
      validation: {
        time: column(held, (s) => s.epoch),
        reconstruction: column(held, (s) => -s.validation.log_likelihood),
        kl: column(held, (s) => s.validation.kl),
      },
      beta: { time: [...beta.map(([t]) => t), Math.max(now, beta.at(-1)[0])], value: [...beta.map(([, b]) => b), beta.at(-1)[1]] },
      marks,
      phases: phases(time, column(seen, (s) => -s.log_likelihood), column(seen, (s) => s.kl), changes),
      cursor: frame ? frame.epoch : null,
      betaNow: frame ? frame.beta : beta.at(-1)[1],
      at,
      done: !feed.live,
      epochs: data.run.epochs,
      snapshot: frame ? seen[at] : all.at(-1),
      recent: steadyKl(frame ? seen.slice(0, at + 1) : all),
    };
  }

  #words({ phases: story, snapshot, recent, cursor, betaNow }) {
    const phase = (cursor == null ? story.at(-1) : story.find(({ from, to }) => from <= cursor && cursor <= to))?.phase;
    this.chips.forEach((chip, i) => chip.setAttribute("aria-current", i === phase ? "step" : "false"));
    const perDim = snapshot?.kl_per_dim ?? [];
    const most = Math.max(4, ...perDim);
    this.units.forEach(({ bar, value }, d) => {
      bar.style.transform = `scaleX(${Math.max(0, perDim[d] ?? 0) / most})`;
      value.textContent = perDim[d] === undefined ? "" : `${perDim[d].toFixed(perDim[d] < 0.1 ? 3 : 2)} nats`;
    });
    this.active.textContent = snapshot?.active_units === undefined ? "" : `${snapshot.active_units} of ${perDim.length} units active`;
    const weight = this.data.run?.beta_on === "kl" ? betaNow : 1;
    const trouble = finding(snapshot, recent, weight, this.rms);
    this.#say(trouble ?? PHASES[phase], Boolean(trouble));
  }

  /** What is going on in a sentence: a name for what went wrong, else for the phase. */
  #say(words, trouble) {
    const text = words ? `${words.name[0].toUpperCase()}${words.name.slice(1)}. ${words.text}` : "";
    if (this.note.textContent === text) return;
    this.note.dataset.trouble = String(trouble);
    const name = text.indexOf(". ") + 1;
    this.note.replaceChildren(h("b", {}, text.slice(0, name)), text.slice(name));
  }

  // --- frames -------------------------------------------------------------------------------

  #seek(position) {
    this.position = position;
    this.#draw();
    this.#follow();
  }

  /** Show the frame that is wanted, one at a time; what became stale meanwhile is skipped. */
  async #follow() {
    const { feed } = this;
    const wanted = feed?.frames[this.position ?? feed.frames.length - 1];
    if (!wanted || this.fetching || wanted === this.frame) return;
    this.fetching = true;
    try {
      await this.#prepare(feed);
      const record = await feed.frame(wanted.index);
      if (feed === this.feed && !this.gone) this.#show(wanted, record);
    } catch {
      await new Promise((done) => setTimeout(done, 500)); // the next news tries again
    }
    this.fetching = false;
    if (feed === this.feed && !this.gone && wanted !== feed.frames[this.position ?? feed.frames.length - 1]) this.#follow();
  }

  async #prepare(feed) {
    if (this.layout) return;
    const [layout, originals] = [await feed.layout(), await feed.originals()];
    if (!layout || feed !== this.feed) return;
    this.layout = layout;
    this.means.setDigits(layout, this.data.palette);
    this.digits.show(originals);
    this.manifold.resize(layout.grid, layout.grid, layout.conditional ? LABEL_ROWS : MANIFOLD);
    this.manifoldCaption.textContent = layout.conditional ? "each label in ten styles" : "decoded manifold";
    this.legend.replaceChildren(
      ...layout.class_names.map((name, i) => {
        const item = h("li", { title: name }, name);
        item.style.setProperty("--class", this.data.palette[i % this.data.palette.length]);
        return item;
      }),
    );
  }

  #show(frame, { mu, prior, manifold, reconstructions }) {
    this.frame = frame;
    this.rms = spread(mu);
    this.#words(this.view);
    this.means.show(mu, prior, frame.accuracy, frame.step);
    this.manifold.show(manifold);
    this.digits.show(reconstructions, EXAMPLES);
    const { conditional } = this.layout; // told the label, a CVAE has no need to tell classes apart
    this.recognised.textContent = conditional ? "\u2605 \u03bc(y)" : `${Math.round(100 * frame.accuracy)} % recognisable`;
    this.recognised.title = conditional
      ? "means of the prior p(z|y)"
      : "share of these digits whose ten nearest neighbours name their class";
    this.replay.say(frame, this.position !== null);
    this.replay.prefetch((position) => this.feed.frame(this.feed.frames[position].index));
  }

  destroy() {
    this.gone = true;
    this.feed?.destroy();
    this.replay.destroy();
    this.observer.disconnect();
    this.means.clear();
    this.curves.destroy();
    this.root.remove();
  }
}

const figure = (name, caption, ...content) => h("figure", { class: name }, h("figcaption", {}, ...caption), ...content);

const empty = () => ({
  time: [], reconstruction: [], kl: [], validation: { time: [], reconstruction: [], kl: [] },
  beta: { time: [], value: [] }, marks: [], phases: [], betaNow: null, cursor: null, at: null, done: false, epochs: 0, snapshot: null, recent: [],
});

/** At most so many items, evenly spread, the last one among them. */
function thin(items, most) {
  const stride = Math.ceil(items.length / most);
  return stride <= 1 ? items : items.filter((_, i) => (items.length - 1 - i) % stride === 0);
}

/** \u03b2 over time, when it changed, and a mark for each thing that somebody changed. */
function controlsOver(controls, run, epochOf) {
  const beta = [[0, run.beta]];
  const changes = [];
  const marks = [];
  let last = { beta: run.beta, learning_rate: run.learning_rate, part: "both" };
  for (const control of controls) {
    if (control.step === 0) {
      last = control; // set before the first batch: how the run began, not a change
      beta[0][1] = control.beta;
      continue;
    }
    const time = epochOf(control.step);
    const moved = control.beta === last.beta ? null : [last.beta, control.beta];
    const texts = [];
    if (control.learning_rate !== last.learning_rate) texts.push(`rate ${control.learning_rate}`);
    if (control.part !== last.part) texts.push(control.part === "both" ? "both halves" : `${control.part} only`);
    if (moved) {
      beta.push([time, control.beta]);
      changes.push(time);
    }
    if (moved || texts.length) marks.push({ time, beta: moved, text: texts.join(", ") });
    last = control;
  }
  return { beta, changes, marks };
}

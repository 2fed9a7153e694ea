// The charts over time, one Plotly figure of several panels over one axis of epochs, redrawn in place
// by Plotly.react.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { annotations, shapes } from "./marks.js";
import { panelsOf, rangeOf, ratioTime } from "./panels.js";

// Pixels, where a rem has 16.
const TYPE = 14;
const TITLE = 21; // above each panel, for its name
const MARGIN = { l: 44, r: 12, t: 0, b: 38 };
const FEW = 3; // points: a line through fewer is not seen
const COLORS = {
  light: { reconstruction: "#0b5cad", kl: "#b4460a", term: "#0f6b4f", ratio: "#16202b", beta: "#6d28a8", paper: "rgba(255,255,255,0.8)" },
  dark: { reconstruction: "#6db3f2", kl: "#ffa45c", term: "#5fcfa6", ratio: "#e8edf3", beta: "#c79bff", paper: "rgba(16,21,28,0.8)" },
};

/** @typedef {typeof COLORS.light} Colors */
/** @typedef {import("./panels.js").Panel} Panel */
/** @typedef {Panel & {domain: [number, number], color: string}} PlacedPanel domain: from below, shares of the figure's height */
/** @typedef {import("./plotly.js").Plotly} Plotly */
/** @typedef {import("./plotly.js").Chart} Chart */
/** @typedef {import("./recording.js").Model} Model */
/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {{template: object, dark: boolean}} Theme template: Plotly's */

export class Curves {
  /** Axis -> range that somebody chose by dragging. @type {Record<string, number[]>} */
  zoom = {};
  extent = 1; // of the time axis while a run goes on, in epochs
  /** What was drawn. @type {Parameters<Curves["draw"]> | undefined} */
  last;
  listening = false;
  scale = 1; // of type and margins: a presenter has them larger

  constructor() {
    this.element = h("div", { class: "curves", role: "img", "aria-label": t("live_training.curves.label") });
    this.size = { width: 0, height: 0 };
  }

  /** Start over for another run: no zoom, no extent. */
  reset() {
    this.zoom = {};
    this.extent = 1;
  }

  /**
   * @param {Plotly} Plotly
   * @param {Theme} theme
   * @param {Timeline} view
   * @param {Model} model
   */
  draw(Plotly, theme, view, model) {
    if (!this.size.width) return;
    this.last = [Plotly, theme, view, model];
    this.scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const colors = COLORS[theme.dark ? "dark" : "light"];
    const panels = this.#place(panelsOf(view, model, this.size.height / this.scale), colors);
    Plotly.react(this.element, traces(panels, view, colors), this.#layout(panels, view, { ...theme, colors }), {
      displayModeBar: false, doubleClick: false, responsive: false,
    });
    if (!this.listening) this.#listen();
    this.#describe(view);
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    if (width === this.size.width && height === this.size.height) return;
    this.size = { width, height };
    this.#redraw();
  }

  #redraw() {
    if (this.last) this.draw(...this.last);
  }

  #listen() {
    this.listening = true;
    const chart = /** @type {Chart} */ (this.element);
    chart.on("plotly_relayout", (change) => {
      for (const [key, value] of Object.entries(change)) {
        const [, axis, end] = key.match(/^([xy]axis\d?)\.range\[(\d)\]$/) ?? [];
        if (axis) (this.zoom[axis] ??= [])[Number(end)] = value;
      }
      this.#redraw();
    });
    chart.on("plotly_doubleclick", () => {
      this.zoom = {};
      this.#redraw();
    });
  }

  /** Each panel's place, and its color. @param {Panel[]} panels @param {Colors} colors @returns {PlacedPanel[]} */
  #place(panels, colors) {
    const tall = Math.max(1, this.size.height / this.scale - MARGIN.t - MARGIN.b);
    const inner = Math.max(0.2, 1 - (panels.length * TITLE) / tall);
    const whole = panels.reduce((sum, { share }) => sum + share, 0);
    let bottom = 1;
    return panels.map((panel) => {
      const top = bottom - TITLE / tall;
      bottom = Math.max(0, top - (inner * panel.share) / whole);
      return { ...panel, domain: [bottom, top], color: colorOf(panel, colors) };
    });
  }

  /** @param {PlacedPanel[]} panels @param {Timeline} view @param {Theme & {colors: Colors}} theme */
  #layout(panels, view, { colors, template }) {
    const { size: { width, height }, scale } = this;
    const font = { size: TYPE * scale };
    const time = this.#timeRange(view);
    const axes = Object.fromEntries(panels.map((panel) => [nameOf(panel.axis), { tickfont: font, ...this.#valueAxis(panel, view) }]));
    return {
      width, height, margin: { l: MARGIN.l * scale, r: MARGIN.r * scale, t: MARGIN.t, b: MARGIN.b * scale }, template, font: { family: getComputedStyle(this.element).fontFamily }, showlegend: false, hovermode: "x", autosize: false,
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom", // a finger scrolls the page
      uirevision: "live", paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      hoverlabel: { font },
      xaxis: {
        range: this.zoom.xaxis ?? time, anchor: panels.at(-1)?.axis, zeroline: false, automargin: false, nticks: 6, tickfont: font,
        title: { text: t("live_training.curves.epoch"), font, standoff: 2 }, hoverformat: ".2f",
      },
      ...axes,
      shapes: shapes(panels, view, colors),
      annotations: annotations(panels, view, { colors, end: time[1], size: font.size }),
    };
  }

  /** @param {PlacedPanel} panel @param {Timeline} view */
  #valueAxis(panel, view) {
    const range = rangeOf(panel, view);
    const lines = ((panel.domain[1] - panel.domain[0]) * this.size.height) / (TYPE * this.scale); // of type, that have room
    const most = Math.max(0, ...panel.values.map((value) => value ?? 0));
    const kinds = {
      term: { nticks: Math.max(2, Math.min(4, Math.floor(lines / 1.7))) },
      ratio: { type: "log", dtick: range[1] - range[0] > 1.5 ? 1 : "D2", tickformat: "~s" },
      beta: { tickvals: most && lines > 2 ? [0, most] : [most], rangemode: "tozero" },
    };
    const chosen = this.zoom[nameOf(panel.axis)];
    return { domain: panel.domain, anchor: "x", zeroline: false, automargin: false, ...kinds[panel.kind], range: chosen ?? range };
  }

  /** The axis stands still until the curves reach its end, then makes room in one step. @param {Timeline} view */
  #timeRange({ time, held, done, epochs }) {
    const now = Math.max(time.at(-1) ?? 0, held.time.at(-1) ?? 0);
    if (now > this.extent || now < this.extent / 3) this.extent = Math.max(0.1, 1.35 * now);
    const end = done && now ? now * 1.01 : Math.min(this.extent, Math.max(now, epochs || Infinity));
    return [0, end];
  }

  /** The same for those who do not see it. @param {Timeline} view */
  #describe({ figures }) {
    const reconstruction = figures?.terms.reconstruction?.toFixed(1);
    const kl = figures?.terms.kl?.toFixed(2);
    let words = t("live_training.curves.label");
    if (reconstruction && kl) words = t("live_training.curves.described", { reconstruction, kl });
    else if (reconstruction) words = t("live_training.curves.described_alone", { reconstruction });
    this.element.setAttribute("aria-label", words);
  }

  destroy() {
    this.last?.[0].purge(this.element);
  }
}

/** @param {Panel} panel @param {Colors} colors */
function colorOf({ kind, name }, colors) {
  if (kind !== "term") return colors[kind];
  return name === "reconstruction" || name === "kl" ? colors[name] : colors.term;
}

/** "y2" is called "yaxis2" in a layout. @param {string} axis */
const nameOf = (axis) => axis.replace("y", "yaxis");

/** What is held out is the thick line; what is trained on the thin one. @param {PlacedPanel[]} panels @param {Timeline} view @param {Colors} colors */
function traces(panels, view, colors) {
  const { time, held, beta } = view;
  /** @param {number[]} x @param {(number | null)[]} y @param {PlacedPanel} panel @param {number} width */
  const line = (x, y, { axis, color }, width, more = {}) => ({
    type: "scatter", mode: y.length < FEW ? "lines+markers" : "lines", x, y, yaxis: axis, xaxis: "x", line: { color, width }, marker: { color, size: 7 }, ...more,
  });
  /** @type {Record<Panel["kind"], (panel: PlacedPanel) => object[]>} */
  const drawn = {
    term: (panel) => [
      line(time, panel.values, panel, 1, { opacity: 0.75, ...hover(t("live_training.curves.training"), "%{y:.2f}") }),
      line(held.time, held.terms[panel.name] ?? [], panel, 3, hover(t("live_training.curves.validation"), "%{y:.2f}")),
    ],
    ratio: (panel) => [line(ratioTime(view), panel.values, panel, 1.5, hover("", "%{y:.1f}"))],
    beta: (panel) => [
      line(beta?.time ?? [], panel.values, panel, 2.5, { mode: "lines", ...hover("β", "%{y}"), line: { color: colors.beta, width: 2.5, shape: "hv" } }),
    ],
  };
  return panels.flatMap((panel) => drawn[panel.kind](panel));
}

/** @param {string} name @param {string} value */
const hover = (name, value) => ({ hovertemplate: `${name} ${value}<extra></extra>` });

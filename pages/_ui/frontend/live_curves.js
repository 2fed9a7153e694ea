// The charts over time: reconstruction and KL, large; their ratio with the phases; beta as steps.
// One Plotly figure of four panels over one axis of epochs, redrawn in place by Plotly.react.

import { h } from "./dom.js";

const PANELS = [
  { name: "reconstruction", share: 0.4 },
  { name: "kl", share: 0.27 },
  { name: "ratio", share: 0.17 },
  { name: "beta", share: 0.1 },
];
const TITLE = 24; // pixels above each panel, for its name and value
const MARGIN = { l: 50, r: 14, t: 0, b: 40 };
const EARLY = 0.06; // the first part of the time may leave the chart at its top
const COLORS = {
  light: { reconstruction: "#0b5cad", kl: "#b4460a", total: "#3d4653", ratio: "#16202b", beta: "#6d28a8", band: "rgba(22,32,43,0.055)", paper: "rgba(255,255,255,0.8)" },
  dark: { reconstruction: "#6db3f2", kl: "#ffa45c", total: "#c3ccd8", ratio: "#e8edf3", beta: "#c79bff", band: "rgba(232,237,243,0.075)", paper: "rgba(16,21,28,0.8)" },
};
const NARROW = 420; // pixels of width below which titles are short
const SHORT = { reconstruction: "\u2212log p(x|z)", kl: "KL" };
const LABELS = {
  reconstruction: "reconstruction \u2212log p(x|z)",
  kl: "KL(q(z|x) \u2016 p(z))",
  ratio: "reconstruction / KL",
  beta: "\u03b2",
};

export class Curves {
  constructor() {
    this.element = h("div", { class: "curves", role: "img", "aria-label": "Reconstruction and KL" });
    this.size = { width: 0, height: 0 };
    this.zoom = {}; // axis -> range that somebody chose by dragging
    this.extent = 1;
  }

  /** Start over for another run: no zoom, no extent. */
  reset() {
    this.zoom = {};
    this.extent = 1;
  }

  /**
   * @param {object} view what to draw:
   *   {time, reconstruction, kl, validation: {time, reconstruction, kl}, beta: {time, value},
   *    marks: [{time, beta: [from, to] | null, text}], phases, cursor, betaNow, at, done, epochs}
   */
  draw(Plotly, template, dark, view) {
    if (!this.size.width) return;
    Object.assign(this, { Plotly, last: [Plotly, template, dark, view] });
    const colors = COLORS[dark ? "dark" : "light"];
    const figure = [this.#traces(view, colors), this.#layout(view, colors, template)];
    const coarse = matchMedia("(pointer: coarse)").matches;
    figure[1].dragmode = coarse ? false : "zoom"; // a finger scrolls the page
    Plotly.react(this.element, ...figure, { displayModeBar: false, doubleClick: false, responsive: false });
    if (!this.listening) this.#listen();
    this.#describe(view);
  }

  resize(width, height) {
    if (width === this.size.width && height === this.size.height) return;
    this.size = { width, height };
    if (this.last) this.draw(...this.last);
  }

  #listen() {
    this.listening = true;
    this.element.on("plotly_relayout", (change) => {
      for (const [key, value] of Object.entries(change)) {
        const [, axis, end] = key.match(/^([xy]axis\d?)\.range\[(\d)\]$/) ?? [];
        if (axis) (this.zoom[axis] ??= [])[end] = value;
      }
      this.draw(...this.last);
    });
    this.element.on("plotly_doubleclick", () => {
      this.zoom = {};
      this.draw(...this.last);
    });
  }

  #traces({ time, reconstruction, kl, validation, beta }, colors) {
    const line = (y, yaxis, color, more = {}) => ({
      type: "scatter", mode: "lines", x: time, y, yaxis, xaxis: "x", line: { color, width: 2.5 }, ...more,
    });
    const held = (y, yaxis, color, name) =>
      line(y, yaxis, color, {
        name, x: validation.time, mode: "lines+markers", line: { color, width: 1.5, dash: "dash" },
        marker: { color, size: 7, symbol: "diamond" }, hovertemplate: "validation %{y:.1f}<extra></extra>",
      });
    const total = reconstruction.map((value, i) => value + kl[i]);
    const ratio = reconstruction.map((value, i) => (kl[i] > 1e-3 ? value / kl[i] : null));
    return [
      line(total, "y", colors.total, { line: { color: colors.total, width: 1.25 }, hovertemplate: "\u2212ELBO %{y:.1f}<extra></extra>" }),
      line(reconstruction, "y", colors.reconstruction, { hovertemplate: "train %{y:.1f}<extra></extra>" }),
      held(validation.reconstruction, "y", colors.reconstruction),
      line(kl, "y2", colors.kl, { hovertemplate: "train %{y:.2f}<extra></extra>" }),
      held(validation.kl, "y2", colors.kl),
      line(ratio, "y3", colors.ratio, { hovertemplate: "%{y:.1f}<extra></extra>", line: { color: colors.ratio, width: 2 } }),
      line(beta.value, "y4", colors.beta, {
        x: beta.time, line: { color: colors.beta, width: 2.5, shape: "hv" }, hovertemplate: "\u03b2 %{y}<extra></extra>",
      }),
    ];
  }

  #layout(view, colors, template) {
    const { width, height } = this.size;
    const tall = Math.max(1, height - MARGIN.t - MARGIN.b);
    const inner = Math.max(0.2, 1 - (PANELS.length * TITLE) / tall);
    const whole = PANELS.reduce((sum, { share }) => sum + share, 0);
    let top = 1;
    const domains = PANELS.map(({ share }) => {
      const high = top - TITLE / tall;
      top = high - (inner * share) / whole;
      return [Math.max(0, top), high];
    });
    const x = this.#timeRange(view);
    const ranges = this.#valueRanges(view);
    const axis = (i, more) => ({
      domain: domains[i], anchor: "x", zeroline: false, automargin: false, nticks: 4, ...more,
      range: this.zoom[i ? `yaxis${i + 1}` : "yaxis"] ?? ranges[i],
    });
    const layout = {
      width, height, margin: MARGIN, template, showlegend: false, hovermode: "x", autosize: false,
      uirevision: "live", paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      hoverlabel: { font: { size: 14 } },
      xaxis: {
        range: this.zoom.xaxis ?? x, anchor: "y4", zeroline: false, automargin: false, nticks: 8,
        title: { text: "epoch (passes over the training images)", font: { size: 14 }, standoff: 4 }, hoverformat: ".2f",
      },
      yaxis: axis(0, {}),
      yaxis2: axis(1, { nticks: 4 }),
      yaxis3: axis(2, { type: "log", dtick: ranges[2][1] - ranges[2][0] > 1.5 ? 1 : "D2", tickformat: "~s" }),
      yaxis4: axis(3, { nticks: 2, rangemode: "tozero" }),
    };
    layout.shapes = [...bands(view, colors, domains), ...marks(view, colors, domains)];
    layout.annotations = [...titles(view, colors, domains, width < NARROW), ...markTexts(view, colors, domains, x)];
    return layout;
  }

  /** The axis stands still until the curves reach its end, then makes room in one step. */
  #timeRange({ time, done, epochs }) {
    const now = time.at(-1) ?? 0;
    if (now > this.extent || now < this.extent / 3) this.extent = Math.max(0.1, 1.35 * now);
    const end = done && now ? now * 1.01 : Math.min(this.extent, Math.max(now, epochs || Infinity));
    return [0, end];
  }

  #valueRanges({ time, reconstruction, kl, validation, beta }) {
    if (time.length < 2) return [[0, 600], [0, 10], [0, 3], [0, 1.4 * Math.max(1, ...beta.value)]];
    const now = time.at(-1);
    const late = (values, when = time) => values.filter((_, i) => when[i] >= EARLY * now);
    const totals = reconstruction.map((value, i) => value + kl[i]);
    const [low, high] = extremes([...late(reconstruction), ...late(totals), ...late(validation.reconstruction, validation.time)]);
    const pad = 0.07 * Math.max(high - low, 4);
    const [, kls] = extremes([...late(kl), ...late(validation.kl, validation.time)]);
    const ratios = late(reconstruction.map((value, i) => value / Math.max(kl[i], 0.02)));
    const [least, most] = extremes(ratios).map(Math.log10);
    return [
      [low - pad, high + pad],
      [0, 1.12 * Math.max(kls, 0.5)],
      [least - 0.1, most + 0.1 + 0.45 * Math.max(most - least, 0.3)], // room for the phases' numbers
      [0, 1.4 * Math.max(0.5, ...beta.value)],
    ];
  }

  /** The same for those who do not see it. */
  #describe({ reconstruction, kl }) {
    const now = reconstruction.length
      ? `: ${reconstruction.at(-1).toFixed(1)} and ${kl.at(-1).toFixed(2)} nats per image`
      : "";
    this.element.setAttribute("aria-label", `Reconstruction and KL${now}`);
  }

  destroy() {
    this.Plotly?.purge(this.element);
  }
}

const significant = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

const extremes = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);

const box = (x0, x1, [y0, y1], more) => ({
  type: "rect", xref: "x", yref: "paper", x0, x1, y0, y1, line: { width: 0 }, layer: "below", ...more,
});

function bands({ phases }, colors, domains) {
  return phases
    .filter(({ phase }) => phase === 1)
    .flatMap(({ from, to }) => domains.slice(0, 3).map((domain) => box(from, to, domain, { fillcolor: colors.band })));
}

const vertical = (time, [y0, y1], line) => ({ type: "line", xref: "x", yref: "paper", x0: time, x1: time, y0, y1, line });

function marks({ marks: changes, cursor }, colors, domains) {
  const whole = [domains.at(-1)[0], domains[0][1]];
  const lines = changes.map(({ time }) => vertical(time, whole, { color: colors.beta, width: 1.5, dash: "dot" }));
  if (cursor != null) lines.push(vertical(cursor, whole, { color: colors.ratio, width: 1.5 }));
  return lines;
}

function titles({ reconstruction, kl, betaNow, at }, colors, domains, short) {
  const labels = short ? { ...LABELS, ...SHORT } : LABELS;
  const i = at ?? reconstruction.length - 1;
  const nats = i >= 0 ? { reconstruction: reconstruction[i], kl: kl[i] } : {};
  const values = {
    reconstruction: nats.reconstruction?.toFixed(1),
    kl: nats.kl?.toFixed(2),
    ratio: nats.kl > 1e-3 ? significant.format(nats.reconstruction / nats.kl) : undefined,
    beta: betaNow === null ? undefined : String(betaNow),
  };
  const left = PANELS.map(({ name }, k) => ({
    text: `${labels[name]}${values[name] === undefined ? "" : `  <b>${values[name]}</b>`}`,
    font: { color: colors[name], size: k < 2 ? 17 : 14 },
    x: 0, xanchor: "left", y: domains[k][1], yanchor: "bottom", xref: "paper", yref: "paper", showarrow: false, borderpad: 1,
    bgcolor: k < 2 ? undefined : colors.paper, // the lines of marks pass behind
  }));
  const total = i >= 0 ? `${short ? "" : "total "}\u2212ELBO <b>${(reconstruction[i] + kl[i]).toFixed(1)}</b>` : "nats per image";
  return [
    ...left,
    { ...left[0], text: total, x: 1, xanchor: "right", font: { color: colors.total, size: 14 } },
    { ...left[1], text: "train \u2501 validation \u25c6", x: 1, xanchor: "right", font: { color: colors.total, size: 14 } },
  ];
}

const wording = ({ beta, text }) => [beta && `\u03b2 ${beta[0]} \u2192 ${beta[1]}`, text].filter(Boolean).join(", ");

/** What a mark says stands above the lowest panel; marks that crowd become one. */
function markTexts({ marks: changes, phases }, colors, domains, [, end]) {
  const texts = [];
  let next = null; // the mark to the right whose text is placed
  for (const mark of [...changes].reverse()) {
    if (next && next.time - mark.time < 0.16 * end) {
      if (mark.beta && next.beta) next.beta = [mark.beta[0], next.beta[1]]; // one drag of the slider
      next.annotation.text = wording(next);
      continue;
    }
    const right = mark.time > 0.75 * end;
    next = { ...mark };
    next.annotation = {
      text: wording(mark), x: mark.time, xanchor: right ? "right" : "left", y: domains.at(-1)[1], yanchor: "bottom", xref: "x",
      yref: "paper", showarrow: false, font: { color: colors.beta, size: 14 }, xshift: right ? -3 : 3, borderpad: 1,
    };
    if (mark.time > 0.12 * end) texts.push(next.annotation); // further left stands the panel's title
  }
  let free = -Infinity;
  for (const { phase, from, to } of phases) {
    const middle = Math.max((from + to) / 2, free + 0.04 * end);
    free = middle;
    texts.push({
      text: `<b>${phase + 1}</b>`, x: middle, xanchor: "center", y: domains[2][1], yanchor: "top",
      xref: "x", yref: "paper", showarrow: false, font: { color: colors.ratio, size: 14 }, bgcolor: colors.paper, borderpad: 0,
    });
  }
  return texts;
}

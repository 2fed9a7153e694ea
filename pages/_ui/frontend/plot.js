// The Plotly figure and the view on it. Plotly only draws: pointer, wheel and keys are ours
// (gestures.js), because its own events are throttled and know no touch. So that everything that
// is drawn above and below the figure stays registered with its axes, there is one view,
// {x, y, span}: the middle of the plot and the width of the plot, in units of z.

const MARGIN = { l: 38, r: 10, t: 10, b: 34 };
const MIN_SPAN = 0.02;
const MAX_SPAN = 60;
const SETTLE_MS = 150;

let script; // one script tag for all maps on the page

export function loadPlotly(url) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  script ??= new Promise((done, fail) => {
    const tag = document.createElement("script");
    tag.src = url;
    tag.onload = () => done(window.Plotly);
    tag.onerror = () => {
      script = undefined;
      tag.remove();
      fail(new Error("plotly.js could not be loaded"));
    };
    document.head.append(tag);
  });
  return script;
}

/** Fetch without running it yet. */
function preload(url) {
  if (window.Plotly || document.head.querySelector(`link[href="${url}"]`)) return;
  const link = document.createElement("link");
  Object.assign(link, { rel: "preload", as: "script", href: url });
  document.head.append(link);
}

/** After the next frame is on screen. */
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(context);
}

const figures = new Map(); // url -> promise of a figure

function loadFigure(url) {
  if (!figures.has(url)) {
    const figure = fetch(url).then((response) => {
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      return response.json();
    });
    figures.set(url, figure);
    figure.catch(() => figures.delete(url));
  }
  return figures.get(url);
}

/**
 * Once the pointer has not moved for a moment: running plotly.js blocks the page for a second, and
 * the map already answers. Somebody who never rests waits at most `most` ms for the axes.
 */
const pointerAtRest = (rest = 400, most = 4000) =>
  new Promise((done) => {
    let timer = setTimeout(finish, rest);
    const limit = setTimeout(finish, most);
    function again() {
      clearTimeout(timer);
      timer = setTimeout(finish, rest);
    }
    function finish() {
      clearTimeout(timer);
      clearTimeout(limit);
      removeEventListener("pointermove", again, true);
      done();
    }
    addEventListener("pointermove", again, true);
  });

export class Plot {
  /** @param {HTMLElement} div an element that Plotly may fill */
  constructor(div) {
    this.div = div;
    this.view = { x: 0, y: 0, span: 8 };
    this.onView = () => {};
    this.size = { width: 0, height: 0 };
  }

  /** Fetch the figure, which names the view and the colors, and let plotly.js come meanwhile. */
  async load(plotlyUrl, figureUrl) {
    preload(plotlyUrl);
    this.plotlyUrl = plotlyUrl;
    this.figure = await loadFigure(figureUrl);
  }

  /** Draw the figure with Plotly, once what is there already has been painted. */
  async draw(dark, visible) {
    const { figure } = this;
    await painted();
    await pointerAtRest();
    this.Plotly = await loadPlotly(this.plotlyUrl);
    if (figure !== this.figure || this.gone) return;
    const type = hasWebGL() ? "scattergl" : "scatter";
    const traces = figure.data.map((trace, i) => ({ ...trace, type, visible: visible()[i] }));
    this.last = this.Plotly.newPlot(this.div, traces, this.#layout(dark()), {
      staticPlot: true,
      displayModeBar: false,
    });
    await this.last;
    this.drawn = true;
    this.growth = 1;
    this.#grow();
  }

  #layout(dark) {
    const { width, height } = this.size;
    const { xaxis, yaxis, ...layout } = this.figure.layout;
    const [x, y] = this.#ranges();
    const axis = (own, range, title) => ({
      ...own,
      range,
      autorange: false,
      automargin: false,
      fixedrange: true,
      scaleanchor: undefined, // equal scales come from the view, in every frame of a zoom
      title: { standoff: 4, ...own?.title, text: title },
    });
    return {
      ...layout,
      width,
      height,
      margin: MARGIN,
      autosize: false,
      showlegend: false,
      hovermode: false,
      dragmode: false,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      template: this.figure.templates[dark ? "dark" : "light"],
      xaxis: axis(xaxis, x, "z1"),
      yaxis: axis(yaxis, y, "z2"),
    };
  }

  #redraw(how, change) {
    this.last = this.Plotly[how](this.div, change);
  }

  /** The drawing area inside the axes, in pixels of the map. */
  get area() {
    const { width, height } = this.size;
    return {
      left: MARGIN.l,
      top: MARGIN.t,
      width: Math.max(1, width - MARGIN.l - MARGIN.r),
      height: Math.max(1, height - MARGIN.t - MARGIN.b),
    };
  }

  /** Pixels per unit of z, the same on both axes. */
  get scale() {
    return this.area.width / this.view.span;
  }

  /** The view of the whole map: the ranges that the figure came with. */
  get whole() {
    const [x, y] = ["xaxis", "yaxis"].map((axis) => this.figure.layout[axis].range);
    const spans = [x[1] - x[0], y[1] - y[0]];
    return { x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2, span: Math.max(...spans) };
  }

  get isWhole() {
    const { x, y, span } = this.whole;
    return this.view.x === x && this.view.y === y && this.view.span === span;
  }

  /** A place moved by some pixels, but not out of sight. */
  stepped(z, dx, dy) {
    const { left, top, width, height } = this.area;
    const [px, py] = this.toPixel(z);
    return this.toData(
      Math.min(left + width, Math.max(left, px + dx)),
      Math.min(top + height, Math.max(top, py + dy)),
    );
  }

  #ranges() {
    const { x, y, span } = this.view;
    const tall = (span * this.area.height) / this.area.width;
    return [
      [x - span / 2, x + span / 2],
      [y - tall / 2, y + tall / 2],
    ];
  }

  toData(px, py) {
    const { left, top, width, height } = this.area;
    return [
      this.view.x + (px - left - width / 2) / this.scale,
      this.view.y - (py - top - height / 2) / this.scale,
    ];
  }

  toPixel([x, y]) {
    const { left, top, width, height } = this.area;
    return [
      left + width / 2 + (x - this.view.x) * this.scale,
      top + height / 2 - (y - this.view.y) * this.scale,
    ];
  }

  resize(width, height) {
    this.size = { width, height };
    if (this.drawn) {
      const [x, y] = this.#ranges();
      this.#redraw("relayout", { width, height, "xaxis.range": x, "yaxis.range": y });
    }
    this.onView();
  }

  setView({ x, y, span }) {
    const within = (value, low, high) => Math.min(high, Math.max(low, value));
    this.view = {
      x: within(x, -MAX_SPAN / 2, MAX_SPAN / 2),
      y: within(y, -MAX_SPAN / 2, MAX_SPAN / 2),
      span: within(span, MIN_SPAN, MAX_SPAN),
    };
    if (!this.frame) this.frame = requestAnimationFrame(() => this.#follow());
  }

  #follow() {
    this.frame = null;
    if (this.drawn) {
      const [x, y] = this.#ranges();
      this.#redraw("relayout", { "xaxis.range": x, "yaxis.range": y });
    }
    this.onView();
    clearTimeout(this.growing);
    this.growing = setTimeout(() => this.#grow(), SETTLE_MS);
  }

  /** Points get larger, slowly, as the map is enlarged and they drift apart. */
  #grow() {
    const growth = Math.min(2.5, Math.max(1, (this.whole.span / this.view.span) ** 0.3));
    if (!this.drawn || growth === this.growth) return;
    this.growth = growth;
    const sizes = this.figure.data.map((trace) => (trace.marker?.size ?? 4) * growth);
    this.#redraw("restyle", { "marker.size": sizes });
  }

  /** Zoom so that the place under (px, py) stays where it is; a factor above 1 zooms in. */
  zoom(px, py, factor) {
    const { x, y, span } = this.view;
    const next = Math.min(MAX_SPAN, Math.max(MIN_SPAN, span / factor));
    const [zx, zy] = this.toData(px, py);
    const keep = next / span;
    this.setView({ x: zx + (x - zx) * keep, y: zy + (y - zy) * keep, span: next });
  }

  pan(dx, dy) {
    const { x, y, span } = this.view;
    this.setView({ x: x - dx / this.scale, y: y + dy / this.scale, span });
  }

  setTheme(dark) {
    const template = this.figure?.templates[dark ? "dark" : "light"];
    if (this.drawn) this.#redraw("relayout", { template });
  }

  /** Which traces are drawn: one flag per trace. */
  setVisible(flags) {
    if (this.drawn) this.#redraw("restyle", { visible: flags });
  }

  /** The color of a trace. */
  color(trace) {
    return this.figure?.data[trace]?.marker?.color ?? "gray";
  }

  destroy() {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.growing);
    this.drawn = false;
    // Plotly finishes its drawing in steps, which must not find it gone.
    Promise.resolve(this.last).finally(() => this.Plotly?.purge(this.div));
  }
}

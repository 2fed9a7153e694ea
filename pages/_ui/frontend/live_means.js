// The latent means of the test digits, moving as the encoder learns. A canvas, since two thousand
// points glide from frame to frame sixty times a second.

import { h } from "./dom.js";

const MARGIN = 34; // pixels, for the numbers along two edges
const REACH = [4, 6, 9, 13, 20, 30, 45, 70, 100, 150, 250, 500, 1000]; // half widths of the plane, in prior sigmas
const GLIDE_MS = 450;
const NAMED = 0.35; // accuracy from which on clusters are worth naming
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Means {
  constructor() {
    this.canvas = h("canvas", { role: "img", "aria-label": "Latent means" });
    this.element = h("div", { class: "means" }, this.canvas);
    this.reach = REACH[0];
    this.shown = null; // where the points are on screen now
    this.ink = { text: "#000", line: "#888", paper: "#fff" };
  }

  /** Whose means they are: (n,) labels, one color and name per class. */
  setDigits({ labels, class_names: names }, colors) {
    if (this.labels !== labels) this.shown = null;
    Object.assign(this, { labels, names, colors });
    this.byClass = names.map((_, label) => labels.flatMap((l, i) => (l === label ? [i] : [])));
  }

  setInk(ink) {
    this.ink = ink;
    this.#draw();
  }

  resize(side) {
    const ratio = window.devicePixelRatio || 1;
    if (this.side === side && this.ratio === ratio) return;
    Object.assign(this, { side, ratio });
    this.canvas.width = this.canvas.height = Math.round(side * ratio);
    this.#draw();
  }

  clear() {
    cancelAnimationFrame(this.request);
    this.shown = this.target = null;
    this.reach = REACH[0];
    this.canvas.setAttribute("aria-label", "Latent means");
    this.#draw();
  }

  /** Let the points glide to (n, 2) means, and the stars to the prior's (classes, 2), if learned. */
  show(mu, prior, accuracy, step) {
    this.accuracy = accuracy;
    this.prior = prior;
    const words = `Latent means of ${mu.length / 2} test digits after ${step} batches, ${Math.round(100 * accuracy)} % recognisable`;
    this.canvas.setAttribute("aria-label", words);
    this.canvas.dataset.step = String(step);
    if (this.shown?.length !== mu.length || calm.matches) {
      this.shown = Float32Array.from(mu);
      this.target = mu;
      this.reach = reachOf(mu);
      return this.#draw();
    }
    Object.assign(this, { from: this.shown.slice(), target: mu, began: performance.now(), reachFrom: this.reach, reachTo: reachOf(mu) });
    cancelAnimationFrame(this.request);
    this.request = requestAnimationFrame((now) => this.#glide(now));
  }

  #glide(now) {
    const t = Math.min(1, Math.max(0, (now - this.began) / GLIDE_MS));
    const ease = t * (2 - t);
    for (let i = 0; i < this.shown.length; i++) this.shown[i] = this.from[i] + ease * (this.target[i] - this.from[i]);
    this.reach = this.reachFrom * (this.reachTo / this.reachFrom) ** ease;
    this.#draw();
    if (t < 1) this.request = requestAnimationFrame((time) => this.#glide(time));
  }

  #draw() {
    if (!this.side) return;
    const g = this.canvas.getContext("2d");
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.side, this.side);
    const inner = this.side - MARGIN;
    const scale = inner / (2 * this.reach);
    const x = (value) => MARGIN + inner / 2 + value * scale;
    const y = (value) => inner / 2 - value * scale;
    this.#axes(g, x, y, inner);
    g.save();
    g.beginPath();
    g.rect(MARGIN, 0, inner, inner);
    g.clip();
    this.#prior(g, x, y, scale);
    if (this.shown && this.byClass) this.#points(g, x, y);
    if (this.shown && this.prior?.length) this.#stars(g, x, y);
    g.restore();
  }

  #axes(g, x, y, inner) {
    const step = this.reach <= 6 ? 2 : this.reach <= 13 ? 5 : this.reach <= 45 ? 10 : this.reach <= 150 ? 50 : 200;
    g.strokeStyle = this.ink.line;
    g.lineWidth = 1;
    g.strokeRect(MARGIN + 0.5, 0.5, inner - 1, inner - 1);
    g.fillStyle = this.ink.text;
    g.font = "13px system-ui, sans-serif";
    for (let v = -Math.floor(this.reach / step) * step; v <= this.reach; v += step) {
      if (Math.abs(v) > 0.93 * this.reach) continue;
      const text = String(v).replace("-", "\u2212");
      g.textAlign = "center";
      g.textBaseline = "top";
      g.fillText(text, x(v), inner + 5);
      g.textAlign = "right";
      g.textBaseline = "middle";
      g.fillText(text, MARGIN - 5, y(v));
    }
  }

  #prior(g, x, y, scale) {
    g.setLineDash([5, 4]);
    g.strokeStyle = this.ink.line;
    g.lineWidth = 1.25;
    for (const sigma of [1, 2, 3]) {
      g.beginPath();
      g.arc(x(0), y(0), sigma * scale, 0, 2 * Math.PI);
      g.stroke();
    }
    g.setLineDash([]);
  }

  #points(g, x, y) {
    const radius = this.side > 400 ? 2.4 : 1.9;
    g.globalAlpha = 0.85;
    this.byClass.forEach((members, label) => {
      g.fillStyle = this.colors[label % this.colors.length];
      g.beginPath();
      for (const i of members) {
        const [px, py] = [x(this.shown[2 * i]), y(this.shown[2 * i + 1])];
        g.moveTo(px + radius, py);
        g.arc(px, py, radius, 0, 2 * Math.PI);
      }
      g.fill();
    });
    g.globalAlpha = 1;
    if (this.accuracy >= NAMED && !this.prior?.length) this.#names(g, x, y);
  }

  /** The learned means of p(z|y), each named by its label. */
  #stars(g, x, y) {
    g.font = "700 15px system-ui, sans-serif";
    g.textAlign = "left";
    g.textBaseline = "bottom";
    g.lineJoin = "round";
    for (let label = 0; label < this.prior.length / 2; label++) {
      const [px, py] = [x(this.prior[2 * label]), y(this.prior[2 * label + 1])];
      g.beginPath();
      for (let corner = 0; corner < 10; corner++) {
        const [angle, r] = [(corner * Math.PI) / 5 - Math.PI / 2, corner % 2 ? 4 : 9];
        g.lineTo(px + r * Math.cos(angle), py + r * Math.sin(angle));
      }
      g.closePath();
      g.fillStyle = this.colors[label % this.colors.length];
      g.strokeStyle = this.ink.text;
      g.lineWidth = 1.25;
      g.fill();
      g.stroke();
      g.strokeStyle = this.ink.paper;
      g.lineWidth = 4;
      g.strokeText(this.names[label], px + 7, py - 4);
      g.fillStyle = this.ink.text;
      g.fillText(this.names[label], px + 7, py - 4);
    }
  }

  #names(g, x, y) {
    g.font = "700 17px system-ui, sans-serif";
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.lineJoin = "round";
    const placed = [];
    this.byClass.forEach((members, label) => {
      if (!members.length) return;
      const at = [0, 1].map((d) => median(members.map((i) => this.shown[2 * i + d])));
      const [px, py] = [x(at[0]), y(at[1])];
      if (placed.some(([qx, qy]) => Math.hypot(px - qx, py - qy) < 20)) return;
      placed.push([px, py]);
      g.strokeStyle = this.ink.paper;
      g.lineWidth = 4;
      g.strokeText(this.names[label], px, py);
      g.fillStyle = this.ink.text;
      g.fillText(this.names[label], px, py);
    });
  }
}

/** The smallest half width that holds all but the outermost hundredth of the coordinates. */
function reachOf(mu) {
  const sizes = Float32Array.from(mu, Math.abs).sort();
  const far = sizes[Math.floor(0.99 * (sizes.length - 1))] ?? 0;
  return REACH.find((reach) => reach >= 1.08 * far) ?? 1.2 * far;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

// The scrubber: every recorded moment of a run, to be walked through again, and its exports.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";

const PLAY_MS = 8000; // a whole run takes about this long
const SLOWEST_MS = 250; // between two frames
const AHEAD = 12; // frames fetched before they are needed

export class Replay {
  /**
   * @param {Pick<import("../../state/host.js").Host, "url">} host
   * @param {(position: number | null) => void} seek null follows the run
   */
  constructor(host, seek) {
    this.host = host;
    this.seek = seek;
    this.length = 0;
    /** @type {number | null} of the frame on screen; null follows the run */
    this.position = null;
    this.theme = "light";
    /** @type {string | undefined} */
    this.url = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    this.play = h("button", { type: "button", class: "play", onclick: () => (this.timer ? this.pause() : this.#start()) }, t("live_training.replay.play"));
    this.range = h("input", {
      type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": t("live_training.replay.history"), oninput: () => this.#slide(),
    });
    this.label = h("output", { class: "value" });
    this.links = h("span", { class: "links" });
    this.element = h("footer", { class: "replay" }, this.play, this.range, this.label, this.links);
    this.#state();
  }

  /** Another run, or none. @param {string} [url] */
  reset(url) {
    this.pause();
    this.url = url;
    this.position = null;
    this.label.textContent = "";
    this.setLength(0);
  }

  /** @param {number} length of the history, in frames */
  setLength(length) {
    this.length = length;
    this.range.max = String(Math.max(0, length - 1));
    if (this.position === null) this.range.value = this.range.max;
    else if (this.position >= length) this.#go(length - 1); // the run went back: that moment is void
    this.#state();
  }

  #state() {
    const some = this.length > 1;
    this.range.disabled = this.play.disabled = !some;
    if (some === Boolean(this.links.children.length)) return;
    this.#showLinks(some);
  }

  /** @param {{dark: boolean}} theme of the exported picture */
  setTheme({ dark }) {
    this.theme = dark ? "dark" : "light";
    this.#showLinks(this.links.children.length > 0);
  }

  /** @param {boolean} some */
  #showLinks(some) {
    this.links.replaceChildren(...(some ? [this.#link("history.gif", "gif"), this.#link("figures.csv", "csv")] : []));
  }

  /** @param {string} file @param {string} name */
  #link(file, name) {
    const title = t(`live_training.replay.${name}_title`);
    return h("a", { href: this.host.url(`${this.url}/${file}?lang=${document.documentElement.lang}&theme=${this.theme}`), download: file, title }, t(`live_training.replay.${name}`));
  }

  #slide() {
    this.pause();
    this.#go(Number(this.range.value));
  }

  /** The last frame is the run itself: from there on it is followed again. @param {number} position */
  #go(position) {
    this.position = position >= this.length - 1 ? null : position;
    this.range.value = String(position);
    this.seek(this.position);
  }

  #start() {
    let next = this.position ?? 0;
    const interval = Math.min(SLOWEST_MS, PLAY_MS / Math.max(1, this.length));
    this.play.textContent = t("live_training.replay.hold");
    const began = performance.now();
    const first = next;
    this.timer = setInterval(() => {
      next = first + Math.floor((performance.now() - began) / interval);
      if (next >= this.length - 1) this.pause();
      this.#go(Math.min(next, this.length - 1));
    }, Math.max(40, interval));
    this.#go(next);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.play.textContent = t("live_training.replay.play");
  }

  /**
   * Say which moment is on screen.
   * @param {{epoch: number, beta: number | null}} moment
   * @param {boolean} past
   */
  say({ epoch, beta }, past) {
    const at = { epoch: epoch.toFixed(epoch < 10 ? 2 : 1) };
    const when = beta === null ? t("live_training.replay.epoch", at) : t("live_training.replay.epoch_and_beta", { ...at, beta });
    this.label.textContent = past ? when : t("live_training.replay.now", { when });
    this.range.setAttribute("aria-valuetext", this.label.textContent);
  }

  /** @param {(position: number) => Promise<unknown>} fetchFrame */
  prefetch(fetchFrame) {
    if (!this.timer) return;
    for (let i = 1; i <= AHEAD; i++) {
      const position = (this.position ?? this.length) + i;
      if (position < this.length) fetchFrame(position).catch(() => {});
    }
  }

  destroy() {
    this.pause();
  }
}

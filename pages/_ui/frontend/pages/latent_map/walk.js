// The walk between pins: a strip of digits on the way, a slider over it, and a button that plays it.

import { along, corner, pathLength, placeOf } from "../../core/path.js";
import { h } from "../../parts/elements.js";
import { greyCanvas } from "../../parts/grey_canvas.js";
import { t } from "../../state/texts.js";

const FRAMES = 12;
const FILM_MS = 80; // the pictures of a new pin come first
const SECONDS_PER_UNIT = 1.1; // walking speed, per unit of z
const SHORTEST_WALK = 2;
const LONGEST_WALK = 14;

export class Walk {
  #frame = 0;
  #last = 0; // time of the last step, in milliseconds
  #direction = 1; // -1 on the way back
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #filming;

  /**
   * @param {object} on
   * @param {(z: number[], label?: number[]) => void} on.look show a place of the path
   * @param {() => void} on.away
   * @param {() => boolean} on.held is the pointer on the map?
   */
  constructor(on) {
    this.on = on;
    /** @type {number[][]} */
    this.corners = [];
    /** @type {import("../../core/model.js").Model | null} */
    this.model = null;
    this.at = 0; // 0 at the first pin, 1 at the last
    this.playing = false;
    this.strip = greyCanvas(28 * FRAMES, 28, { "aria-hidden": "true" });
    this.place = h("input", {
      type: "range", min: 0, max: 1, step: 0.001, value: 0, "aria-label": t("latent_map.walk.place"),
      oninput: () => {
        this.pause();
        this.go(Number(this.place.value));
      },
    });
    this.mark = h("i", { class: "mark" });
    this.button = h("button", { type: "button", class: "play", onclick: () => this.toggle() });
    this.links = h("span", { class: "links" });
    this.empty = h("p", { class: "hint empty" }, t("latent_map.walk.empty"));
    this.film = h("div", { class: "film" }, this.strip.canvas, this.mark, this.place);
    this.element = h(
      "section",
      { class: "walk", "aria-label": t("latent_map.walk.group") },
      h("header", {}, h("h2", {}, t("latent_map.walk.title")), this.button, this.links),
      this.empty,
      this.film,
    );
    this.#label();
    this.show([], null, {});
  }

  /**
   * @param {import("./view.js").Pin[]} pins
   * @param {import("../../core/model.js").Model | null} model null: its strip follows
   * @param {Record<string, string>} files kind -> address of an export
   */
  show(pins, model, files) {
    const walkable = pins.length > 1;
    const corners = pins.map((pin) => corner(pin, model?.classes ?? 0));
    const same = model === this.model && JSON.stringify(corners) === JSON.stringify(this.corners);
    Object.assign(this, { corners, model });
    this.empty.hidden = walkable;
    this.film.hidden = this.button.hidden = this.links.hidden = !walkable;
    this.links.replaceChildren(
      ...Object.entries(files).map(([kind, href]) => h("a", { href, download: "" }, kind.toUpperCase())),
    );
    if (!walkable) this.pause();
    if (same) return;
    clearTimeout(this.#filming);
    const due = walkable && model !== null;
    this.film.setAttribute("aria-busy", String(due));
    if (!due) return;
    this.#filming = setTimeout(() => this.#shoot(model), FILM_MS);
    this.#mark();
  }

  /** @param {import("../../core/model.js").Model} model */
  #shoot(model) {
    for (let frame = 0; frame < FRAMES; frame++) {
      const { z, label } = placeOf(along(this.corners, frame / (FRAMES - 1)));
      this.strip.put(model.decode(z, label), 28 * frame);
    }
    this.film.setAttribute("aria-busy", "false");
  }

  toggle() {
    if (this.playing) {
      this.pause();
      this.on.away();
    } else {
      this.playing = true;
      this.#direction = this.at >= 1 ? -1 : 1;
      this.#label();
      this.#last = performance.now();
      this.#frame = requestAnimationFrame((now) => this.#tick(now));
    }
  }

  pause() {
    cancelAnimationFrame(this.#frame);
    this.playing = false;
    this.#label();
  }

  destroy() {
    this.pause();
    clearTimeout(this.#filming);
  }

  #label() {
    const [key, sign] = this.playing ? ["pause", "\u275a\u275a"] : ["play", "\u25b6"];
    this.button.replaceChildren(h("span", { "aria-hidden": "true" }, sign), t(`latent_map.walk.${key}`));
    this.button.setAttribute("aria-label", t(`latent_map.walk.${key}_name`));
  }

  /** @param {number} at */
  go(at) {
    this.at = at;
    this.#mark();
    const { z, label } = placeOf(along(this.corners, at));
    this.on.look(z, label);
  }

  #mark() {
    // Frames are drawn at t = 0, 1/11, ... in the middle of their twelfth of the strip.
    this.mark.style.left = `${(100 * (0.5 + this.at * (FRAMES - 1))) / FRAMES}%`;
    this.place.value = String(this.at);
    this.place.setAttribute("aria-valuetext", `${Math.round(100 * this.at)} %`);
  }

  /** @param {number} now in milliseconds */
  #tick(now) {
    const walk = SECONDS_PER_UNIT * pathLength(this.corners);
    const seconds = Math.min(LONGEST_WALK, Math.max(SHORTEST_WALK, walk));
    const stepwise = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const due = !stepwise || now - this.#last > 700;
    if (due && !this.on.held()) {
      const passed = stepwise ? 1 / (FRAMES - 1) : (now - this.#last) / 1000 / seconds;
      const at = this.at + this.#direction * passed;
      if (at > 1 || at < 0) this.#direction = at > 1 ? -1 : 1; // there and back, until paused
      this.go(Math.min(1, Math.max(0, at)));
    }
    if (due) this.#last = now;
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
  }
}

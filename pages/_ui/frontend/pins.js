// The strip of kept digits and the walk between them.

import { greyCanvas, h, pair, resolve, shown } from "./dom.js";
import { along, pathLength, placeOf } from "./path.js";

const KEY = "pixel means, with a sample above the nearest real digit";
const NO_PINS = "Move over the map to decode a digit, click to keep it";
const FRAMES = 12;
const SECONDS_PER_UNIT = 1.1; // walking speed, per unit of z
const SHORTEST_WALK = 2;
const LONGEST_WALK = 14;

export class Pins {
  /** @param {object} on remove(id), clear(), look(z, label), away(), color(label) */
  constructor(on) {
    this.on = on;
    this.count = h("span", { class: "value" });
    this.list = h("ol", { class: "cards" });
    this.message = h("p", { class: "message", role: "status" });
    const quiet = { type: "button", class: "quiet" };
    this.clear = h("button", { ...quiet, onclick: () => on.clear() }, "clear all");
    this.key = h("span", { class: "hint key" }, KEY);
    this.empty = h("p", { class: "hint empty" }, NO_PINS);
    this.element = h(
      "section",
      { class: "pins", "aria-label": "Pins" },
      h("header", {}, h("h2", {}, "pins"), this.count, this.key, this.message, this.clear),
      this.empty,
      this.list,
    );
    this.show([], [], 0, [], null);
  }

  /**
   * @param {object[]} pins what the server decoded
   * @param {{z: number[], label?: number, means: Float32Array}[]} pending clicks that it has not answered yet
   */
  show(pins, pending, limit, names, message) {
    const total = pins.length + pending.length;
    this.count.textContent = total ? `${total} of ${limit}` : "";
    this.clear.hidden = !pins.length;
    this.empty.hidden = total > 0;
    this.message.textContent = message ?? "";
    this.key.hidden = total === 0 || Boolean(message);
    this.list.dataset.dense = String(total > 8);
    this.list.replaceChildren(
      ...pins.map((pin, i) => this.#card(pin, i + 1, names)),
      ...pending.map((pin, i) => this.#pendingCard(pin, pins.length + i + 1)),
    );
  }

  #card({ id, z, label, mean, sample, nearest }, number, names) {
    const conditional = label !== null;
    const of = conditional ? `, label ${names[label]}` : "";
    const likelihood = conditional ? `p(x|z, y = ${names[label]})` : "p(x|z)";
    const size = { width: 28, height: 28, draggable: "false" };
    const image = (src, alt, title) => h("img", { src, alt, title, ...size });
    const real = nearest && names[nearest.label];
    const far = nearest && nearest.distance.toFixed(2);
    return h(
      "li",
      {
        class: "card",
        onpointerenter: () => this.on.look(z, label ?? undefined),
        onpointerleave: () => this.on.away(),
      },
      this.#number(number, label),
      image(mean, `Pinned digit at ${pair(z)}${of}`, `pixel means of ${likelihood}`),
      image(sample, `Sample of pin ${number}`, `a sample from ${likelihood}`),
      nearest?.image
        ? image(
            nearest.image,
            `Real ${real} nearest to pin ${number}, distance ${far}`,
            `nearest real digit: ${real}, at ${far}`,
          )
        : h("span", { class: "no-image", title: "nearest real digit" }, real ?? ""),
      h("span", { class: "z value" }, `${shown(z[0])}, ${shown(z[1])}`),
      h("span", { class: "far value", title: "distance to the nearest real digit" }, far ?? ""),
      h(
        "button",
        {
          type: "button",
          class: "remove",
          title: "remove",
          "aria-label": `Remove pin ${number}`,
          onclick: () => this.on.remove(id),
        },
        "\u00d7",
      ),
    );
  }

  /** In a conditional model it has the color of the label. */
  #number(number, label) {
    const color = this.on.color(label);
    const style = color && `--class: ${color}`;
    return h("span", { class: "number", style, "aria-hidden": "true" }, String(number));
  }

  #pendingCard({ z, label, means }, number) {
    const digit = greyCanvas(28, 28, { "aria-hidden": "true" });
    digit.put(means);
    return h(
      "li",
      { class: "card pending", "aria-busy": "true" },
      this.#number(number, label),
      digit.canvas,
      h("span", { class: "no-image" }),
      h("span", { class: "no-image" }),
      h("span", { class: "z value" }, `${shown(z[0])}, ${shown(z[1])}`),
    );
  }
}

export class Walk {
  /** @param {object} on look(z, label): show a place of the path; away(); held(): is the pointer on the map? */
  constructor(on) {
    this.on = on;
    this.corners = [];
    this.t = 0;
    this.strip = greyCanvas(28 * FRAMES, 28, { "aria-hidden": "true" });
    this.place = h("input", {
      type: "range", min: 0, max: 1, step: 0.001, value: 0, "aria-label": "Place on the path",
      oninput: () => {
        this.pause();
        this.go(Number(this.place.value));
      },
    });
    this.mark = h("i", { class: "mark" });
    this.button = h("button", { type: "button", class: "play", onclick: () => this.toggle() });
    this.links = h("span", { class: "links" });
    this.empty = h("p", { class: "hint empty" }, "Pin two digits to walk between them");
    this.film = h("div", { class: "film" }, this.strip.canvas, this.mark, this.place);
    this.element = h(
      "section",
      { class: "walk", "aria-label": "Path" },
      h("header", {}, h("h2", {}, "path"), this.button, this.links),
      this.empty,
      this.film,
    );
    this.show([], null, null);
  }

  /**
   * @param {number[][]} corners as `corner` makes them of pins
   * @param {{gif: string, png: string} | null} files addresses of the exports
   */
  show(corners, decoder, files) {
    const same = JSON.stringify(corners) === JSON.stringify(this.corners);
    this.corners = corners;
    const walkable = corners.length > 1;
    this.empty.hidden = walkable;
    this.film.hidden = this.button.hidden = this.links.hidden = !walkable;
    this.links.replaceChildren(
      ...Object.entries(files ?? {}).map(([kind, address]) =>
        h("a", { href: resolve(address), download: "" }, kind.toUpperCase()),
      ),
    );
    if (!walkable) this.pause();
    if (!walkable || (same && decoder === this.decoder)) return;
    this.decoder = decoder;
    for (let frame = 0; frame < FRAMES; frame++) {
      const { z, label } = placeOf(along(corners, frame / (FRAMES - 1)));
      this.strip.put(decoder.decode(z, label), 28 * frame);
    }
    this.#mark();
  }

  toggle() {
    if (this.playing) {
      this.pause();
      this.on.away();
    } else {
      this.playing = true;
      this.direction = this.t >= 1 ? -1 : 1;
      this.#label("Pause", "\u275a\u275a");
      this.last = performance.now();
      this.frame = requestAnimationFrame((now) => this.#tick(now));
    }
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.playing = false;
    this.#label("Play", "\u25b6");
  }

  #label(name, sign) {
    this.button.replaceChildren(h("span", { "aria-hidden": "true" }, sign), name.toLowerCase());
    this.button.setAttribute("aria-label", `${name} the path`);
  }

  go(t) {
    this.t = t;
    this.#mark();
    const { z, label } = placeOf(along(this.corners, t));
    this.on.look(z, label);
  }

  #mark() {
    // Frames are drawn at t = 0, 1/11, ... in the middle of their twelfth of the strip.
    this.mark.style.left = `${(100 * (0.5 + this.t * (FRAMES - 1))) / FRAMES}%`;
    this.place.value = this.t;
    this.place.setAttribute("aria-valuetext", `${Math.round(100 * this.t)} %`);
  }

  #tick(now) {
    const walk = SECONDS_PER_UNIT * pathLength(this.corners);
    const seconds = Math.min(LONGEST_WALK, Math.max(SHORTEST_WALK, walk));
    const stepwise = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const due = !stepwise || now - this.last > 700;
    if (due && !this.on.held()) {
      const passed = stepwise ? 1 / (FRAMES - 1) : (now - this.last) / 1000 / seconds;
      const t = this.t + this.direction * passed;
      if (t > 1 || t < 0) this.direction = t > 1 ? -1 : 1; // there and back, until paused
      this.go(Math.min(1, Math.max(0, t)));
    }
    if (due) this.last = now;
    this.frame = requestAnimationFrame((next) => this.#tick(next));
  }
}

// A page that is one file as a host: what the app's server would answer is in the file, or is worked
// out here. vae_core/export/web_page.py writes the file; the app's own host is host/streamlit.js.

import { Model } from "../core/model.js";
import { loadModel, loadPoints } from "../core/model_files.js";
import { nearest } from "../core/neighbours.js";
import { hash } from "../core/noise.js";
import { create } from "../pages/latent_map/main.js";
import { greyCanvas } from "../parts/grey_canvas.js";
import { setTexts } from "../state/texts.js";

/** @typedef {import("../state/host.js").Host} Host */
/** @typedef {import("../state/host.js").OfferedModel} OfferedModel */

const DECODER = "decoder.safetensors";
const POINTS = "map.safetensors";
/** @type {import("../state/store.js").Chosen} */
const NOTHING_CHOSEN = { session: "", revision: 0, steps: 0, heard: 0, overtaken: 0, seen: 0, keys: [], asked: {}, values: {}, problem: null };

/** @implements {Host} */
class StandaloneHost {
  #files;
  /** @type {Promise<PinAnswers> | undefined} */
  #pins;

  /** @param {Record<string, string>} files name -> a .safetensors file, gzip, base64 */
  constructor(files) {
    this.#files = files;
  }

  /** Nothing here has an address but the page itself. @param {string} path */
  url(path) {
    return path;
  }

  /** @param {string} path the name of a file */
  async bytes(path) {
    const zipped = Uint8Array.from(atob(this.#files[path]), (letter) => letter.charCodeAt(0));
    const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  /** @param {string} path of a pin, "pin.json?z=0.4,-1.2&label=3" */
  async json(path) {
    const { z, label } = Object.fromEntries(new URLSearchParams(path.split("?")[1]));
    const [x, y] = z.split(",").map(Number);
    this.#pins ??= this.#openPins();
    return (await this.#pins).at([x, y], label === undefined ? null : Number(label));
  }

  async #openPins() {
    const [spec, points] = await Promise.all([loadModel(this, DECODER), loadPoints(this, POINTS)]);
    return new PinAnswers(new Model(spec), points);
  }

  visit = null; // there is one page

  // Nobody listens to these.
  async post() {}
  send() {}
  state() {}
  refresh() {}
}

/** What the server says about a pin, worked out here; of the nearest real digit there is no picture. */
class PinAnswers {
  #picture = greyCanvas(28, 28);

  /** @param {Model} model @param {import("../core/model_files.js").MapPoints} points */
  constructor(model, points) {
    this.model = model;
    this.points = points;
  }

  /**
   * @param {[number, number]} z
   * @param {number | null} label
   * @returns {import("../pages/latent_map/pin_answers.js").Answer}
   */
  at(z, label) {
    const of = label ?? undefined;
    let counter = hash(hash(1e4 * z[0]) + 1e4 * z[1] + (label ?? 0));
    const random = () => hash(counter++) / 2 ** 32; // a link shows the same sample again
    return {
      mean: this.#image(this.model.decode(z, of)),
      sample: this.#image(this.model.sample(z, of, random)),
      nearest: this.#nearest(z, label),
    };
  }

  /**
   * @param {number[]} z
   * @param {number | null} label
   * @returns {import("../pages/latent_map/pin_answers.js").Nearest}
   */
  #nearest(z, label) {
    const { mu, labels } = this.points;
    const ofLabel = (/** @type {number} */ i) => label === null || labels[i] === label;
    const [{ index, distance }] = [...nearest(mu, z, 1, ofLabel), ...nearest(mu, z, 1)];
    return { image: null, label: labels[index], distance, set: "test" };
  }

  /** @param {Float32Array} means */
  #image(means) {
    this.#picture.put(means);
    return this.#picture.canvas.toDataURL();
  }
}

/** @typedef {{[key: string]: string | Texts}} Texts */

/**
 * {a: {b: "text"}} as {"a.b": "text"}: the catalogue is written one way and read the other.
 * @param {Texts} texts
 * @returns {Record<string, string>}
 */
function flat(texts, prefix = "") {
  const entries = Object.entries(texts).map(([key, text]) =>
    typeof text === "string" ? { [prefix + key]: text } : flat(text, `${prefix}${key}.`),
  );
  return Object.assign({}, ...entries);
}

const [contents, main] = ["#contents", "main"].map((name) => /** @type {Element} */ (document.querySelector(name)));
/** @type {{texts: Texts, model: Pick<OfferedModel, "id" | "title" | "sha256" | "classes" | "objective">, files: Record<string, string>}} */
const { texts, model, files } = JSON.parse(contents.textContent);
setTexts(flat(texts));
const screen = create(main, new StandaloneHost(files));
const show = () =>
  screen.update({
    chosen: NOTHING_CHOSEN,
    model: { ...model, decoder: DECODER, encoder: null, map: POINTS, pin: "pin.json", digits: null, path: null },
  });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
show();

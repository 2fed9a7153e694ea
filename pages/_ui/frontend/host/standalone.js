// A page that is one file as a host: what the app's server would answer is in the file, or is worked
// out here. vae_core/export/web_page.py writes the file; the app's own host is host/streamlit.js.

import { Model } from "../core/model.js";
import { nearest } from "../core/neighbours.js";
import { hash } from "../core/noise.js";
import { parseSafetensors } from "../core/safetensors.js";
import { logPrior } from "../pages/latent_map/lens.js";
import { create } from "../pages/latent_map/main.js";
import { greyCanvas } from "../parts/grey_canvas.js";
import { setTexts } from "../state/texts.js";

const DECODER = "decoder.safetensors";
const POINTS = "map.safetensors";
const NOTHING_CHOSEN = { session: "", revision: 0, keys: [], asked: {}, values: {}, problem: null };

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
    const query = new URLSearchParams(path.split("?")[1]);
    const [x, y] = query.get("z").split(",").map(Number);
    this.#pins ??= this.#openPins();
    return (await this.#pins).at([x, y], query.has("label") ? Number(query.get("label")) : null);
  }

  async #openPins() {
    const files = await Promise.all([DECODER, POINTS].map((name) => this.bytes(name)));
    const [decoder, points] = files.map(parseSafetensors);
    return new PinAnswers(new Model(Model.read(decoder)), points.tensors.mu.data, points.tensors.labels.data);
  }

  // Nobody listens to these.
  send() {}
  state() {}
  refresh() {}
}

/** What the server says about a pin, worked out here; of the nearest real digit there is no picture. */
class PinAnswers {
  #picture = greyCanvas(28, 28);

  constructor(model, mu, labels) {
    this.model = model;
    this.mu = mu;
    this.labels = labels;
  }

  /**
   * @param {[number, number]} z
   * @param {number | null} label
   */
  at(z, label) {
    const of = label ?? undefined;
    let counter = hash(hash(1e4 * z[0]) + 1e4 * z[1] + (label ?? 0));
    const random = () => hash(counter++) / 2 ** 32; // a link shows the same sample again
    return {
      z,
      label,
      mean: this.#image(this.model.decode(z, of)),
      sample: this.#image(this.model.sample(z, of, random)),
      log_prior: logPrior(z, this.model.mean(of)),
      nearest: this.#nearest(z, label),
    };
  }

  #nearest(z, label) {
    const ofLabel = (/** @type {number} */ i) => label === null || this.labels[i] === label;
    const [{ index, distance }] = [...nearest(this.mu, z, 1, ofLabel), ...nearest(this.mu, z, 1)];
    return { image: null, label: this.labels[index], distance, index, set: "test" };
  }

  #image(means) {
    this.#picture.put(means);
    return this.#picture.canvas.toDataURL();
  }
}

/** {a: {b: "text"}} as {"a.b": "text"}: the catalogue is written one way and read the other. */
function flat(texts, prefix = "") {
  const entries = Object.entries(texts).map(([key, text]) =>
    typeof text === "string" ? { [prefix + key]: text } : flat(text, `${prefix}${key}.`),
  );
  return Object.assign({}, ...entries);
}

const { texts, model, files } = JSON.parse(document.getElementById("contents").textContent);
setTexts(flat(texts));
const screen = create(document.querySelector("main"), new StandaloneHost(files));
const show = () =>
  screen.update({
    chosen: NOTHING_CHOSEN,
    model: { ...model, decoder: DECODER, map: POINTS, pin: "pin.json", digits: null, path: null },
  });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
show();

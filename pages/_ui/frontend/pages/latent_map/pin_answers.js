// What PyTorch decodes at the pins. A pin has an address that names its content (the model's digest, z,
// the label), so its answer is asked for once and kept. A server that does not answer is asked again.

import { t } from "../../state/texts.js";

/** @typedef {import("../../state/host.js").RequestError} RequestError */

const AT_ONCE = 3; // requests: a link with twelve pins leaves the server to others, too
const MOST_KEPT = 300;
const LONGEST_WAIT_MS = 10000;

/**
 * What is decoded at a pin (pages/_ui/server/pins.py); pictures are addresses of images.
 * @typedef {object} Answer
 * @property {string} mean E[x|z]
 * @property {string} sample from p(x|z)
 * @property {Nearest | null} nearest
 */
/**
 * The nearest real digit; without a picture in a page that is a file.
 * @typedef {{image: string | null, label: number, distance: number, set: "test" | "embedded"}} Nearest
 */

/** Address -> answer, for all maps that this tab shows; the oldest first. @type {Map<string, Answer>} */
const answers = new Map();

export class PinAnswers {
  #host;
  #changed;
  /** Addresses. @type {string[]} */
  #wanted = [];
  /** Addresses. @type {Set<string>} */
  #underWay = new Set();
  /** Address -> sentence. @type {Map<string, string>} */
  #refused = new Map();
  #wait = 0; // milliseconds until silence is broken again; 0 while the server answers
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Pick<import("../../state/host.js").Host, "json" | "refresh">} host
   * @param {() => void} changed is called when there is an answer, or when there is none
   */
  constructor(host, changed) {
    this.#host = host;
    this.#changed = changed;
    addEventListener("online", this.#again);
  }

  /** @param {string} address */
  get(address) {
    return answers.get(address);
  }

  /** Why a pin is without its answer, in a sentence. */
  get problem() {
    const open = this.#wanted.filter((address) => !answers.has(address));
    if (this.#wait && open.length) return t("latent_map.no_answer");
    return open.map((address) => this.#refused.get(address)).find(Boolean) ?? "";
  }

  /** @param {string[]} addresses those of the pins on screen: others are not asked for any more */
  want(addresses) {
    this.#wanted = addresses;
    this.#ask();
  }

  #ask() {
    for (const address of this.#wanted) this.ask(address);
  }

  /** Ask for one, if that is of use now. @param {string} address */
  ask(address) {
    if (this.#wait || this.#underWay.size >= AT_ONCE) return; // a silent server is asked again later
    if (answers.has(address) || this.#refused.has(address) || this.#underWay.has(address)) return;
    this.#fetch(address);
  }

  /** @param {string} address */
  async #fetch(address) {
    this.#underWay.add(address);
    try {
      keep(address, await this.#host.json(address));
      this.#wait = 0;
    } catch (thrown) {
      const error = /** @type {RequestError} */ (thrown);
      if (error.status >= 400 && error.status < 500) this.#refuse(address, error);
      else this.#askLater();
    }
    this.#underWay.delete(address);
    if (this.#gone) return;
    this.#changed();
    this.#ask();
  }

  /**
   * Another model, or other digits, under this address: Python knows where they are now.
   * @param {string} address
   * @param {RequestError} error
   */
  #refuse(address, error) {
    this.#refused.set(address, error.message);
    if (error.status === 404) this.#host.refresh();
  }

  #askLater() {
    this.#wait = Math.min(LONGEST_WAIT_MS, 2 * this.#wait + 1000);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#again, this.#wait);
  }

  #again = () => {
    clearTimeout(this.#timer);
    const [open] = this.#wanted.filter((address) => !answers.has(address) && !this.#underWay.has(address));
    if (this.#wait && open) this.#fetch(open); // one asks whether the server is back
    else this.#wait = 0;
  };

  #gone = false;

  destroy() {
    this.#gone = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#again);
  }
}

/** @param {string} address @param {Answer} answer */
function keep(address, answer) {
  answers.set(address, answer);
  if (answers.size > MOST_KEPT) answers.delete([...answers.keys()][0]);
}

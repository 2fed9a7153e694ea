// What a page tells Python of its address: the browser's messages in the protocol of
// pages/_ui/shell/session.py. The last one is sent again until there is an answer to it.

const PATIENCE_MS = 3000; // Streamlit drops a message now and then, where two runs of the script meet
const MOVING_MS = 1000; // at most, for a run of the script that a move in the history has begun
const FOLLOWING_MS = 100; // for the rest of that run
const LEAVING_MS = 5000; // at most, until another page that was asked for is there

let told = 0; // messages so far, of all pages: it names the one that an answer is about

export class Messages {
  #host;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** A message that waits for Streamlit. @type {object | undefined} */
  #held = undefined;
  #silentUntil = 0; // on the clock of performance.now

  /** Number of the last message; 0: none since Python has read the address itself. */
  last = 0;

  /** @param {Pick<import("./host.js").Host, "state">} host */
  constructor(host) {
    this.#host = host;
  }

  /**
   * Streamlit runs the whole script for a move in the history. A message in the middle of that would
   * have it forget parts of the page: such a one is held until that run has brought its update.
   * @param {object} content
   * @param {{hold?: boolean}} [how] hold: Streamlit runs the script by itself as well
   */
  tell(content, { hold = false } = {}) {
    this.last = told += 1;
    const message = { ...content, number: this.last };
    if (hold) this.#hold(message, MOVING_MS);
    else this.#send(message);
  }

  /** Streamlit has brought an update: what was held for it goes out soon. */
  release() {
    if (this.#held) this.#hold(this.#held, FOLLOWING_MS);
  }

  /** Nothing needs to be said any more. */
  settle() {
    this.#held = undefined;
    clearTimeout(this.#timer);
  }

  /** Another page has been asked for: say nothing until it is there. */
  beSilent() {
    this.#silentUntil = performance.now() + LEAVING_MS;
  }

  /** @param {object} message @param {number} ms */
  #hold(message, ms) {
    this.settle();
    this.#held = message;
    this.#timer = setTimeout(() => this.#send(message), ms);
  }

  /** @param {object} message is sent again until an answer comes */
  #send(message) {
    this.settle();
    this.#timer = setTimeout(() => this.#send(message), PATIENCE_MS);
    if (performance.now() >= this.#silentUntil) this.#host.state("address", message);
  }
}

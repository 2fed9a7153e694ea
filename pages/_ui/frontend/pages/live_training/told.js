// Telling a run its β: a hand on a slider is faster than a network, so that only the last value waits.

const BUSY_MS = 2500; // after which a run shows what it was told

/** @typedef {Pick<import("../../state/host.js").Host, "post">} Host */

export class Told {
  /** What somebody has chosen here and Python has not confirmed yet. @type {number | null} */
  moved = null;
  at = -Infinity; // when the run was last told
  /** The last value, while an earlier one is under way. @type {{beta: number, url: string} | null} */
  waiting = null;
  sending = false;

  /** @param {Host} host @param {(sentence: string) => void} refused */
  constructor(host, refused) {
    this.host = host;
    this.refused = refused;
  }

  /** Whether the run may not show yet what it was told. */
  get busy() {
    return this.sending || performance.now() - this.at < BUSY_MS;
  }

  /** Somebody has chosen it here. @param {number} beta @param {string | null} url of the run that listens */
  move(beta, url) {
    this.moved = beta;
    this.tell(beta, url);
  }

  /** Python knows what was chosen. */
  heard() {
    this.moved = null;
  }

  /** @param {number} beta @param {string | null} url */
  tell(beta, url) {
    if (url === null) return;
    this.waiting = { beta, url };
    if (!this.sending) this.#send();
  }

  async #send() {
    this.sending = true;
    while (this.waiting) {
      const { beta, url } = this.waiting;
      this.waiting = null;
      this.at = performance.now();
      try {
        await this.host.post(`${url}/control`, { beta });
      } catch (error) {
        this.refused(error instanceof Error ? error.message : String(error));
      }
    }
    this.at = performance.now();
    this.sending = false;
  }
}

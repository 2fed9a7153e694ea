// Clicks on their way to Python. Streamlit keeps one trigger per run of the script: of two that are
// sent before the first has been run, one is lost. So they wait in line here.

// An action that changes nothing brings no answer. A pin always brings one, but the first may have to
// wait until the server has loaded PyTorch.
const PATIENCE_MS = { pin: 15000, unpin: 2000, clear: 2000 };

export class Actions {
  constructor() {
    this.waiting = [];
    this.send = null; // set by every update of the component, whose callbacks change
  }

  push(action) {
    this.waiting.push(action);
    if (!this.busy) this.#next();
  }

  /** The server has answered what was sent last. */
  answered() {
    if (!this.busy) return;
    clearTimeout(this.busy);
    // Not from inside an update of the component: a trigger sent from there can be lost.
    this.busy = setTimeout(() => this.#next());
  }

  #next() {
    this.busy = null;
    if (!this.waiting.length) return;
    const action = this.waiting.shift();
    this.send(action);
    this.busy = setTimeout(() => this.#next(), PATIENCE_MS[action.type]);
  }

  stop() {
    clearTimeout(this.busy);
    this.waiting = [];
  }
}

// Fetches the frame that is to be seen, one at a time; what became stale meanwhile is skipped.

const PATIENCE_MS = 500; // before a frame that did not come may be asked for again

/** @typedef {import("./recording.js").Recording} Recording */
/** @typedef {import("./recording.js").Frame} Frame */

/**
 * What there is to show of a frame.
 * @typedef {object} Look
 * @property {import("./recording.js").Layout} layout
 * @property {import("./recording.js").FrameRecord} record
 * @property {Uint8Array} originals of the reconstructions
 * @property {boolean} first of this recording
 */

export class Follower {
  /** @type {Recording | null} */
  recording = null;
  /** @type {Frame | undefined} */
  wanted;
  /** On screen. @type {Frame | null} */
  frame = null;
  fetching = false;

  /** @param {(frame: Frame, look: Look) => void} show */
  constructor(show) {
    this.show = show;
  }

  /** Follow another run, or none. @param {Recording | null} recording */
  open(recording) {
    this.recording = recording;
    this.wanted = undefined;
    this.frame = null;
  }

  /** @param {Frame | undefined} frame of the recording */
  async want(frame) {
    this.wanted = frame;
    const { recording } = this;
    if (!recording || !frame || this.fetching || frame === this.frame) return;
    this.fetching = true;
    try {
      const [layout, originals, record] = await Promise.all([recording.layout(), recording.originals(), recording.frame(frame)]);
      if (recording === this.recording) {
        const first = !this.frame;
        this.frame = frame;
        this.show(frame, { layout, originals, record, first });
      }
    } catch {
      await new Promise((done) => setTimeout(done, PATIENCE_MS)); // the next news tries again
    }
    this.fetching = false;
    if (recording !== this.recording || frame !== this.wanted) this.want(this.wanted);
  }
}

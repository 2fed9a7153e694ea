// How large things are, as custom properties of the stylesheet: cells as large as the stage allows.

const BELOW = 14; // the page's edge
const LOW = 28; // of the page's letters: too few for what stands below each other
const GAP = 1.5; // between stage and aside, in the page's letters
const ASIDE = { least: 20.6, share: 0.27 };
const HEAD = { digits: 2.1, wide: 6.9, narrow: 4.5 };
const CELL = { least: 20, most: 96, narrow: { least: 14, most: 48 } };

export class Sizes {
  /** @type {Record<string, number>} */
  #set = {};

  /**
   * @param {HTMLElement} root
   * @param {HTMLElement} parts what is below the bar
   */
  constructor(root, parts) {
    this.root = root;
    this.parts = parts;
  }

  /**
   * @param {import("./view.js").View} view
   * @param {import("./labels.js").Labels} labels
   */
  fit({ part, columns }, { names, areDigits }) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize); // larger when presented
    const wide = getComputedStyle(this.root).getPropertyValue("--stacked").trim() !== "1";
    const room = window.innerHeight - Math.max(0, this.parts.getBoundingClientRect().top) - BELOW;
    const width = this.root.clientWidth;
    const beside = wide && part !== "write"; // whose controls stand above
    const aside = beside ? Math.max(ASIDE.least * rem, ASIDE.share * width) + GAP * rem : 0;
    const head = rem * (areDigits ? HEAD.digits : wide ? HEAD.wide : HEAD.narrow);
    const across = Math.floor((width - aside - head - 2) / columns);
    const down = Math.floor((room - GAP * rem) / names.length);
    const { least, most } = wide ? CELL : CELL.narrow;
    this.root.dataset.low = String(wide && room < LOW * rem);
    this.#put("--stage", width - aside);
    this.#put("--room", room);
    this.#put("--head", head);
    this.#put("--cell", Math.max(least, Math.min(across, wide ? down : most, most)));
  }

  /** @param {string} name @param {number} pixels */
  #put(name, pixels) {
    if (this.#set[name] === pixels) return; // each change restyles the whole page
    this.#set[name] = pixels;
    this.root.style.setProperty(name, `${pixels}px`);
  }
}

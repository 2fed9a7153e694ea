// Which part of the network is explained: the one under the pointer, or else the one that was chosen.

/** @param {EventTarget | null} target @returns {string | null} */
function partOf(target) {
  const element = target instanceof Element ? target.closest("[data-part]") : null;
  return element instanceof HTMLElement ? (element.dataset.part ?? null) : null;
}

export class Pointing {
  /** What the pointer passes over. @type {string | null} */
  #pointed = null;

  /**
   * @param {HTMLElement} root whose parts have `data-part`
   * @param {import("../../state/store.js").Store<import("./view.js").View>} store
   * @param {{isDirect: () => boolean, explain: () => void}} page
   */
  constructor(root, store, { isDirect, explain }) {
    this.store = store;
    let { part: chosen } = store.view;
    store.subscribe(({ part }) => {
      if (part !== chosen) this.#pointed = null;
      chosen = part;
    });
    // A pointer passes: explain, but keep nothing.
    root.addEventListener("pointerover", ({ target, pointerType }) => {
      const part = partOf(target);
      if (!part || part === this.#pointed || pointerType === "touch" || isDirect()) return;
      this.#pointed = part;
      explain();
    });
    // A click, a tap or the focus: the address keeps it.
    const choose = (/** @type {Event} */ { target }) => {
      const part = partOf(target);
      if (!part || part === store.view.part) return;
      const isSwitch = target instanceof Element && target.closest(".switch");
      if (isSwitch || (isDirect() && part === "moments")) return;
      store.set({ part }, { step: false });
    };
    for (const event of ["click", "focusin"]) root.addEventListener(event, choose);
  }

  /** The part that is to be explained. */
  get asked() {
    return this.#pointed ?? this.store.view.part;
  }
}

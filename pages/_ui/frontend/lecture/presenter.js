// Presenter mode: the document says `data-presenter`, and whoever draws looks there: type and dots
// are larger, chrome is gone. Here are full screen and the halo that shows where the pointer is.

import { h } from "../parts/elements.js";

const root = document.documentElement;

export class Presenter {
  #halo = h("div", { class: "presenter-halo", "aria-hidden": "true" });
  #changed;

  /** @param {(on: boolean) => void} changed */
  constructor(changed) {
    this.#changed = changed;
    document.addEventListener("fullscreenchange", this.#left);
  }

  get on() {
    return root.dataset.presenter === "true";
  }

  toggle() {
    if (this.on) this.leave();
    else this.#enter();
  }

  #enter() {
    root.dataset.presenter = "true";
    this.#halo.style.transform = "translate(-10rem, 0)"; // until the pointer moves
    document.body.append(this.#halo);
    addEventListener("pointermove", this.#follow, { passive: true, capture: true });
    root.requestFullscreen?.().catch(() => {}); // a browser may refuse: the rest holds without
    this.#tell();
  }

  leave() {
    if (!this.on) return;
    delete root.dataset.presenter;
    this.#halo.remove();
    removeEventListener("pointermove", this.#follow, { capture: true });
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    this.#tell();
  }

  /** Pages measure themselves again. */
  #tell() {
    this.#changed(this.on);
    dispatchEvent(new Event("presenter"));
    dispatchEvent(new Event("resize"));
  }

  /** @param {PointerEvent} event */
  #follow = ({ clientX, clientY }) => {
    this.#halo.style.transform = `translate(${clientX}px, ${clientY}px)`;
  };

  /** The browser's own key for it ends full screen without telling us of the key. */
  #left = () => {
    if (!document.fullscreenElement) this.leave();
  };

  destroy() {
    document.removeEventListener("fullscreenchange", this.#left);
    this.leave();
  }
}

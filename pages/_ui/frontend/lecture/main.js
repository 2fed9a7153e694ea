// The lecture's bar, on every page: the buttons `Lecture`, share and presenter mode in the header's
// row, and, while a lecture is open, the strip with its scene on top of the page. A scene is a view
// of a page; where the lecture is stands in the address beside that view, so that a scene can be
// linked, reloaded, and walked with the browser's Back.

import { h, s } from "../parts/elements.js";
import { rememberedOf } from "../state/remembered.js";
import { pageOnScreen, storeOf } from "../state/store.js";
import { t } from "../state/texts.js";
import { visit } from "../state/visit.js";
import { isPresenterKey, step } from "./keys.js";
import { changed, namesOnly, placeIn, withPlace } from "./place.js";
import { Popup } from "./popup.js";
import { Presenter } from "./presenter.js";
import { Share } from "./share.js";
import { Strip } from "./strip.js";

/** @typedef {import("../state/host.js").Host} Host */
/** @typedef {import("./strip.js").Lecture} Lecture */
/** @typedef {import("./place.js").Place} Place */
/**
 * What Python says, see pages/_ui/shell/lecture.py.
 * @typedef {{home: string, lectures: string, own: string} & import("./share.js").Sharing} Data
 */

const FIRST = "vae"; // what the button `Lecture` opens

/** @param {Element} parent @param {Host} host */
export const create = (parent, host) => new Bar(parent, host);

class Bar {
  /** @type {Data | null} */
  #data = null;
  /** @type {Promise<Lecture[]> | null} */
  #lectures = null;
  /** Where the lecture is; null while none is open. @type {Place | null} */
  #place = null;
  /** The scenes of that place, once they are there. @type {Lecture | null} */
  #open = null;
  #path = location.pathname;

  /** @param {Element} parent @param {Host} host */
  constructor(parent, host) {
    this.host = host;
    this.strip = new Strip({
      move: (steps) => this.#move(steps),
      again: () => this.#place && this.#go(this.#place),
      close: () => this.#close(),
      follow: (page, view) => this.#follow(page, view),
      addressOf: (page, view) => this.#addressOf(page, view),
    });
    this.start = h("button", { type: "button", class: "start", "aria-pressed": "false", onclick: () => this.#toggle() }, t("lecture.open"));
    const all = sign("all", icon("M4 6l4 4 4-4"));
    this.menu = new Popup(all, t("lecture.all"), () => this.#list());
    const share = sign("share.name", icon("M8 10V2M5 4.5L8 2l3 2.5M3 8v6h10V8"));
    this.share = new Share(share, host);
    const present = sign("present", icon("M1.5 2.5h13v8.5h-13zM8 11v3M5 14h6"));
    present.addEventListener("click", () => this.presenter.toggle());
    this.buttons = h("div", { class: "lecture-buttons" }, this.start, all, share, present, this.menu.box, this.share.popup.box);
    parent.append(this.buttons, this.strip.element);
    this.presenter = new Presenter((on) => {
      this.buttons.hidden = on;
      this.strip.element.classList.toggle("presented", on);
    });
    addEventListener("keydown", this.#pressed);
    addEventListener("popstate", this.#moved);
  }

  /** @param {Data} data */
  update(data) {
    const isFirst = !this.#data;
    if (this.#data && this.#data.own !== data.own) this.#lectures = null;
    this.#data = data;
    this.share.update(data);
    if (isFirst) this.#begin();
    if (location.pathname === this.#path) return;
    this.#path = location.pathname;
    // A link to another page says nothing of the lecture, which goes on there.
    if (this.#place && !placeIn(location.search)) this.#write();
  }

  // --- the lectures that there are ----------------------------------------------------------

  /** @returns {Promise<Lecture[]>} */
  #load() {
    const data = /** @type {Data} */ (this.#data);
    this.#lectures ??= Promise.all([this.host.json(data.lectures), this.host.json(data.own)]).then((each) =>
      each.flat().sort((a, b) => Number(b.name === FIRST) - Number(a.name === FIRST)),
    );
    this.#lectures.catch(() => (this.#lectures = null)); // the next one who asks tries again
    return this.#lectures;
  }

  async #list() {
    const lectures = await this.#load().catch(() => []);
    const entries = lectures.map((lecture) => {
      const onclick = () => {
        this.menu.close();
        this.#go({ lecture: lecture.name, scene: 1 });
      };
      const isOpen = lecture.name === this.#place?.lecture;
      const number = lecture.scenes.length;
      const count = h("span", { class: "count" }, number === 1 ? t("lecture.scene") : t("lecture.scenes", { count: number }));
      return h("button", { type: "button", "aria-current": isOpen && "true", onclick }, lecture.title, " ", count);
    });
    this.menu.box.replaceChildren(...(entries.length ? entries : [h("p", {}, t("lecture.broken"))]));
    if (this.menu.box.matches(":popover-open")) this.menu.place();
  }

  // --- where the lecture is -----------------------------------------------------------------

  #toggle() {
    if (this.#place) this.#close();
    else this.#go({ lecture: FIRST, scene: 1 });
  }

  /** @param {number} steps */
  #move(steps) {
    const scene = (this.#place?.scene ?? 0) + steps;
    if (this.#place && this.#open && scene >= 1 && scene <= this.#open.scenes.length) this.#go({ ...this.#place, scene });
  }

  /** Show a scene and its view: a step of the history. @param {Place} place */
  async #go(place) {
    await this.#show(place);
    const scene = this.#open?.scenes[place.scene - 1];
    if (this.#place !== place) return;
    if (!scene) return this.#write();
    const store = storeOf(scene.page);
    if (store) store.go(withPlace(scene.view, place), { keep: !scene.view });
    else visit(scene.page, withPlace(scene.view || rememberedOf(scene.page), place));
  }

  #close() {
    this.#place = null;
    this.#hide();
    this.#write();
  }

  /** The address says where the lecture is. */
  #write() {
    const search = withPlace(location.search, this.#place);
    if (search !== location.search) history.replaceState(history.state, "", `${location.pathname}${search}${location.hash}`);
  }

  /** A link to the app may name a lecture alone: its view is shown as well. */
  #begin() {
    const place = placeIn(location.search);
    const isHome = location.pathname === new URL(".", document.baseURI).pathname;
    if (place && isHome && namesOnly(location.search)) this.#go(place);
    else this.#read();
  }

  /** The lecture is where the address says. */
  #read() {
    const place = placeIn(location.search);
    if (!place) {
      this.#place = null;
      this.#hide();
    } else if (place.lecture !== this.#place?.lecture || place.scene !== this.#place.scene) this.#show(place);
  }

  /** @param {Place} place */
  async #show(place) {
    this.#place = place;
    this.start.setAttribute("aria-pressed", "true");
    try {
      const lectures = await this.#load();
      if (this.#place !== place) return;
      this.#open = lectures.find(({ name }) => name === place.lecture) ?? null;
      if (!this.#open) return this.strip.refuse(t("lecture.unknown", { name: place.lecture }));
      place.scene = Math.max(1, Math.min(place.scene, this.#open.scenes.length));
      this.strip.show(this.#open, place.scene);
    } catch (error) {
      console.warn(error);
      if (this.#place === place) this.strip.refuse(t("lecture.broken"));
    }
  }

  #hide() {
    this.#open = null;
    this.strip.hide();
    this.start.setAttribute("aria-pressed", "false");
  }

  // --- links of a sentence ------------------------------------------------------------------

  /** @param {string} page @param {string} view */
  #follow(page, view) {
    const here = pageOnScreen();
    if (page) visit(page, view);
    else if (here) storeOf(here)?.go(view, { keep: true });
  }

  /** @param {string} page @param {string} view */
  #addressOf(page, view) {
    const scene = this.#open?.scenes[(this.#place?.scene ?? 0) - 1];
    const [to, text] = page || !scene ? [page, view] : [scene.page, changed(scene.view, view)];
    return this.host.url(`${to === this.#data?.home ? "." : to}${withPlace(text, this.#place)}`);
  }

  // --- keys and history ---------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    if (isPresenterKey(event)) return this.presenter.toggle();
    if (event.key === "Escape" && !event.defaultPrevented) return this.presenter.leave();
    const steps = this.#place ? step(event) : 0;
    if (!steps) return;
    event.preventDefault();
    this.#move(steps);
  };

  #moved = () => {
    this.#path = location.pathname;
    this.#read();
  };

  destroy() {
    removeEventListener("keydown", this.#pressed);
    removeEventListener("popstate", this.#moved);
    this.presenter.destroy();
    this.strip.destroy();
    this.buttons.remove();
    this.strip.element.remove();
  }
}

/** A button with a picture. @param {string} name what it says, below `lecture` @param {Element} picture */
const sign = (name, picture) =>
  h("button", { type: "button", class: "sign", "aria-label": t(`lecture.${name}`), title: t(`lecture.${name}`) }, picture);

/** @param {string} path */
const icon = (path) => s("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, s("path", { d: path }));

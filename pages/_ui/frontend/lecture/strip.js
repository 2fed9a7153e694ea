// The strip on top of the page that says one scene of a lecture: a question, two sentences, one thing
// to do, what to remember, and the way on.

import { h } from "../parts/elements.js";
import { t } from "../state/texts.js";
import { nodes } from "./markup.js";

/** @typedef {import("./markup.js").Inline} Inline */
/**
 * See pages/_ui/texts/scenes.py.
 * @typedef {object} Scene
 * @property {string} page
 * @property {string} view
 * @property {Inline[]} headline
 * @property {Inline[]} body
 * @property {Inline[]} do
 * @property {Inline[]} takeaway
 */
/** @typedef {{name: string, title: string, scenes: Scene[], problems: string[]}} Lecture */
/**
 * What people do with it.
 * @typedef {object} Wishes
 * @property {(steps: number) => void} move to another scene, from this one
 * @property {() => void} again show the scene's view once more
 * @property {() => void} close
 * @property {(page: string, view: string) => void} follow a link of a sentence
 * @property {(page: string, view: string) => string} addressOf where it leads
 */

const button = (/** @type {string} */ name, /** @type {string} */ sign, /** @type {() => void} */ onclick) =>
  h("button", { type: "button", class: `sign ${name}`, "aria-label": t(`lecture.${name}`), title: t(`lecture.${name}`), onclick }, sign);

export class Strip {
  #folded = false;
  /** @type {Lecture | null} */
  #lecture = null;

  /** @param {Wishes} wishes */
  constructor(wishes) {
    this.wishes = wishes;
    this.where = h("span", { class: "where" });
    this.headline = h("h2");
    this.body = h("p", { class: "body" });
    this.act = h("div", { class: "act" });
    this.problems = h("p", { class: "problems", role: "status" });
    this.previous = button("previous", "←", () => wishes.move(-1));
    this.next = button("next", "→", () => wishes.move(1));
    this.fold = button("fold", "⌃", () => this.#fold());
    this.again = button("again", "↺", wishes.again);
    const close = button("close", "×", wishes.close);
    this.element = h(
      "section",
      { class: "scene", hidden: true },
      h("div", { class: "question", "aria-live": "polite" }, this.where, this.headline),
      h("div", { class: "told" }, this.body, this.act, this.problems),
      h("div", { class: "ways" }, this.previous, this.next, this.again, this.fold, close),
    );
    // The page below makes room for it: see `--lecture` in shell/style.css.
    this.sizes = new ResizeObserver(() => this.#makeRoom());
    this.sizes.observe(this.element);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {Lecture} lecture @param {number} number of the scene, from 1 */
  show(lecture, number) {
    const scene = lecture.scenes[number - 1];
    if (lecture !== this.#lecture) this.#fold(matchMedia("(max-width: 640px)").matches);
    this.#lecture = lecture;
    const count = lecture.scenes.length;
    this.element.hidden = false;
    this.element.setAttribute("aria-label", t("lecture.strip", { title: lecture.title }));
    this.where.textContent = scene ? t("lecture.where", { title: lecture.title, number, count }) : lecture.title;
    this.headline.replaceChildren(...(scene ? nodes(scene.headline, this.wishes) : []));
    this.body.replaceChildren(...(scene ? nodes(scene.body, this.wishes) : []));
    this.act.replaceChildren(...(scene ? [this.#part("do", scene.do), this.#part("takeaway", scene.takeaway)] : []));
    this.problems.textContent = lecture.problems.join(" ");
    this.previous.disabled = number <= 1;
    this.next.disabled = number >= count;
    this.again.hidden = !scene;
  }

  /** A sentence in place of a scene. @param {string} sentence */
  refuse(sentence) {
    this.show({ name: "", title: "", scenes: [], problems: [sentence] }, 1);
  }

  /** @param {"do" | "takeaway"} name @param {Inline[]} tree */
  #part(name, tree) {
    return h("p", { class: name }, h("b", {}, t(`lecture.${name}`)), " ", ...nodes(tree, this.wishes));
  }

  /** Only the question stays, or all is shown. @param {boolean} [folded] */
  #fold(folded = !this.#folded) {
    this.#folded = folded;
    this.element.classList.toggle("folded", folded);
    const name = folded ? "unfold" : "fold";
    this.fold.textContent = folded ? "⌄" : "⌃";
    this.fold.setAttribute("aria-label", t(`lecture.${name}`));
    this.fold.title = t(`lecture.${name}`);
    this.fold.setAttribute("aria-expanded", String(!folded));
  }

  hide() {
    this.element.hidden = true;
    this.#lecture = null;
  }

  #makeRoom() {
    const { dataset, style } = document.documentElement;
    if (this.isOpen) dataset.lecture = "open";
    else delete dataset.lecture;
    style.setProperty("--lecture", `${this.isOpen ? this.element.offsetHeight : 0}px`);
  }

  destroy() {
    this.hide();
    this.#makeRoom();
    this.sizes.disconnect();
  }
}

// The strip of pins: each with what PyTorch decodes there, or until that comes what the browser did.

import { h } from "../../parts/elements.js";
import { greyImage } from "../../parts/grey_image.js";
import { fixed, pair, shown } from "../../parts/numbers.js";
import { samePin } from "../../state/fields.js";
import { t } from "../../state/texts.js";
import { MAX_PINS } from "./view.js";

const DENSE = 8; // more cards than this are drawn smaller

/**
 * A pin as it is shown.
 * @typedef {object} Card
 * @property {[number, number]} z
 * @property {number | null} label of a conditional model's digit
 * @property {Float32Array | null} means decoded here until the answer comes; null without weights, too
 * @property {Answer | null} answer the server's
 */
/** @typedef {import("./pin_answers.js").Answer} Answer */

/**
 * What a person does with the pins.
 * @typedef {object} Actions
 * @property {(index: number) => void} remove
 * @property {() => void} clear
 * @property {(z: number[], label: number | null) => void} look the pointer is on a pin
 * @property {() => void} away
 * @property {(label: number) => string} color of a label
 */

export class PinStrip {
  /** As they are shown. @type {{card: Card, names: string[], index: number, element: Element}[]} */
  #cards = [];

  /** @param {Actions} on */
  constructor(on) {
    this.on = on;
    this.count = h("span", { class: "value" });
    this.list = h("ol", { class: "cards" });
    this.message = h("p", { class: "message", role: "status" });
    this.clear = h("button", { type: "button", class: "quiet", onclick: () => on.clear() }, t("latent_map.pins.clear"));
    this.key = h("span", { class: "hint key" });
    this.empty = h("p", { class: "hint empty" }, t("latent_map.pins.empty"));
    this.element = h(
      "section",
      { class: "pins", "aria-label": t("latent_map.pins.group") },
      h("header", {}, h("h2", {}, t("latent_map.pins.title")), this.count, this.key, this.message, this.clear),
      this.empty,
      this.list,
    );
    this.show([], [], "");
  }

  /**
   * @param {Card[]} cards
   * @param {string[]} names of the classes
   * @param {string} message
   */
  show(cards, names, message) {
    const total = cards.length;
    this.count.textContent = total ? t("latent_map.pins.count", { total, limit: MAX_PINS }) : "";
    this.clear.hidden = !total;
    this.empty.hidden = total > 0;
    this.message.textContent = message;
    this.key.hidden = total === 0 || Boolean(message);
    const answers = cards.flatMap(({ answer }) => answer ?? []);
    const pictured = !answers.length || answers.some(({ nearest }) => nearest?.image); // a page in a file has none
    this.key.textContent = t(pictured ? "latent_map.pins.key" : "latent_map.pins.key_without_pictures");
    this.list.dataset.dense = String(total > DENSE);
    this.#put(cards, names);
  }

  /**
   * What has not changed stays as it is: its pictures need not be decoded again.
   * @param {Card[]} cards
   * @param {string[]} names
   */
  #put(cards, names) {
    const before = this.#cards;
    this.#cards = cards.map((card, i) => {
      const known = before.find((other) => i === other.index && names === other.names && sameCard(card, other.card));
      return known ?? { card, names, index: i, element: this.#card(card, i, names) };
    });
    this.#cards.forEach(({ element }, i) => {
      if (this.list.children[i] !== element) this.list.insertBefore(element, this.list.children[i] ?? null);
    });
    while (this.list.children.length > cards.length) this.list.lastChild?.remove();
  }

  /** @param {Card} card @param {number} index @param {string[]} names */
  #card(card, index, names) {
    const { z, label, answer } = card;
    const number = index + 1;
    return h(
      "li",
      {
        class: answer ? "card" : "card pending",
        "aria-busy": answer ? null : "true",
        onpointerenter: () => this.on.look(z, label),
        onpointerleave: () => this.on.away(),
      },
      this.#number(number, label),
      ...(answer ? pictures(card, answer, number, names) : [preview(card), blank(), blank()]),
      h("span", { class: "z value" }, `${shown(z[0])}, ${shown(z[1])}`),
      h(
        "span",
        { class: "far value", title: t("latent_map.pins.distance") },
        answer?.nearest ? fixed(answer.nearest.distance) : "",
      ),
      h(
        "button",
        {
          type: "button",
          class: "remove",
          title: t("latent_map.pins.remove"),
          "aria-label": t("latent_map.pins.remove_name", { number }),
          onclick: () => this.on.remove(index),
        },
        "\u00d7",
      ),
    );
  }

  /** In a conditional model it has the color of the label. @param {number} number @param {number | null} label */
  #number(number, label) {
    const color = label === null ? null : this.on.color(label);
    const style = color && `--class: ${color}`;
    return h("span", { class: "number", style, "aria-hidden": "true" }, String(number));
  }
}

/** @param {Card} a @param {Card} b */
const sameCard = (a, b) => samePin(a, b) && a.answer === b.answer && (a.answer !== null || !a.means === !b.means);

/** @param {string} src @param {string} alt @param {string | null} title */
const image = (src, alt, title) => h("img", { src, alt, title, width: 28, height: 28, draggable: "false" });

/** @param {string} [text] @param {string | null} [title] */
const blank = (text = "", title = null) => h("span", { class: "no-image", title }, text);

/**
 * Of an answer: pixel means, a sample, the nearest real digit.
 * @param {Card} card
 * @param {Answer} answer
 * @param {number} number
 * @param {string[]} names
 */
function pictures({ z, label }, { mean, sample, nearest }, number, names) {
  const likelihood = label === null ? "p(x|z)" : `p(x|z, y = ${names[label]})`;
  return [
    image(mean, pinName(z, label, names), t("latent_map.pins.mean", { likelihood })),
    image(sample, t("latent_map.pins.sample_name", { number }), t("latent_map.pins.sample", { likelihood })),
    nearest ? real(nearest, number, names) : blank(),
  ];
}

/** @param {import("./pin_answers.js").Nearest} nearest @param {number} number @param {string[]} names */
function real({ image: src, label, distance, set }, number, names) {
  const parameters = { name: names[label], number, distance: fixed(distance) };
  const title = t(`latent_map.pins.real_${set}`, parameters);
  return src ? image(src, t("latent_map.pins.real_name", parameters), title) : blank(names[label], title);
}

/** Decoded in the browser; the picture that has the pin's name is still to come. @param {Card} card */
const preview = ({ means }) => (means ? image(greyImage(means), "", null) : blank());

/** @param {number[]} z @param {number | null} label @param {string[]} names */
const pinName = (z, label, names) =>
  label === null
    ? t("latent_map.pins.name", { z: pair(z) })
    : t("latent_map.pins.name_of", { z: pair(z), label: names[label] });

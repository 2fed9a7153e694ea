// Why it matters: a hundred samples of a prior that knows no labels beside a hundred of one that
// was asked for a label, and how many of each a classifier reads as that label.

import { greyCanvas, h, resolve } from "./dom.js";

const SIDE = 28;
const ACROSS = 10;

class Samples {
  constructor() {
    this.title = h("h2", {});
    this.formula = h("p", { class: "hint" });
    this.canvas = h("canvas", { role: "img", class: "ink" });
    this.veils = h("div", { class: "veils", "aria-hidden": "true" });
    this.count = h("p", { class: "count", role: "status" });
    this.element = h(
      "section",
      { class: "samples" },
      this.title,
      this.formula,
      h("div", { class: "mosaic" }, this.canvas, this.veils),
      this.count,
    );
  }

  /** Draw the samples of `model`, of a label or of none. */
  draw(model, label, seed, count) {
    const key = `${label} ${seed}`;
    if (this.model === model && this.key === key) return;
    Object.assign(this, { model, key });
    const picture = greyCanvas(SIDE * ACROSS, SIDE, {});
    this.canvas.width = SIDE * ACROSS;
    this.canvas.height = (SIDE * count) / ACROSS;
    const context = this.canvas.getContext("2d");
    for (let i = 0; i < count; i++) {
      const z = model.place(label ?? 0, { spread: 1, seed }, i + 1);
      picture.put(model.decode(z, label ?? 0), SIDE * (i % ACROSS));
      if (i % ACROSS === ACROSS - 1) {
        context.drawImage(picture.canvas, 0, SIDE * Math.floor(i / ACROSS));
      }
    }
  }

  /** @param {number[] | null} read labels that the classifier reads; null before it has */
  mark(read, label, names, waiting) {
    const right = read?.filter((found) => found === label).length;
    this.count.replaceChildren(
      ...(read
        ? [h("b", { class: "value" }, `${right} of ${read.length}`), ` read as ${names[label]}`]
        : [waiting]),
    );
    this.veils.replaceChildren(
      ...(read ?? []).map((found) =>
        h("i", found === label ? {} : { class: "other", title: `read as ${names[found]}` }),
      ),
    );
  }
}

export class Why {
  /** @param {(label: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.plain = new Samples();
    this.asked = new Samples();
    this.none = h("p", { class: "hint blank", hidden: true });
    this.stage = h("div", { class: "why" }, this.plain.element, this.none, this.asked.element);
    this.labels = h("div", { class: "labels", role: "group", "aria-label": "Label" });
    this.aside = h(
      "div",
      { class: "aside" },
      h("h2", {}, "Ask for a label"),
      this.labels,
      h(
        "p",
        { class: "story" },
        "The VAE has one prior for all digits: to get a certain one from it, draw until it comes. The CVAE " +
          "is told the label, and its prior p(z|y) holds that label's styles.",
      ),
      h(
        "p",
        { class: "hint" },
        "Counted on these very pictures (pixel means) by a separate classifier that only measures. What it " +
          "reads as another label is faded. Both sides use the same noise ε.",
      ),
    );
    this.answers = new Map();
  }

  setLabels(head) {
    this.labels.replaceChildren(
      ...head.map((button, label) => {
        button.addEventListener("click", () => this.choose(label));
        return button;
      }),
    );
  }

  show(view, { model, plain, names, data }) {
    const label = Math.min(view.label, names.length - 1);
    [...this.labels.children].forEach((button, i) =>
      button.setAttribute("aria-pressed", String(i === label)),
    );
    this.plain.element.hidden = !plain;
    this.none.hidden = Boolean(plain);
    this.none.textContent = "There is no plain VAE of this data here to compare with.";
    this.asked.title.textContent = `${data.model.id}, asked for ${names[label]}`;
    this.asked.formula.textContent = `z ~ p(z|y) = N(μ(${names[label]}), I)`;
    this.#part(this.asked, model, data.model, label, view.seed, { label, names, data });
    if (!plain) return;
    this.plain.title.textContent = `${data.plain.id}, which takes no label`;
    this.plain.formula.textContent = "z ~ p(z) = N(0, I)";
    this.#part(this.plain, plain, data.plain, null, view.seed, { label, names, data });
  }

  #part(samples, model, { read: address }, own, seed, { label, names, data }) {
    samples.draw(model, own, seed, data.samples);
    const what = own === null ? "the plain prior" : `the prior of ${names[own]}`;
    samples.canvas.setAttribute("aria-label", `${data.samples} samples of ${what}`);
    if (!data.readable) {
      return samples.mark(null, label, names, "Not counted: the classifier reads MNIST digits only.");
    }
    const url = `${address}?${new URLSearchParams({ seed, ...(own === null ? {} : { label: own }) })}`;
    const found = this.answers.get(url);
    samples.wanted = url;
    if (found) return samples.mark(found, label, names);
    samples.mark(null, label, names, "Reading the samples");
    fetch(resolve(url))
      .then(async (response) => {
        if (!response.ok) throw new Error(await response.text());
        this.answers.set(url, (await response.json()).read);
      })
      .then(
        () => samples.wanted === url && this.again(),
        (error) => samples.wanted === url && samples.mark(null, label, names, String(error.message)),
      );
  }
}

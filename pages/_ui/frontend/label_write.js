// A number in handwriting: lines of digits as large as the room allows, and files to take away.

import { h, resolve } from "./dom.js";
import { arrange, arrangement } from "./label_number.js";

const STYLES = [
  ["one", "one style"],
  ["several", "several styles"],
  ["wall", "a wall"],
];
const EMPTY = "Type a number: the model writes it";

export class Write {
  /** @param {(styles: string) => void} choose */
  constructor(choose) {
    this.lines = h("div", { class: "lines ink" });
    this.empty = h("p", { class: "hint blank" }, EMPTY);
    this.stage = h("div", { class: "paper" }, this.lines, this.empty);
    this.choices = STYLES.map(([value, text]) => {
      const change = () => choose(value);
      const radio = h("input", { type: "radio", name: "styles", value, onchange: change });
      return h("label", {}, radio, text);
    });
    this.said = h("p", { class: "said", role: "status" });
    this.guide = h("p", { class: "hint guide" });
    this.links = ["png", "svg"].map((kind) =>
      h("a", { class: "button", download: "" }, `Download ${kind.toUpperCase()}`),
    );
    this.aside = h(
      "div",
      { class: "aside write-aside" },
      h("fieldset", { class: "choices" }, h("legend", {}, "written in"), ...this.choices),
      this.guide,
      this.said,
      h("div", { class: "links" }, ...this.links),
    );
  }

  /** @param {(label: number, style: number) => HTMLElement} image draws one digit */
  show(view, { image, said, guide, sha256 }) {
    const rows = arrange(view);
    const how = arrangement(view);
    for (const label of this.choices) {
      const radio = label.firstChild;
      radio.checked = radio.value === how;
      radio.disabled = view.number.length === 1;
    }
    this.said.textContent = said;
    this.guide.textContent = guide;
    this.empty.hidden = rows.length > 0;
    this.lines.replaceChildren(
      ...rows.map((row) =>
        h("div", { class: "line" }, ...row.map((cell) => (cell ? image(...cell) : h("i", { class: "gap" })))),
      ),
    );
    const width = (row) => row.reduce((sum, cell) => sum + (cell ? 1 : 0.5), 0);
    this.lines.style.setProperty("--across", Math.max(4, ...rows.map(width)));
    this.lines.style.setProperty("--down", Math.max(1, rows.length));
    const { number, styles, columns, spread, seed } = view;
    const query = new URLSearchParams({ model: sha256, number, styles, columns, spread, seed });
    for (const [i, kind] of ["png", "svg"].entries()) {
      this.links[i].href = resolve(`assets/export/number.${kind}?${query}`);
      this.links[i].hidden = !rows.length;
    }
  }
}

// How every page begins: what one sees and does, and a sentence about it.

import { t } from "../state/texts.js";
import { h } from "./elements.js";

/** @param {string} page its name, under which the catalogue has a headline and a lede */
export const headline = (page) =>
  h("div", { class: "headline" }, h("h1", {}, t(`${page}.headline`)), h("p", { class: "lede" }, t(`${page}.lede`)));

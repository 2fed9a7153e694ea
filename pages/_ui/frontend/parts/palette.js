// The colors of the classes, the same on every page and in `vae_core.figures`, which says why these.

import { luminance } from "./elements.js";

const PALETTE = {
  light: [
    "#0e5b43", "#c33464", "#56204b", "#5e67a5", "#06a698",
    "#710002", "#bc71ff", "#816300", "#cc8357", "#1400b6",
  ],
  dark: [
    "#35765a", "#f25f8a", "#8d4c7d", "#8d91ff", "#19baac",
    "#b2380b", "#eeceff", "#a99700", "#ffb88a", "#5b3aff",
  ],
};

/** A color for each of so many classes, on a light or a dark page. @param {number} classes @param {boolean} dark */
export function colorsOf(classes, dark) {
  const palette = PALETTE[dark ? "dark" : "light"];
  return Array.from({ length: classes }, (_, label) => palette[label % palette.length]);
}

const SAME = 0.179; // the luminance on which black and white stand out alike

/** Black or white, what can better be read on a color. @param {string} color "#rrggbb" */
export function inkOn(color) {
  const rgb = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return luminance(`rgb(${rgb})`) > SAME ? "#000" : "#fff";
}

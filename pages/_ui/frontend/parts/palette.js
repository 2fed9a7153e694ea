// The colours of the classes, the same on every page and in `vae_core.figures`, which says why these.

const PALETTE = [
  "#1c7155", "#e35580", "#8e4780", "#8080ff", "#2aaa9c",
  "#b82a0e", "#d4aae3", "#aa8e00", "#f1aa80", "#8000ff",
];

/** A colour for each of so many classes. @param {number} classes */
export const colorsOf = (classes) => Array.from({ length: classes }, (_, label) => PALETTE[label % PALETTE.length]);

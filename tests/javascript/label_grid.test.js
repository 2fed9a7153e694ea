// The label grid's view and its address, numbers to write, and noise, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hash, noise } from "../../pages/_ui/frontend/core/noise.js";
import { choicesAmong } from "../../pages/_ui/frontend/pages/label_grid/gallery.js";
import { withPin } from "../../pages/_ui/frontend/pages/label_grid/map_link.js";
import { arrange, arrangement, numberOf } from "../../pages/_ui/frontend/pages/label_grid/number.js";
import { ARRANGEMENTS, FIELDS, openedCell } from "../../pages/_ui/frontend/pages/label_grid/view.js";
import { readAddress, writeAddress } from "../../pages/_ui/frontend/state/address.js";

const USUAL = readAddress(FIELDS, "").view;
/** @param {string} number */
const written = (number, styles = "one", columns = 10) => arrange({ number, styles, columns });
/** @param {import("../../pages/_ui/frontend/state/address.js").Problem[]} problems */
const keys = (problems) => problems.map(({ key }) => key);

// --- the address ----------------------------------------------------------------------------

test("a view is its text: the same keys as ever, and what is usual is left out", () => {
  const view = { ...USUAL, part: "write", spread: 0.8, seed: 3, number: "2027", styles: "several" };
  const text = "?part=write&spread=0.8&seed=3&number=2027&styles=several";
  assert.equal(writeAddress(FIELDS, view), text);
  assert.deepEqual(readAddress(FIELDS, text), { view, problems: [] });
  assert.equal(writeAddress(FIELDS, USUAL), "");
});

test("every field comes back from its text", () => {
  /** @type {import("../../pages/_ui/frontend/pages/label_grid/view.js").View} */
  const view = {
    ...{ model: "cvae", part: "hand", columns: 20, spread: 0, seed: 999_999, cell: [99, 20] },
    ...{ number: "", styles: "wall", image: 99_999, label: 0 },
  };
  assert.deepEqual(readAddress(FIELDS, writeAddress(FIELDS, view)), { view, problems: [] });
});

for (const text of [
  ...["columns=0", "columns=21", "columns=9999", "spread=-1", "spread=nan", "spread=3.1", "seed=1e3"],
  ...["seed=1000000", "cell=6", "cell=6,0", "cell=6,21", "cell=,", "part=secrets", "label=-1"],
  ...["image=x", "styles=all", `number=${"9".repeat(2000)}`],
]) {
  test(`?${text.slice(0, 20)} is left out with one sentence`, () => {
    const { view, problems } = readAddress(FIELDS, text);
    assert.deepEqual(view, USUAL);
    assert.equal(problems.length, 1);
    assert.equal(problems[0].parameters.name, text.split("=")[0]);
  });
}

test("a number in a link keeps its digits", () => {
  const { view, problems } = readAddress(FIELDS, "?number=20x26");
  assert.equal(view.number, "2026");
  assert.deepEqual(keys(problems), ["label_grid.number.other"]);
});

test("the opened digit is one that is there", () => {
  assert.deepEqual(openedCell({ ...USUAL, cell: [12, 15], columns: 4 }, 10), [9, 4]);
  assert.deepEqual(openedCell({ ...USUAL, cell: [3, 2] }, 10), [3, 2]);
});

test("a digit joins the pins that the latent map has, once", () => {
  assert.equal(withPin("", "cvae", [0.123456, 1], 6), "?model=cvae&label=6&pins=0.1235,1,6");
  const before = "?model=cvae&layers=points&pins=1,2,3&label=2";
  assert.equal(withPin(before, "cvae", [0, 1], 6), "?layers=points&model=cvae&label=2&pins=1,2,3;0,1,6");
  assert.equal(withPin(before, "cvae", [1, 2], 3), "?layers=points&model=cvae&label=2&pins=1,2,3");
});

// --- numbers --------------------------------------------------------------------------------

test("a phone number is written with its spaces and without a word about its punctuation", () => {
  assert.deepEqual(numberOf("+49 (30) 1234-567"), { number: "49 30 1234 567", problems: [] });
  assert.deepEqual(numberOf("  24.12.2026 "), { number: "24 12 2026", problems: [] });
  assert.equal(readAddress(FIELDS, "?number=49%2030%20+1234").view.number, "49 30 1234");
});

test("gaps are no digits: none is lost to them, and there is one at most between two digits", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9 ]{0,90}$/), (text) => {
      const { number } = numberOf(text);
      assert.equal(number.replaceAll(" ", ""), text.replaceAll(" ", "").slice(0, 64));
      assert.equal(number, number.trim());
      assert.ok(!number.includes("  "));
      assert.deepEqual(numberOf(number), { number, problems: [] });
    }),
  );
});

test("a number keeps its gaps where it is written, and words are farther apart than they", () => {
  const gaps = (/** @type {string} */ number, styles = "one") =>
    written(number, styles, 3).map((row) => row.map((cell) => (cell ? cell[0] : " ")).join(""));
  assert.deepEqual(gaps("49 30 12"), ["49 30 12"]);
  assert.deepEqual(gaps("4 2", "several"), ["4 2   4 2", "4 2"]);
  assert.deepEqual(gaps("1234567890 123456789"), ["1234567890", "123456789"]); // a line has 16
  assert.deepEqual(gaps("1234567890 123456 78"), ["1234567890 123456", "78"]);
  assert.deepEqual(gaps("12345678901234567 8"), ["1234567890123456", "7 8"]);
});

test("what is left out is counted", () => {
  /** @param {string} key @param {Record<string, string | number>} parameters */
  const problem = (key, parameters) => ({ key: `label_grid.number.${key}`, parameters });
  assert.deepEqual(numberOf("20x26").problems, [problem("other", { count: "1" })]);
  assert.deepEqual(numberOf("six".repeat(1000)).problems, [problem("others", { count: "3,000" })]);
  assert.deepEqual(numberOf("1".repeat(10_000)).problems, [problem("long", { most: 64, count: "10,000" })]);
  assert.deepEqual(numberOf("0718", 5), { number: "01", problems: [problem("unknown", { last: 4 })] });
});

test("only the ten digits of ASCII are digits, and a pair of surrogates is one character", () => {
  assert.equal(numberOf("٣²９ 4").number, "4");
  assert.deepEqual(numberOf("😀").problems[0].parameters, { count: "1" });
});

test("whatever is written begins with the number, uses no other label and stays small", () => {
  for (const number of ["6", "42", "2026", "49 30 123456", "1".repeat(16), "9".repeat(33), "8".repeat(64)]) {
    for (const styles of ARRANGEMENTS) {
      for (const columns of [1, 7, 20]) {
        const cells = written(number, styles, columns).flat().flatMap((cell) => (cell ? [cell] : []));
        const drawn = cells.map(([label]) => label).join("");
        assert.ok(cells.length <= 200 && drawn.startsWith(number.replaceAll(" ", "")), `${number} ${styles} ${columns}`);
        assert.deepEqual(new Set(drawn), new Set(number.replaceAll(" ", "")));
      }
    }
  }
  assert.deepEqual(written(""), []);
});

test("several styles write the number once in each, with a gap between words", () => {
  const cells = written("42", "several", 3).flat().filter(Boolean);
  assert.deepEqual(cells, [[4, 1], [2, 1], [4, 2], [2, 2], [4, 3], [2, 3]]);
  assert.deepEqual(written("42", "several", 2), [[[4, 1], [2, 1], null, [4, 2], [2, 2]]]);
});

test("a single digit fills a wall, each in a style of its own", () => {
  const cells = written("6").flat();
  assert.equal(arrangement({ number: "6", styles: "one" }), "wall");
  assert.equal(new Set(cells.map((cell) => cell?.[1])).size, cells.length);
  assert.ok(cells.length > 100);
});

// --- real digits ----------------------------------------------------------------------------

test("the chosen real digit is in its gallery, once, among those of its label", () => {
  const labels = Uint8Array.from({ length: 500 }, (_, i) => i % 10);
  const scene = { view: USUAL, labels: { names: [..."0123456789"], colors: [], areDigits: true } };
  for (const image of [0, 7, 123, 499]) {
    const rows = choicesAmong({ labels }, scene, { image, label: labels[image] });
    assert.equal(rows.flat().filter((index) => index === image).length, 1);
    rows.forEach((row) => row.forEach((index, label) => assert.equal(labels[index ?? NaN], label)));
    // Choosing one of them moves none but the one that was brought in.
    const other = rows[2][5] ?? NaN;
    const rest = choicesAmong({ labels }, scene, { image: other, label: 5 });
    assert.deepEqual(rest.slice(1), rows.slice(1));
  }
});

// --- noise ----------------------------------------------------------------------------------

test("noise is what Python computes", () => {
  // pages/_ui/server/grid_noise.py: noise(seed, [style]) for these seeds and styles
  const known = [
    [0, 1, 2.174005456862529, -1.0656854008502121],
    [1, 2, -1.7178623845263339, 0.9517093716619266],
    [27, 1, 0.22531473970680527, -0.3577996493042434],
    [27, 112, 0.023851258532662227, -0.007640670853919378],
    [999999, 200, 1.0854996852477052, -1.0440104273991901],
  ];
  for (const [seed, style, x, y] of known) {
    const [a, b] = noise(seed, style);
    assert.ok(Math.abs(a - x) < 1e-12 && Math.abs(b - y) < 1e-12, `${seed} ${style}`);
  }
});

test("noise is standard normal, and hashes fill 32 bits", () => {
  const many = Array.from({ length: 20_000 }, (_, i) => noise(5, i + 1)).flat();
  const mean = many.reduce((sum, e) => sum + e, 0) / many.length;
  const square = many.reduce((sum, e) => sum + e * e, 0) / many.length;
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(square - 1) < 0.03);
  assert.ok(Number.isInteger(hash(1)) && hash(1) >= 0 && hash(1) < 2 ** 32);
});

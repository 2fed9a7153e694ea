// Lectures: where they are in an address, and that every scene's view is one that its page has.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { changed, namesOnly, placeIn, withPlace } from "../../pages/_ui/frontend/lecture/place.js";
import { elsewhere } from "../../pages/_ui/frontend/lecture/share.js";
import { readAddress } from "../../pages/_ui/frontend/state/address.js";

const LECTURES = new URL("../../pages/_ui/texts/lectures/", import.meta.url);
const PAGES = new URL("../../pages/_ui/frontend/pages/", import.meta.url);

/** Page -> the fields of its view. @type {Record<string, any>} */
const fields = {};
for (const page of readdirSync(PAGES)) {
  const own = ["view.js", "settings.js"].map((name) => new URL(`${page}/${name}`, PAGES)).find((url) => existsSync(url));
  if (own) fields[page] = (await import(own.href)).FIELDS;
}

const files = readdirSync(LECTURES, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md")).sort();

const place = fc.record({ lecture: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,39}$/), scene: fc.integer({ min: 1, max: 999 }) }, { noNullPrototype: true });
const view = fc.dictionary(fc.constantFrom("model", "label", "pins", "lang"), fc.string()).map((given) => {
  const text = String(new URLSearchParams(given));
  return text && `?${text}`;
});

test("a place goes into any address, and comes out of it again", () => {
  fc.assert(fc.property(view, place, (search, where) => {
    const written = withPlace(search, where);
    assert.deepEqual(placeIn(written), where);
    assert.equal(withPlace(written, null), search);
    assert.deepEqual(placeIn(withPlace(written, { ...where, scene: 7 })), { ...where, scene: 7 });
  }));
});

test("what is no lecture's name is none, and what is no scene's number is the first", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (lecture, scene) => {
    const found = placeIn(`?${new URLSearchParams({ lecture, scene })}`);
    assert.equal(found !== null, /^[a-z0-9][a-z0-9_-]{0,39}$/.test(lecture));
    assert.ok(found === null || (Number.isInteger(found.scene) && found.scene >= 1));
  }));
});

test("an address that names a lecture and no view is told from one that has a view", () => {
  assert.ok(namesOnly("?lecture=mine") && namesOnly("?lang=zh&lecture=mine&scene=2"));
  assert.ok(!namesOnly("?lecture=mine&label=3"));
});

test("a link changes the keys that it names and no other", () => {
  assert.equal(changed("?model=cvae&label=3", "?label=7"), "?model=cvae&label=7");
});

test("a code for others leads to the same view below the address that they can reach", () => {
  const href = "http://127.0.0.1:8501/vae/label_grid?columns=5";
  assert.equal(elsewhere(href, "http://127.0.0.1:8501/vae/", "http://10.0.0.3:8501/vae/"), "http://10.0.0.3:8501/vae/label_grid?columns=5");
});

for (const file of files) {
  test(`${file}: its view, and those of its links, are views of their pages`, () => {
    const source = readFileSync(new URL(file, LECTURES), "utf8");
    const [, page] = source.match(/^page: (.*)$/m) ?? [];
    const [, own] = source.match(/^view: (.*)$/m) ?? [];
    const links = [...source.matchAll(/\]\(([a-z_]*)(\?[^)]*)?\)/g)].map(([, to, search]) => [to || page, search ?? ""]);
    for (const [to, search] of [[page, own], ...links]) {
      assert.ok(fields[to], `${to} has no fields`);
      const { problems } = readAddress(fields[to], search);
      assert.deepEqual(problems, [], search);
      const unknown = [...new URLSearchParams(search).keys()].filter((key) => !(key in fields[to]));
      assert.deepEqual(unknown, [], search);
    }
  });
}

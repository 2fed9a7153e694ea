// The scrubber of Live training, on as much of a document as it needs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTexts } from "../../pages/_ui/frontend/state/texts.js";

class FakeElement {
  style = {};
  children = [];
  listeners = {};
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  setAttribute() {}
  addEventListener(name, listener) { this.listeners[name] = listener; }
}
globalThis.document = { createElement: () => new FakeElement(), documentElement: { lang: "en" } };
setTexts(new Proxy({}, { get: () => "" }));
const { Replay } = await import("../../pages/_ui/frontend/pages/live_training/replay.js");

/** A scrubber over so many frames, pulled to one of them, and where it has asked to go. */
function pulled(length, position) {
  const sought = [];
  const replay = new Replay({ url: String }, (to) => sought.push(to));
  replay.setLength(length);
  replay.range.value = String(position);
  replay.range.listeners.input();
  return { replay, sought };
}

test("the last frame is the run itself", () => {
  assert.deepEqual(pulled(10, 8).sought, [8]);
  assert.deepEqual(pulled(10, 9).sought, [null]);
});

test("a history that grows does not move whoever looks back", () => {
  const { replay, sought } = pulled(10, 8);
  replay.setLength(11);
  assert.deepEqual([replay.range.value, replay.range.max, sought], ["8", "10", [8]]);
});

test("a run that went back to before the moment on screen is followed again", () => {
  const { replay, sought } = pulled(10, 8);
  replay.setLength(5);
  assert.deepEqual([replay.range.value, replay.position, sought], ["4", null, [8, null]]);
});

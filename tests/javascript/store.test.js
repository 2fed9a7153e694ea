// The store's half of the protocol between browser and Python, on a history of the tests' own.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { text, integer } from "../../pages/_ui/frontend/state/fields.js";

/** As much of a browser as a store needs: an address, a history, and who listens to it. */
class Tab {
  entries = [{ path: "/", search: "", state: null }];
  at = 0;
  listeners = new Set();
  told = []; // what Python was told

  get here() {
    return this.entries[this.at];
  }

  write(how, state, url) {
    const [path, search = ""] = url.split("?");
    const entry = { path, search: search && `?${search}`, state };
    if (how === "pushState") this.entries.splice(++this.at, Infinity, entry);
    else this.entries[this.at] = entry;
  }

  go(steps) {
    this.at += steps;
    for (const listener of this.listeners) listener();
  }
}

let tab;
globalThis.location = {
  protocol: "http:", hash: "",
  get pathname() { return tab.here.path; },
  get search() { return tab.here.search; },
};
globalThis.history = {
  get state() { return tab.here.state; },
  pushState: (state, _, url) => tab.write("pushState", state, url),
  replaceState: (state, _, url) => tab.write("replaceState", state, url),
};
globalThis.addEventListener = (_, listener) => tab.listeners.add(listener);
globalThis.removeEventListener = (_, listener) => tab.listeners.delete(listener);
const host = { state: (name, message) => tab.told.push({ name, ...message }) };
const { Store } = await import("../../pages/_ui/frontend/state/store.js");
const { setOpener, visit } = await import("../../pages/_ui/frontend/state/visit.js");

const FIELDS = { model: text(), n: integer(0, 99, 0) };
let sessions = 0;
let session;
const says = ({ revision = 0, ...more } = {}) => ({
  session, revision, steps: revision, heard: 0, overtaken: 0, seen: 0, keys: ["model"], asked: {}, values: {}, problem: null, ...more,
});

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  tab = new Tab();
  session = `session ${(sessions += 1)}`;
});
const stores = [];
const made = (page = session) => {
  stores.push(new Store(page, FIELDS, host));
  return stores.at(-1);
};
const opened = (search = "", page = session) => {
  tab.here.search = search;
  return made(page);
};
afterEach(() => {
  stores.splice(0).forEach((store) => store.destroy());
  mock.timers.reset();
});
const wait = (ms) => mock.timers.tick(ms);
const back = () => {
  tab.go(-1);
  wait(1000); // Streamlit's own run of the script
};

test("a step is a step of the history, anything else replaces the address once it rests", () => {
  const store = opened();
  store.set({ n: 1 });
  store.set({ n: 2 }, { step: false });
  store.set({ n: 3 }, { step: false });
  assert.equal(tab.entries.length, 2);
  wait(350);
  assert.deepEqual(tab.entries.map(({ search }) => search), ["", "?n=3"]);
});

test("what has not rested yet is written before the next step, to its own entry", () => {
  const store = opened();
  store.set({ n: 1 }, { step: false });
  store.set({ n: 2 });
  assert.deepEqual(tab.entries.map(({ search }) => search), ["?n=1", "?n=2"]);
});

test("back and forward bring the views of their entries", () => {
  const store = opened();
  const seen = [];
  store.subscribe(({ n }) => seen.push(n));
  store.set({ n: 1 });
  store.set({ n: 2 });
  tab.go(-1);
  tab.go(-1);
  tab.go(2);
  assert.deepEqual(seen, [1, 2, 1, 0, 2]);
});

test("a choice made with a widget is a step, of which Python need not be told", () => {
  const store = opened("?n=5");
  store.adopt(says());
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  assert.deepEqual(tab.entries.map(({ search }) => search), ["?n=5", "?model=b&n=5"]);
  assert.deepEqual(tab.told, []);
});

test("back from a choice tells Python, and an answer that was under way does not undo it", () => {
  const store = opened();
  store.adopt(says());
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  back();
  const [{ number, ...told }] = tab.told;
  assert.deepEqual(told, { name: "address", session, revision: 1, seen: 0, texts: {} });
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  assert.equal(tab.here.search, "");
  store.adopt(says({ revision: 1, heard: number }));
  assert.deepEqual([tab.here.search, store.view.model, tab.told.length], ["", "", 1]);
});

test("of quick steps in the history Python is told the last, after Streamlit's own runs for them", () => {
  const store = opened();
  store.adopt(says());
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  store.adopt(says({ revision: 2, values: { model: "c" } }));
  tab.go(-1);
  tab.go(-1);
  store.adopt(says({ revision: 2, values: { model: "c" } })); // what such a run brings
  assert.deepEqual([tab.here.search, tab.told.length], ["", 0]);
  wait(150);
  assert.deepEqual(tab.told.map(({ texts }) => texts), [{}]);
});

test("Python is told once that its values have come: until then a widget may send older ones", () => {
  const store = opened();
  store.adopt(says());
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  back();
  store.adopt(says({ revision: 1, heard: tab.told[0].number, overtaken: 1 }));
  assert.equal(tab.told.length, 1);
  wait(200);
  const [, { number, ...told }] = tab.told;
  assert.deepEqual(told, { name: "address", session, revision: 1, seen: 1, texts: {} });
  store.adopt(says({ revision: 1, heard: number, overtaken: 1, seen: 1 }));
  wait(1000);
  assert.equal(tab.told.length, 2);
});

test("a message is sent again until it is answered", () => {
  const store = opened("?model=b");
  store.adopt(says());
  for (const ms of [3000, 3000]) wait(ms);
  const [first, ...again] = tab.told;
  assert.ok(again.length > 1);
  for (const message of again) assert.deepEqual(message, first);
  store.adopt(says({ heard: first.number, values: { model: "b" } }));
  const sent = tab.told.length;
  wait(10_000);
  assert.equal(tab.told.length, sent);
});

test("a choice made while a message was under way wins, and what answers the message keeps it", () => {
  const store = opened();
  store.adopt(says());
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  back();
  const [{ number }] = tab.told;
  store.adopt(says({ revision: 2, values: { model: "c" } }));
  assert.equal(store.view.model, "c");
  store.adopt(says({ revision: 2, heard: number, values: { model: "c" } }));
  store.adopt(says({ revision: 2, heard: number, values: { model: "c" }, problem: "Something." }));
  assert.deepEqual([tab.here.search, store.problems], ["?model=c", ["Something."]]);
});

test("a choice made before the screen was there is not lost", () => {
  const store = opened();
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  assert.equal(store.view.model, "b");
});

test("what Python refuses leaves the address, with its sentence until the view changes", () => {
  const store = opened("?model=none");
  store.adopt(says({ asked: { model: "none" }, problem: "There is none." }));
  assert.deepEqual([tab.here.search, store.view.model, tab.entries.length], ["", "", 1]);
  assert.deepEqual(store.problems, ["There is none."]);
  store.set({ n: 1 });
  store.adopt(says({ asked: { model: "none" }, problem: "There is none." }));
  assert.deepEqual(store.problems, []);
});

test("an address that Python has not read is told to it, once", () => {
  const store = opened("?model=b");
  store.adopt(says());
  store.adopt(says());
  assert.deepEqual(tab.told.map(({ texts }) => texts), [{ model: "b" }]);
  assert.equal(store.view.model, "b");
});

test("a server that starts again is told what the open tab looks at", () => {
  const store = opened("?model=b");
  store.adopt(says({ asked: { model: "b" }, values: { model: "b" }, revision: 7 }));
  session += " again";
  store.adopt(says());
  assert.deepEqual(tab.told.map((message) => [message.session, message.texts]), [[session, { model: "b" }]]);
  assert.equal(tab.here.search, "?model=b");
});

test("after back the view waits for the model that Python has to find", () => {
  const store = opened();
  const seen = [];
  store.subscribe((view) => seen.push(view.model));
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  back();
  assert.deepEqual(seen, []);
  store.adopt(says({ revision: 1, heard: tab.told[0].number }));
  assert.equal(store.view.model, "");
});

test("back to a page as it was before a model was chosen elsewhere asks for the model of then", () => {
  const store = opened();
  store.adopt(says());
  store.set({ n: 5 });
  store.destroy();
  const again = made(); // of the entry that a store has written
  tab.here.search = "?n=5";
  again.adopt(says({ values: { model: "b" } }));
  assert.deepEqual(tab.told.map(({ texts }) => texts), [{}]);
});

test("a link to another page and back finds the view as it was, with the model chosen since", () => {
  const store = opened("?n=5");
  store.adopt(says({ revision: 1, values: { model: "a" } }));
  tab.write("pushState", null, "/other");
  store.destroy();
  tab.write("pushState", null, "/");
  const again = made();
  again.adopt(says({ revision: 1, values: { model: "b" } }));
  assert.deepEqual(again.view, { model: "b", n: 5, lang: "" });
  assert.equal(tab.here.search, "?model=b&n=5");
});

test("back to an entry without a text shows the view to begin with, not the one remembered", () => {
  const store = opened();
  store.adopt(says());
  store.set({ n: 5 });
  store.destroy();
  tab.go(-1);
  assert.equal(made().view.n, 0);
});

test("another page's address is never written", () => {
  const store = opened();
  tab.write("pushState", null, "/other");
  store.set({ n: 1 });
  store.adopt(says({ revision: 1, values: { model: "b" } }));
  assert.equal(tab.here.search, "");
});

// --- going to a view from elsewhere on the page, or from another page

test("going to a view is a step of the history, and keys of nobody stay", () => {
  const store = opened("?n=5&lang=zh&lecture=vae");
  store.adopt(says({ keys: ["model", "lang"], asked: { lang: "zh" }, values: { lang: "zh" } }));
  store.go("?model=a");
  assert.deepEqual(store.view, { model: "a", n: 0, lang: "zh" });
  assert.equal(tab.here.search, "?lecture=vae&model=a&lang=zh");
  assert.deepEqual(tab.told.at(-1).texts, { model: "a", lang: "zh" }); // Python is asked for it
  back();
  assert.equal(store.view.n, 5);
});

test("a link that names one thing leaves the rest as it is", () => {
  const store = opened("?n=5&model=a");
  store.adopt(says({ asked: { model: "a" }, values: { model: "a" } }));
  store.go("?n=7", { keep: true });
  assert.deepEqual(store.view, { model: "a", n: 7, lang: "" });
});

test("a visit to another page opens it with that view, in the same language and lecture", () => {
  const here = opened("?n=5&lang=zh&lecture=vae&scene=2");
  here.adopt(says());
  const other = `${session} other`;
  setOpener((page) => {
    assert.equal(page, other);
    tab.write("pushState", null, "/other"); // as Streamlit does, without a query
    here.destroy();
  });
  visit(other, "?model=b&n=3");
  const store = made(other);
  assert.deepEqual(store.view, { model: "b", n: 3, lang: "zh" });
  assert.equal(tab.here.search, "?model=b&n=3&lang=zh&lecture=vae&scene=2");
  store.adopt(says({ keys: ["model", "lang"], values: { model: "a" } })); // Python has not read it
  assert.deepEqual(tab.told.at(-1).texts, { model: "b", lang: "zh" });
  store.adopt(says({ keys: ["model", "lang"], values: { model: "b", lang: "zh" }, heard: tab.told.at(-1).number }));
  assert.equal(store.view.model, "b");
});

test("a visit to the page on screen changes its view", () => {
  const store = opened("?n=5");
  store.adopt(says());
  visit(session, "?n=6");
  assert.equal(store.view.n, 6);
});

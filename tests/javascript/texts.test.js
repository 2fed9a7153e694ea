// The catalogue: texts with parameters, and sentences of the library.

import assert from "node:assert/strict";
import { test } from "node:test";

import { classNames, said, setTexts, t } from "../../pages/_ui/frontend/state/texts.js";

setTexts({
  "a.pins": "{count} of {most}",
  "error.runs.resumed": "从第 {step:,} 步之后继续。",
  "error.storage.missing": "没有 {name!r}。",
  "error.runs.not_recorded": "无法在 {folder} 记录：{reason}。",
  "error.runs.both": "{why}（{error}）",
  "error.word.Permission denied": "没有权限",
  "classes.Ankle boot": "短靴",
});

test("a text is filled with its parameters, and says what it lacks", () => {
  assert.equal(t("a.pins", { count: 2, most: 12 }), "2 of 12");
  assert.throws(() => t("a.pins", { count: 2 }), /needs most/);
  assert.throws(() => t("a.nothing"), /no text a.nothing/);
});

test("what Python has formatted is shown as it is", () => {
  assert.equal(said({ message: "…", key: "runs.resumed", parameters: { step: "1,234" } }), "从第 1,234 步之后继续。");
  assert.equal(said({ message: "…", key: "storage.missing", parameters: { name: "'a'" } }), "没有 'a'。");
});

test("words and sentences within a sentence are said in its language", () => {
  const inner = { message: "…", key: "runs.not_recorded", parameters: { folder: "/runs", reason: "Permission denied" } };
  assert.equal(said(inner), "无法在 /runs 记录：没有权限。");
  const why = { message: "Not finite.", key: "nobody.knows", parameters: {} };
  assert.equal(said({ message: "…", key: "runs.both", parameters: { why, error: inner } }), "Not finite.（无法在 /runs 记录：没有权限。）");
});

test("a sentence without a translation is the library's own; none is none", () => {
  assert.equal(said({ message: "The disk is full.", key: "nobody.knows" }), "The disk is full.");
  assert.equal(said({ message: null }), null);
});

test("a class has its name in the language, a digit is its own", () => {
  assert.deepEqual(classNames(["Ankle boot", "7", "tsu"]), ["短靴", "7", "tsu"]);
});

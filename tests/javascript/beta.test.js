// β: its values, what may be typed, and how a run hears of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CHIPS, LADDER, betaOf, stepOf, textOfBeta, typedBeta } from "../../pages/_ui/frontend/pages/live_training/settings.js";
import { Told } from "../../pages/_ui/frontend/pages/live_training/told.js";

test("the slider rises from 0 to 20, with 8 and the chips among its steps", () => {
  assert.deepEqual([...LADDER].sort((a, b) => a - b), LADDER);
  assert.deepEqual([LADDER[0], LADDER.at(-1)], [0, 20]);
  for (const beta of [8, ...CHIPS]) assert.equal(LADDER[stepOf(beta)], beta);
});

test("every β that can be had goes into the address and back, to six digits", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1000, noNaN: true }), (beta) => {
      const back = betaOf(textOfBeta(beta));
      assert.ok(Math.abs(back - beta) <= 1e-5 * beta);
      assert.equal(textOfBeta(back), textOfBeta(beta));
    }),
  );
  assert.deepEqual([betaOf(""), betaOf(undefined), betaOf("x"), betaOf("-1"), betaOf("0")], [1, 1, 1, 1, 0]);
});

test("any number from 0 to 1000 can be typed, and nothing else", () => {
  assert.deepEqual(["8", " 0.37 ", "2,5", "1000", "0"].map(typedBeta), [8, 0.37, 2.5, 1000, 0]);
  assert.deepEqual(["", "-1", "1001", "four", "NaN", "Infinity"].map(typedBeta), Array(6).fill(null));
});

test("while a run is being told, only the last value waits", async () => {
  /** @type {[string, unknown][]} */
  const heard = [];
  let release = () => {};
  const host = {
    /** @param {string} url @param {object} told @returns {Promise<void>} */
    post(url, told) {
      heard.push([url, told]);
      return new Promise((done) => (release = done));
    },
  };
  const told = new Told(host, (sentence) => assert.fail(sentence));
  for (const beta of [2, 3, 4, 5]) told.move(beta, "runs/1");
  assert.deepEqual(heard, [["runs/1/control", { beta: 2 }]]);
  release();
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(heard.map(([, told]) => told), [{ beta: 2 }, { beta: 5 }]);
  assert.ok(told.busy);
});

test("a run that does not take it says why", async () => {
  /** @type {string[]} */
  const said = [];
  const told = new Told({ post: () => Promise.reject(new Error("It is over.")) }, (sentence) => said.push(sentence));
  told.move(2, "runs/1");
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(said, ["It is over."]);
});

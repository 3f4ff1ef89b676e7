// The merge patch that a form of the control room makes.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item } from "../../../web/src/shared/api.ts";
import { form_of, patch_of } from "../../../web/src/ops/edits.ts";

const item: Item = {
  id: 2,
  title: "Risk",
  topic: "games",
  price: 1599,
  stock: 10,
  version: 7,
  description: "Two\nlines",
  topics: ["war", "maps"],
  attributes: { players: "2", colour: "red" },
  low: 3,
};
const patch = (change: object, of = item) => patch_of(of, { ...form_of(of), ...change });

test("a form that changes nothing makes an empty patch", () => {
  assert.deepEqual(patch({}), {});
  assert.deepEqual(patch({}, { id: 1, title: "T", topic: "", price: 1, stock: 1, version: 1 }), {});
});

test("only what differs is in the patch, and what is empty is removed", () => {
  assert.deepEqual(patch({ title: "Risk 2", low: "4" }), { title: "Risk 2", low: 4 });
  assert.deepEqual(patch({ description: "", topics: "\n", low: "" }), { description: null, topics: null, low: null });
  assert.deepEqual(patch({ topics: " war \n\nfun" }), { topics: ["war", "fun"] });
  assert.deepEqual(patch({ low: "0" }), { low: 0 });
});

test("attributes are changed one by one", () => {
  assert.deepEqual(patch({ attributes: "players=2\nsize=a=b" }), { attributes: { colour: null, size: "a=b" } });
  assert.deepEqual(patch({ attributes: "colour=red\nplayers=2" }), {}, "their order is of no interest");
  for (const wrong of ["players", "=2", "a=1\na=2"]) assert.equal(typeof patch({ attributes: wrong }), "string", wrong);
});

// A shelf that is read again while further pages of it come.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item } from "../../../web/src/shared/api.ts";
import { read_again } from "../../../web/src/shop/shelf.ts";

const items = (from: number, to: number, version = 1) =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ id: from + at, version }) as Item);
const ids = (shelf: { items: readonly Item[] }) => shelf.items.map((item) => item.id);

test("a page that came while the shelf was read again stays", () => {
  const shelf = read_again({ items: items(1, 48), next: 48 }, { items: items(1, 24, 2), next: 24 });
  assert.deepEqual(ids(shelf), ids({ items: items(1, 48) }));
  assert.deepEqual([shelf.items[0]!.version, shelf.items[47]!.version, shelf.next], [2, 1, 48]);
});

test("without such a page the shelf is what was read, but no item goes back to an earlier version", () => {
  const shelf = read_again({ items: items(1, 24, 3), next: 24 }, { items: items(1, 24, 2), next: 24 });
  assert.deepEqual([ids(shelf).length, shelf.items[0]!.version, shelf.next], [24, 3, 24]);
  assert.deepEqual(read_again({ items: items(1, 2) }, { items: items(1, 3) }), { items: items(1, 3), next: undefined });
});

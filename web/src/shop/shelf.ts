// The items of a shelf, in pages: in the order of the store, or sorted by title or price. Pure.
//
// The store gives items by their id. So a sorted shelf reads all of them, up to SORTED_MAX, before it shows the first.
import type { Item, ItemsPage } from "../shared/api.ts";
import { count } from "../shared/money.ts";
import { newest } from "./stock.ts";

export const PAGE = 24;
export const ASKED_MAX = 1000; // in one request
export const SORTED_MAX = 10_000;

export const SORTS = ["title", "price", "-price"] as const;
export type Sort = (typeof SORTS)[number];
export const is_sort = (text: string | null | undefined): text is Sort => SORTS.includes(text as Sort);

export interface Shelf {
  items: readonly Item[]; // all that were read
  next?: number; // the store has more, after this one
}

export type AskItems = (limit: number, after?: number) => Promise<ItemsPage>;

// At least `wanted` items, if there are so many.
export async function read_shelf(ask: AskItems, sort: Sort | undefined, wanted: number): Promise<Shelf> {
  if (!sort) return ask(Math.min(Math.max(PAGE, wanted), ASKED_MAX));
  let shelf: Shelf = await ask(ASKED_MAX);
  while (shelf.next !== undefined && shelf.items.length < SORTED_MAX) {
    const page = await ask(ASKED_MAX, shelf.next);
    shelf = { items: [...shelf.items, ...page.items], next: page.next };
  }
  return { items: sorted(shelf.items, sort), next: shelf.next };
}

// The shelf after it was read again from its begin. Pages that came while it was read stay behind what was read.
export function read_again(old: Shelf, read: Shelf): Shelf {
  const items = newest(old.items, read.items);
  const { next } = read;
  const behind = next === undefined ? [] : old.items.filter((item) => item.id > next);
  return behind.length ? { items: [...items, ...behind], next: old.next } : { items, next };
}

export function sorted(items: readonly Item[], sort: Sort): Item[] {
  const by_title = new Intl.Collator(undefined, { numeric: true }).compare;
  const order = {
    title: (a: Item, b: Item) => by_title(a.title, b.title),
    price: (a: Item, b: Item) => a.price - b.price,
    "-price": (a: Item, b: Item) => b.price - a.price,
  }[sort];
  return [...items].sort((a, b) => order(a, b) || a.id - b.id);
}

// The number of items of the whole shelf, as text. `told`: that number, if the store tells it by other means.
export function count_text(shelf: Shelf, told: number | undefined): string {
  const known = shelf.next === undefined ? shelf.items.length : told;
  if (known === undefined) return `more than ${count(shelf.items.length)} items`;
  return known === 1 ? "1 item" : `${count(known)} items`;
}

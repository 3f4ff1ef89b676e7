// The basket: the items that a customer wants, and how they differ from what the shop has now. Pure.
import type { Item, NewOrder } from "../shared/api.ts";
import { count } from "../shared/money.ts";
import { available } from "../shared/places.ts";
import { not_sold } from "./terms.ts";

export interface BasketLine {
  item: number;
  title: string;
  topic: string;
  quantity: number;
  price: number; // the price that the customer has seen; the order is refused if it has changed
}
export type Basket = readonly BasketLine[];

export const QUANTITY_MAX = 1_000_000;
export const LINES_MAX = 100;

const clamp = (quantity: number) => Math.min(QUANTITY_MAX, Math.max(1, Math.floor(quantity) || 1));

export function add(basket: Basket, item: Item, quantity: number): Basket {
  const old = basket.find((line) => line.item === item.id);
  const line = {
    item: item.id,
    title: item.title,
    topic: item.topic,
    quantity: clamp((old?.quantity ?? 0) + quantity),
    price: item.price,
  };
  if (old) return basket.map((other) => (other === old ? line : other));
  return basket.length < LINES_MAX ? [...basket, line] : basket;
}

export const remove = (basket: Basket, item: number): Basket => basket.filter((line) => line.item !== item);

export const set_quantity = (basket: Basket, item: number, quantity: number): Basket =>
  basket.map((line) => (line.item === item ? { ...line, quantity: clamp(quantity) } : line));

export const quantity_of = (basket: Basket, item: number): number =>
  basket.find((line) => line.item === item)?.quantity ?? 0;

export const pieces_in = (basket: Basket): number => basket.reduce((sum, line) => sum + line.quantity, 0);

export const total = (basket: Basket): number => basket.reduce((sum, line) => sum + line.quantity * line.price, 0);

export function order_of(basket: Basket, customer: string): NewOrder {
  const name = customer.trim();
  return {
    type: "buy",
    ...(name ? { customer: name } : {}),
    lines: basket.map(({ item, quantity, price }) => ({ item, quantity, price })),
  };
}

// A difference from what the customer saw. `left`: so many pieces may be bought, fewer than wanted. `why`: the words for
// this, unless no more are in stock. `price`: the new price.
export interface Difference {
  item: number;
  left?: number;
  why?: string;
  price?: number;
}

// The most pieces of one order, and the words for it if it is not the stock that limits them.
function most_of(item: Item, at: number): { left: number; why?: string } {
  const why = not_sold(item, at);
  if (why) return { left: 0, why };
  const left = available(item);
  const most = item.terms?.per_order ?? left;
  return most < left ? { left: most, why: `At most ${count(most)} in one order` } : { left };
}

// `at`: the visitor's time.
export function difference(line: BasketLine, now: Item | undefined, at = Date.now()): Difference | undefined {
  if (!now) return undefined;
  const most = most_of(now, at);
  const found: Difference = { item: line.item, ...(most.left < line.quantity && most) };
  if (now.price !== line.price) found.price = now.price;
  return found.left === undefined && found.price === undefined ? undefined : found;
}

export const differences = (basket: Basket, now: ReadonlyMap<number, Item>): Difference[] =>
  basket.flatMap((line) => difference(line, now.get(line.item)) ?? []);

// The basket with what the shop has: fewer pieces, without sold-out items, at the present prices.
export function accept(basket: Basket, changes: readonly Difference[]): Basket {
  return basket.flatMap((line) => {
    const change = changes.find((one) => one.item === line.item);
    if (!change) return [line];
    if (change.left === 0) return [];
    return [{ ...line, quantity: change.left ?? line.quantity, price: change.price ?? line.price }];
  });
}

export interface Kept {
  key: string; // of the order that will be made of the lines
  lines: Basket;
}

// The browser's storage may hold anything: an older format (the lines alone), damaged text, changes by hand.
export function read_kept(text: string | null, new_key: () => string): Kept {
  try {
    const read = JSON.parse(text ?? "[]") as { key?: unknown; lines?: unknown } | unknown[] | null;
    const lines: unknown = Array.isArray(read) ? read : read?.lines;
    const key = Array.isArray(read) ? undefined : read?.key;
    return {
      key: typeof key === "string" && key ? key : new_key(),
      lines: Array.isArray(lines) ? lines.filter(is_line).slice(0, LINES_MAX) : [],
    };
  } catch {
    return { key: new_key(), lines: [] };
  }
}

export const same_basket = (one: Basket, other: Basket): boolean => JSON.stringify(one) === JSON.stringify(other);

const is_count = (value: unknown, min: number) => Number.isSafeInteger(value) && (value as number) >= min;

function is_line(line: Partial<BasketLine> | null): line is BasketLine {
  return (
    !!line &&
    is_count(line.item, 1) &&
    is_count(line.quantity, 1) &&
    is_count(line.price, 0) &&
    typeof line.title === "string" &&
    typeof line.topic === "string"
  );
}

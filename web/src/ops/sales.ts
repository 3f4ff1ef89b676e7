// The sales of the last days, as `pygmy report sales` counts them: pieces that were taken back
// count on the day of their order, and days are those of UTC. Pure.
import type { Order, OrdersPage } from "../shared/api.ts";
import { last_orders } from "../shop/last_orders.ts";

export const ORDERS_MAX = 5000;
export const PAGE = 1000;
const DAYS_MAX = 31;
const DAY_MS = 86_400_000;

export interface Day {
  day: string; // "2026-11-21"
  orders: number;
  pieces: number; // less those that were taken back
  net: number; // in minor units
}

export interface Sales {
  days: Day[]; // the newest first, also those without a sale
  whole: boolean; // false: the oldest day may have had more
}

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);

// Reads the last orders of the store, at most ORDERS_MAX of them. `ask` gives the orders after a number, in pages that
// may be shorter than the limit.
export async function last_sales(ask: (after: number, limit: number) => Promise<OrdersPage>): Promise<Sales> {
  const newest = (await last_orders((after) => ask(after, 100))).orders[0]?.no ?? 0;
  const first = Math.max(0, newest - ORDERS_MAX);
  const orders: Order[] = [];
  for (let after: number | undefined = first; after !== undefined && after < newest;) {
    const page: OrdersPage = await ask(after, PAGE);
    orders.push(...page.orders.filter((order) => order.no <= newest));
    after = page.next;
  }
  return by_day(orders, first === 0);
}

// `orders`: the oldest first. `all`: the store has no older ones.
export function by_day(orders: readonly Order[], all: boolean): Sales {
  const days = new Map<number, Day>();
  const last = Math.floor((orders.at(-1)?.at ?? 0) / DAY_MS);
  const first = Math.max(last - DAYS_MAX + 1, Math.floor((orders[0]?.at ?? 0) / DAY_MS));
  for (let day = last; orders.length > 0 && day >= first; --day) {
    const name = new Date(day * DAY_MS).toISOString().slice(0, 10);
    days.set(day, { day: name, orders: 0, pieces: 0, net: 0 });
  }
  for (const order of orders) {
    const day = days.get(Math.floor(order.at / DAY_MS));
    if (!day || order.type !== "buy") continue;
    const back = order.cancellations ?? [];
    const pieces = (lines: Order["lines"]) => sum(lines.map((line) => line.quantity));
    day.orders += 1;
    day.pieces += pieces(order.lines) - sum(back.map((each) => pieces(each.lines)));
    day.net += order.total - sum(back.map((each) => each.total));
  }
  return {
    days: [...days.values()],
    whole: all || (orders[0] !== undefined && Math.floor(orders[0].at / DAY_MS) < first),
  };
}

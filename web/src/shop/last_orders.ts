// The newest orders of a customer, and from there the older ones, page by page.
//
// The store gives orders ascending, from the one after a number on. So this looks for the number from which one page
// reaches the end: it doubles its step until the orders end, and then halves the interval. None of the requests is large,
// and their number grows with the logarithm of the number of orders.
import type { Order, OrdersPage } from "../shared/api.ts";

export const PAGE = 100;

// The orders after a number, at most PAGE of them.
export type AskOrders = (after: number) => Promise<OrdersPage>;

export interface LastOrders {
  orders: Order[]; // the newest first
  older: boolean; // there are older ones
}

// The last orders before the number `end` (without it: the last of all): at most PAGE, and none only if there are none.
export async function last_orders(ask: AskOrders, end = Infinity): Promise<LastOrders> {
  let found = await look(ask, 0, end);
  if (found.reaches) return { orders: found.orders.reverse(), older: false };
  // From `short` one page does not reach the end; from `high` it does.
  let short = 0;
  let high: number | undefined;
  for (let at = found.last, step = PAGE; ;) {
    const seen = await look(ask, at, end);
    if (seen.reaches) {
      high = at;
      if (seen.orders.length >= PAGE / 2) return { orders: seen.orders.reverse(), older: true };
      found = seen;
    } else {
      short = at;
    }
    if (high !== undefined && high - short <= 1) return { orders: found.orders.reverse(), older: true };
    at = high === undefined ? Math.max(seen.last, at + step) : Math.floor((short + high) / 2);
    step *= 2;
  }
}

// One page from `after` on: its orders before `end`, and whether they are all that there are.
async function look(ask: AskOrders, after: number, end: number) {
  const page = await ask(after);
  const orders = page.orders.filter((order) => order.no < end);
  return {
    orders,
    reaches: page.next === undefined || orders.length < page.orders.length,
    last: orders.at(-1)?.no ?? after,
  };
}

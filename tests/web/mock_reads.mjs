// The lists and searches of the mock. `given`: the parameters of the request.
import { ok } from "./mock_http.mjs";

// `items`: id -> item.
export function topics_of(items) {
  const counts = new Map();
  for (const { topic } of items.values()) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return [...counts].map(([topic, number]) => ({ topic, items: number }));
}

export function found_orders(orders, given) {
  const limit = Number(given.get("limit") ?? 100);
  const found = orders.filter(
    (order) => order.customer === given.get("customer") && order.no > Number(given.get("after") ?? 0),
  );
  return ok({ orders: found.slice(0, limit), ...(found.length > limit ? { next: found[limit - 1].no } : {}) });
}

export function found_items(items, given) {
  const words = (given.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const limit = Number(given.get("limit") ?? 100);
  const found = [...items.values()].filter(
    (item) =>
      item.id > Number(given.get("after") ?? 0) &&
      (!given.get("topic") || item.topic === given.get("topic").toLowerCase()) &&
      (!given.get("low") || item.stock - (item.held ?? 0) <= item.low) &&
      words.every((word) =>
        item.title
          .toLowerCase()
          .split(/\W+/)
          .some((one) => one.startsWith(word)),
      ),
  );
  return ok({ items: found.slice(0, limit), ...(found.length > limit ? { next: found[limit - 1].id } : {}) });
}

// The pages of the shop, named by the part of the address after the #. The server has one page for all of them.
import { is_sort, type Sort } from "./shelf.ts";

export type Route =
  | { page: "browse"; topic?: string; text?: string; sort?: Sort }
  | { page: "item"; id: number }
  | { page: "basket" }
  | { page: "checkout" }
  | { page: "orders"; customer?: string }
  | { page: "order"; no: number; placed?: boolean }
  | { page: "sign-in" }
  | { page: "nowhere" };

const positive = (text: string | undefined) => (/^[1-9]\d{0,15}$/.test(text ?? "") ? Number(text) : undefined);

export function parse_route(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?");
  const [page, rest, more] = path.split("/");
  const given = new URLSearchParams(search);
  const number = positive(rest);
  if (more !== undefined) return { page: "nowhere" };
  if (!page && rest === undefined) {
    const sort = given.get("sort");
    return {
      page: "browse",
      topic: given.get("topic") || undefined,
      text: given.get("text") || undefined,
      ...(is_sort(sort) && { sort }),
    };
  }
  if (page === "item" && number) return { page: "item", id: number };
  if (page === "basket" && rest === undefined) return { page: "basket" };
  if (page === "checkout" && rest === undefined) return { page: "checkout" };
  if (page === "sign-in" && rest === undefined) return { page: "sign-in" };
  if (page === "orders" && rest === undefined) return { page: "orders", customer: given.get("customer") || undefined };
  if (page === "orders" && number) return { page: "order", no: number, placed: given.has("placed") };
  return { page: "nowhere" };
}

const search = (given: Record<string, string | undefined>) => {
  const pairs = Object.entries(given).filter((pair): pair is [string, string] => !!pair[1]);
  return pairs.length ? "?" + new URLSearchParams(pairs) : "";
};

export const to = {
  browse: (topic?: string, text?: string, sort?: Sort) => "#/" + search({ topic, text, sort }),
  item: (id: number) => `#/item/${id}`,
  basket: () => "#/basket",
  checkout: () => "#/checkout",
  sign_in: () => "#/sign-in",
  orders: (customer?: string) => "#/orders" + search({ customer }),
  order: (no: number, placed = false) => `#/orders/${no}${placed ? "?placed=1" : ""}`,
};

// The data that this browser keeps: the basket, the order whose answer is not known yet, the customer's name. Tabs
// share it, and a change of the basket shows in all of them.
import { useEffect, useState } from "preact/hooks";
import { read_basket, type Basket } from "./basket.ts";
import { read_pending, type Pending } from "./checkout.ts";

const BASKET = "pygmy.basket";
const PENDING = "pygmy.pending";
const CUSTOMER = "pygmy.customer";

let basket = read_basket(localStorage.getItem(BASKET));
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((listener) => listener());

addEventListener("storage", (event) => {
  if (event.key !== BASKET && event.key !== null) return;
  basket = read_basket(localStorage.getItem(BASKET));
  tell();
});

export const current_basket = () => basket;

export function change_basket(change: (basket: Basket) => Basket): void {
  basket = change(basket);
  localStorage.setItem(BASKET, JSON.stringify(basket));
  tell();
}

export function useBasket(): Basket {
  const [shown, set_shown] = useState(basket);
  useEffect(() => {
    const listener = () => set_shown(basket);
    listener();
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return shown;
}

export const load_pending = () => read_pending(localStorage.getItem(PENDING));

export function save_pending(pending: Pending | undefined): void {
  if (pending) localStorage.setItem(PENDING, JSON.stringify(pending));
  else localStorage.removeItem(PENDING);
}

// The number of an order that was placed in this tab, until its page is shown: a reload may come first.
const PLACED = "pygmy.placed";
export const load_placed = () => Number(sessionStorage.getItem(PLACED)) || undefined;
export const save_placed = (no: number) => sessionStorage.setItem(PLACED, String(no));
export const forget_placed = () => sessionStorage.removeItem(PLACED);

export const load_customer = () => localStorage.getItem(CUSTOMER) ?? "";
export const save_customer = (name: string) => localStorage.setItem(CUSTOMER, name.trim());

// The name of this tab. It survives a reload.
export function tab_name(): string {
  const name = sessionStorage.getItem("pygmy.tab") ?? String(Math.random());
  sessionStorage.setItem("pygmy.tab", name);
  return name;
}

// The data that this browser keeps: the basket, its hold, the order whose answer is not known yet, the customer's name.
// Tabs share it, and a change of the basket shows in all of them.
//
// The basket has the key of the order that will be made of it, and the key of its hold follows from that key. So if two tabs order the same basket at the same time,
// they send the same key, and the store makes one order. A basket that changes, or was ordered, gets another key.
import { useEffect, useMemo, useState } from "preact/hooks";
import { new_key } from "../shared/api.ts";
import { read_kept, same_basket, type Basket, type Kept } from "./basket.ts";
import { read_pending, type Pending } from "./checkout.ts";
import { read_hold, type KeptHold } from "./hold.ts";

const BASKET = "pygmy.basket";
const HOLD = "pygmy.hold";
const PENDING = "pygmy.pending";
const CUSTOMER = "pygmy.customer";

const load_kept = () => read_kept(localStorage.getItem(BASKET), new_key);
let kept = load_kept();
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((listener) => listener());

function save_kept(next: Kept): void {
  kept = next;
  localStorage.setItem(BASKET, JSON.stringify(next));
  tell();
}

addEventListener("storage", (event) => {
  if (event.key === BASKET || event.key === null) kept = load_kept();
  else if (event.key !== HOLD) return;
  tell();
});

export const current_basket = () => kept.lines;

// As the storage has it now: another tab may have changed it before this one was told.
export const kept_basket = (): Kept => (kept = load_kept());

export function change_basket(change: (basket: Basket) => Basket): void {
  const lines = change(kept.lines);
  if (!same_basket(lines, kept.lines)) save_kept({ key: new_key(), lines });
}

export const renew_key = () => save_kept({ ...kept_basket(), key: new_key() });

function useNow<Value>(read: () => Value): Value {
  const [shown, set_shown] = useState(read);
  useEffect(() => {
    const listener = () => set_shown(read);
    listener();
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return shown;
}

export const useKept = (): Kept => useNow(() => kept);
export const useBasket = (): Basket => useNow(() => kept.lines);

export const load_hold = () => read_hold(localStorage.getItem(HOLD));

export function save_hold(hold: KeptHold | undefined): void {
  if (hold) localStorage.setItem(HOLD, JSON.stringify(hold));
  else localStorage.removeItem(HOLD);
  tell();
}

export function useHold(): KeptHold | undefined {
  const text = useNow(() => localStorage.getItem(HOLD));
  return useMemo(() => read_hold(text), [text]);
}

// Calls `listener` when another tab begins an order.
export const on_pending = (listener: () => void) =>
  addEventListener("storage", (event) => event.key === PENDING && event.newValue && listener());

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

// Connects checkout.ts with the browser. A tab places one order at a time.
import { useEffect, useState } from "preact/hooks";
import { api, new_key } from "../shared/api.ts";
import { order_of, type Basket } from "./basket.ts";
import { left_over, place, settle, type Result, type World } from "./checkout.ts";
import { change_basket, load_pending, load_placed, save_pending, save_placed, tab_name } from "./kept.ts";
import { to } from "./route.ts";

export type Progress = "idle" | "sending" | "settling" | "waiting";
export interface Ordering {
  progress: Progress;
  last?: Result; // the result of the last order, if it was not placed
  settled?: boolean; // that order was sent before this page was loaded
}

let state: Ordering = { progress: "idle" };
const listeners = new Set<(state: Ordering) => void>();
function show(next: Ordering): void {
  state = next;
  listeners.forEach((listener) => listener(next));
}

const world: World = {
  load: load_pending,
  save: save_pending,
  place: api.place,
  outcome: api.outcome,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  progress: (progress) => show({ ...state, progress }),
};

// Removes the ordered items from the basket. Other items that were added meanwhile stay.
function finish(result: Result, settled: boolean): void {
  show({ progress: "idle", last: result.kind === "placed" ? undefined : result, settled });
  if (result.kind !== "placed") return;
  save_placed(result.order.no);
  const bought = new Set(result.order.lines.map((line) => line.item));
  change_basket((basket) => basket.filter((line) => !bought.has(line.item)));
  location.hash = to.order(result.order.no, true);
}

export async function order(basket: Basket, customer: string): Promise<void> {
  if (state.progress !== "idle") return;
  const pending = { key: new_key(), body: order_of(basket, customer), at: Date.now(), tab: tab_name() };
  finish(await place(world, pending), false);
}

// Call it once, when the page is loaded.
export async function settle_left_over(): Promise<void> {
  const placed = load_placed();
  if (placed) location.hash = to.order(placed, true);
  const pending = left_over(world, tab_name(), Date.now());
  if (pending && state.progress === "idle") finish(await settle(world, pending), true);
}

export const forget_last = () => show({ progress: state.progress });

export function useOrdering(): Ordering {
  const [shown, set_shown] = useState(state);
  useEffect(() => {
    set_shown(state);
    listeners.add(set_shown);
    return () => void listeners.delete(set_shown);
  }, []);
  return shown;
}

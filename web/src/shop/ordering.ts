// Connects checkout.ts with the browser. The tabs of a browser order in turns: the one that has the lock (Web Locks)
// orders, and the browser frees the lock if that tab is closed. Then the next tab settles the order that it finds.
//
// A browser without Web Locks has no turns. There two tabs that order the same basket at once send the same key
// (kept.ts).
import { useEffect, useState } from "preact/hooks";
import { api } from "../shared/api.ts";
import { order_of, same_basket, type Basket } from "./basket.ts";
import { left_over, place, settle, type Pending, type Result, type World } from "./checkout.ts";
import {
  change_basket,
  kept_basket,
  load_pending,
  load_placed,
  on_pending,
  renew_key,
  save_pending,
  save_placed,
  tab_name,
} from "./kept.ts";
import { to } from "./route.ts";

// queued: another tab has its turn.
export type Progress = "idle" | "queued" | "sending" | "settling" | "waiting";
export interface Ordering {
  progress: Progress;
  last?: Result; // the result of the last order, unless its page is shown
  settled?: boolean; // another tab sent that order, or this one before it was loaded
}

const QUEUED_MS = 300; // a shorter wait for the turn needs no message

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

const turns = () => navigator.locks !== undefined;
async function in_turn(work: () => Promise<void>): Promise<void> {
  await (turns() ? navigator.locks.request("pygmy.order", work) : work());
}

// Removes the ordered items from the basket. Other items that were added meanwhile stay. The page of the order is shown
// in the tab that sent it.
function finish(result: Result, pending: Pending, settled: boolean): void {
  const here = pending.tab === tab_name();
  const shown = result.kind === "placed" && here;
  show({ progress: "idle", last: shown ? undefined : result, settled });
  if (result.kind !== "placed") return renew_key();
  const bought = new Set(result.order.lines.map((line) => line.item));
  kept_basket();
  change_basket((basket) => basket.filter((line) => !bought.has(line.item)));
  if (!here) return;
  save_placed(result.order.no);
  location.hash = to.order(result.order.no, true);
}

async function settled(pending: Pending): Promise<Result> {
  const result = await settle(world, pending);
  finish(result, pending, true);
  return result;
}

// `clicked`: the basket that the customer saw.
export async function order(clicked: Basket, customer: string): Promise<void> {
  if (state.progress !== "idle") return;
  show({ progress: "sending" });
  const queued = setTimeout(() => show({ progress: "queued" }), QUEUED_MS);
  await in_turn(async () => {
    clearTimeout(queued);
    const earlier = load_pending();
    if (earlier && (await settled(earlier)).kind === "placed") return; // it may be the same basket
    const { key, lines } = kept_basket();
    if (!same_basket(lines, clicked)) return show({ progress: "idle", last: { kind: "elsewhere" } });
    const pending = { key, body: order_of(lines, customer), at: Date.now(), tab: tab_name() };
    finish(await place(world, pending), pending, false);
  });
}

function settle_left_over(): Promise<void> {
  return in_turn(async () => {
    const pending = left_over(world, tab_name(), Date.now(), turns());
    if (pending && (turns() || state.progress === "idle")) await settled(pending);
  });
}

// Call it once, when the page is loaded.
export async function begin(): Promise<void> {
  const placed = load_placed();
  if (placed) location.hash = to.order(placed, true);
  if (turns()) on_pending(() => void settle_left_over());
  await settle_left_over();
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

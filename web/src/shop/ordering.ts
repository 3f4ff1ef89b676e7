// Connects checkout.ts with the browser. The tabs of a browser order in turns: the one that has the lock (Web Locks)
// orders, and the browser frees the lock if that tab is closed. Then the next tab settles the order that it finds.
//
// A browser without Web Locks has no turns. There two tabs that order the same basket at once send the same key
// (kept.ts).
import { useEffect, useState } from "preact/hooks";
import { api, type Hold } from "../shared/api.ts";
import { order_of, same_basket, type Basket } from "./basket.ts";
import { left_over, place, settle, type Pending, type Result, type World } from "./checkout.ts";
import { hold, hold_of, left_of, let_go, type HoldResult, type HoldWorld } from "./hold.ts";
import {
  change_basket,
  kept_basket,
  load_hold,
  load_pending,
  load_placed,
  on_pending,
  renew_key,
  save_hold,
  save_pending,
  save_placed,
  tab_name,
} from "./kept.ts";
import { parse_route, to } from "./route.ts";

// queued: another tab has its turn.
export type Progress = "idle" | "queued" | "holding" | "sending" | "settling" | "waiting";

// The hold that the check-out shows.
export interface Held {
  no: number;
  key: string; // of the basket
  ends: number; // by performance.now()
  over: boolean;
}
export interface Ordering {
  progress: Progress;
  last?: Result; // the result of the last order or hold, unless its page is shown
  settled?: boolean; // another tab sent that order, or this one before it was loaded
  held?: Held;
  direct?: boolean; // the shop has refused to hold: the basket is ordered without
}

const QUEUED_MS = 300; // a shorter wait for the turn needs no message

let state: Ordering = { progress: "idle" };
const listeners = new Set<(state: Ordering) => void>();
function show(change: Partial<Ordering>): void {
  state = { ...state, ...change };
  listeners.forEach((listener) => listener(state));
}

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const world: World = {
  load: load_pending,
  save: save_pending,
  place: api.place,
  confirm: api.confirm,
  outcome: api.outcome,
  sleep,
  progress: (progress) => show({ progress }),
};

const holds: HoldWorld = {
  load: load_hold,
  save: save_hold,
  place: api.place_hold,
  outcome: api.outcome,
  release: api.release,
  sleep,
};

const turns = () => navigator.locks !== undefined;
async function in_turn(work: () => Promise<void>): Promise<void> {
  await (turns() ? navigator.locks.request("pygmy.order", work) : work());
}

// Says so if the turn does not come at once.
async function begin_in_turn(progress: Progress, work: () => Promise<void>): Promise<void> {
  show({ progress, last: undefined });
  const queued = setTimeout(() => show({ progress: "queued" }), QUEUED_MS);
  await in_turn(async () => {
    clearTimeout(queued);
    const earlier = load_pending();
    if (earlier && (await settled(earlier)).kind === "placed") return; // it may be the same basket
    show({ progress, last: undefined });
    await work();
  });
}

const is_over = (result: Result) =>
  result.kind === "refused" && ["hold_over", "unknown_hold"].includes(result.problem.code);

// The hold of an order that was not placed is released, because the next try has another key.
async function end_hold(pending: Pending, result: Result): Promise<void> {
  const kept = load_hold();
  if (!kept || kept.no === undefined || kept.no !== pending.hold) return;
  if (result.kind === "placed" || is_over(result)) save_hold(undefined);
  else await let_go(holds, kept);
}

// Removes the ordered items from the basket. Other items that were added meanwhile stay. The page of the order is shown
// in the tab that sent it.
async function finish(result: Result, pending: Pending, settled: boolean): Promise<void> {
  await end_hold(pending, result);
  const here = pending.tab === tab_name();
  const shown = result.kind === "placed" && here;
  const of_shown = pending.hold === state.held?.no;
  const held = of_shown && state.held && is_over(result) ? { ...state.held, over: true } : undefined;
  show({
    progress: "idle",
    last: shown ? undefined : result,
    settled,
    held: of_shown ? held : state.held,
    direct: false,
  });
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
  await finish(result, pending, true);
  return result;
}

const elsewhere = () => show({ progress: "idle", last: { kind: "elsewhere" }, settled: false });

// Orders the basket, of its hold if there is one. `clicked`: the basket that the customer saw.
export async function order(clicked: Basket, customer: string, held?: Held): Promise<void> {
  if (state.progress !== "idle") return;
  await begin_in_turn("sending", async () => {
    const { key, lines } = kept_basket();
    if (!same_basket(lines, clicked) || (held && held.key !== key)) return elsewhere();
    const other = load_hold();
    if (other && other.no !== held?.no) await let_go(holds, other);
    const of_hold = held && { hold: held.no };
    const pending = { key, body: order_of(lines, customer), ...of_hold, at: Date.now(), tab: tab_name() };
    await finish(await place(world, pending), pending, false);
  });
}

const page = () => parse_route(location.hash).page;
const ends_of = (hold: Hold, now: number) => performance.now() + left_of(hold, now);
let left = false; // the customer has left the check-out since it was asked for

async function hold_basket(lines: Basket, customer: string): Promise<HoldResult> {
  const result = await hold(holds, hold_of(lines, customer, kept_basket().key));
  if (result.kind !== "over") return result;
  renew_key();
  return hold(holds, hold_of(lines, customer, kept_basket().key));
}

// Holds the basket and shows the check-out. If that cannot be, it shows the basket, which says why.
export async function check_out(clicked: Basket, customer: string): Promise<void> {
  if (state.progress !== "idle" || !clicked.length) return;
  left = false;
  show({ held: undefined });
  const is_wanted = () => !left && ["basket", "checkout"].includes(page());
  await begin_in_turn("holding", async () => {
    const { lines } = kept_basket();
    if (!is_wanted()) return show({ progress: "idle" }); // the order that was settled has its page, or the customer left
    if (!same_basket(lines, clicked)) return elsewhere();
    const result = await hold_basket(lines, customer);
    if (result.kind === "held") {
      const held = { no: result.hold.no, key: kept_basket().key, ends: performance.now() + result.left, over: false };
      show({ progress: "idle", held });
      if (is_wanted()) location.hash = to.checkout();
      else leave_check_out();
    } else if (result.kind === "refused") {
      renew_key();
      show({ progress: "idle", last: result, settled: false });
    } else if (result.kind === "unknown") {
      show({ progress: "idle", last: { kind: "refused", problem: result.problem }, settled: false });
    } else {
      show({ progress: "idle", direct: true });
    }
  });
}

// Lets the basket go, unless it is being held or ordered at this moment: then the end of that decides.
export function leave_check_out(): void {
  left = true;
  const { progress, held } = state;
  if (progress !== "idle" || !held) return;
  show({ held: undefined });
  const kept = load_hold();
  if (kept?.no !== held.no) return; // it has ended
  if (kept_basket().key === held.key) renew_key();
  void let_go(holds, kept);
}

export function end_check_out(): void {
  if (!state.held || state.progress !== "idle") return;
  if (load_hold()?.no === state.held.no) save_hold(undefined);
  show({ held: { ...state.held, over: true } });
}

// The countdown may have stood still while the computer slept, and another tab may have ended the hold.
export async function look_at_hold(): Promise<void> {
  const asked = state.held;
  if (!asked || asked.over) return;
  const answer = await api.hold(asked.no).catch(() => undefined);
  if (!answer || state.held?.no !== asked.no || state.held.over) return;
  if (answer.body.state !== "open") return end_check_out();
  show({ held: { ...state.held, ends: ends_of(answer.body, answer.now) } });
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

export const forget_last = () => show({ last: undefined });

export function useOrdering(): Ordering {
  const [shown, set_shown] = useState(state);
  useEffect(() => {
    set_shown(state);
    listeners.add(set_shown);
    return () => void listeners.delete(set_shown);
  }, []);
  return shown;
}

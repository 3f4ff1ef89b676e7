// Places an order so that it is never placed twice and never lost, whatever happens in between (G3).
//
// The browser keeps the key and the body before anything is sent, and forgets them only when the answer is certain. A
// page that finds an order kept does not send it again: it asks for the outcome of the key. That answer is final: the
// order, or nothing. After "nothing" a late copy of the request cannot take effect any more.
//
// One tab orders at a time (ordering.ts), so the browser keeps one order at most. A tab that gets its turn and finds one
// settles it first: the tab that sent it was closed in mid-order.
//
// Its effects are passed in as a World, so that tests can lose answers. Tests: tests/web/unit/checkout.test.ts
import { Problem, type NewOrder, type Order, type Outcome } from "../shared/api.ts";

export interface Pending {
  key: string;
  body: NewOrder;
  hold?: number; // the hold that the order is made of
  at: number; // when it was sent
  tab: string; // the tab that sent it
}

export interface World {
  load(): Pending | undefined;
  save(pending: Pending | undefined): void;
  place(body: NewOrder, key: string): Promise<Order>;
  confirm(hold: number, key: string): Promise<Order>;
  outcome(key: string): Promise<Outcome>;
  sleep(milliseconds: number): Promise<void>;
  progress(state: "sending" | "settling" | "waiting"): void; // waiting: the shop cannot be reached at present
}

export type Result =
  | { kind: "placed"; order: Order }
  | { kind: "refused"; problem: Problem } // nothing happened; the problem says why
  | { kind: "nothing" } // nothing happened, and nothing will: the key is void
  | { kind: "elsewhere" }; // this tab ordered nothing: another tab has ordered or changed the basket meanwhile

const BUSY_TRIES = 3;
const BUSY_WAIT_MS = 1000;
const SETTLE_WAIT_MS = 1000;
const SETTLE_WAIT_MAX_MS = 10_000;
// Without locks nobody knows whether the other tab still waits for its answer; asking for the outcome could void its
// order. So a younger order is left to it.
const OTHER_TAB_MS = 30_000;

export async function place(world: World, pending: Pending): Promise<Result> {
  const { key, body, hold } = pending;
  world.save(pending);
  world.progress("sending");
  for (let tries = 1; ; ++tries) {
    try {
      const order = await (hold === undefined ? world.place(body, key) : world.confirm(hold, key));
      return done(world, { kind: "placed", order });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "key_voided") return done(world, { kind: "nothing" });
      if (error.code === "key_reused") return done(world, { kind: "elsewhere" });
      if (error.definite) return done(world, { kind: "refused", problem: error });
      if (error.code !== "busy" || tries === BUSY_TRIES) return settle(world, pending);
      await world.sleep(BUSY_WAIT_MS);
    }
  }
}

export async function settle(world: World, pending: Pending): Promise<Result> {
  world.progress("settling");
  for (let wait = SETTLE_WAIT_MS; ; wait = Math.min(wait * 2, SETTLE_WAIT_MAX_MS)) {
    try {
      const { order } = await world.outcome(pending.key);
      return done(world, order ? { kind: "placed", order } : { kind: "nothing" });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      world.progress("waiting");
      await world.sleep(wait);
    }
  }
}

// The order of another page, or of this page before it was loaded again, whose outcome this page must ask for. The
// page must have its turn, if there are turns.
export function left_over(world: World, tab: string, now: number, turns: boolean): Pending | undefined {
  const pending = world.load();
  const ours = pending && (turns || pending.tab === tab || now - pending.at > OTHER_TAB_MS);
  return ours ? pending : undefined;
}

function done(world: World, result: Result): Result {
  world.save(undefined);
  return result;
}

export function read_pending(text: string | null): Pending | undefined {
  try {
    const pending = JSON.parse(text ?? "null") as Pending | null;
    return pending && typeof pending.key === "string" && Array.isArray(pending.body?.lines) ? pending : undefined;
  } catch {
    return undefined;
  }
}

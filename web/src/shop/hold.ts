// Holds the basket while its customer checks out, so that nobody else buys it meanwhile (docs/HTTP.md, Holds).
//
// The key of the hold follows from the key of the basket. So a double click, a repetition, a reload and another tab get
// the same hold. The browser keeps the hold before anything is sent. A hold of another basket is released before the
// next one is placed, because its pieces would be missing.
//
// Its effects are passed in as a HoldWorld, so that tests can lose answers. Tests: tests/web/unit/hold.test.ts
import { Problem, type Hold, type Item, type NewHold, type Outcome } from "../shared/api.ts";
import { order_of, type Basket } from "./basket.ts";

export const HOLD_MS = 600_000;

export interface KeptHold {
  key: string;
  body: NewHold;
  no?: number; // once it is known
  expires?: number;
}

export interface HoldWorld {
  load(): KeptHold | undefined;
  save(kept: KeptHold | undefined): void;
  place(body: NewHold, key: string): Promise<{ body: Hold; now: number }>;
  outcome(key: string): Promise<Outcome>;
  release(no: number, key: string): Promise<unknown>;
  sleep(milliseconds: number): Promise<void>;
}

export type HoldResult =
  | { kind: "held"; hold: Hold; left: number } // milliseconds to its end
  | { kind: "over" } // the hold of this key has ended: another key can hold
  | { kind: "refused"; problem: Problem } // nothing is held; the problem says why
  | { kind: "direct" } // the shop does not hold for this customer, or holds nothing more
  | { kind: "unknown"; problem: Problem }; // the same key may be sent again

const TRIES = 3;
const WAIT_MS = 1000;

export function hold_of(basket: Basket, customer: string, basket_key: string): KeptHold {
  const { lines, customer: name } = order_of(basket, customer);
  return { key: `${basket_key}-h`, body: { ...(name && { customer: name }), lines, ttl: HOLD_MS } };
}

// `now` is the time of the bridge, in whole seconds, so the result may be up to a second too much, and never too little.
export const left_of = (hold: Hold, now: number): number =>
  Math.min(hold.expires - (Number.isNaN(now) ? hold.at : now), HOLD_MS);

const buys_directly = ({ status, code }: Problem) =>
  [401, 403, 502].includes(status) || code === "limit" || code === "not_found";
const is_used_up = ({ code }: Problem) => code === "key_voided" || code === "key_reused";

export async function hold(world: HoldWorld, wanted: KeptHold): Promise<HoldResult> {
  const earlier = world.load();
  const is_same = earlier?.key === wanted.key && JSON.stringify(earlier.body) === JSON.stringify(wanted.body);
  if (earlier && !is_same) await let_go(world, earlier);
  world.save(is_same ? earlier : wanted);
  for (let tries = 1; ; ++tries) {
    try {
      const { body: held, now } = await world.place(wanted.body, wanted.key);
      const left = left_of(held, now);
      const is_open = held.state === "open";
      world.save(is_open ? { ...wanted, no: held.no, expires: held.expires } : undefined);
      return is_open && left > 0 ? { kind: "held", hold: held, left } : { kind: "over" };
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      const is_final = problem.definite || buys_directly(problem);
      if (!is_final && tries === TRIES) return { kind: "unknown", problem };
      if (!is_final) {
        await world.sleep(WAIT_MS);
        continue;
      }
      world.save(undefined);
      if (is_used_up(problem)) return { kind: "over" };
      return buys_directly(problem) ? { kind: "direct" } : { kind: "refused", problem };
    }
  }
}

// Releases the hold. If its number is not known, the outcome of its key tells it, and a late copy cannot hold any more.
// If that fails, the hold ends by its time.
export async function let_go(world: HoldWorld, kept: KeptHold): Promise<void> {
  try {
    const told = kept.no === undefined ? (await world.outcome(kept.key)).hold : undefined;
    const no = kept.no ?? (told?.state === "open" ? told.no : undefined);
    if (no !== undefined) await world.release(no, `${kept.key}-r`);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
  }
  if (world.load()?.key === kept.key) world.save(undefined);
}

// The item for the one who holds `kept`: these pieces are held, but not from this customer, who may buy them although the
// item was retired or has other terms since. `now` comes from the visitor's clock. If it is wrong, the shop's answer to the next hold corrects what is shown.
export function without_own(item: Item, kept: KeptHold | undefined, now: number): Item {
  if (kept?.no === undefined || now >= (kept.expires ?? 0) || !item.held) return item;
  const own = kept.body.lines.find((line) => line.item === item.id)?.quantity ?? 0;
  const free = { ...item, held: Math.max(0, item.held - own) };
  return own > 0 ? { ...free, retired: undefined, terms: undefined } : free;
}

// 581000 -> "9:41". The last second is 0:01.
export function countdown(left: number): string {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const MARKS = [30, 60, 120, 300];

// The words for the moment when the time falls from `before` to `now` seconds; mostly there are none.
export function spoken(before: number, now: number): string | undefined {
  const mark = MARKS.find((each) => now <= each && each < before);
  if (mark === undefined) return undefined;
  const time = mark < 60 ? `${mark} seconds` : mark === 60 ? "1 minute" : `${mark / 60} minutes`;
  return `Your basket is held for ${time} more`;
}

export function read_hold(text: string | null): KeptHold | undefined {
  try {
    const kept = JSON.parse(text ?? "null") as KeptHold | null;
    return kept && typeof kept.key === "string" && Array.isArray(kept.body?.lines) ? kept : undefined;
  } catch {
    return undefined;
  }
}

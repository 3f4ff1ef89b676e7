// The person who uses this browser, as the store tells it, and their rights. All parts of a page share one answer.
//
// The token itself is never kept: it is sent once, and the browser then has a cookie that scripts cannot read.
import { useEffect, useState } from "preact/hooks";
import { api, Problem, type WhoAmI } from "./api.ts";

const AGAIN_MS = 2000;
const PATIENCE_MS = 1000;

// Undefined until the store has answered, or while it cannot be reached.
export type Who = WhoAmI | undefined;

const STAFF = ["clerk", "operator", "admin"];

// The figures and the whole events show everything, so they are for the staff, or for all in an open store.
export const may_watch = (who: Who): boolean =>
  !!who && (who.credential ? STAFF.includes(who.credential.role) : who.anonymous === "all");
// Clerks and admins change items; an operator only looks at them.
export const may_change_items = (who: Who): boolean =>
  !!who && (who.credential ? ["clerk", "admin"].includes(who.credential.role) : who.anonymous === "all");
export const may_look = (who: Who): boolean => !!who && (!!who.credential || who.anonymous !== "none");
// Clients without a token do not see orders, except in an open store.
export const may_see_orders = (who: Who): boolean =>
  !!who && (who.credential ? !["reader", "operator"].includes(who.credential.role) : who.anonymous === "all");
// The same people may hold pieces.
export const may_hold = may_see_orders;
export const customer_of = (who: Who): string | undefined => who?.credential?.customer;

let current: Who;
let settled = false; // the store has answered, or could not be reached
let asking: Promise<void> | undefined;
const listeners = new Set<() => void>();

function told(who: Who): void {
  current = who;
  settled = true;
  listeners.forEach((listener) => listener());
}

async function answer(): Promise<Who> {
  try {
    return await api.who();
  } catch (error) {
    // The cookie stands for nothing any more. The answer has taken it away.
    if (error instanceof Problem && error.status === 401) return api.who();
    throw error;
  }
}

export function ask_who(): Promise<void> {
  asking ??= answer()
    .then(told, () => {
      told(current);
      setTimeout(() => void ask_who(), AGAIN_MS);
    })
    .finally(() => (asking = undefined));
  return asking;
}

// Calls `draw` once it is known who is there, so that nothing moves when the answer comes; or without it if that takes too
// long.
export async function with_who(draw: () => void): Promise<void> {
  await Promise.race([ask_who(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  draw();
}

export async function sign_in(token: string): Promise<void> {
  told(await api.sign_in(token));
}

export async function sign_out(): Promise<void> {
  await api.sign_out();
  await ask_who();
}

export function useWho(): { who: Who; settled: boolean } {
  const [, draw] = useState(0);
  useEffect(() => {
    const listener = () => draw((times) => times + 1);
    listeners.add(listener);
    if (!settled) void ask_who();
    return () => void listeners.delete(listener);
  }, []);
  return { who: current, settled };
}

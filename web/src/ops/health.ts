// The state of a process, and of the whole store, in words, from a status. Pure.
import type { Process, Status } from "../shared/api.ts";

const ROLES: Process["role"][] = ["frontend", "catalog", "order", "broker"];

// In the order of the picture: from the edge to the stream.
export const in_order = <Kind extends Pick<Process, "role" | "instance">>(processes: readonly Kind[]): Kind[] =>
  [...processes].sort(
    (a, b) =>
      ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || a.instance.localeCompare(b.instance, "en", { numeric: true }),
  );

export type State = "live" | "catching_up" | "starting" | "draining" | "silent" | "diverged";

export function state_of(
  process: Pick<Process, "instance" | "silent" | "state">,
  status?: Pick<Status, "diverged">,
): State {
  if (process.silent) return "silent";
  return status?.diverged?.includes(process.instance) ? "diverged" : process.state;
}

export const STATE_WORDS: Record<State, string> = {
  live: "live",
  catching_up: "catching up",
  starting: "starting",
  draining: "finishing",
  silent: "silent",
  diverged: "diverged",
};

export interface Verdict {
  level: "good" | "warn" | "bad";
  text: string;
}

const list = (names: readonly string[]) => names.join(", ");

// An older status is not that of now: the bridge asks for it every second.
const FRESH_MS = 2500;

export function verdict(status: Status | undefined): Verdict {
  if (!status) return { level: "bad", text: "No frontend answers" };
  if (status.age_ms > FRESH_MS) {
    const seconds = Math.round(status.age_ms / 1000);
    return { level: "bad", text: `No frontend answers: this is how the store was ${seconds} s ago` };
  }
  const states = status.processes.map((process) => ({ process, state: state_of(process, status) }));
  const named = (state: State) => states.filter((one) => one.state === state).map((one) => one.process.instance);
  if (status.diverged?.length) return { level: "bad", text: `Diverged: ${list(status.diverged)}` };
  const trouble = status.processes.flatMap((process) => process.trouble ?? []);
  if (trouble.length) return { level: "bad", text: trouble.join("; ") };
  const silent = named("silent");
  if (states.some(({ process, state }) => process.role === "broker" && state === "silent"))
    return { level: "bad", text: "The broker is silent: writes wait" };
  if (!status.writer || silent.includes(status.writer))
    return { level: "warn", text: "No writer at the moment: writes wait" };
  if (silent.length) return { level: "warn", text: `Silent: ${list(silent)}; the others carry on` };
  if (!status.leased) return { level: "warn", text: `${status.edge} holds no lease` };
  const busy = [...named("catching_up"), ...named("starting")];
  if (busy.length) return { level: "warn", text: `Catching up: ${list(busy)}` };
  return { level: "good", text: "All is well" };
}

// A frontend is live only while it has a lease.
export const holds_lease = (process: Process) =>
  process.role === "frontend" && !process.silent && process.state === "live";

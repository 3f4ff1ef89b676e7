// The processes of the store as the picture and the table show them: also those that the status does not name any more,
// and those that were killed from this page a moment ago. Pure.
import type { Process, Status } from "../shared/api.ts";

const MISSING_MS = 900_000; // a process that nobody names for so long is shown no more
const DYING_MS = 3000; // the status names a killed process as silent by then

// A process that was killed or paused from this page.
export interface Hurt {
  instance: string;
  pid: number;
  at: number;
}

// A frontend that has just started knows only the processes that it has heard, and learns of silent ones from the other
// frontends. Until then they stay here, as silent, except those that an operator had forgotten.
export function with_missing(status: Status, before: Status | undefined, passed_ms: number): Status {
  const named = new Set(status.processes.map((process) => process.instance));
  const forgotten = new Set(status.forgotten);
  const missing = (before?.processes ?? [])
    .filter(({ instance }) => !named.has(instance) && !forgotten.has(instance))
    .map((process): Process => ({
      ...process,
      silent: true,
      writer: false,
      leader: false,
      age_ms: process.age_ms + passed_ms,
    }))
    .filter((process) => process.age_ms < MISSING_MS);
  return { ...status, processes: [...status.processes, ...missing] };
}

// A process counts as silent only after a second. One that was killed from here is silent at once.
export function with_hurt(status: Status, hurt: readonly Hurt[], now: number): Status {
  const is_hurt = ({ instance, pid }: Process) =>
    hurt.some((one) => one.instance === instance && one.pid === pid && now < one.at + DYING_MS);
  return {
    ...status,
    processes: status.processes.map((process) => (is_hurt(process) ? { ...process, silent: true } : process)),
  };
}

// True if the store stands still without this process, because it is the only broker that is heard.
export const is_only_broker = (process: Process, status: Status): boolean =>
  process.role === "broker" &&
  !status.processes.some((other) => other.role === "broker" && !other.silent && other.instance !== process.instance);

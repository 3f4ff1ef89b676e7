// The meaning of an answer that is not the one that was asked for: how far it reaches (docs/HTTP.md, "Keys and
// outcomes"; docs/adr/0022-how-far-a-refusal-reaches.md). Pure.
import type { Code } from "./errors.js";
import type { Problem } from "./openapi.js";

export interface Refusal {
  status: number;
  code: Code;
  message: string;
  details?: Partial<Problem>; // missing: the answer is not one of a bridge
  retry_after_ms?: number;
}

//   every copy  nothing has happened by any copy of the request, and nothing will
//   this copy   this copy has had no effect; an earlier one may still have one
//   this try    this copy has had no effect, and the same request may be answered otherwise soon
//   nothing     even this copy may have taken effect
export type Reach = "every copy" | "this copy" | "this try" | "nothing";

const EVERY_COPY: readonly Code[] = ["key_reused", "key_voided", "malformed", "invalid", "precondition_failed"];

export function reach_of({ status, code, details }: Refusal): Reach {
  if (!details) return status >= 500 ? "nothing" : "this copy";
  if (EVERY_COPY.includes(code)) return "every copy";
  if (status === 503 || status === 429 || status === 408) return "this try";
  if (status === 500 || status === 504) return "nothing";
  return "this copy";
}

// `type`, `retry_after`: the headers Content-Type and Retry-After. A Retry-After that is a date counts as missing.
export function refusal_of(status: number, type: string, text: string, retry_after: string): Refusal {
  const retry_after_ms = /^\d{1,6}$/.test(retry_after) ? Number(retry_after) * 1000 : undefined;
  const details = type.startsWith("application/problem+json") ? problem_of(text) : undefined;
  if (!details) {
    const message = `the answer with status ${status} is not one of a bridge`;
    return { status, code: "unexpected", message, retry_after_ms };
  }
  const code = (details.type ?? "").replace(/^.*\//, "") as Code;
  return { status, code, message: details.detail ?? details.title ?? "", details, retry_after_ms };
}

function problem_of(text: string): Partial<Problem> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    const is = typeof read === "object" && read !== null && typeof (read as Problem).type === "string";
    return is ? (read as Partial<Problem>) : undefined;
  } catch {
    return undefined;
  }
}

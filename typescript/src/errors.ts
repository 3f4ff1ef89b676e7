// The two ways in which a request can fail.
import type { Problem } from "./openapi.js";

/**
 * The word of a refusal (docs/HTTP.md, "Refusals"). `unreachable`: no bridge has answered, and nothing was sent that may
 * take effect. `unexpected`: the answer is not one of a bridge, e.g. that of a proxy.
 */
export type Code = (Problem["type"] extends `/problems/${infer Word}` ? Word : never) | "unreachable" | "unexpected";

/**
 * Nothing happened and nothing will happen by this request. After a refused write take a new key for the next attempt.
 */
export class Refused extends Error {
  override readonly name = "Refused";
  constructor(
    readonly code: Code,
    readonly status: number, // of HTTP; 0: there was no answer
    message: string,
    readonly details: Partial<Problem> = {}, // `item`, `stock`, `price`, `allowed` and others, by the code
  ) {
    super(`${code}: ${message}`);
  }
}

/**
 * It is not known whether the write took effect. Ask for the outcome of the key, or send the same write with the same
 * key again.
 */
export class Unknown extends Error {
  override readonly name = "Unknown";
  constructor(
    readonly key: string,
    readonly why: string, // the last thing that went wrong
  ) {
    super(`it is not known whether the request with the key ${key} took effect: ${why}`);
  }
}

export type * from "./openapi.js";
export type { Clock } from "./clock.js";
export { Refused, Unknown, type Code } from "./errors.js";
export type { Wanted } from "./events.js";
export type { Reset, StreamEvent, Told } from "./follow.js";
export { new_key } from "./key.js";
export {
  Pygmy,
  type Answered,
  type Ask,
  type Buyer,
  type Cancel,
  type Change,
  type Line,
  type Options,
  type Query,
  type Read,
  type Tagged,
  type Write,
} from "./pygmy.js";
export { Subscription } from "./subscription.js";

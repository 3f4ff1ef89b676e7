// Call: the life of one request over several tries and bridges, without any I/O.
//
// It is told what came back and at what time, and says what to do next. The rules:
//
//   1  Every try of a write has the same key and the same body, so it takes effect once at most.
//   2  A try that got no answer, or 504, leaves the write in doubt: it may have taken effect, or still may. The call sends
//      the request again.
//   3  A refusal of this copy alone is final if no other copy is in doubt. Otherwise the call asks for the outcome of the
//      key. If that is void, the refusal is final. If the write has taken effect, the call sends the request once more,
//      and gets the answer of the first time.
//   4  `Retry-After` of a bridge is kept. While another bridge was not tried in this round, it is tried at once.
//   5  At the deadline the result is "unknown" if the write is in doubt, and else the last refusal.
//
// It does not ask for the outcome directly after a try without an answer, because that makes an unused key void: the
// request could not succeed any more. Tests: tests/typescript/unit/call.test.mjs
import { reach_of, type Refusal } from "./verdict.js";

export interface Lost {
  may_have_reached: boolean; // false: nothing was sent
  why: string;
}

export type Heard = { answer: true; has_effect?: boolean } | { refusal: Refusal } | { lost: Lost };

export type Step =
  | { do: "send"; what: "request" | "outcome"; bridge: number; timeout_ms: number }
  | { do: "wait"; ms: number }
  | { do: "answer" } // the answer that was heard last
  | { do: "refuse"; refusal: Refusal }
  | { do: "give up"; why: string }; // the write is in doubt

export interface Plan {
  write: boolean;
  bridges: number; // how many there are
  first: number; // the bridge to ask first
  deadline: number; // in the time of `now`, milliseconds
  random: () => number; // 0 to 1
}

// With several bridges the first try of each is short, so that a bridge that stands still costs one second (G6). A
// bridge gives up by itself after 5 s.
const TRY_MS = 1000;
const TRY_MAX_MS = 7000;
const PAUSE_MS = 50;
const PAUSE_MAX_MS = 2000;

export class Call {
  private tries = 0;
  private bridge: number;
  private what: "request" | "outcome" = "request";
  private in_doubt = false;
  private has_effect = false; // an outcome has said so
  private refusal?: Refusal; // that the outcome will confirm
  private last: Refusal = { status: 0, code: "unreachable", message: "no bridge was asked in time" };
  private readonly not_before: number[];

  constructor(private readonly plan: Plan) {
    this.bridge = plan.first;
    this.not_before = Array.from({ length: plan.bridges }, () => 0);
  }

  start(now: number): Step {
    return now < this.plan.deadline ? this.send(now) : this.end();
  }

  waited(now: number): Step {
    return this.start(now);
  }

  heard(heard: Heard, now: number): Step {
    if ("lost" in heard) {
      const { may_have_reached, why } = heard.lost;
      this.last = { status: 0, code: "unreachable", message: why };
      this.in_doubt ||= this.plan.write && may_have_reached;
      return this.again(now);
    }
    if (this.what === "outcome") return this.heard_outcome(heard, now);
    if ("answer" in heard) return { do: "answer" };
    return this.refused(heard.refusal, now);
  }

  private refused(refusal: Refusal, now: number): Step {
    const reach = reach_of(refusal);
    this.last = refusal;
    if (reach === "every copy") return { do: "refuse", refusal };
    if (reach === "nothing") this.in_doubt ||= this.plan.write;
    if (reach !== "this copy") return this.again(now, refusal.retry_after_ms);
    if (this.has_effect) return this.end();
    if (!this.in_doubt) return { do: "refuse", refusal };
    this.refusal = refusal;
    this.what = "outcome";
    return this.start(now);
  }

  private heard_outcome(heard: Exclude<Heard, { lost: Lost }>, now: number): Step {
    if ("refusal" in heard) {
      this.last = heard.refusal;
      const reach = reach_of(heard.refusal);
      const may_change = reach === "this try" || reach === "nothing";
      return may_change ? this.again(now, heard.refusal.retry_after_ms) : this.end();
    }
    if (!heard.has_effect) return { do: "refuse", refusal: this.refusal! };
    this.has_effect = true;
    this.what = "request";
    return this.start(now);
  }

  private send(now: number): Step {
    const { bridges, deadline } = this.plan;
    const limit = bridges > 1 ? Math.min(TRY_MS * 2 ** this.round(), TRY_MAX_MS) : TRY_MAX_MS;
    return { do: "send", what: this.what, bridge: this.bridge, timeout_ms: Math.min(limit, deadline - now) };
  }

  private round(): number {
    return Math.floor(this.tries / this.plan.bridges);
  }

  private again(now: number, retry_after_ms = 0): Step {
    const { bridges, deadline, random } = this.plan;
    this.not_before[this.bridge] = now + retry_after_ms;
    this.bridge = (this.bridge + 1) % bridges;
    const before = this.round();
    ++this.tries;
    const pause = this.round() === before ? 0 : Math.min(PAUSE_MS * 2 ** before, PAUSE_MAX_MS) * (0.5 + random() / 2);
    const ms = Math.max(pause, this.not_before[this.bridge]! - now);
    if (now + ms >= deadline) return this.end();
    return ms > 0 ? { do: "wait", ms } : this.send(now);
  }

  private end(): Step {
    if (!this.in_doubt) return { do: "refuse", refusal: this.last };
    return { do: "give up", why: `${this.last.code}: ${this.last.message}` };
  }
}

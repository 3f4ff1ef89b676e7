// Records requests and answers in the form of `pygmy bench --record` (tasks/record.h), so that `pygmy check` can decide
// whether a shop that handles one request after the other could have given all answers. Linux only.
import { createWriteStream, readFileSync } from "node:fs";
import { Refused, Unknown } from "pygmy-client";

// Words of the library, and of bridges, that the protocol does not have: they are about a try and say nothing of the shop.
const OF_THE_WAY = ["unreachable", "unexpected", "too_many_requests", "too_slow"];

// Node reads CLOCK_MONOTONIC, and records have CLOCK_BOOTTIME. They differ by the time for which the machine has slept.
// /proc/uptime shows CLOCK_BOOTTIME in hundredths of a second: at the moment at which it changes, it is exact.
function slept_ns() {
  const uptime = () =>
    BigInt(Math.round(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 100)) * 10_000_000n;
  const before = uptime();
  for (;;) {
    const now = uptime();
    if (now !== before) return now - process.hrtime.bigint();
  }
}

export class Recorder {
  #out;
  #operations = 0;
  #slept = slept_ns();
  #margin = 0n; // for an offset that is measured and not known

  constructor(file) {
    this.#out = createWriteStream(file);
    const has_slept = this.#slept > 20_000_000n;
    if (has_slept) this.#margin = 1_000_000n;
    else this.#slept = 0n;
  }

  // Nanoseconds of CLOCK_BOOTTIME.
  now = () => process.hrtime.bigint() + this.#slept;

  // `answer`: the body of the answer, or the error that was thrown. `seq`: of the answer's header.
  add(client, invoked, returned, type, request, answer, seq) {
    const line = {
      client,
      invoked: Number(invoked - this.#margin),
      returned: Number(returned + this.#margin),
      type,
      request,
    };
    if (answer instanceof Unknown) Object.assign(line, { err: "unknown", answer: { message: answer.why } });
    else if (answer instanceof Refused) Object.assign(line, refusal_of(answer));
    else Object.assign(line, { seq, answer });
    this.#out.write(JSON.stringify(line) + "\n");
    ++this.#operations;
  }

  // Without this last line the record is refused.
  end() {
    this.#out.end(JSON.stringify({ operations: this.#operations }) + "\n");
    return new Promise((resolve, reject) => this.#out.on("finish", resolve).on("error", reject));
  }
}

function refusal_of({ code, message, details }) {
  const { item, stock, price, version, allowed, from, until } = details;
  const err = OF_THE_WAY.includes(code) ? "unavailable" : code;
  return { err, answer: { message, item, stock, price, version, allowed, from, until } };
}

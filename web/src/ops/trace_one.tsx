// Traces one request, and shows how much of its time each tier took.
import { useState } from "preact/hooks";
import { api, type Problem, type Trace } from "../shared/api.ts";
import { IconAlert } from "../shared/icons.tsx";
import { count, micros } from "../shared/money.ts";
import { waterfall } from "./waterfall.ts";

const TIER_WORDS: Record<string, string> = {
  client: "bridge's client",
  frontend: "frontend",
  catalog: "catalog",
  order: "order replica",
  commit: "commit",
  gate: "gate",
};

function Waterfall({ trace }: { trace: Trace }) {
  const bars = waterfall(trace.spans);
  const total = Math.max(1, ...bars.map((bar) => bar.from + bar.us));
  return (
    <table class="waterfall">
      <caption>
        Answered with seq {count(trace.seq)} after {micros(total)}
      </caption>
      <tbody>
        {bars.map((bar, at) => (
          <tr key={at}>
            <th scope="row">{TIER_WORDS[bar.tier] ?? bar.tier}</th>
            <td class="number">{micros(bar.us)}</td>
            <td class="wide">
              <svg width="100%" height="16" preserveAspectRatio="none" viewBox="0 0 1000 16" aria-hidden="true">
                <rect class="bar-ground" width="1000" height="16" />
                <rect
                  class={`span ${bar.tier}`}
                  x={(bar.from / total) * 1000}
                  width={Math.max(4, (bar.us / total) * 1000)}
                  height="16"
                />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function TraceOne() {
  const [trace, set_trace] = useState<Trace>();
  const [problem, set_problem] = useState<Problem>();
  const [item, set_item] = useState("1");
  const ask = async (request: "lookup" | "buy") => {
    set_problem(undefined);
    try {
      set_trace(await api.trace(request, Number(item)));
    } catch (error) {
      set_problem(error as Problem);
    }
  };
  return (
    <section class="panel trace" aria-labelledby="trace-title">
      <h2 id="trace-title">One request</h2>
      <div class="trace-ask" role="group" aria-label="Trace one request">
        <label>
          <span class="label">Item</span>
          <input
            class="field number"
            inputMode="numeric"
            value={item}
            onInput={(event) => set_item(event.currentTarget.value.replace(/\D/g, ""))}
          />
        </label>
        <button type="button" class="button" disabled={!item} onClick={() => ask("lookup")}>
          Look it up
        </button>
        <button type="button" class="button" disabled={!item} onClick={() => ask("buy")}>
          Buy one
        </button>
      </div>
      {problem && (
        <p class="note bad" role="alert">
          <IconAlert /> {problem.message}
        </p>
      )}
      <div class="trace-result" aria-live="polite">
        {trace ? (
          <Waterfall trace={trace} />
        ) : (
          <p class="soft">Look an item up or buy one: here you see which process had the request for how long.</p>
        )}
      </div>
    </section>
  );
}

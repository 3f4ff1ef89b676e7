// The first open holds of the store. They are read again when the stream tells of a hold.
import { api } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { clock, money, pieces } from "../shared/money.ts";
import { may_hold, useWho } from "../shared/who.ts";
import { useLatest } from "./hooks.ts";

const SHOWN = 20;

const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);

export function OpenHolds({ events }: { events: readonly StreamEvent[] }) {
  const may = may_hold(useWho().who);
  const last = events.find((event) => event.kind.startsWith("hold_"))?.seq;
  const page = useLatest(() => api.holds(SHOWN), may, [last])?.body;
  if (!may) return null;
  return (
    <section class="panel" aria-labelledby="holds-title">
      <div class="panel-head">
        <h2 id="holds-title">Open holds</h2>
      </div>
      <ol class="holds" tabIndex={0} aria-label="Open holds, the oldest first">
        {page?.holds.map((hold) => (
          <li key={hold.no}>
            <span class="number soft">{hold.no}</span>
            <span>{hold.customer || "–"}</span>
            <span class="number">{pieces(sum(hold.lines.map((line) => line.quantity)))}</span>
            <span class="number">{money(sum(hold.lines.map((line) => line.quantity * line.price)))}</span>
            <span class="soft">
              until <time class="number">{clock(hold.expires)}</time>
            </span>
          </li>
        ))}
        {page?.next !== undefined && <li class="soft">and more</li>}
        {page?.holds.length === 0 && <li class="soft">Nothing is held.</li>}
      </ol>
    </section>
  );
}

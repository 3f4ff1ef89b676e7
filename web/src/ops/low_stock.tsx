// The items that are low. They are read again when the stream tells that one more is, or one less.
import { api } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { pieces } from "../shared/money.ts";
import { available } from "../shared/places.ts";
import { may_watch, useWho } from "../shared/who.ts";
import { useLatest } from "./hooks.ts";

const SHOWN = 50;

export function LowStock({ events }: { events: readonly StreamEvent[] }) {
  const may = may_watch(useWho().who);
  const last = events.find((event) => event.kind === "stock_low" || event.kind === "stock_ok")?.seq;
  const page = useLatest(() => api.items({ low: true, limit: SHOWN }), may, [last]);
  if (!may) return null;
  return (
    <section class="panel" aria-labelledby="low-title">
      <div class="panel-head">
        <h2 id="low-title">Low stock</h2>
      </div>
      <ol class="holds" tabIndex={0} aria-label="Items that are low">
        {page?.items.map((item) => (
          <li key={item.id}>
            <span class="number soft">{item.id}</span>
            <span>{item.title}</span>
            <span class="number">{pieces(available(item))} available</span>
            <span class="soft">low at {item.low}</span>
          </li>
        ))}
        {page?.next !== undefined && <li class="soft">and others</li>}
        {page?.items.length === 0 && <li class="soft">No item is low. An edit gives an item a threshold.</li>}
      </ol>
    </section>
  );
}

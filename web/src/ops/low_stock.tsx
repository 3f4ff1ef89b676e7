// The items that are low. They are read again when the stream tells that one more is, or one less.
import { useEffect, useState } from "preact/hooks";
import { api, type Item } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { pieces } from "../shared/money.ts";
import { may_watch, useWho } from "../shared/who.ts";

const SHOWN = 50;

export function LowStock({ events }: { events: readonly StreamEvent[] }) {
  const [items, set_items] = useState<readonly Item[]>();
  const [more, set_more] = useState(false);
  const may = may_watch(useWho().who);
  const last = events.find((event) => event.kind === "stock_low" || event.kind === "stock_ok")?.seq;
  useEffect(() => {
    if (!may) return;
    let late = false;
    api.items({ low: true, limit: SHOWN }).then(
      (page) => {
        if (late) return;
        set_items(page.items);
        set_more(page.next !== undefined);
      },
      () => {}, // the list stays as it was
    );
    return () => void (late = true);
  }, [may, last]);
  if (!may) return null;
  return (
    <section class="panel" aria-labelledby="low-title">
      <div class="panel-head">
        <h2 id="low-title">Low stock</h2>
      </div>
      <ol class="holds" tabIndex={0} aria-label="Items that are low">
        {items?.map((item) => (
          <li key={item.id}>
            <span class="number soft">{item.id}</span>
            <span>{item.title}</span>
            <span class="number">{pieces(item.stock - (item.held ?? 0))} available</span>
            <span class="soft">low at {item.low}</span>
          </li>
        ))}
        {more && <li class="soft">and others</li>}
        {items?.length === 0 && <li class="soft">No item is low. An edit gives an item a threshold.</li>}
      </ol>
    </section>
  );
}

// The subscriptions of the store, with how far they are behind. They are read again when the stream tells of one.
import { api } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { day_and_time } from "../shared/money.ts";
import { may_watch, useWho } from "../shared/who.ts";
import { useLatest } from "./hooks.ts";

export function SubscriptionList({ events }: { events: readonly StreamEvent[] }) {
  const may = may_watch(useWho().who);
  const last = events.find((event) => event.kind.startsWith("subscription_"))?.seq;
  const list = useLatest(api.subscriptions, may, [last]);
  if (!may) return null;
  return (
    <section class="panel" aria-labelledby="subscriptions-title">
      <div class="panel-head">
        <h2 id="subscriptions-title">Subscriptions</h2>
      </div>
      <ol class="holds" tabIndex={0} aria-label="Subscriptions by name">
        {list?.subscriptions.map((each) => (
          <li key={each.id}>
            <span>{each.name}</span>
            <span class="number">{each.cursor}</span>
            <span class="number">{list.last - each.cursor} events behind</span>
            <span class="soft">{each.types.join(", ") || "all events"}</span>
            <span class="soft">
              dropped at <time class="number">{day_and_time((each.acknowledged ?? each.at) + each.ttl)}</time>
            </span>
          </li>
        ))}
        {list?.subscriptions.length === 0 && <li class="soft">Nobody subscribes.</li>}
      </ol>
    </section>
  );
}

// The subscriptions of the store, with how far they are behind. They are read again when the stream tells of one.
import { api, type Subscription } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { behind, day_and_time } from "../shared/money.ts";
import { may_watch, useWho } from "../shared/who.ts";
import { useLatest } from "./hooks.ts";

// The event that acknowledged it last, or that made it, is no work for its reader, so it does not count.
function lag_of({ cursor, version }: Subscription, last: number): number {
  return Math.max(0, last - cursor - (cursor < version && version <= last ? 1 : 0));
}

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
            <span class="number">{behind(lag_of(each, list.last))}</span>
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

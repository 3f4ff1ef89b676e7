// Keeps shown items up to date: they are read once, then changed by the events of the stream. After each connection
// they are read again, because events may have been missed. An answer and an event may overtake each other; the higher seq
// wins (changed()).
import { useEffect, useRef, useState } from "preact/hooks";
import type { Item } from "../shared/api.ts";
import { changed, changes_of, moves_places, read_event, type ItemChange } from "../shared/events.ts";
import { may_look, useWho } from "../shared/who.ts";
import { follow, type Connection, type Following, type Heard, type Stream } from "../shared/live.ts";

const FOLLOWED_MAX = 200;
const KINDS = [
  "order_placed",
  "order_cancelled",
  "hold_placed",
  "hold_confirmed",
  "hold_ended",
  "stock_moved",
  "price_changed",
  "item_edited",
];

const CHANGES: Stream = {
  name: "changes",
  kinds: KINDS,
  keeps: 0,
  url(after, items) {
    const wanted = [...KINDS.map((kind) => ["type", kind]), ...(items ?? []).map((id) => ["item", String(id)])];
    return `/v1/events?${new URLSearchParams(after === undefined ? wanted : [...wanted, ["after", after]])}`;
  },
};

export function useChanges(
  ids: readonly number[],
  on_change: (change: ItemChange, places_moved: boolean) => void,
  on_open: () => void,
): Connection {
  const [connection, set_connection] = useState<Connection>("connecting");
  const latest = useRef({ on_change, on_open });
  latest.current = { on_change, on_open };
  const following = useRef<Following>();
  const followed = ids.slice(0, FOLLOWED_MAX);
  const { who, settled } = useWho();
  const looks = !who || may_look(who);
  useEffect(() => {
    if (!followed.length || !settled || !looks) return;
    const on_message = ({ kind, data }: Heard) => {
      const event = read_event(kind, data);
      if (!event) return;
      changes_of(event).forEach((change) => latest.current.on_change(change, moves_places(event, change.item)));
    };
    const follower = { on_message, on_open: () => latest.current.on_open(), on_connection: set_connection };
    const mine = (following.current = follow(CHANGES, follower, followed));
    return () => mine.stop();
  }, [followed.length > 0, settled, looks]);
  useEffect(() => following.current?.want(followed), [followed.join()]);
  return connection;
}

// Of each item that was read, the newer of the known one and the one read.
export function newest(known: readonly Item[], read: readonly Item[]): Item[] {
  return read.map((item) => known.find((old) => old.id === item.id && old.version > item.version) ?? item);
}

export const with_change = (items: readonly Item[], change: ItemChange): Item[] =>
  items.some((item) => item.id === change.item) ? items.map((item) => changed(item, change)) : (items as Item[]);

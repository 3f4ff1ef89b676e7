// Keeps shown items up to date: they are read once, then changed by the events of the stream. After each connection
// they are read again, because events may have been missed. An answer and an event may overtake each other; the higher
// seq wins (changed()).
import { useEffect, useRef, useState } from "preact/hooks";
import type { Item } from "../shared/api.ts";
import { changed, changes_of, type ItemChange } from "../shared/events.ts";
import { follow, type Connection } from "../shared/live.ts";

const FOLLOWED_MAX = 200; // bounds the length of the address
const KINDS = ["order_placed", "stock_moved", "price_changed"];

// A browser has six connections to one host, so hidden pages give theirs up.
function useVisible(): boolean {
  const [visible, set_visible] = useState(!document.hidden);
  useEffect(() => {
    const update = () => set_visible(!document.hidden);
    document.addEventListener("visibilitychange", update);
    return () => document.removeEventListener("visibilitychange", update);
  }, []);
  return visible;
}

export function useChanges(
  ids: readonly number[],
  on_change: (change: ItemChange) => void,
  on_open: () => void,
): Connection {
  const [connection, set_connection] = useState<Connection>("connecting");
  const latest = useRef({ on_change, on_open });
  latest.current = { on_change, on_open };
  const visible = useVisible();
  const followed = ids.slice(0, FOLLOWED_MAX);
  useEffect(() => {
    if (!followed.length || !visible) return;
    const wanted = [...KINDS.map((kind) => ["type", kind]), ...followed.map((id) => ["item", String(id)])];
    return follow(`/v1/events?${new URLSearchParams(wanted)}`, {
      kinds: KINDS,
      on_event: (event) => changes_of(event).forEach((change) => latest.current.on_change(change)),
      on_open: () => latest.current.on_open(),
      on_connection: set_connection,
    });
  }, [followed.join(), visible]);
  return connection;
}

// Of each item that was read, the newer of the known one and the one read.
export function newest(known: readonly Item[], read: readonly Item[]): Item[] {
  return read.map((item) => known.find((old) => old.id === item.id && old.version > item.version) ?? item);
}

export const with_change = (items: readonly Item[], change: ItemChange): Item[] =>
  items.some((item) => item.id === change.item) ? items.map((item) => changed(item, change)) : (items as Item[]);

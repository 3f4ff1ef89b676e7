// The content of the event feed: the last events, filtered by kind and by words. Pure.
import type { PiecesAtPlace } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { folded } from "../shared/folded.ts";
import { clock, money, pieces, signed } from "../shared/money.ts";

export const FEED_MAX = 300;

export interface Filter {
  kinds: ReadonlySet<string>; // empty: all kinds
  words: string;
}

export const gathered = (old: readonly StreamEvent[], next: readonly StreamEvent[]): StreamEvent[] =>
  [...next].reverse().concat(old).slice(0, FEED_MAX);

export function wanted(event: StreamEvent, { kinds, words }: Filter): boolean {
  if (kinds.size && !kinds.has(event.kind)) return false;
  const text = folded(`${event.seq} ${event.kind} ${sentence(event)}`);
  return folded(words)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

interface Line {
  item: number;
  quantity: number;
  price: number;
  stock: number;
}
interface HeldLine {
  item: number;
  quantity: number;
  held: number;
}

// ", -2 at annex, +2 at north"
const at_places = (places: unknown) =>
  ((places ?? []) as PiecesAtPlace[]).map((each) => `, ${signed(each.pieces)} at ${each.place}`).join("");

const held_lines = (lines: HeldLine[]) =>
  lines.map((line) => `${line.quantity} × item ${line.item} (${line.held} held)`).join(", ");

const order_lines = (lines: Line[]) =>
  lines.map((line) => `${line.quantity} × item ${line.item} (${line.stock} in stock)`).join(", ");

const act_words = (act: string) => act.charAt(0).toUpperCase() + act.slice(1);

// The client that did it: its credential, or the name of its key.
const actor = ({ by, who }: StreamEvent["data"]) => (by ? `, by credential ${by}` : who ? `, by ${who}` : "");

function edit_words(data: StreamEvent["data"]): string {
  const { title, topic, retired, terms, description, topics, attributes, low } = data;
  const parts = [title !== undefined && `title “${title}”`, topic !== undefined && `topic “${topic}”`];
  if (retired !== undefined) parts.push(retired ? "retired" : "brought back");
  if (terms) parts.push(Object.keys(terms).length ? "other terms of sale" : "no terms of sale");
  if (description !== undefined) parts.push(description ? "another description" : "no description");
  if (Array.isArray(topics)) parts.push(topics.length ? `also of ${topics.join(", ")}` : "of one topic");
  if (low !== undefined) parts.push(Number(low) < 0 ? "no threshold" : `low at ${low}`);
  if (attributes) parts.push(Object.keys(attributes).length ? "other attributes" : "no attributes");
  return parts.filter(Boolean).join(", ");
}

// One event as a sentence.
export function sentence({ kind, data }: StreamEvent): string {
  switch (kind) {
    case "order_placed": {
      const whom = data.customer ? ` for ${data.customer}` : "";
      return `Order ${data.no}${whom}: ${order_lines(data.lines as Line[])}, ${money(Number(data.total))}`;
    }
    case "order_cancelled": {
      const what = { cancel: "cancelled", return: "returned", scrap: "returned, not for sale" }[String(data.kind)];
      const why = data.reason ? ` (${data.reason})` : "";
      return `Order ${data.no}: ${order_lines(data.lines as Line[])} ${what}, ${money(Number(data.total))}${why}`;
    }
    case "hold_placed": {
      const whom = data.customer ? ` for ${data.customer}` : "";
      return `Hold ${data.hold}${whom} until ${clock(Number(data.expires))}: ${held_lines(data.lines as HeldLine[])}`;
    }
    case "hold_extended":
      return `Hold ${data.hold} until ${clock(Number(data.expires))}`;
    case "hold_confirmed":
      return `Hold ${data.hold} is order ${data.no}: ${order_lines(data.lines as Line[])}, ${money(Number(data.total))}`;
    case "hold_ended":
      return `Hold ${data.hold} ${data.key ? "released" : "expired"}: ${held_lines(data.lines as HeldLine[])}`;
    case "stock_moved":
      if (data.counted)
        return `Item ${data.item}: ${pieces(Number(data.found ?? data.stock))} counted${at_places(data.places)}${data.reason ? ` (${data.reason})` : ""}`;
      return `Item ${data.item}: ${signed(Number(data.delta))}, ${pieces(Number(data.stock))} now${at_places(data.places)}${data.reason ? ` (${data.reason})` : ""}`;
    case "price_changed":
      return `Item ${data.item} costs ${money(Number(data.price))}, it was ${money(Number(data.was))}`;
    case "item_edited":
      return `Item ${data.item}: ${edit_words(data)}`;
    case "items_added":
      return `${(data.items as unknown[]).length} new items`;
    case "key_voided":
      return `Key ${data.key} can do nothing any more`;
    case "act_noted":
      return `${act_words(String(data.act))}: ${data.subject}${actor(data)}`;
    case "subscription_made":
      return `Subscription ${data.name} begins`;
    case "subscription_acknowledged":
      return `Subscription ${data.name} is done with everything up to ${data.cursor}`;
    case "subscription_ended":
      return `Subscription ${data.name} ${data.key ? "has ended" : "was dropped: nobody acknowledged it"}`;
    case "stock_low":
      return `Item ${data.item} is low: ${pieces(Number(data.available))} available, low at ${data.low}`;
    case "stock_ok":
      return `Item ${data.item} is no longer low: ${pieces(Number(data.available))} available`;
    case "writer_appointed":
      return `${data.replica} is the writer from here on`;
    case "holder_joined":
      return `${data.holder} may hold leases`;
    case "holder_left":
      return `${data.holder} may hold no leases any more`;
    case "store_created":
      return `The store ${data.store} begins`;
    default:
      return "";
  }
}

export const kind_words = (kind: string) => kind.replace(/_/g, " ");

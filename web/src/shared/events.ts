import type { Terms } from "./api.ts";

// The events of the stream as /v1/events gives them (docs/HTTP.md). `kind` is the name of the SSE event.

export interface StreamEvent {
  kind: string;
  seq: number;
  at: number;
  data: Record<string, unknown>;
}

export const KINDS = [
  "order_placed",
  "order_cancelled",
  "hold_placed",
  "hold_extended",
  "hold_confirmed",
  "hold_ended",
  "stock_moved",
  "price_changed",
  "item_edited",
  "items_added",
  "key_voided",
  "act_noted",
  "subscription_made",
  "subscription_acknowledged",
  "subscription_ended",
  "stock_low",
  "stock_ok",
  "writer_appointed",
  "holder_joined",
  "holder_left",
  "store_created",
] as const;

// The change of one item by an event, with only the fields that it changes.
export interface ItemChange {
  item: number;
  seq: number;
  price?: number;
  stock?: number;
  held?: number;
  edited?: number;
  title?: string;
  topic?: string;
  retired?: boolean;
  terms?: Terms; // all of them; without any rule: none
  description?: string; // empty: none
  topics?: string[]; // besides the first one; empty: none
  attributes?: Record<string, string>; // all of them
}

interface Line {
  item: number;
  quantity: number;
  stock: number;
  places?: unknown[];
}
interface HeldLine {
  item: number;
  held: number;
}

const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const object = <T extends object>(value: unknown): T | undefined =>
  typeof value === "object" && value && !Array.isArray(value) ? (value as T) : undefined;

const edit_of = ({ title, topic, retired, terms, description, topics, attributes }: StreamEvent["data"]) => ({
  title: text(title),
  topic: text(topic),
  retired: typeof retired === "boolean" ? retired : undefined,
  terms: object<Terms>(terms),
  description: text(description),
  topics: Array.isArray(topics) ? topics.map(String) : undefined,
  attributes: object<Record<string, string>>(attributes),
});

export function changes_of(event: StreamEvent): ItemChange[] {
  const { seq, data } = event;
  const item = number(data.item);
  switch (event.kind) {
    case "order_placed":
    case "order_cancelled":
      return (data.lines as Line[]).map((line) => ({ item: line.item, seq, stock: line.stock }));
    case "hold_placed":
    case "hold_ended":
      return (data.lines as HeldLine[]).map((line) => ({ item: line.item, seq, held: line.held }));
    // One change for each item: what was held has left the stock at the same moment.
    case "hold_confirmed":
      return (data.ended as HeldLine[]).map(({ item, held }) => ({
        item,
        seq,
        held,
        stock: (data.lines as Line[]).find((line) => line.item === item)?.stock,
      }));
    case "stock_moved":
      return item === undefined ? [] : [{ item, seq, stock: number(data.stock) }];
    case "price_changed":
      return item === undefined ? [] : [{ item, seq, price: number(data.price) }];
    case "item_edited":
      return item === undefined ? [] : [{ item, seq, edited: seq, ...edit_of(data) }];
    default:
      return [];
  }
}

// True if pieces of the item moved at other places than `main`. The item must be read again to know where they are.
export const moves_places = ({ data }: StreamEvent, item: number): boolean =>
  data.item === item
    ? data.places !== undefined
    : ((data.lines ?? []) as Line[]).some((line) => line.item === item && line.places !== undefined);

// The item after the change. An older change, or one of another item, is ignored: answers and events may overtake each
// other, and the higher seq is right. The lines of one order have the same seq and come in order.
export function changed<T extends { id: number; version: number }>(item: T, change: ItemChange): T {
  const { item: id, seq: version, ...fields } = change;
  if (id !== item.id || version < item.version) return item;
  const told = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...item, ...Object.fromEntries(told), version };
}

export function read_event(kind: string, text: string): StreamEvent | undefined {
  try {
    const data = JSON.parse(text) as Record<string, unknown>;
    const seq = number(data.seq);
    return seq === undefined ? undefined : { kind, seq, at: number(data.at) ?? 0, data };
  } catch {
    return undefined;
  }
}

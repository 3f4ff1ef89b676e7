// The form that edits an item, and the merge patch (RFC 7396) that makes the item what the form says. Pure.
import type { Item } from "../shared/api.ts";
import type { ItemPatch } from "../../../typescript/src/openapi.ts";

export interface Form {
  title: string;
  topic: string;
  topics: string; // the others, one a line
  description: string;
  attributes: string; // name=value, one a line
  low: string; // a number, or empty
}

const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

export const form_of = (item: Item): Form => ({
  title: item.title,
  topic: item.topic,
  topics: (item.topics ?? []).join("\n"),
  description: item.description ?? "",
  attributes: Object.entries(item.attributes ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join("\n"),
  low: item.low === undefined ? "" : String(item.low),
});

// Undefined: a line has no `=`, or the same name as another one.
function attributes_of(text: string): Map<string, string> | undefined {
  const attributes = new Map<string, string>();
  for (const line of lines(text)) {
    const equals = line.indexOf("=");
    const name = line.slice(0, equals);
    if (equals < 1 || attributes.has(name)) return undefined;
    attributes.set(name, line.slice(equals + 1));
  }
  return attributes;
}

// The text says what is wrong with the form. An empty patch changes nothing.
export function patch_of(item: Item, form: Form): ItemPatch | string {
  const before = form_of(item);
  const patch: ItemPatch = {};
  if (form.title !== before.title) patch.title = form.title;
  if (form.topic !== before.topic) patch.topic = form.topic;
  if (form.topics !== before.topics) patch.topics = lines(form.topics).length ? lines(form.topics) : null;
  if (form.description !== before.description) patch.description = form.description || null;
  if (form.low !== before.low) patch.low = form.low === "" ? null : Number(form.low);
  if (form.attributes === before.attributes) return patch;
  const wanted = attributes_of(form.attributes);
  if (!wanted) return "Each attribute needs a line of its own, like pages=214, and a name of its own.";
  const had = item.attributes ?? {};
  const changes: Record<string, string | null> = {};
  for (const name of Object.keys(had)) if (!wanted.has(name)) changes[name] = null;
  for (const [name, value] of wanted) if (had[name] !== value) changes[name] = value;
  if (Object.keys(changes).length) patch.attributes = changes;
  return patch;
}

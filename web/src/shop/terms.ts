// Terms of sale and retired items, as a customer reads them. The shop decides by its own time; the browser's clock only chooses the words.
// Pure. Tests: tests/web/unit/terms.test.ts
import type { Item, Terms } from "../shared/api.ts";
import { count, day_and_time } from "../shared/money.ts";

const UNITS: readonly (readonly [string, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

// "24 hours" is "1 day".
function span(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => milliseconds % size === 0) ?? ["millisecond", 1];
  const value = milliseconds / size;
  return value === 1 ? `1 ${unit}` : `${count(value)} ${unit}s`;
}

export const on_sale = (terms: Terms | undefined, now: number): boolean =>
  now >= (terms?.from ?? now) && now < (terms?.until ?? Infinity);

// The words for an item that is not sold now.
export function not_sold(item: Pick<Item, "retired" | "terms">, now: number): string | undefined {
  if (item.retired) return "No longer sold";
  return on_sale(item.terms, now) ? undefined : "Not on sale now";
}

// One line for each rule that a customer must know now.
export function told_terms(terms: Terms | undefined, now: number): string[] {
  const lines: string[] = [];
  if (terms?.per_order) lines.push(`At most ${count(terms.per_order)} in one order`);
  if (terms?.per_customer)
    lines.push(`At most ${count(terms.per_customer)} for each customer in ${span(terms.window ?? 0)}`);
  if (terms?.from && now < terms.from) lines.push(`On sale from ${day_and_time(terms.from)}`);
  if (terms?.until)
    lines.push(`${now < terms.until ? "On sale until" : "It was on sale until"} ${day_and_time(terms.until)}`);
  return lines;
}

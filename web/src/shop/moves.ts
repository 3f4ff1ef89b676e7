// Changes of an item in words, for a customer who looks at it. Pure. Tests: tests/web/unit/moves.test.ts
import type { Item } from "../shared/api.ts";
import { changed, type ItemChange } from "../shared/events.ts";
import { money, pieces } from "../shared/money.ts";
import { available } from "../shared/places.ts";

function told_edit(before: Item, { title, retired, terms }: ItemChange): string | undefined {
  const parts: string[] = [];
  if (title !== undefined && title !== before.title) parts.push(`It is called ${title} now`);
  if (retired !== undefined && retired !== (before.retired ?? false))
    parts.push(retired ? "It is no longer sold" : "It is sold again");
  if (terms && !same_terms(terms, before.terms)) parts.push("Its terms of sale have changed");
  return parts.join(". ") || undefined;
}

const same_terms = (one: Item["terms"], other: Item["terms"]): boolean =>
  (["per_order", "per_customer", "window", "from", "until"] as const).every((rule) => one?.[rule] === other?.[rule]);

// Undefined: the change is of no interest to a customer.
export function told_change(before: Item, change: ItemChange): string | undefined {
  if (change.edited !== undefined) return told_edit(before, change);
  if (change.price !== undefined && change.price !== before.price)
    return `Now ${money(change.price)}, it was ${money(before.price)}`;
  const delta = available(changed(before, change)) - available(before);
  if (delta === 0) return undefined; // also if pieces were bought that were held
  const is_of_hold = change.held !== undefined && change.stock === undefined;
  if (is_of_hold) return delta < 0 ? `${pieces(-delta)} in a check-out` : `${pieces(delta)} free again`;
  return delta < 0 ? `${pieces(-delta)} just went` : `${pieces(delta)} came in`;
}

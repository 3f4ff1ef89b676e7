// A movement of an item, in words. Pure.
import type { MovementOfItem } from "../../../typescript/src/openapi.ts";
import { pieces, signed } from "../shared/money.ts";

// "-2, 3 pieces now, order 7 (damaged)"
export function movement_words(movement: MovementOfItem): string {
  const parts = [`${signed(movement.delta)}, ${pieces(movement.stock)} now`];
  if (movement.held_delta || movement.held) {
    parts.push(`held ${signed(movement.held_delta ?? 0)}, ${movement.held ?? 0} now`);
  }
  for (const each of movement.places ?? []) parts.push(`${signed(each.pieces)} at ${each.place}`);
  if (movement.order) parts.push(`order ${movement.order}`);
  if (movement.hold) parts.push(`hold ${movement.hold}`);
  if (movement.by) parts.push(`by ${movement.by}`);
  return parts.join(", ") + (movement.reason ? ` (${movement.reason})` : "");
}

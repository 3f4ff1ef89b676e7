// Where the pieces of an item are. Pure. A list of places leaves out `main`.
import type { Item } from "./api.ts";

export interface AtPlace {
  place: string;
  pieces: number;
}

export const MAIN = "main";

// Every place of an item that has pieces at several; none if all are at `main`.
export function places_of(item: Pick<Item, "stock" | "places">): AtPlace[] {
  if (!item.places?.length) return [];
  const elsewhere = item.places.reduce((sum, each) => sum + each.pieces, 0);
  const main = item.stock - elsewhere;
  return [...(main > 0 ? [{ place: MAIN, pieces: main }] : []), ...item.places];
}

// Holds keep pieces of the sum, not of a place. So of a place at most as many can be had as are available.
export function available_at(item: Pick<Item, "stock" | "held" | "places">): AtPlace[] {
  const available = item.stock - (item.held ?? 0);
  return places_of(item).map(({ place, pieces }) => ({ place, pieces: Math.min(pieces, available) }));
}

export const places_text = (places: readonly AtPlace[]): string =>
  places.map(({ place, pieces }) => `${pieces} at ${place}`).join(", ");

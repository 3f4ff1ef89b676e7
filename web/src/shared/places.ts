// Where the pieces of an item are. Pure. A list of places leaves out `main`.
import type { Item, PiecesAtPlace } from "./api.ts";

export const MAIN = "main";

// The pieces that can be bought or held now.
export const available = (item: Pick<Item, "stock" | "held">): number => item.stock - (item.held ?? 0);

// Every place of an item that has pieces at several; none if all are at `main`.
export function places_of(item: Pick<Item, "stock" | "places">): PiecesAtPlace[] {
  if (!item.places?.length) return [];
  const elsewhere = item.places.reduce((sum, each) => sum + each.pieces, 0);
  const main = item.stock - elsewhere;
  return [...(main > 0 ? [{ place: MAIN, pieces: main }] : []), ...item.places];
}

// Holds keep pieces of the sum, not of a place. So of a place at most as many can be had as are available.
export function available_at(item: Pick<Item, "stock" | "held" | "places">): PiecesAtPlace[] {
  return places_of(item).map(({ place, pieces }) => ({ place, pieces: Math.min(pieces, available(item)) }));
}

export const places_text = (places: readonly PiecesAtPlace[]): string =>
  places.map(({ place, pieces }) => `${pieces} at ${place}`).join(", ");

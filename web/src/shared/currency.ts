// Learns the currency of the store's prices, which only /v1/store tells. It never changes while a store lives, so the
// browser keeps it, and later visits are drawn at once.
import { api, type Currency } from "./api.ts";
import { use_currency } from "./money.ts";

const KEPT = "pygmy.currency";
const AGAIN_MS = 2000;
const PATIENCE_MS = 1000; // on the first visit

const pause = (milliseconds: number) => new Promise<undefined>((resolve) => setTimeout(resolve, milliseconds));

// Undefined if no earlier visit has learned it; null: the store has none.
function kept(): Currency | null | undefined {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "") as Currency | null;
  } catch {
    return undefined;
  }
}

async function learned(): Promise<Currency | null> {
  for (;;) {
    const store = await api.store().catch(() => undefined);
    if (store) return store.currency ?? null;
    await pause(AGAIN_MS);
  }
}

// Calls `draw` as soon as the currency is known, or without it if that takes too long, and again if it turns out to be
// another one.
export async function with_currency(draw: () => void): Promise<void> {
  const news = learned();
  const first = kept() ?? (await Promise.race([news, pause(kept() === null ? 0 : PATIENCE_MS)]));
  use_currency(first ?? undefined);
  draw();
  const now = await news;
  localStorage.setItem(KEPT, JSON.stringify(now));
  if (JSON.stringify(now) === JSON.stringify(first ?? null)) return;
  use_currency(now ?? undefined);
  draw();
}

// Makes a little traffic for the demo: lookups, and one piece that is bought and sold back, so that the stock stays the
// same. It counts how its requests end. By G6 none fails when a process is killed.
import { new_key, type NewOrder } from "../shared/api.ts";

export interface Tally {
  done: number;
  refused: number; // by the shop, such as sold out
  failed: number;
  slowest_ms: number; // in the last ten seconds
}

export interface Shop {
  items(): Promise<number[]>;
  lookup(item: number): Promise<void>;
  place(order: NewOrder, key: string): Promise<void>; // throws {definite: true} for a refusal
  now(): number;
}

const LOOKUPS_A_ROUND = 6;
const RECENT_MS = 10_000;

export class Traffic {
  private items: number[] = [];
  private turn = 0;
  private slow: { at: number; took: number }[] = [];
  private counted = { done: 0, refused: 0, failed: 0 };

  constructor(private readonly shop: Shop) {}

  tally(): Tally {
    return { ...this.counted, slowest_ms: Math.max(0, ...this.slow.map((one) => one.took)) };
  }

  // One round: some lookups and one order, at the same time. Even rounds buy a piece, odd rounds sell it back.
  async round(): Promise<void> {
    if (!this.items.length) this.items = await this.shop.items().catch(() => []);
    if (!this.items.length) return;
    const pick = (at: number) => this.items[at % this.items.length]!;
    const turn = this.turn++;
    const lines = [{ item: pick(turn >> 1), quantity: 1 }];
    await Promise.all([
      ...Array.from({ length: LOOKUPS_A_ROUND }, (_, at) => this.timed(this.shop.lookup(pick(turn + at)))),
      this.timed(this.shop.place({ type: turn % 2 ? "sell" : "buy", customer: "demo traffic", lines }, new_key())),
    ]);
  }

  private async timed(request: Promise<void>): Promise<void> {
    const began = this.shop.now();
    try {
      await request;
      ++this.counted.done;
    } catch (error) {
      if ((error as { definite?: boolean }).definite) ++this.counted.refused;
      else ++this.counted.failed;
    }
    const now = this.shop.now();
    this.slow = [...this.slow.filter((one) => one.at > now - RECENT_MS), { at: now, took: Math.round(now - began) }];
  }
}

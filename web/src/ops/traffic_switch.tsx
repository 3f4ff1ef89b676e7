// Turns the demo traffic on and off, and shows how its requests end.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../shared/api.ts";
import { count } from "../shared/money.ts";
import { Traffic, type Tally } from "./traffic.ts";

const ROUND_MS = 200;

const shop = {
  items: async () => (await api.items({ limit: 20 })).items.map((item) => item.id),
  lookup: async (item: number) => void (await api.item(item)),
  place: async (...order: Parameters<typeof api.place>) => void (await api.place(...order)),
  now: () => performance.now(),
};

const told = ({ done, failed, slowest_ms }: Tally) =>
  `${count(done)} answered, ${count(failed)} failed, slowest lately ${count(slowest_ms)} ms`;

export function TrafficSwitch() {
  const [on, set_on] = useState(false);
  const [tally, set_tally] = useState<Tally>();
  const traffic = useRef<Traffic>();
  useEffect(() => {
    if (!on) return;
    const mine = (traffic.current = new Traffic(shop));
    let ended = false;
    void (async () => {
      while (!ended) {
        await Promise.all([mine.round(), new Promise((resolve) => setTimeout(resolve, ROUND_MS))]);
        set_tally(mine.tally());
      }
    })();
    return () => void (ended = true);
  }, [on]);
  return (
    <div class="traffic">
      <span class="soft hint number" data-failed={tally?.failed}>
        {tally ? told(tally) : ""}
      </span>
      <button type="button" class="button small" role="switch" aria-checked={on} onClick={() => set_on(!on)}>
        <span class="switch" aria-hidden="true" /> Some traffic
      </button>
    </div>
  );
}

// The last movements of one item. They are read again when the stream tells of the item.
import { useEffect, useState } from "preact/hooks";
import { api, type MovementsPage, type Problem } from "../shared/api.ts";
import type { StreamEvent } from "../shared/events.ts";
import { IconAlert } from "../shared/icons.tsx";
import { clock } from "../shared/money.ts";
import { may_watch, useWho } from "../shared/who.ts";
import { ItemPlaces } from "./item_places.tsx";
import { movement_words } from "./movements.ts";

const SHOWN = 20;

const names = (event: StreamEvent, item: number) =>
  event.data.item === item ||
  [event.data.lines, event.data.ended, event.data.items].some(
    (list) => Array.isArray(list) && list.some((each) => each.item === item || each.id === item),
  );

export function ItemMovements({ events }: { events: readonly StreamEvent[] }) {
  const [item, set_item] = useState("");
  const [page, set_page] = useState<MovementsPage>();
  const [problem, set_problem] = useState<Problem>();
  const may = may_watch(useWho().who);
  const last = item && events.find((event) => names(event, Number(item)))?.seq;
  useEffect(() => {
    set_problem(undefined);
    if (!may || !item) return set_page(undefined);
    let late = false;
    api.movements(Number(item), SHOWN).then(
      (found) => late || set_page(found),
      (error) => {
        if (late) return;
        set_page(undefined);
        set_problem(error as Problem);
      },
    );
    return () => void (late = true);
  }, [may, item, last]);
  if (!may) return null;
  return (
    <section class="panel" aria-labelledby="movements-title">
      <div class="panel-head">
        <h2 id="movements-title">Movements of an item</h2>
        <label>
          <span class="label">Of item</span>
          <input
            class="field number"
            inputMode="numeric"
            value={item}
            onInput={(event) => set_item(event.currentTarget.value.replace(/\D/g, ""))}
          />
        </label>
      </div>
      {problem && (
        <p class="note bad" role="alert">
          <IconAlert /> {problem.message}
        </p>
      )}
      {page && item && <ItemPlaces key={item} item={Number(item)} last={last || 0} />}
      <ol class="holds" tabIndex={0} aria-label="Movements of the item, the newest first">
        {page?.movements.map((each) => (
          <li key={each.seq}>
            <span class="number soft">{each.seq}</span>
            <time class="number">{clock(each.at)}</time>
            <span>{each.kind}</span>
            <span>{movement_words(each)}</span>
          </li>
        ))}
        {page?.next !== undefined && <li class="soft">and earlier ones</li>}
        {!item && <li class="soft">Name an item: here you see what moved its stock, and why.</li>}
      </ol>
    </section>
  );
}

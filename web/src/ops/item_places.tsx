// Where the pieces of an item are, and a form that moves some of them to another place.
import { useState } from "preact/hooks";
import { announce } from "../shared/announce.tsx";
import { api, type Item, type Problem } from "../shared/api.ts";
import { IconAlert } from "../shared/icons.tsx";
import { pieces } from "../shared/money.ts";
import { MAIN, places_of, places_text } from "../shared/places.ts";
import { may_change_items, useWho } from "../shared/who.ts";
import { useKey, useLatest } from "./hooks.ts";

// `last`: the seq of the last event that is known to touch the item. The item is read again when it changes.
export function ItemPlaces({ item: id, last }: { item: number; last: number }) {
  const [moved, set_moved] = useState(0);
  const may = may_change_items(useWho().who);
  const item = useLatest(() => api.item(id), true, [id, last, moved]);
  if (!item) return null;
  const places = places_of(item);
  return (
    <div class="item-places">
      <p>
        {pieces(item.stock)} of “{item.title}”{places.length ? `: ${places_text(places)}` : `, all at ${MAIN}`}
      </p>
      {may && <TransferForm item={item} on_done={() => set_moved((times) => times + 1)} />}
    </div>
  );
}

function TransferForm({ item, on_done }: { item: Item; on_done(): void }) {
  const [wanted, set_wanted] = useState("");
  const [from, set_from] = useState<string>(MAIN);
  const [to, set_to] = useState("");
  const [opens, set_opens] = useState(false);
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState<Problem>();
  const key = useKey();
  const quantity = Number(wanted);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || !quantity || !to.trim() || to.trim() === from) return;
    const moved = { pieces: quantity, from_place: from, to_place: to.trim(), ...(opens ? { opens } : {}) };
    set_busy(true);
    set_problem(undefined);
    try {
      await api.transfer(item.id, moved, key.of(moved));
      key.forget();
      announce(`${pieces(quantity)} moved from ${from} to ${to.trim()}`);
      set_wanted("");
      set_opens(false);
      on_done();
    } catch (error) {
      const why = error as Problem;
      if (why.definite) key.forget();
      set_problem(why);
    }
    set_busy(false);
  };
  const places = places_of(item).map(({ place }) => place);
  return (
    <form class="transfer" aria-label="Move pieces" onSubmit={(event) => void submit(event)}>
      <label>
        <span class="label">Pieces</span>
        <input
          class="field number"
          inputMode="numeric"
          required
          value={wanted}
          onInput={(event) => set_wanted(event.currentTarget.value.replace(/\D/g, "").slice(0, 10))}
        />
      </label>
      <label>
        <span class="label">From</span>
        <select class="field" value={from} onChange={(event) => set_from(event.currentTarget.value)}>
          {(places.includes(from) ? places : [from, ...places]).map((place) => (
            <option key={place}>{place}</option>
          ))}
        </select>
      </label>
      <label>
        <span class="label">To</span>
        <input
          class="field"
          required
          maxLength={64}
          autocapitalize="off"
          spellcheck={false}
          value={to}
          onInput={(event) => set_to(event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked={opens} onChange={(event) => set_opens(event.currentTarget.checked)} /> It is a
        new place
      </label>
      <button class="button small" disabled={busy} data-busy={busy}>
        {busy ? "Moving …" : "Move"}
      </button>
      {problem && (
        <p class="note bad" role="alert">
          <IconAlert /> {problem.message}
        </p>
      )}
    </form>
  );
}

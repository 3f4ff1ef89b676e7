// The page of one item, with its live stock.
import { useState } from "preact/hooks";
import { api, type Item } from "../shared/api.ts";
import { announce } from "../shared/announce.tsx";
import type { ItemChange } from "../shared/events.ts";
import { changed } from "../shared/events.ts";
import { IconArrow, IconBack, IconBasket } from "../shared/icons.tsx";
import { money, pieces } from "../shared/money.ts";
import { available, available_at } from "../shared/places.ts";
import { add, quantity_of } from "./basket.ts";
import { Cover } from "./cover.tsx";
import { change_basket, useBasket } from "./kept.ts";
import { told_change } from "./moves.ts";
import { CannotShow, ForSale, LiveLine, Stepper, useAnswer, useTitle } from "./parts.tsx";
import { to } from "./route.ts";
import { newest, useChanges } from "./stock.ts";
import { not_sold, told_terms } from "./terms.ts";

const MOVES_SHOWN = 4;

interface Move {
  seq: number;
  text: string;
}

function Buy({ item }: { item: Item }) {
  const [wanted, set_wanted] = useState(1);
  const inside = quantity_of(useBasket(), item.id);
  const left = available(item);
  const now = Date.now();
  const why_not = not_sold(item, now);
  const room = Math.min(left, item.terms?.per_order ?? left) - inside;
  const take = () => {
    change_basket((now) => add(now, item, wanted));
    announce(`${pieces(inside + wanted)} of it in your basket`);
    set_wanted(1);
  };
  return (
    <div class="buy">
      <div class="buy-row">
        <Stepper value={wanted} max={Math.max(1, room)} label="How many" on_change={set_wanted} />
        <button type="button" class="button primary" disabled={why_not !== undefined || room < wanted} onClick={take}>
          <IconBasket />
          {why_not ??
            (left === 0 ? "Sold out" : room < wanted ? `Only ${Math.max(0, room)} more to have` : "Add to basket")}
        </button>
      </div>
      {told_terms(item.terms, now).map((line) => (
        <p class="terms" key={line}>
          {line}
        </p>
      ))}
      <p class="in-basket" data-shown={inside > 0}>
        {pieces(inside)} in your basket.{" "}
        <a href={to.basket()} tabIndex={inside ? 0 : -1}>
          Go to the basket <IconArrow />
        </a>
      </p>
    </div>
  );
}

// All topics of the item, its description and its attributes.
function Details({ item }: { item: Item }) {
  const attributes = Object.entries(item.attributes ?? {});
  return (
    <>
      {item.topics?.length ? (
        <nav class="item-topics" aria-label="Topics of the item">
          {[item.topic, ...item.topics]
            .filter((topic) => topic)
            .map((topic) => (
              <a href={to.browse(topic)} key={topic}>
                {topic}
              </a>
            ))}
        </nav>
      ) : null}
      {item.description && <p class="description">{item.description}</p>}
      {attributes.length > 0 && (
        <dl class="attributes">
          {attributes.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

// Of an item with pieces at several places, how many can be had at each.
function AtPlaces({ item }: { item: Item }) {
  const places = not_sold(item, Date.now()) ? [] : available_at(item);
  if (!places.length) return null;
  return (
    <ul class="at-places" aria-label="Where it is">
      {places.map(({ place, pieces }) => (
        <li key={place}>
          <span class="number">{pieces}</span> at {place}
        </li>
      ))}
    </ul>
  );
}

export function ItemPage({ id }: { id: number }) {
  const { value: item, problem, again, set } = useAnswer(() => api.item(id), [id]);
  const [moves, set_moves] = useState<Move[]>([]);
  const refresh = async () => {
    const read = await api.item(id).catch(() => undefined);
    if (read) set((old) => newest([old], [read])[0]!);
  };
  const on_change = (change: ItemChange, places_moved: boolean) => {
    if (!item || change.item !== id || change.seq < item.version) return;
    const text = told_change(item, change);
    set((now) => changed(now, change));
    if (places_moved || (item.places && change.stock !== undefined)) void refresh();
    if (!text) return;
    set_moves((old) => [{ seq: change.seq, text }, ...old].slice(0, MOVES_SHOWN));
    const left = available(changed(item, change));
    const is_of_pieces = change.stock !== undefined || change.held !== undefined;
    announce(`${text}. ${!is_of_pieces ? "" : left === 0 ? "Sold out" : `${left} in stock`}`);
  };
  const connection = useChanges([id], on_change, refresh);
  useTitle(item?.title ?? "Item");
  if (problem && !item) {
    const back = { to: to.browse(), text: "Back to the shelves" };
    return (
      <CannotShow
        problem={problem}
        missing="The shop has no such item"
        failed="This item cannot be shown now"
        back={back}
        again={again}
      />
    );
  }
  return (
    <article class="item" aria-busy={!item}>
      <div class="item-cover">{item ? <Cover id={item.id} topic={item.topic} /> : <div class="cover" />}</div>
      <div class="item-told">
        <p class="crumb">
          <a href={to.browse(item?.topic)}>
            <IconBack /> {item?.topic || "All items"}
          </a>
        </p>
        <h1 tabIndex={-1}>{item?.title ?? "\u00a0"}</h1>
        <p class="item-price number">{item ? money(item.price) : "\u00a0"}</p>
        <div class="item-stock">
          {item ? <ForSale item={item} /> : <span class="stock">&nbsp;</span>}
          <LiveLine connection={connection} />
        </div>
        {item && <AtPlaces item={item} />}
        {item && <Buy item={item} />}
        {item && <Details item={item} />}
        <ol class="moves" aria-label="What just happened to it">
          {moves.map((move) => (
            <li key={move.seq}>{move.text}</li>
          ))}
        </ol>
      </div>
    </article>
  );
}

// The shop's first page: topics, search and items.
import { useState } from "preact/hooks";
import { api, type Item, type Problem, type Topic } from "../shared/api.ts";
import { announce } from "../shared/announce.tsx";
import { IconCheck, IconPlus } from "../shared/icons.tsx";
import { count, money } from "../shared/money.ts";
import { available } from "../shared/places.ts";
import { add, quantity_of, type Basket } from "./basket.ts";
import { Cover } from "./cover.tsx";
import { change_basket, useBasket } from "./kept.ts";
import { ForSale, LiveLine, More, Trouble, useAnswer, useTitle } from "./parts.tsx";
import { keep_place, kept_place } from "./place.ts";
import { to } from "./route.ts";
import { ASKED_MAX, count_text, is_sort, PAGE, read_again, read_shelf, SORTS, type Shelf, type Sort } from "./shelf.ts";
import { newest, useChanges, with_change } from "./stock.ts";
import { not_sold } from "./terms.ts";

// If the store does not list its topics, takes those of its first items.
async function all_topics(): Promise<Topic[]> {
  try {
    return (await api.topics()).topics;
  } catch (error) {
    if ((error as Problem).status !== 404) throw error;
    const { items } = await api.items({ limit: ASKED_MAX });
    return [...new Set(items.map((item) => item.topic))].map((topic) => ({ topic, items: 0 }));
  }
}

function Topics({ topics, topic, text }: { topics: readonly Topic[]; topic?: string; text?: string }) {
  const chip = (name: string, label: string) => (
    <li>
      <a
        class="chip"
        href={to.browse(name || undefined)}
        aria-current={!text && (topic ?? "") === name ? "page" : undefined}>
        {label}
      </a>
    </li>
  );
  const names = topics.map((one) => one.topic).filter(Boolean);
  return (
    <nav aria-label="Topics" class="topics">
      <ul>
        {chip("", "Everything")}
        {names.sort((a, b) => a.localeCompare(b)).map((name) => chip(name, name))}
      </ul>
    </nav>
  );
}

function Card({ item, basket }: { item: Item; basket: Basket }) {
  const inside = quantity_of(basket, item.id);
  const take = () => {
    change_basket((now) => add(now, item, 1));
    announce(`${item.title}: ${inside + 1} in your basket`);
  };
  return (
    <li class="card" data-item={item.id}>
      <a class="card-link" href={to.item(item.id)}>
        <Cover id={item.id} topic={item.topic} />
        <span class="card-title">{item.title}</span>
      </a>
      <p class="card-topic">{item.topic}</p>
      <div class="card-foot">
        <p>
          <span class="price number">{money(item.price)}</span>
          <ForSale item={item} />
        </p>
        <button
          type="button"
          class={`add ${inside ? "inside" : ""}`}
          disabled={available(item) <= inside || not_sold(item, Date.now()) !== undefined}
          onClick={take}
          aria-label={`Add ${item.title} to the basket${inside ? `, ${inside} in it` : ""}`}>
          {inside ? <IconCheck /> : <IconPlus />}
          {inside > 0 && <span class="number">{count(inside)}</span>}
        </button>
      </div>
    </li>
  );
}

const Skeletons = () => (
  <ul class="shelf" aria-hidden="true">
    {Array.from({ length: 8 }, (_, at) => (
      <li class="card skeleton" key={at}>
        <div class="cover" />
        <span class="card-title">&nbsp;</span>
        <p class="card-topic">&nbsp;</p>
        <div class="card-foot">
          <p>&nbsp;</p>
        </div>
      </li>
    ))}
  </ul>
);

const SORT_WORDS: Record<Sort | "", string> = {
  "": "as on the shelf",
  title: "by title",
  price: "by price, low to high",
  "-price": "by price, high to low",
};

interface Wanted {
  topic?: string;
  text?: string;
  sort?: Sort;
}

function Sorting({ topic, text, sort }: Wanted) {
  return (
    <label class="sorting">
      <span>Sorted</span>
      <select
        class="field"
        value={sort ?? ""}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          location.hash = to.browse(topic, text, is_sort(chosen) ? chosen : undefined);
        }}>
        {(["", ...SORTS] as const).map((one) => (
          <option value={one} key={one}>
            {SORT_WORDS[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

// The number of items, if the store tells it: of a topic always, of a search up to ASKED_MAX.
function useTold({ topic, text }: Wanted, topics: readonly Topic[] | undefined, shelf: Shelf | undefined) {
  const counts = text !== undefined && shelf?.next !== undefined;
  const { value } = useAnswer(
    async () => (counts ? api.items({ topic, text, limit: ASKED_MAX }) : undefined),
    [counts],
  );
  if (counts) return value && value.next === undefined ? value.items.length : undefined;
  const of = topics?.filter((one) => topic === undefined || one.topic === topic);
  return of?.length && of.every((one) => one.items > 0) ? of.reduce((sum, one) => sum + one.items, 0) : undefined;
}

function ShelfOf({ wanted, topics }: { wanted: Wanted; topics?: readonly Topic[] }) {
  const { topic, text, sort } = wanted;
  const basket = useBasket();
  const [shown, set_shown] = useState(() => kept_place().shown ?? PAGE);
  const ask = (limit: number, after?: number) => api.items({ topic, text, limit, after });
  const { value, problem, again, set } = useAnswer(() => read_shelf(ask, sort, shown), []);
  const told = useTold(wanted, topics, value);
  const items = (value?.items ?? []).slice(0, shown);
  const show = (next: number) => {
    set_shown(next);
    keep_place({ shown: next });
  };
  const more = async () => {
    if (!sort) {
      const next = await ask(PAGE, value?.next);
      set((old) => ({ items: [...old.items, ...next.items], next: next.next }));
    }
    show(shown + PAGE);
  };
  const refresh = async () => {
    if (!value) return again();
    const read = await read_shelf(ask, sort, value.items.length).catch(() => undefined);
    if (read) set((old) => (sort ? { items: newest(old.items, read.items), next: read.next } : read_again(old, read)));
  };
  // An item that was retired or got another topic stays where it is until the shelf is read again.
  const connection = useChanges(
    items.map((item) => item.id),
    (change) => set((old) => ({ ...old, items: with_change(old.items, change) })),
    refresh,
  );
  const is_cut = sort !== undefined && value?.next !== undefined;
  return (
    <>
      <div class="shelf-head">
        <h1 tabIndex={-1}>{text ? `“${text}”` : (topic ?? "Everything on the shelves")}</h1>
        <LiveLine connection={items.length ? connection : "open"} />
      </div>
      <div class="shelf-how">
        <p class="soft" role="status">
          {value ? count_text(value, told) : "\u00a0"}
          {is_cut && `, of which the first ${count(value.items.length)} are sorted`}
        </p>
        <Sorting {...wanted} />
      </div>
      {problem && !value && (
        <Trouble problem={problem}>
          <button type="button" class="button small" onClick={again}>
            Try again
          </button>
        </Trouble>
      )}
      {!value && !problem && <Skeletons />}
      {value && items.length === 0 && (
        <p class="empty">
          Nothing here{text ? " has these words in its title" : ""}. <a href={to.browse()}>See everything</a>
        </p>
      )}
      <ul class="shelf" hidden={items.length === 0}>
        {items.map((item) => (
          <Card item={item} basket={basket} key={item.id} />
        ))}
      </ul>
      {value && (sort ? shown < value.items.length : value.next !== undefined) && <More label="More" on_more={more} />}
    </>
  );
}

export function Browse(wanted: Wanted) {
  const { topic, text, sort } = wanted;
  const { value: topics } = useAnswer(all_topics, []);
  useTitle(text ? `Search: ${text}` : (topic ?? ""));
  return (
    <>
      <Topics topics={topics ?? []} topic={topic} text={text} />
      <ShelfOf wanted={wanted} topics={topics} key={to.browse(topic, text, sort)} />
    </>
  );
}

// The shop's first page: topics, search and items.
import { useState } from "preact/hooks";
import { api, type Item, type ItemsPage, type Problem } from "../shared/api.ts";
import { announce } from "../shared/announce.tsx";
import { IconCheck, IconPlus } from "../shared/icons.tsx";
import { count, money } from "../shared/money.ts";
import { add, quantity_of, type Basket } from "./basket.ts";
import { Cover } from "./cover.tsx";
import { change_basket, useBasket } from "./kept.ts";
import { LiveLine, Stock, Trouble, useAnswer, useTitle } from "./parts.tsx";
import { to } from "./route.ts";
import { newest, useChanges, with_change } from "./stock.ts";

const PAGE = 24;

// If the store does not list its topics, takes those of its first items.
async function all_topics(): Promise<string[]> {
  try {
    return (await api.topics()).topics.map((one) => one.topic);
  } catch (error) {
    if ((error as Problem).status !== 404) throw error;
    const { items } = await api.items({ limit: 1000 });
    return [...new Set(items.map((item) => item.topic))];
  }
}

function Topics({ topic, text }: { topic?: string; text?: string }) {
  const { value } = useAnswer(all_topics, []);
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
  const topics = (value ?? []).filter(Boolean).sort((a, b) => a.localeCompare(b));
  return (
    <nav aria-label="Topics" class="topics">
      <ul>
        {chip("", "Everything")}
        {topics.map((name) => chip(name, name))}
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
          <Stock stock={item.stock} />
        </p>
        <button
          type="button"
          class={`add ${inside ? "inside" : ""}`}
          disabled={item.stock <= inside}
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

// Reads all pages that are shown so far again, as one page of at most 1000 items.
async function read_pages(wanted: { topic?: string; text?: string }, limit: number): Promise<ItemsPage> {
  return api.items({ ...wanted, limit: Math.min(limit, 1000) });
}

export function Browse({ topic, text }: { topic?: string; text?: string }) {
  const basket = useBasket();
  const [limit, set_limit] = useState(PAGE);
  const { value, problem, again, set } = useAnswer(() => read_pages({ topic, text }, PAGE), [topic, text]);
  const items = value?.items ?? [];
  const more = async () => {
    const next = await api.items({ topic, text, limit: PAGE, after: value?.next });
    set((old) => ({ items: [...old.items, ...next.items], next: next.next }));
    set_limit(limit + PAGE);
  };
  const refresh = async () => {
    if (!value) return again();
    const read = await read_pages({ topic, text }, Math.max(PAGE, items.length)).catch(() => undefined);
    if (read) set((old) => ({ items: newest(old.items, read.items), next: read.next }));
  };
  const connection = useChanges(
    items.map((item) => item.id),
    (change) => set((old) => ({ ...old, items: with_change(old.items, change) })),
    refresh,
  );
  const heading = text ? `“${text}”` : (topic ?? "Everything on the shelves");
  useTitle(text ? `Search: ${text}` : (topic ?? ""));
  return (
    <>
      <Topics topic={topic} text={text} />
      <div class="shelf-head">
        <h1 tabIndex={-1}>{heading}</h1>
        <LiveLine connection={items.length ? connection : "open"} />
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
      {value?.next !== undefined && (
        <p class="more">
          <button type="button" class="button" onClick={more}>
            More
          </button>
        </p>
      )}
    </>
  );
}

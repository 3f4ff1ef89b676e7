// The basket page. It compares the basket with the shop all the time, so that a customer sees sold-out items and new
// prices before ordering. If they change between the click and the order, one more click orders what there is. A customer
// who may hold goes on to the check-out; others order from here.
import { useEffect, useState } from "preact/hooks";
import { api, type Item, type Problem } from "../shared/api.ts";
import { IconAlert, IconArrow, IconClose } from "../shared/icons.tsx";
import { money } from "../shared/money.ts";
import { available } from "../shared/places.ts";
import { customer_of, may_hold, useWho } from "../shared/who.ts";
import {
  accept,
  difference,
  differences,
  remove,
  set_quantity,
  total,
  type Basket,
  type BasketLine,
  type Difference,
} from "./basket.ts";
import { Cover } from "./cover.tsx";
import { without_own } from "./hold.ts";
import { change_basket, current_basket, load_customer, save_customer, useBasket, useHold } from "./kept.ts";
import { check_out, order, useOrdering } from "./ordering.ts";
import { LiveLine, Stepper, Stock, Trouble, useTitle } from "./parts.tsx";
import { to } from "./route.ts";
import { newest, useChanges, with_change } from "./stock.ts";

// The shop's present state of the items in the basket. It is read again after a refusal, and when its hold has ended.
function useShopNow(basket: Basket, refusal: Problem | undefined) {
  const [items, set_items] = useState<readonly Item[]>([]);
  const ids = basket.map((line) => line.item);
  const read = async () => {
    const answers = await Promise.allSettled(ids.map((id) => api.item(id)));
    const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    set_items((old) => newest(old, found));
  };
  const hold = useHold();
  useEffect(() => void read(), [ids.join(), refusal, hold?.no]);
  const connection = useChanges(ids, (change) => set_items((old) => with_change(old, change)), read);
  return { now: new Map(items.map((item) => [item.id, without_own(item, hold, Date.now())])), connection };
}

function what_differs(line: BasketLine, found: Difference): string {
  const price = found.price === undefined ? "" : `costs ${money(found.price)} now, it was ${money(line.price)}`;
  if (found.left === 0) return found.why ?? "Sold out";
  if (found.left === undefined) return `It ${price}`;
  return (found.why ?? `Only ${found.left} left`) + (price ? `, and it ${price}` : "");
}

function Line({ line, now }: { line: BasketLine; now?: Item }) {
  const found = difference(line, now);
  const { title, topic } = now ?? line; // the shop may have edited them
  return (
    <li class="line" data-item={line.item}>
      <a class="line-cover" href={to.item(line.item)} tabIndex={-1} aria-hidden="true">
        <Cover id={line.item} topic={topic} />
      </a>
      <div class="line-told">
        <a class="line-title" href={to.item(line.item)}>
          {title}
        </a>
        <p class="soft number">{money(line.price)} each</p>
        {found ? (
          <p class="differs">
            <IconAlert /> <span>{what_differs(line, found)}</span>
            <button
              type="button"
              class="button small"
              onClick={() => change_basket((basket) => accept(basket, [found]))}>
              {found.left === 0 ? "Remove it" : found.left ? `Take ${found.left}` : "Accept"}
              <span class="hidden-text"> ({title})</span>
            </button>
          </p>
        ) : now ? (
          <Stock stock={available(now)} />
        ) : (
          <span class="stock">&nbsp;</span>
        )}
      </div>
      <Stepper
        value={line.quantity}
        max={Math.max(line.quantity, now ? available(now) : 0)}
        label={`How many of ${title}`}
        on_change={(value) => change_basket((basket) => set_quantity(basket, line.item, value))}
      />
      <p class="line-total number">{money(line.price * line.quantity)}</p>
      <button
        type="button"
        class="icon-button"
        aria-label={`Remove ${title}`}
        onClick={() => change_basket((basket) => remove(basket, line.item))}>
        <IconClose />
      </button>
    </li>
  );
}

// The label of the button that goes on after a refusal: it says what will be ordered.
function go_on_label(basket: Basket, found: readonly Difference[], verb: string): string {
  const rest = accept(basket, found);
  if (rest.length === 0) return "Nothing of it is left";
  const same_pieces = found.every((one) => one.left === undefined);
  return `${verb} ${same_pieces ? "at the new price" : "what there is"} · ${money(total(rest))}`;
}

function Summary({ basket, found }: { basket: Basket; found: readonly Difference[] }) {
  const { progress, last, direct } = useOrdering();
  const [customer, set_customer] = useState(load_customer);
  const { who } = useWho();
  const own = customer_of(who);
  const holds = may_hold(who) && !direct;
  const busy = progress !== "idle";
  const rest = accept(basket, found);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!own) save_customer(customer);
    change_basket((now) => accept(now, found));
    void (holds ? check_out : order)(current_basket(), own ?? customer);
  };
  return (
    <form class="summary" onSubmit={submit} aria-label="Order">
      <p class="summary-total">
        <span>Total</span> <span class="number">{money(total(basket))}</span>
      </p>
      {direct && may_hold(who) && (
        <p class="note" role="status">
          The shop cannot hold your basket for you now. You can order it at once.
        </p>
      )}
      {last?.kind === "refused" && found.length === 0 && <Trouble problem={last.problem} />}
      {found.length > 0 && (
        <div class="note warn" role="alert">
          <IconAlert />
          <p>
            {last?.kind === "refused"
              ? "Nothing was bought: the shop changed in between."
              : "The shop has changed since you chose."}{" "}
            Look at the marked lines, or go on with what there is.
          </p>
        </div>
      )}
      {own ? (
        <p class="soft">You order as {own}.</p>
      ) : (
        <div>
          <label class="label" for="customer">
            Your name <span class="soft">(optional)</span>
          </label>
          <input
            class="field"
            id="customer"
            name="customer"
            autocomplete="name"
            maxLength={40}
            aria-describedby="customer-why"
            value={customer}
            onInput={(event) => set_customer(event.currentTarget.value)}
          />
          <p class="hint soft" id="customer-why">
            With it you find your orders again.
          </p>
        </div>
      )}
      <button type="submit" class="button primary wide" disabled={busy || rest.length === 0} data-busy={busy}>
        {progress === "holding"
          ? "Holding …"
          : busy
            ? "Ordering …"
            : found.length
              ? go_on_label(basket, found, holds ? "Check out" : "Order")
              : `${holds ? "Check out" : "Place the order"} · ${money(total(basket))}`}
      </button>
      <p class="hint soft">
        {holds
          ? "It is held for you for 10 minutes while you check out. Nothing is bought yet."
          : "All of it or nothing; never twice, even if the network fails or you reload the page."}
      </p>
    </form>
  );
}

export const EmptyBasket = () => (
  <section class="empty">
    <h1 tabIndex={-1}>Your basket is empty</h1>
    <p>
      <a class="button primary" href={to.browse()}>
        Look around <IconArrow />
      </a>
    </p>
  </section>
);

export function BasketPage() {
  useTitle("Basket");
  const basket = useBasket();
  const { last } = useOrdering();
  const { now, connection } = useShopNow(basket, last?.kind === "refused" ? last.problem : undefined);
  if (basket.length === 0) return <EmptyBasket />;
  return (
    <section class="basket">
      <div class="shelf-head">
        <h1 tabIndex={-1}>Basket</h1>
        <LiveLine connection={connection} />
      </div>
      <div class="basket-columns">
        <ul class="lines">
          {basket.map((line) => (
            <Line line={line} now={now.get(line.item)} key={line.item} />
          ))}
        </ul>
        <Summary basket={basket} found={differences(basket, now)} />
      </div>
    </section>
  );
}

// The check-out: the basket is held, and the time that is left runs down. The order is made of the hold. A
// customer who goes to another page lets the basket go. If the tab is closed, the hold ends by its time.
import { useEffect, useRef, useState } from "preact/hooks";
import { announce } from "../shared/announce.tsx";
import { IconAlert, IconCheck } from "../shared/icons.tsx";
import { money, pieces } from "../shared/money.ts";
import { customer_of, useWho } from "../shared/who.ts";
import { total, type BasketLine } from "./basket.ts";
import { EmptyBasket } from "./basket_page.tsx";
import { Cover } from "./cover.tsx";
import { countdown, spoken } from "./hold.ts";
import { load_customer, useKept } from "./kept.ts";
import { check_out, end_check_out, leave_check_out, look_at_hold, order, useOrdering } from "./ordering.ts";
import { useTitle } from "./parts.tsx";
import { parse_route, to } from "./route.ts";

// Screen readers are told at a few moments only, and not every second.
function TimeLeft({ ends, on_end }: { ends: number; on_end(): void }) {
  const [left, set_left] = useState(() => ends - performance.now());
  const before = useRef<number>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      const now = ends - performance.now();
      const seconds = Math.ceil(now / 1000);
      const text = spoken(before.current ?? seconds, seconds);
      before.current = seconds;
      set_left(now);
      if (text) announce(text);
      if (now <= 0) return on_end();
      timer = setTimeout(tick, (now % 1000) + 1);
    };
    tick();
    return () => clearTimeout(timer);
  }, [ends]);
  return (
    <span class="number time-left" role="timer">
      {countdown(left)}
    </span>
  );
}

function Line({ line }: { line: BasketLine }) {
  return (
    <li class="line told" data-item={line.item}>
      <span class="line-cover">
        <Cover id={line.item} topic={line.topic} />
      </span>
      <div class="line-told">
        <p class="line-title">{line.title}</p>
        <p class="soft number">
          {pieces(line.quantity)} at {money(line.price)}
        </p>
      </div>
      <p class="line-total number">{money(line.price * line.quantity)}</p>
    </li>
  );
}

export function CheckoutPage() {
  useTitle("Check-out");
  const { key, lines } = useKept();
  const { progress, held } = useOrdering();
  const customer = customer_of(useWho().who) ?? load_customer();
  const is_held = held?.key === key && !held.over;
  const busy = progress !== "idle";
  const began = useRef(false);
  // A page that was loaded again asks for its hold with the same key. Without a hold there is nothing to do here.
  useEffect(() => {
    if (busy) return;
    const first = !began.current;
    began.current = true;
    if (is_held || held?.over || !lines.length) return;
    if (first && !held) void check_out(lines, customer);
    else if (parse_route(location.hash).page === "checkout") location.replace(to.basket());
  }, [busy, held, key]);
  useEffect(() => {
    const on_visible = () => void (document.hidden || look_at_hold());
    document.addEventListener("visibilitychange", on_visible);
    return () => {
      document.removeEventListener("visibilitychange", on_visible);
      leave_check_out();
    };
  }, []);
  if (!lines.length) return <EmptyBasket />;
  // The second click of a double click on the basket's button must not order.
  const on_click = (event: MouseEvent) => event.detail > 1 && event.preventDefault();
  const submit = (event: Event) => {
    event.preventDefault();
    void (held?.over ? check_out(lines, customer) : order(lines, customer, held));
  };
  return (
    <section class="basket">
      <div class="shelf-head">
        <h1 tabIndex={-1}>Check-out</h1>
      </div>
      <div class="basket-columns">
        <ul class="lines">
          {lines.map((line) => (
            <Line line={line} key={line.item} />
          ))}
        </ul>
        <form class="summary" onSubmit={submit} aria-label="Order">
          <p class="summary-total">
            <span>Total</span> <span class="number">{money(total(lines))}</span>
          </p>
          {held?.over ? (
            <div class="note warn held-for" role="alert">
              <IconAlert />
              <p>The time is up: your basket is not held any more. Nothing was bought.</p>
            </div>
          ) : (
            <div class="note held-for">
              <IconCheck />
              <p>
                Held for you, at these prices, for{" "}
                {held ? (
                  <TimeLeft ends={held.ends} on_end={end_check_out} />
                ) : (
                  <span class="number time-left">–:––</span>
                )}
              </p>
            </div>
          )}
          {customer && <p class="soft">You order as {customer}.</p>}
          <button
            type="submit"
            class="button primary wide"
            onClick={on_click}
            disabled={busy || (!is_held && !held?.over)}
            data-busy={busy}>
            {progress === "holding"
              ? "Holding …"
              : busy
                ? "Ordering …"
                : held?.over
                  ? "Hold it again"
                  : `Place the order · ${money(total(lines))}`}
          </button>
          <p class="hint soft">
            All of it or nothing; never twice, even if the network fails or you reload the page.{" "}
            <a href={to.basket()}>Back to the basket</a>
          </p>
        </form>
      </div>
    </section>
  );
}

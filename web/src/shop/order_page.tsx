// The page of one order, with thanks if it was just placed, and what was taken back of it.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, new_key, Problem, type Order } from "../shared/api.ts";
import { IconArrow, IconCheck } from "../shared/icons.tsx";
import { day_and_time, money, pieces } from "../shared/money.ts";
import { Cover } from "./cover.tsx";
import { forget_placed } from "./kept.ts";
import { CannotShow, Trouble, useAnswer, useTitle } from "./parts.tsx";
import { to } from "./route.ts";
import { useItems } from "./titles.ts";

const WHAT = { cancel: "Cancelled", return: "Returned", scrap: "Returned, not for sale again" };
const STATES = {
  placed: "",
  partly_cancelled: "Some of this order was cancelled or returned.",
  cancelled: "This order is cancelled.",
  returned: "This order was returned.",
};

function History({ order }: { order: Order }) {
  if (!order.cancellations?.length) return null;
  return (
    <section class="history" aria-label="What was taken back">
      <p class="note" role="status">
        {STATES[order.state ?? "placed"]}
      </p>
      <ul class="lines">
        {order.cancellations.map((each) => (
          <li class="line told" key={each.seq}>
            <div class="line-told">
              <p>
                {WHAT[each.kind]}, {day_and_time(each.at)}
                {each.reason && `: ${each.reason}`}
              </p>
              <p class="soft number">
                {each.lines.map((line) => `${pieces(line.quantity)} of item ${line.item}`).join(", ")}
              </p>
            </div>
            <p class="line-total number">{money(-each.total)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

// Asks once more before it cancels. After an answer that leaves it open, the next try has the same key.
function Cancel({ order, done }: { order: Order; done(): void }) {
  const [sure, set_sure] = useState(false);
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState<Problem>();
  const key = useRef(new_key());
  const cancel = () => {
    set_busy(true);
    set_problem(undefined);
    api
      .cancel(order.no, key.current)
      .then(done, (problem: Problem) => {
        if (problem.definite) key.current = new_key();
        set_problem(problem);
      })
      .finally(() => (set_busy(false), set_sure(false)));
  };
  return (
    <div class="more">
      {problem && <Trouble problem={problem} />}
      {sure ? (
        <>
          <button type="button" class="button" disabled={busy} onClick={cancel}>
            {busy ? "Asking …" : "Yes, cancel all that remains"}
          </button>{" "}
          <button type="button" class="button" disabled={busy} onClick={() => set_sure(false)}>
            Keep it
          </button>
        </>
      ) : (
        <button type="button" class="button" onClick={() => set_sure(true)}>
          Cancel this order
        </button>
      )}
    </div>
  );
}

export function OrderPage({ no, placed }: { no: number; placed: boolean }) {
  const { value: order, problem, again } = useAnswer(() => api.order(no), [no]);
  const items = useItems(order?.lines.map((line) => line.item) ?? []);
  useTitle(`Order ${no}`);
  useEffect(() => {
    if (placed && order) forget_placed();
  }, [placed, order]);
  if (problem && !order) {
    const back = { to: to.orders(), text: "Find another order" };
    return (
      <CannotShow
        problem={problem}
        missing={`There is no order ${no}`}
        failed={`Order ${no} cannot be shown now`}
        back={back}
        again={again}
      />
    );
  }
  return (
    <article class="order" aria-busy={!order}>
      {placed && (
        <p class="note good thanks" role="status">
          <IconCheck /> Thank you. Your order is placed, and safe on disk.
        </p>
      )}
      <h1 tabIndex={-1}>Order {no}</h1>
      <p class="soft">
        {order
          ? `${day_and_time(order.at)}${order.customer ? `, for ${order.customer}` : ""}${order.type === "sell" ? ", taken in by the shop" : ""}`
          : "\u00a0"}
      </p>
      <ul class="lines" hidden={!items}>
        {items &&
          order?.lines.map((line, at) => {
            const item = items.get(line.item);
            return (
              <li class="line told" key={at}>
                <span class="line-cover">
                  {item ? <Cover id={item.id} topic={item.topic} /> : <span class="cover" />}
                </span>
                <div class="line-told">
                  <a class="line-title" href={to.item(line.item)}>
                    {item?.title ?? `Item ${line.item}`}
                  </a>
                  <p class="soft number">
                    {pieces(line.quantity)} at {money(line.price)}
                  </p>
                </div>
                <p class="line-total number">{money(line.price * line.quantity)}</p>
              </li>
            );
          })}
      </ul>
      {items && order && (
        <>
          <p class="summary-total">
            <span>Total</span> <span class="number">{money(order.total)}</span>
          </p>
          <History order={order} />
          {order.type === "buy" && (order.state === "placed" || order.state === "partly_cancelled") && (
            <Cancel order={order} done={again} />
          )}
          <p>
            <a class="button" href={to.browse()}>
              Look around more <IconArrow />
            </a>
          </p>
        </>
      )}
    </article>
  );
}

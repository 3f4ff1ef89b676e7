// The page of one order, with thanks if it was just placed.
import { useEffect } from "preact/hooks";
import { api } from "../shared/api.ts";
import { IconArrow, IconCheck } from "../shared/icons.tsx";
import { day_and_time, money, pieces } from "../shared/money.ts";
import { Cover } from "./cover.tsx";
import { forget_placed } from "./kept.ts";
import { CannotShow, useAnswer, useTitle } from "./parts.tsx";
import { to } from "./route.ts";
import { useItems } from "./titles.ts";

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

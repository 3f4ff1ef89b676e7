// Asks for the outcome of an order whose answer was lost (by a reload or the network) before the next order.
import { useEffect } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { IconAlert, IconCheck, IconClose } from "../shared/icons.tsx";
import { begin, forget_last, useOrdering } from "./ordering.ts";
import { to } from "./route.ts";

const WORDS = {
  queued: "Another tab of this shop is ordering. This one goes on when that order is known.",
  settling: "Finding out what became of your last order …",
  waiting:
    "Your last order is not lost: the shop cannot be reached for the moment, and is asked again until it answers. Please do not order the same again.",
};

export function Settling() {
  const { progress, last, settled } = useOrdering();
  useEffect(() => void begin(), []);
  if (progress === "queued" || progress === "settling" || progress === "waiting") {
    return (
      <div class="note warn settling" role="status">
        <IconAlert />
        <p>{WORDS[progress]}</p>
      </div>
    );
  }
  if (last?.kind === "placed") {
    return (
      <Told good>
        Your order from another tab is placed: <a href={to.order(last.order.no)}>order {last.order.no}</a>. Its items
        are out of the basket.
      </Told>
    );
  }
  if (last?.kind === "elsewhere") {
    return (
      <Told>
        Another tab has ordered or changed this basket meanwhile, so nothing was ordered from here.{" "}
        <a href={to.orders()}>Look at your orders</a> before you order again.
      </Told>
    );
  }
  if (last?.kind !== "nothing") return null;
  return (
    <Told>
      Your {settled ? "last order" : "order"} did not get through: nothing was bought, and nothing will be. Your basket
      is as it was; you can order again.
    </Told>
  );
}

function Told({ good, children }: { good?: boolean; children: ComponentChildren }) {
  return (
    <div class={`note ${good ? "good" : "warn"} settling`} role="alert">
      {good ? <IconCheck /> : <IconAlert />}
      <p>{children}</p>
      <button type="button" class="icon-button" aria-label="Close this message" onClick={forget_last}>
        <IconClose />
      </button>
    </div>
  );
}

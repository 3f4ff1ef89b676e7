// Asks for the outcome of an order whose answer was lost (by a reload or the network) before the next order.
import { useEffect } from "preact/hooks";
import { IconAlert, IconClose } from "../shared/icons.tsx";
import { forget_last, settle_left_over, useOrdering } from "./ordering.ts";

const WORDS = {
  settling: "Finding out what became of your last order …",
  waiting:
    "Your last order is not lost: the shop cannot be reached for the moment, and is asked again until it answers. Please do not order the same again.",
};

export function Settling() {
  const { progress, last, settled } = useOrdering();
  useEffect(() => void settle_left_over(), []);
  if (progress === "settling" || progress === "waiting") {
    return (
      <div class="note warn settling" role="status">
        <IconAlert />
        <p>{WORDS[progress]}</p>
      </div>
    );
  }
  if (last?.kind !== "nothing") return null;
  return (
    <div class="note warn settling" role="alert">
      <IconAlert />
      <p>
        Your {settled ? "last order" : "order"} did not get through: nothing was bought, and nothing will be. Your
        basket is as it was; you can order again.
      </p>
      <button type="button" class="icon-button" aria-label="Close this message" onClick={forget_last}>
        <IconClose />
      </button>
    </div>
  );
}

// Small components that several pages of the shop use.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { Problem, type Item } from "../shared/api.ts";
import { IconAlert, IconMinus, IconPlus } from "../shared/icons.tsx";
import { useLost, type Connection } from "../shared/live.ts";
import { count } from "../shared/money.ts";
import { available } from "../shared/places.ts";
import { not_sold } from "./terms.ts";

const FEW = 5;

// The stock in words. It lights up for a moment when the number changes.
export function Stock({ stock, what = "in stock" }: { stock: number; what?: string }) {
  const level = stock === 0 ? "none" : stock <= FEW ? "few" : "some";
  const before = useRef(stock);
  const [moved, set_moved] = useState("");
  useEffect(() => {
    if (before.current === stock) return;
    set_moved(stock < before.current ? "fell" : "rose");
    before.current = stock;
    const timer = setTimeout(() => set_moved(""), 1200);
    return () => clearTimeout(timer);
  }, [stock]);
  return (
    <span class={`stock ${level} ${moved}`} data-stock={stock}>
      <span class="stock-dot" aria-hidden="true" />
      <span class="number">
        {stock === 0 ? "Sold out" : level === "few" ? `Only ${stock} left` : `${count(stock)} ${what}`}
      </span>
    </span>
  );
}

// The stock of an item, or the words for one that is not sold now.
export function ForSale({ item }: { item: Item }) {
  const why = not_sold(item, Date.now());
  if (!why) return <Stock stock={available(item)} />;
  return (
    <span class="stock none" data-stock={0}>
      <span class="stock-dot" aria-hidden="true" />
      <span>{why}</span>
    </span>
  );
}

interface StepperGiven {
  value: number;
  max: number;
  label: string;
  on_change(value: number): void;
}

export function Stepper({ value, max, label, on_change }: StepperGiven) {
  const typed = (event: Event) => {
    const field = event.target as HTMLInputElement;
    const wanted = Math.floor(Number(field.value));
    if (wanted >= 1) on_change(Math.min(wanted, 1_000_000));
    else field.value = String(value);
  };
  return (
    <div class="stepper" role="group" aria-label={label}>
      <button
        type="button"
        class="icon-button"
        aria-label="One less"
        disabled={value <= 1}
        onClick={() => on_change(value - 1)}>
        <IconMinus />
      </button>
      <input class="number" inputMode="numeric" aria-label={label} value={value} onChange={typed} size={3} />
      <button
        type="button"
        class="icon-button"
        aria-label="One more"
        disabled={value >= max}
        onClick={() => on_change(value + 1)}>
        <IconPlus />
      </button>
    </div>
  );
}

// Says if the numbers are live or may be old. It always takes the same space.
export function LiveLine({ connection }: { connection: Connection }) {
  const lost = useLost(connection);
  return (
    <p class={`live-line ${lost ? "lost" : connection}`} role="status">
      <span class="live-dot" aria-hidden="true" />
      {lost
        ? "Live stock is interrupted; reconnecting. What you see may be old."
        : connection === "open"
          ? "Stock is live"
          : "Connecting …"}
    </p>
  );
}

export function Trouble({ problem, children }: { problem: Problem; children?: ComponentChildren }) {
  return (
    <div class="note bad" role="alert">
      <IconAlert />
      <div>
        <p>{problem.message}</p>
        {children}
      </div>
    </div>
  );
}

// A button for what follows a list. It says so if that cannot be had now.
export function More({ label, on_more }: { label: string; on_more(): Promise<void> }) {
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState<Problem>();
  const more = () => {
    set_busy(true);
    set_problem(undefined);
    on_more()
      .catch(set_problem)
      // In a later task: by then the list is drawn, and the next click asks for what follows it.
      .finally(() => setTimeout(() => set_busy(false)));
  };
  return (
    <div class="more">
      {problem && <Trouble problem={problem} />}
      <button type="button" class="button" disabled={busy} onClick={more}>
        {busy ? "Asking …" : problem ? "Try again" : label}
      </button>
    </div>
  );
}

interface CannotShowGiven {
  problem: Problem;
  missing: string;
  failed: string;
  back: { to: string; text: string };
  again(): void;
}

// Shown instead of a page if its item or order does not exist or could not be read.
export function CannotShow({ problem, missing, failed, back, again }: CannotShowGiven) {
  const is_missing = problem.status === 404;
  return (
    <section class="empty">
      <h1 tabIndex={-1}>{is_missing ? missing : failed}</h1>
      {!is_missing && <Trouble problem={problem} />}
      <p>
        <a href={back.to}>{back.text}</a>{" "}
        <button type="button" class="button small" onClick={again}>
          Try again
        </button>
      </p>
    </section>
  );
}

// The value of the promise that `ask` returns. Asks again when `on` changes, and drops late answers to earlier calls.
export function useAnswer<Value>(ask: () => Promise<Value>, on: unknown[]) {
  const [answer, set_answer] = useState<{ value?: Value; problem?: Problem }>({});
  const turn = useRef(0);
  const again = () => {
    const mine = ++turn.current;
    ask().then(
      (value) => mine === turn.current && set_answer({ value }),
      (problem) => mine === turn.current && set_answer((old) => ({ value: old.value, problem })),
    );
  };
  useEffect(() => {
    set_answer({});
    again();
    return () => void ++turn.current;
  }, on);
  return {
    ...answer,
    again,
    set: (change: (value: Value) => Value) =>
      set_answer((old) => (old.value === undefined ? old : { ...old, value: change(old.value) })),
  };
}

export const useTitle = (title: string) =>
  useEffect(() => {
    document.title = title ? `${title} · Pygmy` : "Pygmy shop";
  }, [title]);

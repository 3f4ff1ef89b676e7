// The control room: one live page about all processes of the store.
import { useEffect, useState } from "preact/hooks";
import { Account, SignIn } from "../shared/account.tsx";
import type { Status, WhoAmI } from "../shared/api.ts";
import { Announcer } from "../shared/announce.tsx";
import { IconStore } from "../shared/icons.tsx";
import { useLost } from "../shared/live.ts";
import { count, micros, rate } from "../shared/money.ts";
import { ThemeToggle } from "../shared/theme.tsx";
import { ask_who, may_watch, useWho } from "../shared/who.ts";
import { EventFeed } from "./event_feed.tsx";
import { verdict } from "./health.ts";
import { ItemEdit } from "./item_edit.tsx";
import { ItemMovements } from "./item_movements.tsx";
import { LowStock } from "./low_stock.tsx";
import { OpenHolds } from "./open_holds.tsx";
import { PictureOf } from "./picture.tsx";
import { Plots } from "./plots.tsx";
import { Processes } from "./processes.tsx";
import { SalesByDay } from "./sales_by_day.tsx";
import { SubscriptionList } from "./subscriptions.tsx";
import { Timeline } from "./timeline.tsx";
import { TraceOne } from "./trace_one.tsx";
import { TrafficSwitch } from "./traffic_switch.tsx";
import { WebhookList } from "./webhooks.tsx";
import { useWatch, type Watched } from "./watch.ts";

function Verdict({ watched }: { watched: Watched }) {
  const lost = useLost(watched.connection);
  const { level, text } = lost
    ? { level: "bad", text: "No connection to the store; trying again. What you see is old." }
    : watched.live
      ? verdict(watched.live.status)
      : { level: "wait", text: "Connecting …" };
  return (
    <p class={`verdict ${level}`} role="status" data-level={level}>
      <span class="verdict-dot" aria-hidden="true" />
      <span class="verdict-text" title={text}>
        {text}
      </span>
    </p>
  );
}

function Fact({ name, value }: { name: string; value: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="number">{value ?? "–"}</dd>
    </div>
  );
}

const shown = (per_second: number | null | undefined) =>
  per_second === null || per_second === undefined ? undefined : rate(per_second);

function Facts({ status, watched }: { status?: Status; watched: Watched }) {
  const live = watched.live;
  return (
    <dl class="facts">
      <Fact name="Writer" value={status && (status.writer || "none")} />
      <Fact name="Epoch" value={status && count(status.epoch)} />
      <Fact name="Term" value={status?.term === undefined ? undefined : count(status.term)} />
      <Fact name="Committed" value={status?.commit === undefined ? undefined : count(status.commit)} />
      <Fact name="Watermark" value={status && count(status.watermark)} />
      <Fact name="Leases" value={status?.leases === undefined ? undefined : count(status.leases)} />
      <Fact name="Orders/s" value={shown(live?.orders_s)} />
      <Fact name="Lookups/s" value={shown(live?.lookups_s)} />
      <Fact name="Commit" value={live?.commit_us ? micros(live.commit_us) : undefined} />
    </dl>
  );
}

function Elsewhere() {
  return (
    <nav aria-label="Elsewhere">
      <Account />
      <a class="button small" href="/">
        <IconStore /> Shop
      </a>
      <a class="button small" href="/docs">
        Docs
      </a>
      <ThemeToggle />
    </nav>
  );
}

// The room is for those who may see the events and the figures of the store.
export function ControlRoom() {
  const { who } = useWho();
  // While the store cannot be reached, the room says so itself.
  return !who || may_watch(who) ? <Room key={who?.credential?.id} /> : <Closed who={who} />;
}

function Closed({ who }: { who: WhoAmI }) {
  const why = who.credential
    ? `A token with the role “${who.credential.role}” does not open the control room. Sign in with the token of a clerk, an operator or an admin.`
    : "This store shows its control room to clerks, operators and admins.";
  return (
    <>
      <header class="top">
        <h1>Control room</h1>
        <Elsewhere />
      </header>
      <main id="main" tabIndex={-1}>
        <SignIn title="Sign in" why={why} />
      </main>
    </>
  );
}

function Room() {
  const watched = useWatch();
  // The streams end when the token ends.
  useEffect(() => {
    if (watched.connection === "lost") void ask_who();
  }, [watched.connection]);
  const [selected, set_selected] = useState<string>();
  const status = watched.live?.status;
  const demo = watched.live?.demo;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <h1>
          Control room <span class="soft">{status?.store ? `store ${status.store.slice(0, 12)}` : ""}</span>
        </h1>
        <Verdict watched={watched} />
        <Elsewhere />
      </header>
      <main id="main" tabIndex={-1} data-lost={watched.connection === "lost"}>
        <Facts status={status} watched={watched} />
        <section class="panel picture-panel" aria-labelledby="picture-title">
          <div class="panel-head">
            <h2 id="picture-title">The processes</h2>
            {demo && <TrafficSwitch />}
          </div>
          <PictureOf
            live={watched.live}
            lanes={watched.lanes}
            selected={selected}
            on_select={(instance) => set_selected(instance === selected ? undefined : instance)}
          />
        </section>
        <Processes status={status} demo={demo} selected={selected} on_select={set_selected} on_asked={watched.ask} />
        <Timeline lanes={watched.lanes} now={watched.live?.at} />
        <Plots samples={watched.samples} />
        <SalesByDay />
        <TraceOne />
        <OpenHolds events={watched.events} />
        <LowStock events={watched.events} />
        <ItemEdit />
        <ItemMovements events={watched.events} />
        <SubscriptionList events={watched.events} />
        <WebhookList />
        <EventFeed events={watched.events} />
      </main>
      <Announcer />
    </>
  );
}

// The store as a picture: its processes, the writer, and the messages between them. Each box is a button that shows its
// details. The table of processes says the same in words.
import type { Live, Process, Status } from "../shared/api.ts";
import { count } from "../shared/money.ts";
import { useWidth } from "../shared/width.ts";
import { fit } from "./fit.ts";
import { holds_lease, STATE_WORDS, state_of } from "./health.ts";
import { just_now, type Lanes, type Moment } from "./lanes.ts";
import { layout, type Box, type Edge } from "./layout.ts";

const ROLE_WORDS = { broker: "broker", catalog: "catalog", order: "orders", frontend: "edge" };
const LEASE_MS = 500;
const LAG_FULL = 200; // this many events behind fill the bar

// Four speeds show roughly how much flows. The plots show the numbers.
function speed(edge: Edge, live: Live): string {
  const per_second = { reads: live.lookups_s, writes: live.orders_s, stream: live.blocks_s, lease: 2 }[edge.kind];
  if (per_second === null || per_second < 0.2) return "still";
  return per_second < 20 ? "slow" : per_second < 400 ? "brisk" : "fast";
}

// The present role of a process, in words that fit its box.
function role_text(process: Process, status: Status, wide: boolean): string {
  if (process.writer) return wide ? `writer, epoch ${short(status.epoch)}` : "writer";
  if (process.role === "broker") return status.term === undefined ? "broker" : `broker, term ${status.term}`;
  if (process.role === "frontend")
    return holds_lease(process) ? (wide ? "edge, holds a lease" : "edge, leased") : "edge, no lease";
  return ROLE_WORDS[process.role];
}

const short = (value: number) =>
  value < 1_000_000 ? count(value) : `${(value / 1_000_000).toFixed(value < 100_000_000 ? 2 : 1)} M`;

const JUST_WORDS: Partial<Record<Moment["kind"], string>> = { appointed: "now the writer", new: "started again" };

interface NodeGiven {
  box: Box;
  status: Status;
  just?: Moment;
  selected: boolean;
  on_select(): void;
}

function Node({ box, status, just, selected, on_select }: NodeGiven) {
  const { process, x, y, width, height } = box;
  const state = state_of(process, status);
  const answering = process.instance === status.edge;
  const label = `${process.instance}, ${ROLE_WORDS[process.role]}${process.writer ? ", the writer" : ""}, ${STATE_WORDS[state]}, seq ${process.applied}, ${process.lag} behind`;
  const role = just
    ? (JUST_WORDS[just.kind] ?? just.text.replace(/ here$/, ""))
    : role_text(process, status, width > 150);
  const on_key = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    on_select();
  };
  const lag = Math.min(1, process.lag / LAG_FULL);
  const bar = width - 28;
  return (
    <g
      class={`node ${state} ${width > 150 ? "" : "small"} ${process.writer ? "writer" : ""} ${selected ? "selected" : ""} ${just ? `just-${just.kind}` : ""}`}
      transform={`translate(${x} ${y})`}
      role="button"
      tabindex={0}
      aria-pressed={selected}
      aria-label={label}
      data-instance={process.instance}
      onClick={on_select}
      onKeyDown={on_key}>
      <rect class="node-box" width={width} height={height} rx={14} />
      <circle class="node-dot" cx={18} cy={23} r={5.5} />
      <text class="node-name" x={31} y={28}>
        {fit(process.instance, width - (process.writer ? 66 : 42), width > 150 ? 8.6 : 7.8)}
      </text>
      <title>{label}</title>
      {process.writer && (
        <g transform={`translate(${width - 31} 12)`}>
          <rect class="pen-ground" width={22} height={22} rx={7} />
          <path class="pen" d="M6.5 15.5l1-3.6 6.6-6.6 2.6 2.6-6.6 6.6z M12.3 7l2.6 2.6" />
        </g>
      )}
      <text class="node-role" x={14} y={48}>
        {fit(role, width - 24, 6.6)}
      </text>
      <text class="node-seq" x={14} y={68}>
        {state === "live" ? `seq ${short(process.applied)}` : STATE_WORDS[state]}
      </text>
      <text class="node-lag" x={width - 14} y={68} text-anchor="end">
        {process.lag > 0 ? `−${short(process.lag)}` : ""}
      </text>
      <rect class="bar-ground" x={14} y={height - 8} width={bar} height={3} rx={1.5} />
      {answering && status.leased && (
        <rect
          class="bar-lease"
          x={14}
          y={height - 8}
          width={bar * Math.min(1, status.lease_left_ms / LEASE_MS)}
          height={3}
          rx={1.5}
        />
      )}
      {lag > 0 && <rect class="bar-lag" x={14} y={height - 8} width={Math.max(3, bar * lag)} height={3} rx={1.5} />}
    </g>
  );
}

const gone = (process: Process | undefined) => !process || process.silent;

interface Given {
  live?: Live;
  lanes: Lanes;
  selected?: string;
  on_select(instance: string): void;
}

export function PictureOf({ live, lanes, selected, on_select }: Given) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const status = live?.status;
  const picture = layout(status?.processes ?? [], Math.max(300, width));
  const drawn = live && status && width > 0;
  const just = just_now(lanes, live?.at ?? 0);
  const of = (instance: string) => status?.processes.find((one) => one.instance === instance);
  return (
    <div class="picture" ref={ref} data-waits={!drawn}>
      {drawn && (
        <svg
          width={picture.width}
          height={picture.height}
          viewBox={`0 0 ${picture.width} ${picture.height}`}
          role="group"
          aria-label="The processes of the store and what flows between them">
          {picture.edges.map((edge) => (
            <path
              key={`${edge.kind} ${edge.from} ${edge.to}`}
              class={`edge ${edge.kind} ${gone(of(edge.from)) || gone(of(edge.to)) ? "cut" : speed(edge, live)}`}
              d={edge.path}
            />
          ))}
          {picture.boxes.map((box) => (
            <Node
              key={box.process.instance}
              box={box}
              status={status}
              just={just.get(box.process.instance)}
              selected={selected === box.process.instance}
              on_select={() => on_select(box.process.instance)}
            />
          ))}
        </svg>
      )}
      <ul class="legend" aria-label="Lines of the picture">
        {[
          ["reads", "reads"],
          ["writes", "writes, to the writer"],
          ["stream", "the stream"],
          ["lease", "leases and blocks to the edges"],
        ].map(([kind, words]) => (
          <li key={kind}>
            <svg width="28" height="8" aria-hidden="true">
              <path class={`edge ${kind} still`} d="M1 4H27" />
            </svg>
            {words}
          </li>
        ))}
      </ul>
    </div>
  );
}

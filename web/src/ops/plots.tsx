// Plots of the last minutes. uPlot draws them on a canvas, so each line's present value is also text beside it.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { count, micros, rate } from "../shared/money.ts";
import { is_dark, useDark } from "../shared/theme.tsx";
import { useWidth } from "../shared/width.ts";
import { minutes_seen } from "./lanes.ts";
import { alone, plots, type Plot, type Sample } from "./series.ts";

const HEIGHT = 150;
const COLOURS = ["--teal", "--blue", "--amber", "--violet", "--rose", "--slate"];
// Each line of a plot has its own dashes, so that nobody needs the colours to tell them apart.
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 3], [12, 4], [9, 3, 2, 3, 2, 3], [3, 6], [14, 3, 5, 3], [1, 4]];
const dash_of = (at: number) => DASHES[at % DASHES.length]!;

const FORMATS: Record<Plot["unit"], (value: number) => string> = {
  rate,
  us: micros,
  ratio: (value) => `${(value * 100).toFixed(1)} %`,
  count: (value) => count(Math.round(value)),
};

// The axis begins at zero and has a least height, so that a quiet store is a line at the bottom.
const range =
  (unit: Plot["unit"]) =>
  (_: uPlot, __: number, most: number): [number, number] =>
    unit === "ratio" ? [0, 1] : [0, Math.max(unit === "us" ? 100 : 4, (most || 0) * 1.15)];

// A canvas needs a single colour, but the style sheet has light-dark(#..., #...).
function colour(name: string): string {
  const both = getComputedStyle(document.documentElement).getPropertyValue(name).match(/#\w+/g);
  return both?.[is_dark() ? 1 : 0] ?? "gray";
}

const LETTER = 6.5; // pixels of a digit on an axis
const axis_width = (_: uPlot, values: string[] | null) =>
  Math.max(44, 14 + LETTER * Math.max(0, ...(values ?? []).map((value) => value.length)));

function options(plot: Plot, width: number): uPlot.Options {
  const axis = {
    stroke: colour("--soft"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: "ops" }, points: { size: 6 }, drag: { x: false, y: false } },
    padding: [8, 28, 0, 0], // room for half of the last time
    scales: {
      x: { range: (_, from, to) => [to - 60 * minutes_seen(from * 1000, to * 1000), to] },
      y: { range: range(plot.unit) },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 80,
        values: (_, seconds) => seconds.map((at) => new Date(at * 1000).toTimeString().slice(0, 8)),
        incrs: [15, 30, 60, 120, 300],
      },
      { ...axis, size: axis_width, space: 34, values: (_, values) => values.map((value) => FORMATS[plot.unit](value)) },
    ],
    series: [
      {},
      ...plot.lines.map((line, at) => ({
        label: line.label,
        stroke: colour(COLOURS[at % COLOURS.length]!),
        width: 1.8,
        dash: dash_of(at),
        points: { show: true, size: 4, filter: (drawn: uPlot, which: number) => alone(drawn.data[which] ?? []) },
        fill: plot.lines.length === 1 ? `${colour(COLOURS[0]!)}22` : undefined,
      })),
    ],
  };
}

const data = (plot: Plot): uPlot.AlignedData => [plot.seconds, ...plot.lines.map((line) => line.values)];

function OnePlot({ plot }: { plot: Plot }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const drawn = useRef<uPlot>();
  const dark = useDark();
  const shape = plot.lines.map((line) => line.label).join();
  useEffect(() => {
    if (!width || !ref.current) return;
    const made = (drawn.current = new uPlot(options(plot, width), data(plot), ref.current));
    return () => {
      made.destroy();
      drawn.current = undefined;
    };
  }, [dark, shape, width > 0]);
  useEffect(() => drawn.current?.setSize({ width, height: HEIGHT }), [width]);
  useEffect(() => drawn.current?.setData(data(plot)), [plot]);
  const now = (values: (number | null)[]) => {
    const value = values.at(-1);
    return value === null || value === undefined ? "–" : FORMATS[plot.unit](value);
  };
  return (
    <figure class="plot" data-lines={plot.lines.length}>
      <figcaption>
        <h3>{plot.title}</h3>
        <ul class="values">
          {plot.lines.map((line, at) => (
            <li key={line.label}>
              <svg class={`key colour-${at % COLOURS.length}`} width="26" height="4" aria-hidden="true">
                <path d="M0 2H26" stroke-dasharray={dash_of(at).join(" ") || undefined} />
              </svg>
              <span class="soft">{line.label}</span> <b class="number">{now(line.values)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="canvas" ref={ref} aria-hidden="true" />
    </figure>
  );
}

export function Plots({ samples }: { samples: readonly Sample[] }) {
  return (
    <section class="panel" aria-labelledby="plots-title">
      <h2 id="plots-title">Measured</h2>
      <div class="plots">
        {plots(samples).map((plot) => (
          <OnePlot plot={plot} key={plot.title} />
        ))}
      </div>
    </section>
  );
}

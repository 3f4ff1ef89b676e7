// Places the processes in the picture, and the lines between them. Pure: processes and a width in, boxes and lines out.
//
// The rows go from the edge to the stream: frontends, then catalog and order replicas, then brokers. A row that is too
// long wraps. On a narrow screen catalogs and orders have a row each.
import type { Process } from "../shared/api.ts";
import { in_order } from "./health.ts";

export interface Box {
  process: Process;
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Edge {
  from: string;
  to: string;
  kind: "reads" | "writes" | "stream" | "lease";
  path: string;
}
export interface Picture {
  width: number;
  height: number;
  boxes: Box[];
  edges: Edge[];
}

const BOX = { width: 176, width_min: 120, height: 84 };
const GAP = { x: 16, y: 62 };
const NARROW = 640;
const MARGIN = 6;

export function layout(processes: readonly Process[], width: number): Picture {
  const of = (...roles: string[]) => in_order(processes).filter((one) => roles.includes(one.role));
  const middle = width < NARROW ? [of("catalog"), of("order")] : [[...of("catalog"), ...of("order")]];
  const all = [of("frontend"), ...middle, of("broker")];
  const fits = (boxes: number) => Math.floor((width - 2 * MARGIN + GAP.x) / boxes - GAP.x); // greatest width of each
  const longest = Math.max(2, ...all.map((row) => row.length));
  const most = Math.max(2, Math.min(longest, Math.floor((width - 2 * MARGIN + GAP.x) / (BOX.width_min + GAP.x))));
  const box_width = Math.min(BOX.width, fits(most));
  const rows = all.flatMap((row) => wrap(row, most));
  const boxes: Box[] = [];
  let y = MARGIN;
  for (const { row, last } of rows) {
    const row_width = row.length * (box_width + GAP.x) - GAP.x;
    row.forEach((process, at) => {
      boxes.push({
        process,
        x: (width - row_width) / 2 + at * (box_width + GAP.x),
        y,
        width: box_width,
        height: BOX.height,
      });
    });
    y += BOX.height + (last ? GAP.y : GAP.x);
  }
  const height = Math.max(BOX.height + 2 * MARGIN, y - GAP.y + MARGIN);
  return { width, height, boxes, edges: edges_of(boxes) };
}

// Wraps a row into rows of about the same length.
function wrap(row: Process[], most: number): { row: Process[]; last: boolean }[] {
  if (row.length === 0) return [];
  const lines = Math.ceil(row.length / most);
  const each = Math.ceil(row.length / lines);
  return Array.from({ length: lines }, (_, at) => ({
    row: row.slice(at * each, (at + 1) * each),
    last: at === lines - 1,
  }));
}

function edges_of(boxes: readonly Box[]): Edge[] {
  const of = (role: string) => boxes.filter((box) => box.process.role === role);
  const join = (kind: Edge["kind"], from: Box, to: Box): Edge => ({
    from: from.process.instance,
    to: to.process.instance,
    kind,
    path: curve(from, to),
  });
  const edges: Edge[] = [];
  for (const broker of of("broker")) {
    for (const replica of [...of("catalog"), ...of("order")]) edges.push(join("stream", broker, replica));
    for (const frontend of of("frontend")) edges.push(join("lease", broker, frontend));
  }
  for (const frontend of of("frontend")) {
    for (const catalog of of("catalog")) edges.push(join("reads", frontend, catalog));
    for (const writer of of("order").filter((box) => box.process.writer)) edges.push(join("writes", frontend, writer));
  }
  return edges;
}

// A curve between the facing sides of two boxes. It leaves and reaches them vertically.
function curve(from: Box, to: Box): string {
  const down = from.y < to.y;
  const [x1, y1] = [from.x + from.width / 2, down ? from.y + from.height : from.y];
  const [x2, y2] = [to.x + to.width / 2, down ? to.y : to.y + to.height];
  const bend = (y2 - y1) / 2;
  return `M${round(x1)} ${round(y1)} C${round(x1)} ${round(y1 + bend)} ${round(x2)} ${round(y2 - bend)} ${round(x2)} ${round(y2)}`;
}

const round = (value: number) => Math.round(value * 10) / 10;

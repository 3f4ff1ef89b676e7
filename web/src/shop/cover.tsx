// A cover for every item: its topic gives the colours, its id the pattern. It only decorates.
import { memo } from "./memo.ts";

const PALETTES = [
  ["#1d4d4f", "#2f7d73", "#e9c46a", "#f3ead7"],
  ["#3a3f66", "#6b6fa8", "#f0a98b", "#f5e9e2"],
  ["#6d2e46", "#a5526b", "#e8b4a2", "#f7e8dd"],
  ["#2b4a63", "#5b8ba8", "#d9c7a0", "#f1ece0"],
  ["#4b5320", "#7f8f46", "#e0b25b", "#f2eeda"],
  ["#5a3d2b", "#9a6a45", "#8fb3a3", "#f4e9dc"],
] as const;

// FNV-1a, mixed: ids that are close get different patterns.
function hash(text: string): number {
  let value = 2166136261;
  for (let at = 0; at < text.length; ++at) value = Math.imul(value ^ text.charCodeAt(at), 16777619);
  value = Math.imul(value ^ (value >>> 15), 2246822507);
  return (value ^ (value >>> 13)) >>> 0;
}

const range = (count: number) => Array.from({ length: count }, (_, at) => at);

type Colours = readonly [string, string, string, string];
type Pattern = (colours: Colours, dice: (sides: number) => number) => preact.JSX.Element[];

const arcs: Pattern = ([, mid, high, light], dice) => {
  const [x, y] = [dice(3) * 60, 150 * dice(2)];
  return range(6).map((at) => (
    <circle cx={x} cy={y} r={134 - at * 22} fill="none" stroke={[light, mid, high][at % 3]} stroke-width={11} />
  ));
};
const sun: Pattern = ([, mid, high, light], dice) => {
  const y = 48 + dice(30);
  return [
    <circle cx={34 + dice(52)} cy={y} r={26} fill={high} />,
    ...range(5).map((at) => (
      <path
        d={`M0 ${92 + at * 15} q30 ${-18 + dice(9) * 2} 60 0 t60 0 V150 H0z`}
        fill={at % 2 ? light : mid}
        opacity={0.35 + at * 0.15}
      />
    )),
  ];
};
const dots: Pattern = ([, mid, high, light], dice) =>
  range(30).map((at) => (
    <circle
      cx={14 + (at % 5) * 23}
      cy={17 + Math.floor(at / 5) * 23.2}
      r={4 + dice(6)}
      fill={[mid, light, high, mid][dice(4)]}
    />
  ));
const blocks: Pattern = ([, mid, high, light], dice) =>
  range(7).map((at) => {
    const width = 34 + dice(70);
    return (
      <rect
        x={dice(2) ? 12 : 108 - width}
        y={14 + at * 18}
        width={width}
        height={11}
        rx={5.5}
        fill={[mid, light, high][dice(3)]}
      />
    );
  });
const tiles: Pattern = ([, mid, high, light], dice) =>
  range(20).map((at) => {
    const [x, y] = [(at % 4) * 30, Math.floor(at / 4) * 30];
    const turn = dice(4);
    const [sx, sy] = [x + (turn % 2) * 30, y + (turn > 1 ? 30 : 0)];
    const sweep = turn === 0 || turn === 3 ? 1 : 0;
    const [ax, bx] = [sx === x ? x + 30 : x, sy === y ? y + 30 : y];
    return (
      <path d={`M${sx} ${sy} L${ax} ${sy} A30 30 0 0 ${sweep} ${sx} ${bx} z`} fill={[mid, high, light, mid][dice(4)]} />
    );
  });
const hills: Pattern = ([, mid, high, light], dice) =>
  range(5).map((at) => {
    const [peak, top] = [10 + dice(100), 26 + at * 23];
    return (
      <path d={`M-30 150 L${peak} ${top} L150 150z`} fill={[light, mid, high][at % 3]} opacity={0.55 + at * 0.08} />
    );
  });

const PATTERNS = [arcs, sun, dots, blocks, tiles, hills];

export const Cover = memo(function Cover({ id, topic }: { id: number; topic: string }) {
  const colours = PALETTES[hash(topic) % PALETTES.length]!;
  let state = hash(`${id} of ${topic}`);
  const dice = (sides: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * sides);
  };
  const pattern = PATTERNS[(id + hash(topic)) % PATTERNS.length]!;
  return (
    <svg class="cover" viewBox="0 0 120 150" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">
      <rect width="120" height="150" fill={colours[0]} />
      {pattern(colours, dice)}
    </svg>
  );
});

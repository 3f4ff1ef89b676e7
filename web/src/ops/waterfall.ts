// Places the time of each tier within a request. Pure.
//
// A span says how long a tier had the request, with the spans inside it, but not when those began. So each span is
// drawn in the middle of the one around it, and the gate at the end of its frontend, where it waits. `pygmy trace` does
// the same.
export interface Span {
  tier: string;
  us: number;
}
export interface Bar extends Span {
  from: number;
}

const AROUND = ["client", "bridge", "frontend"];
const SERVICES = ["catalog", "order"];

export function waterfall(spans: readonly Span[]): Bar[] {
  const find = (tier: string) => spans.find((span) => span.tier === tier);
  const bars: Bar[] = [];
  let outer: Bar | undefined;
  const within = (span: Span, room: number) => (outer ? outer.from + Math.max(0, room - span.us) / 2 : 0);
  for (const tier of AROUND) {
    const span = find(tier);
    if (span) bars.push((outer = { ...span, from: within(span, outer?.us ?? 0) }));
  }
  const edge = outer;
  const gate = find("gate");
  const room = Math.max(0, (outer?.us ?? 0) - (gate?.us ?? 0));
  const service = spans.find((span) => SERVICES.includes(span.tier));
  if (service) bars.push((outer = { ...service, from: within(service, room) }));
  let at = outer?.from ?? 0;
  for (const span of spans) {
    if (AROUND.includes(span.tier) || span === service || span === gate) continue;
    bars.push({ ...span, from: at });
    at += span.us;
  }
  if (gate) bars.push({ ...gate, from: edge ? edge.from + Math.max(0, edge.us - gate.us) : 0 });
  return bars;
}

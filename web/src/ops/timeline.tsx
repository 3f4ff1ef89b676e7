// The states of every process in the last minutes, one lane each, with marks; below them the last moments in words.
import { clock } from "../shared/money.ts";
import { useWidth } from "../shared/width.ts";
import { fit } from "./fit.ts";
import { STATE_WORDS } from "./health.ts";
import { minutes_seen, type Lanes, type Moment } from "./lanes.ts";

const LANE = { height: 22, bar: 12, left: 92, left_part: 0.4, letter: 7.2, right: 12, foot: 22 };
const SHOWN = 14;
const MARKED: Moment["kind"][] = ["appointed", "asked", "new"];

function Mark({ moment, x, y }: { moment: Moment; x: number; y: number }) {
  const shape = { appointed: "M0 -8L6 0L0 8L-6 0z", asked: "M-5 -5L5 5M5 -5L-5 5", new: "M0 -7V7" }[
    moment.kind as string
  ];
  return (
    <path class={`mark ${moment.kind}`} d={shape} transform={`translate(${x} ${y})`}>
      <title>{`${clock(moment.at)} ${moment.instance} ${moment.text}`}</title>
    </path>
  );
}

export function Timeline({ lanes, now = Date.now() }: { lanes: Lanes; now?: number }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const instances = [...lanes.stretches.keys()];
  const longest = Math.max(0, ...instances.map((instance) => instance.length));
  const left = Math.max(LANE.left, Math.min(longest * LANE.letter + 14, width * LANE.left_part));
  const room = Math.max(100, width - left - LANE.right);
  const minutes = minutes_seen(Math.min(now, ...[...lanes.stretches.values()].map((all) => all[0]?.from ?? now)), now);
  const x = (at: number) => left + room * Math.max(0, 1 - (now - at) / (minutes * 60_000));
  const y = (instance: string) => instances.indexOf(instance) * LANE.height + LANE.height / 2;
  const height = Math.max(1, instances.length) * LANE.height + LANE.foot;
  const moments = lanes.moments.filter((moment) => moment.at >= now - minutes * 60_000);
  const last = lanes.moments.slice(-SHOWN).reverse();
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <div class="panel-head">
        <h2 id="timeline-title">What happened</h2>
        <ul class="legend" aria-label="Colours of the lanes">
          {(["live", "catching_up", "silent", "draining"] as const).map((state) => (
            <li key={state}>
              <span class={`swatch ${state}`} aria-hidden="true" /> {STATE_WORDS[state]}
            </li>
          ))}
          <li>
            <span class="swatch writer" aria-hidden="true" /> writer
          </li>
        </ul>
      </div>
      <div class="lanes" ref={ref}>
        {width > 0 && (
          <svg
            width={width}
            height={height}
            viewBox={`0 0 ${width} ${height}`}
            role="img"
            aria-label="States of the processes over the last minutes; the list after it tells the moments">
            {Array.from({ length: minutes + 1 }, (_, back) => {
              const at = left + room * (1 - back / minutes);
              return (
                <g key={back}>
                  <path class="tick" d={`M${at} 0V${height - LANE.foot}`} />
                  <text
                    class="tick-text"
                    visibility={back % Math.ceil((minutes * 56) / room) === 0 ? "visible" : "hidden"}
                    x={at}
                    y={height - 6}
                    text-anchor={back === 0 ? "end" : back === minutes ? "start" : "middle"}>
                    {back === 0 ? "now" : `−${back} min`}
                  </text>
                </g>
              );
            })}
            {instances.map((instance) => (
              <g key={instance}>
                <text class="lane-name" x={0} y={y(instance) + 4}>
                  {fit(instance, left - 12, LANE.letter)}
                  <title>{instance}</title>
                </text>
                {lanes.stretches.get(instance)!.map((one) => {
                  const [from, to] = [x(one.from), x(one.to)];
                  return (
                    to > left && (
                      <rect
                        key={one.from}
                        class={`stretch ${one.state} ${one.writer ? "writer" : ""}`}
                        x={Math.max(left, from)}
                        y={y(instance) - (one.writer ? LANE.bar : LANE.bar - 5) / 2}
                        width={Math.max(1.5, to - Math.max(left, from) + 0.5)}
                        height={one.writer ? LANE.bar : LANE.bar - 5}
                        rx={2.5}
                      />
                    )
                  );
                })}
              </g>
            ))}
            {moments.map(
              (moment, at) =>
                MARKED.includes(moment.kind) &&
                instances.includes(moment.instance) && (
                  <Mark key={at} moment={moment} x={x(moment.at)} y={y(moment.instance)} />
                ),
            )}
          </svg>
        )}
      </div>
      <ol class="moments" tabIndex={0} aria-label="The last moments, newest first">
        {last.map((moment) => (
          <li key={`${moment.at} ${moment.instance} ${moment.kind}`}>
            <time class="number soft">{clock(moment.at)}</time> <b>{moment.instance}</b> {moment.text}
          </li>
        ))}
      </ol>
    </section>
  );
}

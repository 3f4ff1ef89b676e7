// The events of the stream as they arrive, newest first. The feed can be paused and filtered.
import { useRef, useState } from "preact/hooks";
import { KINDS, type StreamEvent } from "../shared/events.ts";
import { IconPause, IconPlay } from "../shared/icons.tsx";
import { clock, count } from "../shared/money.ts";
import { kind_words, sentence, wanted } from "./feed.ts";

const SHOWN = 80;

export function EventFeed({ events }: { events: readonly StreamEvent[] }) {
  const [kinds, set_kinds] = useState<ReadonlySet<string>>(new Set());
  const [words, set_words] = useState("");
  const [held, set_held] = useState<readonly StreamEvent[]>();
  const list = useRef<HTMLOListElement>(null);
  const toggle = (kind: string) => {
    const next = new Set(kinds);
    if (!next.delete(kind)) next.add(kind);
    set_kinds(next);
  };
  const found = (held ?? events).filter((event) => wanted(event, { kinds, words })).slice(0, SHOWN);
  const missed = held ? (events[0]?.seq ?? 0) - (held[0]?.seq ?? 0) : 0;
  return (
    <section class="panel feed" aria-labelledby="feed-title">
      <div class="panel-head">
        <h2 id="feed-title">The stream</h2>
        <button
          type="button"
          class="button small"
          aria-pressed={!!held}
          onClick={() => set_held(held ? undefined : events)}>
          {held ? <IconPlay /> : <IconPause />}
          {held ? `Go on${missed ? ` (${count(missed)} more)` : ""}` : "Hold still"}
        </button>
      </div>
      <div class="filters">
        <input
          class="field"
          type="search"
          aria-label="Only events with these words"
          placeholder="Filter by words"
          value={words}
          onInput={(event) => set_words(event.currentTarget.value.trim())}
        />
        <div class="kinds" role="group" aria-label="Only events of these kinds">
          {KINDS.map((kind) => (
            <button
              key={kind}
              type="button"
              class="kind-chip"
              aria-pressed={kinds.has(kind)}
              onClick={() => toggle(kind)}>
              {kind_words(kind)}
            </button>
          ))}
        </div>
      </div>
      <ol class="events" ref={list} tabIndex={0} aria-label="Events, newest first">
        {found.map((event) => (
          <li key={event.seq} data-kind={event.kind}>
            <span class="number soft">{count(event.seq)}</span>
            <time class="number soft">{clock(event.at)}</time>
            <span class={`kind ${event.kind}`}>{kind_words(event.kind)}</span>
            <span class="event-text">{sentence(event)}</span>
          </li>
        ))}
        {found.length === 0 && (
          <li class="nothing soft">{events.length ? "None of the last events is like this." : "No event yet."}</li>
        )}
      </ol>
    </section>
  );
}

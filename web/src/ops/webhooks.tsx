// The webhooks of the bridge that serves this page, with how their receivers answer.
import { useEffect, useState } from "preact/hooks";
import { announce } from "../shared/announce.tsx";
import { api, type Problem, type Webhook } from "../shared/api.ts";
import { behind, count, day_and_time } from "../shared/money.ts";
import { may_watch, useWho } from "../shared/who.ts";
import { useLatest } from "./hooks.ts";

const AGAIN_MS = 5000;

function state_words({ state, next_try, fault }: Webhook): string {
  if (state === "failing" && next_try) return `fails, next try at ${day_and_time(next_try)}: ${fault ?? ""}`;
  if (state === "disabled") return `disabled: ${fault ?? "the receiver was gone"}`;
  return fault ?? state;
}

export function WebhookList() {
  const [turn, set_turn] = useState(0);
  const may = may_watch(useWho().who);
  const list = useLatest(api.webhooks, may, [turn])?.webhooks;
  useEffect(() => {
    if (!may) return;
    const timer = setTimeout(() => set_turn((before) => before + 1), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [may, turn]);
  if (!may || !list?.length) return null;
  const act = async (done: Promise<unknown>, words: string) => {
    try {
      await done;
      announce(words);
    } catch (error) {
      announce((error as Problem).message);
    }
    set_turn((before) => before + 1);
  };
  return (
    <section class="panel" aria-labelledby="webhooks-title">
      <div class="panel-head">
        <h2 id="webhooks-title">Webhooks</h2>
      </div>
      <ol class="holds" tabIndex={0} aria-label="Webhooks by name">
        {list.map((each) => (
          <li key={each.name}>
            <span>{each.name}</span>
            <span class="soft">{each.receiver}</span>
            <span class="number">{behind(each.lag ?? 0)}</span>
            <span class="soft">{state_words(each)}</span>
            {each.last_status && <span class="soft">last answer {each.last_status}</span>}
            {(each.state === "disabled" || each.state === "failing") && (
              <button
                type="button"
                class="button small"
                onClick={() => act(api.enable_webhook(each.name), `Webhook ${each.name} sends again`)}>
                {each.state === "disabled" ? "Enable" : "Try now"}
              </button>
            )}
            {each.dead_letters > 0 && (
              <button
                type="button"
                class="button small"
                onClick={() => act(api.redeliver(each.name), `Dead letters of ${each.name} are sent again`)}>
                Send {count(each.dead_letters)} dead letters again
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

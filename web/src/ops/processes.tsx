// The table of processes, with buttons that kill, pause or restart them in demo mode.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, type Process, type Problem, type ProcessAction, type Status } from "../shared/api.ts";
import { announce } from "../shared/announce.tsx";
import { IconAlert, IconForget, IconPause, IconPlay, IconPower, IconRestart } from "../shared/icons.tsx";
import { ago, count } from "../shared/money.ts";
import { STATE_WORDS, state_of } from "./health.ts";
import { is_only_broker } from "./roster.ts";

const ICONS = {
  kill: <IconPower />,
  pause: <IconPause />,
  resume: <IconPlay />,
  restart: <IconRestart />,
  forget: <IconForget />,
};
const WORDS = { kill: "Kill", pause: "Pause", resume: "Resume", restart: "Restart", forget: "Forget" };

function Actions({ process, on_act }: { process: Process; on_act(action: ProcessAction): void }) {
  const possible: ProcessAction[] = process.silent
    ? ["resume", "kill", "restart", "forget"]
    : ["pause", "kill", "restart"];
  return (
    <div class="actions">
      {possible.map((action) => (
        <button
          key={action}
          type="button"
          class={`button small ${action}`}
          aria-label={`${WORDS[action]} ${process.instance}`}
          title={`${WORDS[action]} ${process.instance}`}
          onClick={() => on_act(action)}>
          {ICONS[action]} <span>{WORDS[action]}</span>
        </button>
      ))}
    </div>
  );
}

function Details({ process }: { process: Process }) {
  const facts: [string, string][] = [
    ["endpoint", process.endpoint],
    ["pid", String(process.pid)],
    ["heard", process.silent ? ago(process.age_ms) : `${process.age_ms} ms ago`],
    ...(process.digest ? [["digest", process.digest] as [string, string]] : []),
    ...Object.entries(process.counters ?? {}).map(([name, value]): [string, string] => [
      name.replace(/_/g, " "),
      count(value),
    ]),
  ];
  return (
    <dl class="counters">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface Question {
  process: Process;
  action: ProcessAction;
}

// Asked before an action that stops the whole store.
function Sure({ question, on_answer }: { question: Question; on_answer(yes: boolean): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { process, action } = question;
  return (
    <dialog class="sure" ref={dialog} aria-labelledby="sure-title" onCancel={() => on_answer(false)}>
      <h2 id="sure-title">
        {WORDS[action]} {process.instance}?
      </h2>
      <p>
        It is the only broker. Until it is back, nothing can be ordered or changed, and after a second nothing can be
        read either.
      </p>
      <div class="sure-answers">
        <button type="button" class="button" onClick={() => on_answer(false)}>
          Leave it
        </button>
        <button type="button" class="button kill" onClick={() => on_answer(true)}>
          {WORDS[action]} the only broker
        </button>
      </div>
    </dialog>
  );
}

interface Given {
  status?: Status;
  demo?: boolean; // undefined: not known yet
  selected?: string;
  on_select(instance: string | undefined): void;
  on_asked(instance: string, action: string): void;
}

export function Processes({ status, demo, selected, on_select, on_asked }: Given) {
  const [problem, set_problem] = useState<Problem>();
  const [refused, set_refused] = useState(false);
  const [question, set_question] = useState<Question>();
  const click = (process: Process, action: ProcessAction) => {
    const asks = !["resume", "forget"].includes(action) && status && is_only_broker(process, status);
    if (asks) set_question({ process, action });
    else void act(process.instance, action);
  };
  const answer = (yes: boolean) => {
    set_question(undefined);
    if (yes && question) void act(question.process.instance, question.action);
  };
  const act = async (instance: string, action: ProcessAction) => {
    set_problem(undefined);
    try {
      await api.process(instance, action);
      on_asked(instance, action);
      announce(`${WORDS[action]} ${instance}: asked for`);
    } catch (error) {
      set_problem(error as Problem);
      set_refused((error as Problem).status === 403);
    }
  };
  const allowed = demo !== false && !refused;
  return (
    <section class="panel" aria-labelledby="list-title">
      <div class="panel-head">
        <h2 id="list-title">One by one</h2>
        <p class="soft hint">
          {allowed
            ? "Hurt one, and watch the store heal."
            : "This store is not in demo mode: it can be looked at only."}
        </p>
      </div>
      {question && <Sure question={question} on_answer={answer} />}
      {problem && (
        <p class="note bad" role="alert">
          <IconAlert /> {problem.message}
        </p>
      )}
      <div class="scroll" data-waits={!status} tabIndex={0} role="region" aria-label="Table of processes">
        <table class="processes">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">State</th>
              <th scope="col" class="right spare">
                Seq
              </th>
              <th scope="col" class="right spare">
                Behind
              </th>
              {allowed && <th scope="col">Do</th>}
            </tr>
          </thead>
          <tbody>
            {status?.processes.map((process) => {
              const state = state_of(process, status);
              const open = selected === process.instance;
              return [
                <tr
                  key={process.instance}
                  data-instance={process.instance}
                  data-state={state}
                  class={open ? "selected" : ""}>
                  <th scope="row">
                    <button
                      type="button"
                      class="as-text"
                      aria-expanded={open}
                      onClick={() => on_select(open ? undefined : process.instance)}>
                      {process.instance}
                    </button>
                    {process.writer && <span class="tag">writer</span>}
                  </th>
                  <td>
                    <span class={`state ${state}`}>
                      <span class="state-dot" aria-hidden="true" />
                      {STATE_WORDS[state]}
                    </span>
                  </td>
                  <td class="number right spare">{count(process.applied)}</td>
                  <td class="number right spare">{count(process.lag)}</td>
                  {allowed && (
                    <td>
                      <Actions process={process} on_act={(action) => click(process, action)} />
                    </td>
                  )}
                </tr>,
                open && (
                  <tr key={`${process.instance} details`} class="details">
                    <td colSpan={5}>
                      <Details process={process} />
                    </td>
                  </tr>
                ),
              ];
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

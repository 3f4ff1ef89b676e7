// Signing in and out, and the name of who is signed in.
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./api.ts";
import { IconAlert } from "./icons.tsx";
import { sign_in, sign_out, useWho } from "./who.ts";

const wrong = (problem: Problem) =>
  problem.status === 401
    ? "This is not a token of the store, or it was revoked or has expired."
    : problem.status === 429
      ? "Too many tries. Wait a moment."
      : problem.message;

// If scripts fail, the form posts to a path that takes JSON only: the token is never part of an address.
export function SignIn({ title, why }: { title: string; why: string }) {
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState<Problem>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (problem) field.current?.focus();
  }, [problem]);
  const submit = async (event: Event) => {
    event.preventDefault();
    const token = field.current?.value.trim();
    if (!token || busy) return;
    set_busy(true);
    set_problem(undefined);
    await sign_in(token).catch(set_problem);
    set_busy(false);
  };
  return (
    <section class="sign-in" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title" tabIndex={-1}>
        {title}
      </h1>
      <p class="soft">{why}</p>
      <form method="post" action="/v1/session" onSubmit={(event) => void submit(event)}>
        <label class="label" for="token">
          Token
        </label>
        <input
          class="field"
          id="token"
          type="password"
          autocomplete="current-password"
          autocapitalize="off"
          spellcheck={false}
          maxLength={512}
          required
          ref={field}
          aria-invalid={!!problem}
          aria-describedby={problem ? "sign-in-problem" : undefined}
        />
        {problem && (
          <p class="note bad" id="sign-in-problem" role="alert">
            <IconAlert /> <span>{wrong(problem)}</span>
          </p>
        )}
        <button class="button primary" disabled={busy} data-busy={busy}>
          {busy ? "Signing in …" : "Sign in"}
        </button>
      </form>
    </section>
  );
}

// The name of the person who is signed in, with a button to sign out; nothing if nobody is.
export function Account() {
  const { who } = useWho();
  const [failed, set_failed] = useState(false);
  const credential = who?.credential;
  if (!credential) return null;
  const name = credential.customer ?? credential.label;
  const leave = () => {
    set_failed(false);
    sign_out().catch(() => set_failed(true));
  };
  return (
    <span class="account">
      <span class="soft account-name">
        <span class="hidden-text">Signed in as </span>
        {name ? `${name} (${credential.role})` : credential.role}
      </span>
      <button type="button" class="button small" onClick={leave}>
        {failed ? "Sign out again" : "Sign out"}
      </button>
    </span>
  );
}

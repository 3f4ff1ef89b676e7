// Hooks that several parts of the control room use.
import { useEffect, useRef, useState } from "preact/hooks";
import { new_key } from "../shared/api.ts";

// The newest answer that came; undefined before the first one, and after a failure the one before. If `may`, it asks
// at first and when `on` changes, and drops late answers to earlier calls.
export function useLatest<Value>(ask: () => Promise<Value>, may: boolean, on: readonly unknown[]): Value | undefined {
  const [latest, set_latest] = useState<Value>();
  useEffect(() => {
    if (!may) return;
    let late = false;
    ask().then(
      (found) => late || set_latest(() => found),
      () => {},
    );
    return () => void (late = true);
  }, [may, ...on]);
  return latest;
}

// The key of a write whose outcome may stay unknown: the same request gets the same key again, until forget().
export function useKey() {
  const last = useRef<{ text: string; key: string }>();
  return {
    of(request: unknown): string {
      const text = JSON.stringify(request);
      if (last.current?.text !== text) last.current = { text, key: new_key() };
      return last.current.key;
    },
    forget: () => void (last.current = undefined),
  };
}

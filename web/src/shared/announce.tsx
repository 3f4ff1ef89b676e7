// Tells screen readers of changes on the page, politely, and at most once in PAUSE_MS.
import { useEffect, useState } from "preact/hooks";

const PAUSE_MS = 2500;
let say: (text: string) => void = () => {};
export const announce = (text: string) => say(text);

export function Announcer() {
  const [text, set_text] = useState("");
  useEffect(() => {
    let last = -PAUSE_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;
    say = (next) => {
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          last = performance.now();
          set_text(next);
        },
        Math.max(50, last + PAUSE_MS - performance.now()),
      );
    };
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="hidden-text" role="status" aria-live="polite">
      {text}
    </div>
  );
}

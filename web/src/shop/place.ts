// For each entry of the browser's history: how far its page was scrolled, and how many items it showed. So Back leads to
// the same place, and a reload does, too. The browser's own way cannot do that: it scrolls before the items are there.
interface Place {
  y: number;
  shown?: number;
}

const SAVE_MS = 250;
const RESTORE_MS = 5000; // a page that has not become so long by then stays where it is

export const kept_place = (): Partial<Place> => (history.state as { place?: Place } | null)?.place ?? {};

export const keep_place = (change: Partial<Place>) =>
  history.replaceState({ place: { ...kept_place(), ...change } }, "");

// Scrolls to the place of the present entry, now and after each change of the address. Returns what ends it.
export function follow_place(): () => void {
  history.scrollRestoration = "manual";
  let saving: ReturnType<typeof setTimeout> | undefined;
  let wanted: number | undefined; // where to go as soon as the page is long enough
  let giving_up: ReturnType<typeof setTimeout> | undefined;
  const save = () => {
    clearTimeout(saving);
    saving = undefined;
    keep_place({ y: scrollY });
  };
  const on_scroll = () => {
    if (wanted === undefined) saving ??= setTimeout(save, SAVE_MS);
  };
  const before_leaving = () => saving !== undefined && save();
  const stop = () => {
    clearTimeout(giving_up);
    wanted = undefined;
  };
  const restore = () => {
    if (wanted === undefined || document.documentElement.scrollHeight < wanted + innerHeight) return;
    scrollTo(0, wanted);
    stop();
  };
  const arrive = () => {
    clearTimeout(saving);
    saving = undefined;
    stop();
    wanted = kept_place().y ?? 0;
    if (wanted === 0) scrollTo(0, 0);
    giving_up = setTimeout(stop, RESTORE_MS);
    restore();
  };
  const growing = new ResizeObserver(restore);
  growing.observe(document.body);
  const mine = new AbortController();
  const on = (target: EventTarget, name: string, listener: () => void) =>
    target.addEventListener(name, listener, { signal: mine.signal, capture: true, passive: true });
  on(window, "hashchange", arrive);
  on(window, "scroll", on_scroll);
  on(window, "click", before_leaving);
  on(window, "pagehide", before_leaving);
  for (const input of ["wheel", "touchmove", "keydown"]) on(window, input, stop); // the person goes elsewhere
  arrive();
  return () => {
    mine.abort();
    growing.disconnect();
    stop();
  };
}

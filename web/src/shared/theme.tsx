// The theme: light, dark, or the system's. The choice is kept, and both pages share it.
import { useLayoutEffect, useState } from "preact/hooks";
import { IconMoon, IconSun } from "./icons.tsx";

const KEY = "pygmy.theme";
const system_dark = matchMedia("(prefers-color-scheme: dark)");

const chosen = () => localStorage.getItem(KEY);

export const is_dark = () => (chosen() ?? (system_dark.matches ? "dark" : "light")) === "dark";

// Call it before anything is drawn, and at each change. Without a choice the style sheet follows the system by itself.
export function apply_theme(): void {
  const choice = chosen();
  if (choice) document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
}

// Makes a component draw again when the colours change.
export function useDark(): boolean {
  const [dark, set_dark] = useState(is_dark());
  useLayoutEffect(() => {
    const update = () => set_dark(is_dark());
    system_dark.addEventListener("change", update);
    addEventListener("pygmy-theme", update);
    return () => {
      system_dark.removeEventListener("change", update);
      removeEventListener("pygmy-theme", update);
    };
  }, []);
  return dark;
}

export function ThemeToggle() {
  const dark = useDark();
  const toggle = () => {
    const next = dark ? "light" : "dark";
    // A choice that is the same as the system's is not kept, so that the page follows the system again.
    if ((next === "dark") === system_dark.matches) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
    apply_theme();
    dispatchEvent(new Event("pygmy-theme"));
  };
  const label = dark ? "Switch to light colours" : "Switch to dark colours";
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={toggle}>
      {dark ? <IconSun /> : <IconMoon />}
    </button>
  );
}

// Light, dark, or as the system has it. The choice is kept; both pages share it.
import { useEffect, useState } from "preact/hooks";
import { IconMoon, IconSun } from "./icons.tsx";

const KEY = "pygmy.theme";
const system_dark = matchMedia("(prefers-color-scheme: dark)");

const chosen = () => localStorage.getItem(KEY);

export const is_dark = () => (chosen() ?? (system_dark.matches ? "dark" : "light")) === "dark";

// Called before anything is drawn, and at every change. Without a choice the style sheet follows the system by itself.
export function apply_theme(): void {
  const choice = chosen();
  if (choice) document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
}

// Draws again when the colours change.
export function useDark(): boolean {
  const [dark, set_dark] = useState(is_dark());
  useEffect(() => {
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
    // What the system has anyway need not be remembered: then it follows the system again.
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

// Our own icons: 24 x 24, with strokes in the colour of the text. They only decorate; the text beside them tells.
import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const IconBasket = () => (
  <Icon>
    <path d="M3.5 9.5h17l-1.8 9.2a1.6 1.6 0 0 1-1.6 1.3H6.9a1.6 1.6 0 0 1-1.6-1.3z M8 9.5l3-6M16 9.5l-3-6M9.5 13.5v3M14.5 13.5v3" />
  </Icon>
);
export const IconSearch = () => (
  <Icon>
    <circle cx="10.5" cy="10.5" r="6" />
    <path d="M15 15l5.5 5.5" />
  </Icon>
);
export const IconSun = () => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.4M18.4 5.6L17 7M7 17l-1.4 1.4" />
  </Icon>
);
export const IconMoon = () => (
  <Icon>
    <path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z" />
  </Icon>
);
export const IconCheck = () => (
  <Icon>
    <path d="M5 12.5l4.5 4.5L19 7.5" />
  </Icon>
);
export const IconAlert = () => (
  <Icon>
    <path d="M12 4l9 15.5H3zM12 10v4.5M12 17v.2" />
  </Icon>
);
export const IconArrow = () => (
  <Icon>
    <path d="M5 12h14M13 6l6 6-6 6" />
  </Icon>
);
export const IconBack = () => (
  <Icon>
    <path d="M19 12H5M11 6l-6 6 6 6" />
  </Icon>
);
export const IconPlus = () => (
  <Icon>
    <path d="M12 6v12M6 12h12" />
  </Icon>
);
export const IconMinus = () => (
  <Icon>
    <path d="M6 12h12" />
  </Icon>
);
export const IconClose = () => (
  <Icon>
    <path d="M6.5 6.5l11 11M17.5 6.5l-11 11" />
  </Icon>
);
export const IconReceipt = () => (
  <Icon>
    <path d="M6 3.5h12v17l-2.4-1.6-2.4 1.6-2.4-1.6-2.4 1.6L6 20.5zM9 8.5h6M9 12.5h6" />
  </Icon>
);
export const IconPulse = () => (
  <Icon>
    <path d="M3 12.5h4l2.5-7 4.5 13 2.5-6H21" />
  </Icon>
);
export const IconForget = () => (
  <Icon>
    <path d="M5 6.5h14M9.5 6.5v-3h5v3M7 6.5l.8 14h8.4l.8-14" />
  </Icon>
);
export const IconPause = () => (
  <Icon>
    <path d="M9 6v12M15 6v12" />
  </Icon>
);
export const IconPlay = () => (
  <Icon>
    <path d="M8 5.5l10.5 6.5L8 18.5z" />
  </Icon>
);
export const IconPower = () => (
  <Icon>
    <path d="M12 3.5v8M7 6.5a7.5 7.5 0 1 0 10 0" />
  </Icon>
);
export const IconRestart = () => (
  <Icon>
    <path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5v4h-4" />
  </Icon>
);
export const IconStore = () => (
  <Icon>
    <path d="M4 10.5V20h16v-9.5M3 9.5L5 4h14l2 5.5a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0zM10 20v-5h4v5" />
  </Icon>
);

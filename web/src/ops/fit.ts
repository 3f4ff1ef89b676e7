// Shortens a name in its middle until it fits; its ends tell the most. Pure.
export function fit(name: string, width: number, letter = 7.6): string {
  const letters = Math.max(3, Math.floor(width / letter));
  if (name.length <= letters) return name;
  const end = Math.floor((letters - 1) / 2);
  return `${name.slice(0, letters - 1 - end)}…${name.slice(name.length - end)}`;
}

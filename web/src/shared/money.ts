// Whole cents and plain counts as text for people. money() uses no floats: it makes the text from the digits.

const THOUSANDS = /\B(?=(\d{3})+(?!\d))/g;

// 2499 -> "24.99", 123456700 -> "1,234,567.00"
export function money(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return (cents < 0 ? "−" : "") + digits.slice(0, -2).replace(THOUSANDS, ",") + "." + digits.slice(-2);
}

export const count = (value: number): string => String(value).replace(THOUSANDS, ",");

export const pieces = (value: number): string => (value === 1 ? "1 piece" : `${count(value)} pieces`);

// 0.4 -> "0.4", 12.34 -> "12", 12345 -> "12,345"
export function rate(per_second: number): string {
  return per_second < 10 && per_second % 1 !== 0 ? per_second.toFixed(1) : count(Math.round(per_second));
}

// 87 -> "87 µs", 1234 -> "1.2 ms", 2500000 -> "2.5 s"
export function micros(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

export function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

const pad = (value: number) => String(value).padStart(2, "0");

export function clock(at: number): string {
  const date = new Date(at);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

export function day_and_time(at: number): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

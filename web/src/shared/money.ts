// Amounts and plain counts as text for people. An amount is a whole number of the currency's minor units. money() uses no
// floats: it makes the text from the digits.
import type { Currency } from "./api.ts";

const THOUSANDS = /\B(?=(\d{3})+(?!\d))/g;

// The currency of the store. Without one, amounts have two decimals and no name.
let currency: Currency | undefined;
let format: Intl.NumberFormat | undefined;

export function use_currency(next: Currency | undefined): void {
  currency = next;
  format =
    next &&
    new Intl.NumberFormat("en", {
      style: "currency",
      currency: next.code,
      minimumFractionDigits: next.digits,
      maximumFractionDigits: next.digits,
    });
}

// 2499 -> "24.99", 123456700 -> "1,234,567.00"; in EUR "€24.99", in JPY "¥2,499", in KWD "KWD 2.499"
export function money(minor: number): string {
  const decimals = currency?.digits ?? 2;
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(THOUSANDS, ",");
  const amount = decimals ? `${whole}.${digits.slice(-decimals)}` : whole;
  return (minor < 0 ? "−" : "") + (format ? named(amount) : amount);
}

// The format places the name of the currency; the digits are ours, which are exact.
function named(amount: string): string {
  const parts = format!.formatToParts(0);
  const first = parts.findIndex((part) => part.type === "integer");
  const text = (some: Intl.NumberFormatPart[]) => some.map((part) => part.value).join("");
  const after = parts.slice(first).filter((part) => !["integer", "group", "decimal", "fraction"].includes(part.type));
  return text(parts.slice(0, first)) + amount + text(after);
}

export const count = (value: number): string => String(value).replace(THOUSANDS, ",");

// 3 -> "+3", -3 -> "-3"
export const signed = (value: number): string => (value > 0 ? `+${value}` : `${value}`);

export const behind = (value: number): string => (value === 1 ? "1 event behind" : `${count(value)} events behind`);
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

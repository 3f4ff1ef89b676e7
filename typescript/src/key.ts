// Node 18 has no global `crypto`. Bundlers leave an import alone whose name they cannot see.
const of_node = "node:crypto";
const random: Pick<Crypto, "getRandomValues"> =
  globalThis.crypto ?? (await import(/* @vite-ignore */ of_node)).webcrypto;

/** Keys that rise cost the store less than random ones. 80 random bits make each key unique. */
export function new_key(now = Date.now()): string {
  const bytes = random.getRandomValues(new Uint8Array(10));
  return `${now.toString(36)}-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// Ports for a real store of a test.
import { createServer } from "node:net";

const PORTS = 100;

async function is_free(port) {
  const server = createServer();
  const free = await new Promise((resolve) => {
    server.once("error", () => resolve(false)).once("listening", () => resolve(true));
    server.listen(port, "127.0.0.1");
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

// The first of PORTS ports that nobody uses, below those that other tests take and that the kernel gives to clients, and
// above those that browsers refuse (6000 and others).
export async function free_ports() {
  for (;;) {
    const first = 7000 + PORTS * Math.floor(Math.random() * 30);
    const all = await Promise.all(Array.from({ length: PORTS }, (_, i) => is_free(first + i)));
    if (all.every(Boolean)) return first;
  }
}

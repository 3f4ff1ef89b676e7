// A real store without a bridge of its own, and bridges that a test starts and kills. PYGMY names the program.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { Pygmy } from "../../typescript/dist/index.js";
import { free_ports } from "../web/ports.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const DEADLINE_MS = 90_000; // a machine that is busy with other tests takes that long at times
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PYGMY")));

// Waits until the condition is met, and returns its value.
export async function eventually(what, condition) {
  const until = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < until, `not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const ended = (child) =>
  child.exitCode !== null || child.signalCode !== null || new Promise((resolve) => child.once("exit", resolve));

export class Bridge {
  constructor(port, frontend, ...options) {
    this.url = `http://127.0.0.1:${port}`;
    this.words = [
      "bridge",
      "--listen",
      `127.0.0.1:${port}`,
      "--frontend",
      frontend,
      "--log-level",
      "error",
      ...options,
    ];
  }
  async start() {
    this.process = spawn(process.env.PYGMY, this.words, { stdio: ["ignore", "inherit", "inherit"], env: clean });
    const there = () =>
      fetch(this.url + "/healthz")
        .then(({ ok }) => ok)
        .catch(() => false);
    await eventually("the bridge answers", there);
  }
  async kill() {
    this.process.kill("SIGKILL");
    await ended(this.process);
  }
  async restart() {
    await this.kill();
    await this.start();
  }
  pause = () => this.process.kill("SIGSTOP");
  resume = () => this.process.kill("SIGCONT");
}

export class Store {
  async start() {
    this.data = mkdtempSync(`${tmpdir()}/pygmy-typescript-`);
    const port = await free_ports();
    this.port = port;
    this.frontend = `tcp://127.0.0.1:${port + 10}`;
    const words = ["up", "--single", "--http", "off", "--data", this.data, "--port-base", port];
    const catalogue = ["--catalogue", `${root}samples/bookstore.csv`];
    this.process = spawn(process.env.PYGMY, [...words, ...catalogue].map(String), {
      stdio: ["ignore", "pipe", "inherit"],
      env: clean,
    });
    let said = "";
    this.process.stdout.on("data", (chunk) => (said += chunk));
    await eventually("the store is ready", () => /^ready$/m.test(said));
    this.bridges = [90, 91].map((more) => new Bridge(port + more, this.frontend));
    for (const bridge of this.bridges) await bridge.start();
    this.urls = this.bridges.map(({ url }) => url);
    return this;
  }
  // A client of the first bridge alone.
  client = (options = {}) => new Pygmy({ url: this.urls[0], ...options });

  // Runs a command of the program and returns its JSON.
  ask(...words) {
    const ran = spawnSync(process.env.PYGMY, [...words, "--frontend", this.frontend, "--json"], {
      encoding: "utf8",
      env: clean,
    });
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    return JSON.parse(ran.stdout);
  }
  async stop() {
    for (const bridge of this.bridges ?? []) await bridge.kill();
    this.process?.kill("SIGTERM");
    if (this.process) await ended(this.process);
    rmSync(this.data, { recursive: true, force: true });
  }
}

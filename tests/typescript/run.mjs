// Builds the TypeScript library, then runs its tests with node's own runner: its logic (unit/), and the types of the README.
// With PYGMY set to the program: also against real stores (real/), among them every code block of the README.
//
//   node tests/typescript/run.mjs [unit|readme|real]...     77: something is missing that the tests want, and what
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compiled } from "./readme.mjs";

const SKIPPED = 77;
const here = fileURLToPath(new URL(".", import.meta.url));
const library = fileURLToPath(new URL("../../typescript/", import.meta.url));
const wanted = process.argv.slice(2).length
  ? process.argv.slice(2)
  : ["unit", "readme", ...(process.env.PYGMY ? ["real"] : [])];

function want(there, what) {
  if (there) return;
  console.error(`skipped: ${what}`);
  process.exit(SKIPPED);
}

function run(program, ...words) {
  const { status } = spawnSync(program, words, { stdio: "inherit", cwd: library });
  if (status !== 0) process.exit(status ?? 1);
}

want(existsSync(library + "node_modules/typescript"), "typescript/node_modules is missing; ./dev typescript makes it");
want(
  !wanted.includes("real") || existsSync(library + "../web/node_modules/playwright-core"),
  "web/node_modules is missing; ./dev web makes it",
);
want(!wanted.includes("real") || process.env.PYGMY, "PYGMY does not name the program");

run(process.execPath, "node_modules/typescript/bin/tsc");
if (wanted.includes("readme")) compiled();
const files = wanted
  .filter((one) => one !== "readme")
  .flatMap((one) => readdirSync(here + one).map((name) => `${here}${one}/${name}`))
  .filter((name) => name.endsWith(".test.mjs"));
if (files.length) run(process.execPath, "--test", "--test-reporter=spec", ...files);

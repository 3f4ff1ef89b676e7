// Builds the pages where they are not built, then runs their tests with node's own runner: the logic (unit/), and the
// pages in a real browser against the mock (pages/). With PYGMY set to the program: also against a real store (real/).
//
//   node tests/web/run.mjs [unit|pages|real]...      77: something is missing that the tests want, and what
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const SKIPPED = 77;
const root = fileURLToPath(new URL("../../", import.meta.url));
const wanted = process.argv.slice(2).length
  ? process.argv.slice(2)
  : ["unit", "pages", ...(process.env.PYGMY ? ["real"] : [])];

function want(there, what) {
  if (there) return;
  console.error(`skipped: ${what}`);
  process.exit(SKIPPED);
}

// The unit tests are TypeScript; node 18 does not read it, so they are bundled first.
function bundled() {
  const { buildSync } = createRequire(root + "web/package.json")("esbuild");
  const outdir = root + "build/web-unit";
  rmSync(outdir, { recursive: true, force: true });
  const entryPoints = readdirSync(root + "tests/web/unit").map((name) => `${root}tests/web/unit/${name}`);
  const banner = { js: 'import { webcrypto } from "node:crypto"; globalThis.crypto ??= webcrypto;' }; // as browsers and node 20 have it
  buildSync({
    entryPoints,
    banner,
    outdir,
    bundle: true,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    external: ["node:*"],
    jsx: "automatic",
    jsxImportSource: "preact",
    nodePaths: [root + "web/node_modules"],
    logLevel: "warning",
  });
  return outdir;
}

const folder = { unit: bundled, pages: () => root + "tests/web/pages", real: () => root + "tests/web/real" };

want(existsSync(root + "web/node_modules/vite"), "web/node_modules is missing; ./dev web makes it");
want(existsSync(root + "web/dist/index.html"), "web/dist is missing; ./dev web makes it");
want(
  wanted.every((one) => one === "unit") || existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium"),
  "chromium is missing; apt-get install chromium",
);
want(!wanted.includes("real") || process.env.PYGMY, "PYGMY does not name the program");

const files = wanted.flatMap((one) => {
  const place = folder[one]();
  return readdirSync(place)
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => `${place}/${name}`);
});
const { status } = spawnSync(process.execPath, ["--test", "--test-reporter=spec", ...files], { stdio: "inherit" });
process.exit(status ?? 1);

// The npm package, installed in a project of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../../../typescript/", import.meta.url));
const run = (cwd, program, ...words) => execFileSync(program, words, { cwd, encoding: "utf8", stdio: "pipe" });

test("it has what a program and its compiler need, and no other package", () => {
  const home = mkdtempSync(`${tmpdir()}/pygmy-npm-`);
  try {
    // It is built already; two builds at once would disturb other tests.
    const [packed] = JSON.parse(run(library, "npm", "pack", "--ignore-scripts", "--json", "--pack-destination", home));
    const files = packed.files.map(({ path }) => path);
    for (const file of [
      "README.md",
      "LICENSE",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/openapi.d.ts",
      "examples/load.mjs",
    ])
      assert.ok(files.includes(file), file);
    for (const file of files)
      assert.match(file, /^(README\.md|LICENSE|package\.json|examples\/\w+\.mjs|dist\/\w+(\.d)?\.[jt]s)$/);
    writeFileSync(`${home}/package.json`, '{"type":"module"}');
    run(home, "npm", "install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`);
    assert.deepEqual(run(home, "ls", "node_modules").split("\n").filter(Boolean), ["pygmy-client"]);
    writeFileSync(
      `${home}/program.ts`,
      'import { Pygmy, type Order } from "pygmy-client";\n' +
        'const told: (order: Order) => number = ({ total }) => total;\nconsole.log(new Pygmy({ url: "" }) instanceof Pygmy, told);\n',
    );
    const tsc = `${library}node_modules/typescript/bin/tsc`;
    run(
      home,
      process.execPath,
      tsc,
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom",
      "program.ts",
    );
    assert.match(run(home, process.execPath, "program.js"), /^true/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

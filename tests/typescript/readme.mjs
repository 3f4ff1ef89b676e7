// The code blocks of typescript/README.md as one module, one after the other.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../../typescript/", import.meta.url));
// Below the library, so that the module can import it by its name.
const home = library + "dist/readme/";

// Checks the types of the blocks and returns the path of the module in JavaScript. `url`: the store's, in place of the one
// that the README names.
export function compiled(url) {
  const text = readFileSync(library + "README.md", "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, block]) => block);
  if (blocks.length < 8) throw new Error("the README has lost its code blocks");
  mkdirSync(home, { recursive: true });
  const module = blocks.join("\n").replaceAll("http://127.0.0.1:8080", url ?? "http://127.0.0.1:8080");
  writeFileSync(home + "blocks.ts", module);
  const strict = { strict: true, noUncheckedIndexedAccess: true };
  const compilerOptions = { ...strict, target: "es2022", module: "nodenext", types: ["node"], skipLibCheck: true };
  writeFileSync(home + "tsconfig.json", JSON.stringify({ compilerOptions, files: ["blocks.ts"] }));
  try {
    execFileSync(process.execPath, [library + "node_modules/typescript/bin/tsc", "-p", home], { encoding: "utf8" });
  } catch (error) {
    throw new Error(`the README's code blocks do not compile:\n${error.stdout}`);
  }
  return home + "blocks.js";
}

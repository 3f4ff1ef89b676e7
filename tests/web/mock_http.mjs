// The answers of the mock over HTTP: bodies, problems and streams, and the built pages under the policy of the real bridge.
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../../web/dist/", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

export const ok = (body) => ({ status: 200, body });
export const problem = (status, code, detail, fields = {}, headers = {}) => ({
  status,
  type: "application/problem+json",
  body: { type: `/problems/${code}`, title: code.replace("_", " "), status, detail, ...fields },
  headers,
});

export function send(response, { status, body, raw, type = "application/json", headers = {} }) {
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers });
  response.end(raw ?? JSON.stringify(body));
}

export function stream(response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": beat\n\n");
}

// The answer with a built page or one of its assets; undefined: there is none.
export function page(path) {
  const name =
    { "/": "index.html", "/ops": "ops.html" }[path] ??
    (path.startsWith("/assets/") && !path.includes("..") ? path.slice(1) : undefined);
  if (!name || !existsSync(join(DIST, name))) return undefined;
  return {
    status: 200,
    raw: readFileSync(join(DIST, name)),
    headers: {
      "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
      "Content-Security-Policy": POLICY,
      "X-Content-Type-Options": "nosniff",
    },
  };
}

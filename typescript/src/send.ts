// Sends one HTTP request and reads its answer, within a time limit. The only place that uses fetch.
import type { Heard } from "./call.js";
import { refusal_of } from "./verdict.js";

export interface Request {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

// `body`: the JSON value; `undefined` if the answer has none.
export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

export type Fetch = typeof globalThis.fetch;

// Errors of Node's fetch that say that no connection was made.
const NOT_SENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"];

export async function send(
  fetch: Fetch,
  url: string,
  { method, path, headers, body }: Request,
  timeout_ms: number,
  signal?: AbortSignal,
): Promise<{ heard: Heard; reply?: Reply }> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeout_ms);
  signal?.addEventListener("abort", abort);
  try {
    const response = await fetch(url + path, {
      method,
      headers,
      body: body ?? null,
      redirect: "manual",
      signal: controller.signal,
    });
    return read(response, await response.text());
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    const why = controller.signal.aborted
      ? `no answer within ${Math.round(timeout_ms)} ms`
      : (cause?.message ?? message);
    return { heard: { lost: { may_have_reached: !NOT_SENT.includes(cause?.code ?? ""), why: `${url}: ${why}` } } };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function read(response: Response, text: string): { heard: Heard; reply?: Reply } {
  const { status, headers } = response;
  const type = headers.get("Content-Type") ?? "";
  if (!response.ok) return { heard: { refusal: refusal_of(status, type, text, headers.get("Retry-After") ?? "") } };
  try {
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const outcome = (body as { outcome?: string } | undefined)?.outcome;
    const has_effect = outcome === undefined ? undefined : outcome !== "void";
    return {
      heard: { answer: true, ...(has_effect === undefined ? {} : { has_effect }) },
      reply: { status, headers, body },
    };
  } catch {
    return { heard: { lost: { may_have_reached: true, why: "the answer is not JSON" } } };
  }
}

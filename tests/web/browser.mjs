// Chromium and the pages in it, as the tests want them: whatever the console complains about, every violation of the
// policy and every failed script is a failure of the test, unless the test says that it expects it.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { chromium } = createRequire(root + "web/package.json")("playwright-core");
const SHOTS = root + "build/web-screenshots/";
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export async function launch() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// A person with a browser of their own: nothing kept, nothing shared with others.
export async function visitor(browser, { viewport = WIDE, dark = false, calm = false } = {}) {
  const context = await browser.newContext({
    viewport,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: calm ? "reduce" : "no-preference",
  });
  context.setDefaultTimeout(60_000);
  return context;
}

export async function open(context, url) {
  const page = await context.newPage();
  const complaints = [];
  const expected = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on(
    "request",
    (request) => new URL(request.url()).origin === new URL(url).origin || complaints.push(`asked ${request.url()}`),
  );
  await page.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    ),
  );
  page.expect_complaint = (pattern) => expected.push(pattern);
  page.check_complaints = () =>
    assert.deepEqual(
      complaints.filter((text) => !expected.some((pattern) => pattern.test(text))),
      [],
    );
  await page.goto(url);
  return page;
}

export async function screenshot(page, name, options = {}) {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}${name}.png`, ...options });
}

// Waits until the check holds; says what was seen last when it never does.
export async function eventually(check, milliseconds = 60_000) {
  for (const until = Date.now() + milliseconds; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

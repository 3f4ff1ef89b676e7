// The library in a page of another site, in a real browser.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "../../web/browser.mjs";
import { Bridge, Store } from "../store.mjs";

const dist = fileURLToPath(new URL("../../../typescript/dist/", import.meta.url));
const skip =
  !existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium") && "chromium is missing; apt-get install chromium";

let store, site, bridge, browser;
before(async () => {
  if (skip) return;
  site = createServer(({ url }, response) => {
    const script = /^\/(\w+\.js)$/.exec(url)?.[1];
    response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
    response.end(script ? readFileSync(dist + script) : "<!doctype html><title>a shop</title>");
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${site.address().port}`;
  store = await new Store().start();
  bridge = new Bridge(store.port + 92, store.frontend, "--cors", origin);
  await bridge.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await bridge?.kill();
  await store?.stop();
  site?.close();
});

test("a page looks up, buys and follows events", { skip }, async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  const seen = await page.evaluate(async (url) => {
    const { Pygmy } = await import("/index.js");
    const shop = new Pygmy({ url });
    const { title, etag } = await shop.lookup(2);
    const order = await shop.buy([{ item: 2, quantity: 1 }], { customer: "ann" });
    const refused = await shop.buy([{ item: 2, quantity: 100_000 }]).catch(({ code }) => code);
    for await (const told of shop.events({ after: 0, types: ["order_placed"] }))
      return { title, has_tag: etag.length > 0, no: order.no, refused, told: told.data.no };
  }, bridge.url);
  assert.deepEqual(seen, { title: "RPCs for Dummies", has_tag: true, no: 1, refused: "out_of_stock", told: 1 });
});

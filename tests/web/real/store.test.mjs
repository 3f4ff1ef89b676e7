// The pages over the bridge of a real store: PYGMY names the program, built with the pages in it.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { audit } from "../audit.mjs";
import { eventually, launch, open, PHONE, screenshot, visitor, WIDE } from "../browser.mjs";
import { free_ports } from "../ports.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const START_MS = 90_000;
const HEAL_MS = 90_000;

let browser, store, data, url, seller;

before(async () => {
  data = mkdtempSync(`${tmpdir()}/pygmy-web-`);
  const port = await free_ports();
  url = `http://127.0.0.1:${port}`;
  const wanted = [
    "up",
    "--data",
    data,
    "--port-base",
    port + 1,
    "--http",
    port,
    "--demo",
    "--catalogue",
    `${root}samples/toys.csv`,
  ];
  store = spawn(process.env.PYGMY, wanted.map(String), { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  store.stdout.on("data", (chunk) => (said += chunk));
  await eventually(() => assert.match(said, /^ready$/m), START_MS);
  browser = await launch();
  seller = await visitor(browser);
});
after(async () => {
  await browser?.close();
  store?.kill("SIGTERM");
  if (store) await new Promise((resolve) => store.once("exit", resolve));
  rmSync(data, { recursive: true, force: true });
});

const visit = (where, who = seller) => open(who, url + where);
async function check_out(page) {
  await page.locator(".summary button[type=submit]").click();
  await page.getByRole("timer").waitFor();
}
async function buy(page) {
  await check_out(page);
  await page.locator(".summary button[type=submit]").click();
}
const stock_shown = async (page) => Number(await page.locator(".stock[data-stock]").first().getAttribute("data-stock"));
const move = async (item, delta) => {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": `test-${Math.random()}` };
  const answer = await fetch(`${url}/v1/items/${item}/movements`, {
    method: "POST",
    headers,
    body: JSON.stringify({ delta }),
  });
  assert.equal(answer.status, 201, await answer.text());
};

test("the pages come under a strict policy, and every file of theirs is there", async () => {
  for (const path of ["/", "/ops"]) {
    const answer = await fetch(url + path);
    const policy = answer.headers.get("content-security-policy");
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    for (const [, file] of (await answer.text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g))
      assert.equal((await fetch(url + file)).status, 200, file);
  }
});

test("browse and buy; a second page sees the stock fall at once", async () => {
  const page = await visit("/");
  await page.locator('.card[data-item="1"]').waitFor();
  assert.equal(await page.locator(".chip").count(), 4);
  const other = await visit("/#/item/1", await visitor(browser));
  await other.locator(".live-line.open").waitFor();
  assert.equal(await stock_shown(other), 100);
  await page.getByRole("button", { name: "Add Tux to the basket" }).click();
  await page.getByRole("button", { name: /^Add Tux/ }).click();
  await page.getByRole("button", { name: "Add Jenga to the basket" }).click();
  await page.goto(`${url}/#/basket`);
  await page.getByLabel("Your name").fill("Ann");
  await check_out(page);
  await eventually(async () => assert.equal(await stock_shown(other), 98));
  assert.equal((await (await fetch(`${url}/v1/items/1`)).json()).held, 2);
  await page.locator(".summary button[type=submit]").click();
  await page.getByText("Thank you").waitFor();
  const sold = await (await fetch(`${url}/v1/items/1`)).json();
  assert.deepEqual([sold.stock, sold.held], [98, undefined]);
  assert.equal(await stock_shown(other), 98);
  await page.goto(`${url}/#/orders?customer=Ann`);
  await page.getByRole("link", { name: /Order 1 / }).click();
  await eventually(async () =>
    assert.match(await page.locator("article").innerText(), /Tux[\s\S]*2 pieces at 25\.99[\s\S]*Jenga[\s\S]*73\.97/),
  );
  page.check_complaints();
  other.check_complaints();
  await other.context().close();
});

test("sold out before your eyes, and in between the click and the order", async () => {
  const page = await visit("/#/item/2");
  await page.getByRole("button", { name: "Add to basket" }).click();
  await move(2, -97);
  await page.getByText("Only 3 left").waitFor();
  await page.goto(`${url}/#/basket`);
  await page.locator(".line .stock[data-stock]").waitFor();
  await page.route("**/v1/holds", async (route) => {
    await move(2, -3);
    await route.continue();
  });
  page.expect_complaint(/409/);
  await page.locator(".summary button[type=submit]").click();
  await page.locator(".differs").getByText("Sold out").waitFor();
  await page.getByRole("button", { name: /Remove it/ }).click();
  page.check_complaints();
});

test("reload in the middle of a buy: bought once or not at all, and the page knows which", async () => {
  const page = await visit("/#/item/3");
  await page.getByRole("button", { name: "Add to basket" }).click();
  await page.goto(`${url}/#/basket`);
  await page.locator(".line .stock[data-stock]").waitFor();
  await page.route("**/v1/holds/*/confirm", async (route) => {
    const answer = await route.fetch(); // the store has it, the page never hears
    assert.equal(answer.status(), 201);
    await route.abort().catch(() => {});
  });
  page.expect_complaint(/ERR_|Failed to load/);
  await buy(page);
  await page.getByText("Thank you").waitFor();
  assert.equal((await (await fetch(`${url}/v1/items/3`)).json()).stock, 99);
  page.check_complaints();
});

test("kill the writer from the control room and see it heal, while traffic flows", async () => {
  const page = await visit("/ops");
  page.expect_complaint(/status of 409/); // what the tests before have sold out stays so; that is no failure
  await page.locator('.verdict[data-level="good"]').waitFor();
  await eventually(async () => assert.equal(await page.locator(".node").count(), 9));
  const traffic = page.getByRole("switch", { name: "Some traffic" });
  if (await traffic.count()) await traffic.click();
  await page.getByRole("button", { name: "Buy one" }).click();
  await page.locator(".waterfall tr").nth(2).waitFor();
  const status = async () => (await fetch(`${url}/v1/status`)).json();
  const { writer, epoch } = await status();
  await page.locator(`.node.writer[data-instance="${writer}"]`).waitFor();
  await page.getByRole("button", { name: `Kill ${writer}` }).click();
  // It may be the same one again: the store starts it again within a blink.
  await eventually(async () => assert.ok((await status()).epoch > epoch), HEAL_MS);
  await page.locator(".node.just-appointed, .node.just-new").first().waitFor();
  await screenshot(page, "real-writer-killed");
  await eventually(
    async () => assert.match(await page.locator(".moments").innerText(), new RegExp(`${writer} started again`)),
    HEAL_MS,
  );
  await page.locator('.verdict[data-level="good"]').waitFor({ timeout: HEAL_MS });
  assert.match(await page.locator(".moments").innerText(), /was appointed writer/);
  if (await traffic.count()) assert.equal(await page.locator("[data-failed]").getAttribute("data-failed"), "0");
  await page.setViewportSize({ width: 1600, height: 2300 });
  await screenshot(page, "real-ops");
  page.check_complaints();
});

test("pause a replica, see it fall silent, resume it", async () => {
  const page = await visit("/ops");
  const state = (wanted) =>
    eventually(
      async () => assert.equal(await page.locator('tr[data-instance="catalog-2"]').getAttribute("data-state"), wanted),
      HEAL_MS,
    );
  await page.getByRole("button", { name: "Pause catalog-2" }).click();
  await state("silent");
  await page.getByRole("button", { name: "Resume catalog-2" }).click();
  await state("live");
  page.check_complaints();
});

test("twelve tabs of the shop and five control rooms of one browser, and one of them orders", async () => {
  const who = await visitor(browser);
  const shops = [];
  for (let tab = 0; tab < 12; ++tab) shops.push(await visit(`/#/item/${4 + (tab % 3)}`, who));
  const rooms = [];
  for (let tab = 0; tab < 5; ++tab) rooms.push(await visit("/ops", who));
  for (const page of shops) await page.locator(".live-line.open").waitFor();
  for (const page of rooms) await page.locator('.verdict[data-level="good"]').waitFor();
  const before = await Promise.all(shops.map(stock_shown));
  for (const item of [4, 5, 6]) await move(item, -1);
  for (const [tab, page] of shops.entries())
    await eventually(async () => assert.equal(await stock_shown(page), before[tab] - 1));
  await shops[0].close(); // the one that has the connection
  for (const item of [4, 5, 6]) await move(item, -1);
  for (const [tab, page] of shops.entries())
    if (tab) await eventually(async () => assert.equal(await stock_shown(page), before[tab] - 2));
  await shops[1].getByRole("button", { name: "Add to basket" }).click();
  await shops[1].goto(`${url}/#/basket`);
  await buy(shops[1]);
  await shops[1].getByText("Thank you").waitFor();
  for (const page of [...shops, ...rooms]) page.check_complaints();
  await who.close();
});

test("a control room that is loaded again has the figures and moments of before", async () => {
  const page = await visit("/ops");
  await page.getByRole("button", { name: "Kill order-3" }).click();
  await eventually(
    async () => assert.match(await page.locator(".moments").innerText(), /order-3 started again/),
    HEAL_MS,
  );
  await page.reload();
  await eventually(async () =>
    assert.match(
      await page.locator(".moments").innerText(),
      /order-3 started again[\s\S]*order-3 kill: asked for here/,
    ),
  );
  await page.locator(".stretch.live").first().waitFor();
  page.check_complaints();
});

test("a bridge that is stopped is told in both pages, and forgotten when it goes on", async () => {
  const children = spawnSync("ps", ["-o", "pid=,args=", "--ppid", String(store.pid)], { encoding: "utf8" }).stdout;
  const bridge = Number(/^ *(\d+) .* bridge /m.exec(children)?.[1]);
  assert.ok(bridge, children);
  const [shop, room] = [await visit("/#/item/7"), await visit("/ops")];
  for (const page of [shop, room]) page.expect_complaint(/ERR_|Failed to load/);
  await shop.locator(".live-line.open").waitFor();
  await room.locator('.verdict[data-level="good"]').waitFor();
  process.kill(bridge, "SIGSTOP");
  try {
    await shop.getByText("reconnecting").waitFor();
    await room.getByText("No connection to the store").waitFor();
  } finally {
    process.kill(bridge, "SIGCONT");
  }
  await shop.locator(".live-line.open").waitFor();
  await room.locator('.verdict[data-level="good"]').waitFor();
  for (const page of [shop, room]) page.check_complaints();
});

test("the reference has the pages' look, in light and dark, on a phone and wide", async () => {
  for (const viewport of [WIDE, PHONE]) {
    for (const dark of [false, true]) {
      const who = await visitor(browser, { viewport, dark });
      const page = await visit("/docs", who);
      const { faults } = await audit(page);
      assert.deepEqual(
        faults.filter((fault) => fault !== "nothing is told to those who do not see"),
        [],
        "nothing changes on it",
      );
      const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      assert.equal(await ground(), dark ? "rgb(22, 23, 20)" : "rgb(250, 248, 244)");
      await screenshot(page, `docs-${viewport === WIDE ? "wide" : "phone"}-${dark ? "dark" : "light"}`);
      if (viewport === WIDE) await page.getByRole("link", { name: "POST /v1/orders", exact: true }).click();
      else await page.getByRole("link", { name: "The shop" }).click();
      assert.match(await page.locator("#placeOrder").innerText(), /lines\[\]\.quantity\s+integer, 1 to 1000000/);
      await page.evaluate((other) => localStorage.setItem("pygmy.theme", other), dark ? "light" : "dark");
      await page.reload();
      assert.equal(
        await ground(),
        dark ? "rgb(250, 248, 244)" : "rgb(22, 23, 20)",
        "as the toggle of the other pages says",
      );
      page.check_complaints();
      await who.close();
    }
  }
});

// Every command that the page shows works as it is typed.
async function an_open_hold() {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": `docs-${Math.random()}` };
  const body = JSON.stringify({ lines: [{ item: 1, quantity: 1 }], ttl: 60_000 });
  const placed = await fetch(`${url}/v1/holds`, { method: "POST", headers, body });
  assert.equal(placed.status, 201);
  return (await placed.json()).no;
}

test("the reference's examples are right as they stand", async () => {
  const page = await visit("/docs");
  const commands = await page.locator(".operation pre:not(.sample)").allInnerTexts();
  assert.ok(commands.length > 20);
  const wrong = [];
  for (const command of commands.filter((text) => !/-N|processes/.test(text))) {
    let asked = command.replace("http://localhost:8080", url).replace("a-new-one", `docs-${Math.random()}`);
    if (asked.includes("/v1/holds/1/")) asked = asked.replace("/v1/holds/1/", `/v1/holds/${await an_open_hold()}/`);
    const { stdout } = spawnSync("sh", ["-c", `${asked} -s -o /dev/null -w '%{http_code}'`], { encoding: "utf8" });
    const of_a_name = /NAME|stock_name|"name"/.test(command); // of nothing that this store has
    const of_a_token = command.includes('"token"'); // of a token that this store has not granted
    const fits =
      ["200", "201", "204"].includes(stdout) || (of_a_name && stdout === "404") || (of_a_token && stdout === "401");
    if (!fits) wrong.push(`${command}: ${stdout}`);
  }
  assert.deepEqual(wrong, []);
});

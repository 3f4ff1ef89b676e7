// The control room in a real browser, against the mock.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { eventually, launch, open, PHONE, screenshot, visitor } from "../browser.mjs";
import { Mock } from "../mock.mjs";

let browser, mock, context, page;
const begin = async (options = {}, look = {}) => {
  mock = await new Mock({ stock: 1000, ...options }).listen();
  context = await visitor(browser, look);
  page = await open(context, `${mock.url}/ops`);
  await page.locator("tr[data-instance]").first().waitFor();
};
before(async () => (browser = await launch()));
after(() => browser.close());
afterEach(async () => {
  await context.close();
  mock.close();
  page.check_complaints();
});

const row = (instance) => page.locator(`tr[data-instance="${instance}"]`);
const node = (instance) => page.locator(`.node[data-instance="${instance}"]`);
const state_is = (instance, state) =>
  eventually(async () => assert.equal(await row(instance).getAttribute("data-state"), state));
const verdict_is = (level) => page.locator(`.verdict[data-level="${level}"]`).waitFor();
const moments = () => page.locator(".moments").innerText();

test("every process is in the picture and in the table; the writer is named in both", async () => {
  await begin();
  await verdict_is("good");
  await eventually(async () => assert.equal(await page.locator(".node").count(), 8));
  assert.match(await node("order-1").getAttribute("aria-label"), /the writer, live, seq \d+, 0 behind/);
  assert.match(await row("order-1").innerText(), /writer/);
  assert.equal(await page.locator(".edge.writes[d]").count(), 3); // two edges to the writer, and the legend
});

test("kill the writer and see it heal: silent, another one appointed, back and live", async () => {
  await begin();
  await page.getByRole("button", { name: "Kill order-1" }).click();
  await state_is("order-1", "silent");
  await eventually(async () => assert.match(await node("order-2").getAttribute("class"), /writer/));
  await verdict_is("warn");
  await screenshot(page, "ops-writer-killed");
  await state_is("order-1", "catching_up");
  await state_is("order-1", "live");
  await verdict_is("good");
  const told = await moments();
  for (const what of [
    "order-1 kill: asked for here",
    "order-1 is silent",
    "order-2 was appointed writer",
    "order-1 started again",
    "order-1 is live",
  ])
    assert.ok(told.includes(what), `${what} in ${told}`);
  await page.locator(".mark.appointed").first().waitFor({ state: "attached" });
});

test("a process that is back before anybody could see it gone says so in the picture", async () => {
  await begin();
  mock.processes.all.get("order-3").pid += 1;
  await eventually(async () => assert.match(await node("order-3").textContent(), /started again/));
  assert.match(await moments(), /order-3 started again/);
});

test("a bridge that has heard nobody yet is shown as such, and then as it is", async () => {
  mock = await new Mock().listen();
  const { live } = mock.processes;
  mock.processes.live = function (...counts) {
    return { ...live.apply(this, counts), status: {} };
  };
  context = await visitor(browser);
  page = await open(context, `${mock.url}/ops`);
  await page.getByText("No frontend answers").waitFor();
  mock.processes.live = live;
  await verdict_is("good");
});

test("a paused process falls behind, and resumes", async () => {
  await begin();
  await page.getByRole("button", { name: "Pause catalog-2" }).click();
  await state_is("catalog-2", "silent");
  for (let times = 0; times < 5; ++times) mock.restock(1, 1);
  await eventually(async () => assert.match(await node("catalog-2").getAttribute("aria-label"), /5 behind/));
  await page.getByRole("button", { name: "Resume catalog-2" }).click();
  await state_is("catalog-2", "live");
});

test("a process that is gone for good is forgotten, and stays so", async () => {
  await begin();
  assert.equal(await page.getByRole("button", { name: /Forget/ }).count(), 0, "only silent ones");
  await page.getByRole("button", { name: "Pause catalog-2" }).click();
  await state_is("catalog-2", "silent");
  await page.getByRole("button", { name: "Forget catalog-2" }).click();
  await eventually(async () => assert.equal(await node("catalog-2").count(), 0));
  await verdict_is("good");
});

test("a status that is old is shown as such, with its age", async () => {
  await begin();
  const { live } = mock.processes;
  mock.processes.live = function (...counts) {
    const told = live.apply(this, counts);
    const processes = told.status.processes.map((one) => ({ ...one, silent: true, age_ms: 47_000 }));
    return { ...told, lookups_s: null, status: { ...told.status, age_ms: 47_000, processes } };
  };
  await page.getByText("No frontend answers: this is how the store was 47 s ago").waitFor();
  await verdict_is("bad");
  await state_is("order-1", "silent");
  assert.match(await page.locator(".facts").innerText(), /Lookups\/s\s+–/i);
  mock.processes.live = live;
  await verdict_is("good");
});

test("without demo mode nothing can be hurt", async () => {
  await begin({ demo: false });
  await page.getByText("not in demo mode").waitFor();
  assert.equal(await page.getByRole("button", { name: /Kill|Pause|Restart|Forget/ }).count(), 0);
  assert.equal(await page.getByRole("switch").count(), 0);
});

test("a bridge that does not say whether it is in demo mode and refuses: it is told, and the buttons go", async () => {
  await begin({ demo: undefined });
  mock.demo = false;
  page.expect_complaint(/403/);
  mock.tell_metrics = () => {};
  await page.getByRole("button", { name: "Kill order-1" }).click();
  await page.getByText("not started with --demo").waitFor();
  assert.equal(await page.getByRole("button", { name: /Kill/ }).count(), 0);
});

test("the stream is shown as it is written; it can be filtered and held still", async () => {
  await begin();
  mock.place("k", { customer: "Ann", lines: [{ item: 2, quantity: 3 }] });
  mock.reprice(1, 3000);
  const events = page.locator(".events li[data-kind]");
  await eventually(async () => assert.match(await events.first().innerText(), /Item 1 costs 30\.00, it was 24\.99/));
  await page.getByRole("button", { name: "order placed", exact: true }).click();
  await eventually(async () => assert.equal(await events.count(), 1));
  assert.match(await events.first().innerText(), /Order 1 for Ann: 3 × item 2 \(997 in stock\), 149\.85/);
  await page.getByRole("button", { name: "Hold still" }).click();
  mock.place("k2", { lines: [{ item: 2, quantity: 1 }] });
  await page.getByRole("button", { name: "Go on (1 more)" }).waitFor();
  assert.equal(await events.count(), 1);
  await page.getByRole("button", { name: "Go on" }).click();
  await eventually(async () => assert.equal(await events.count(), 2));
  await page.getByLabel("Only events with these words").fill("ann");
  await eventually(async () => assert.equal(await events.count(), 1));
});

test("one request is traced as a waterfall", async () => {
  await begin();
  await page.getByRole("button", { name: "Look it up" }).click();
  await eventually(async () =>
    assert.deepEqual(await page.locator(".waterfall th").allInnerTexts(), [
      "bridge's client",
      "frontend",
      "order replica",
      "commit",
      "gate",
    ]),
  );
});

// True if the first plot has the colour of its key.
const keyed = () =>
  page
    .locator(".plot")
    .first()
    .evaluate((plot) => {
      const wanted = getComputedStyle(plot.querySelector(".key")).stroke.match(/\d+/g).map(Number);
      const canvas = plot.querySelector("canvas");
      const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      for (let at = 0; at < dots.length; at += 4)
        if (dots[at + 3] > 200 && wanted.every((part, i) => Math.abs(part - dots[at + i]) < 8)) return true;
      return false;
    });

test("plots follow what is measured, in both themes", async () => {
  await begin();
  await eventually(async () => assert.equal(await page.locator(".plot canvas").count(), 11));
  await eventually(async () => assert.match(await page.locator(".plot").nth(7).innerText(), /hits\s+9\d\.\d %/));
  const drawn = () =>
    page
      .locator(".plot canvas")
      .first()
      .evaluate((canvas) => canvas.toDataURL());
  await eventually(async () => assert.ok(await keyed()));
  const light = await drawn();
  await page.getByRole("button", { name: "Switch to dark colours" }).click();
  await eventually(async () => assert.notEqual(await drawn(), light));
  await eventually(async () => assert.ok(await keyed(), "in the dark"));
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
});

test("demo traffic flows, and none of it fails", async () => {
  await begin();
  await page.getByRole("switch", { name: "Some traffic" }).click();
  await eventually(async () => assert.ok(mock.orders.length > 4));
  await page.getByRole("switch", { name: "Some traffic" }).click();
  assert.equal(await page.locator("[data-failed]").getAttribute("data-failed"), "0");
});

test("a store that cannot be reached is said, and that what is shown is old", async () => {
  await begin();
  page.expect_complaint(/ERR_|Failed to load/);
  const { port } = new URL(mock.url);
  mock.server.close();
  mock.server.closeAllConnections();
  await page.getByText("No connection to the store").waitFor();
  await new Promise((resolve) => mock.server.listen(Number(port), "127.0.0.1", resolve));
  await verdict_is("good");
});

test("a reload loses nothing of the last minutes: figures, states, moments, what was asked for here", async () => {
  await begin();
  await page.getByRole("button", { name: "Kill order-1" }).click();
  await eventually(async () => assert.match(await moments(), /order-1 started again/));
  const stretches = () => page.locator(".stretch.silent").count();
  assert.ok((await stretches()) > 0);
  await page.reload();
  await eventually(async () => {
    const told = await moments();
    for (const what of ["order-1 kill: asked for here", "order-2 was appointed writer", "order-1 started again"])
      assert.equal(told.split(what).length, 2, `${what} once in ${told}`);
    assert.ok((await stretches()) > 0);
  });
});

test("a control room that was hidden shows what happened meanwhile", async () => {
  await begin();
  await verdict_is("good");
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await eventually(() => assert.equal(mock.metrics.size, 0));
  mock.processes.act("order-3", "kill");
  await eventually(() => assert.equal(mock.past.at(-1).status.processes.at(5).pid, 4105));
  await hide(false);
  await eventually(async () => assert.match(await moments(), /order-3 started again/));
  assert.ok((await page.locator(".stretch.silent").count()) > 0);
});

test("a process that is killed from here is shown silent before its heartbeats are missed", async () => {
  await begin();
  mock.processes.act = () => true; // it goes on
  await page.getByRole("button", { name: "Kill catalog-1" }).click();
  await state_is("catalog-1", "silent");
  await state_is("catalog-1", "live");
});

test("a process of which the status tells nothing any more stays in the picture, silent", async () => {
  await begin();
  await verdict_is("good");
  mock.processes.all.delete("order-3");
  await state_is("order-3", "silent");
  await node("order-3").waitFor();
});

test("the only broker is killed after a question, and not without it", async () => {
  await begin();
  const acts = () => mock.requests.filter((one) => one.startsWith("POST /ops/"));
  const kill = page.getByRole("button", { name: "Kill broker-1", exact: true });
  await kill.click();
  await page.getByRole("dialog").getByText("It is the only broker").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await kill.click();
  await page.getByRole("button", { name: "Leave it" }).click();
  assert.deepEqual(acts(), []);
  await kill.click();
  await page.getByRole("button", { name: "Kill the only broker" }).click();
  await state_is("broker-1", "silent");
  assert.deepEqual(acts(), ["POST /ops/processes/broker-1/kill"]);
});

test("one of two brokers is killed without a question", async () => {
  await begin({ plan: ["broker-1", "broker-2", "order-1", "frontend-1"] });
  await page.getByRole("button", { name: "Kill broker-2" }).click();
  await state_is("broker-2", "silent");
});

test("no two lines of a plot look the same, even without colours, and the keys look like the lines", async () => {
  await begin();
  await eventually(async () => assert.equal(await page.locator(".plot canvas").count(), 11));
  const looks = await page
    .locator(".plot")
    .evaluateAll((plots) =>
      plots.map((plot) =>
        [...plot.querySelectorAll(".key path")].map((path) => path.getAttribute("stroke-dasharray") ?? "solid"),
      ),
    );
  assert.ok(looks.some((lines) => lines.length >= 7));
  for (const lines of looks) assert.equal(new Set(lines).size, lines.length, lines.join("; "));
});

const LONG = [
  "broker-of-the-warehouse-in-springfield-1",
  "catalog-of-the-warehouse-in-springfield-1",
  "order-of-the-warehouse-in-springfield-10",
  "order-of-the-warehouse-in-springfield-11",
  "frontend-of-the-warehouse-in-springfield-1",
];
// Every text of a drawing lies within it and within its box, and no text of the page is cut off.
const cut_off = () =>
  page.evaluate(() => {
    const faults = [];
    const within = (text, box) => {
      const [a, b] = [text.getBoundingClientRect(), box.getBoundingClientRect()];
      if (a.width && (a.left < b.left - 1 || a.right > b.right + 1))
        faults.push(`${text.textContent} in ${box.classList}`);
    };
    for (const text of document.querySelectorAll(".lanes text, .picture > svg text")) {
      within(text, text.closest("svg"));
      const box = text.closest(".node")?.querySelector(".node-box");
      if (box) within(text, box);
    }
    const bars = [...document.querySelectorAll(".stretch")].map((bar) => bar.getBoundingClientRect().left);
    for (const name of document.querySelectorAll(".lane-name"))
      if (bars.some((left) => name.getBoundingClientRect().right > left))
        faults.push(`${name.textContent} under a bar`);
    for (const element of document.querySelectorAll(".facts dd, .facts dt, .as-text, .values li, .moments li, .kind"))
      if (element.scrollWidth > element.clientWidth + 1) faults.push(`${element.className}: ${element.textContent}`);
    if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the screen");
    return faults;
  });

for (const [name, look] of [
  ["a wide screen", {}],
  ["a phone", { viewport: PHONE }],
]) {
  test(`long names of processes are not cut off and leave their boxes nowhere, on ${name}`, async () => {
    await begin({ plan: LONG }, look);
    await eventually(async () => assert.equal(await page.locator(".node").count(), LONG.length));
    await page.locator(".stretch").first().waitFor({ state: "attached" });
    assert.deepEqual(await cut_off(), []);
  });
}

test("no panel is mostly empty: below its last line there is less than a third of it", async () => {
  await begin({ plan: ["broker-1", "order-1", "frontend-1"] });
  await eventually(async () => assert.equal(await page.locator(".node").count(), 3));
  const blanks = await page.locator(".panel").evaluateAll((panels) =>
    panels
      .map((panel) => {
        const { bottom, height } = panel.getBoundingClientRect();
        const walker = document.createTreeWalker(panel, NodeFilter.SHOW_ELEMENT);
        let last = 0;
        while (walker.nextNode())
          if (!walker.currentNode.children.length)
            last = Math.max(last, walker.currentNode.getBoundingClientRect().bottom);
        return { panel: panel.className, part: (bottom - last) / height, blank: bottom - last };
      })
      .filter(({ part, blank }) => part > 0.34 && blank > 120),
  );
  assert.deepEqual(blanks, []);
});

test("with the keyboard: a box of the picture opens its details", async () => {
  await begin();
  await node("broker-1").focus();
  await page.keyboard.press("Enter");
  await eventually(async () => assert.equal(await node("broker-1").getAttribute("aria-pressed"), "true"));
  await page.locator(".details").getByText("malformed").waitFor();
});

test("on a phone nothing is wider than the screen, and every button can be reached", async () => {
  await begin({}, { viewport: PHONE });
  await eventually(async () => assert.equal(await page.locator(".node").count(), 8));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  const box = await page.getByRole("button", { name: "Restart broker-1" }).boundingBox();
  assert.ok(box.x + box.width <= PHONE.width, `${box.x + box.width}`);
});

test("subscriptions are listed with how far they are behind", async () => {
  await begin();
  const list = page.getByRole("list", { name: "Subscriptions by name" });
  await eventually(async () => assert.match(await list.innerText(), /till\s+1\s+3 events behind\s+order_placed/));
});

test("an item is edited, and only what the form changes is sent", async () => {
  await begin();
  mock.edit(2, { attributes: { pages: "214", colour: "red" } });
  await page.getByLabel("Item to edit").fill("2");
  await page.getByRole("button", { name: "Show it" }).click();
  const save = page.getByRole("button", { name: "Save item 2" });
  assert.ok(await save.isDisabled());
  await page.getByLabel("Description").fill("A first line\nand another");
  await page.getByLabel(/^Attributes/).fill("pages");
  await page.getByText("Each attribute needs a line of its own").waitFor();
  assert.ok(await save.isDisabled());
  await page.getByLabel(/^Attributes/).fill("pages=215");
  await save.click();
  await eventually(() => assert.equal(mock.items.get(2).description, "A first line\nand another"));
  assert.deepEqual(mock.items.get(2).attributes, { pages: "215" });
  await eventually(async () => assert.ok(await save.isDisabled(), "the form shows the item as it is now"));
});

test("items that are low are listed when the stream tells of them", async () => {
  await begin();
  const list = page.getByRole("list", { name: "Items that are low" });
  await eventually(async () => assert.match(await list.innerText(), /No item is low/));
  mock.edit(2, { low: 1000 });
  mock.append("stock_low", { item: 2, available: 1000, low: 1000 });
  await eventually(async () => assert.match(await list.innerText(), /2\s+.+\s+1,000 pieces available\s+low at 1000/));
});

test("webhooks are listed, enabled, and their dead letters sent again", async () => {
  const mailer = { name: "mailer", receiver: "https://mail.example", types: [], delivered: 1, failed: 3 };
  const gone = { state: "disabled", fault: "the receiver is gone", lag: 3, dead_letters: 2 };
  await begin({ webhooks: [{ ...mailer, ...gone }] });
  const list = page.getByRole("list", { name: "Webhooks by name" });
  await eventually(async () =>
    assert.match(await list.innerText(), /mailer\s+https:\/\/mail.example\s+3 events behind/),
  );
  assert.match(await list.innerText(), /disabled: the receiver is gone/);
  await list.getByRole("button", { name: "Send 2 dead letters again" }).click();
  await list.getByRole("button", { name: "Enable" }).click();
  await eventually(async () => assert.match(await list.innerText(), /delivering/));
  await eventually(async () => assert.equal(await list.getByRole("button").count(), 0));
});

test("the movements of an item are listed, and an item that is not there is told", async () => {
  await begin();
  const list = page.getByRole("list", { name: "Movements of the item, the newest first" });
  await page.getByLabel("Of item").fill("2");
  await eventually(async () => assert.match(await list.innerText(), /added\s+\+\d+, [\d,]+ pieces now/));
  page.expect_complaint(/404/);
  await page.getByLabel("Of item").fill("999999");
  await page.getByText("there is no item 999999").waitFor();
});

test("pieces of an item are moved to another place, and a typing error makes none", async () => {
  await begin();
  await page.getByLabel("Of item").fill("2");
  await page.getByText("1,000 pieces of “RPCs for Dummies”, all at main").waitFor();
  const form = page.getByRole("form", { name: "Move pieces" });
  await form.getByLabel("Pieces").fill("30");
  await form.getByLabel("To").fill("annex");
  page.expect_complaint(/409/);
  await form.getByRole("button", { name: "Move" }).click();
  await form.getByText("no item has pieces at 'annex'").waitFor();
  await form.getByLabel("It is a new place").check();
  await form.getByRole("button", { name: "Move" }).click();
  await page.getByText("1,000 pieces of “RPCs for Dummies”: 970 at main, 30 at annex").waitFor();
  await form.getByLabel("From").selectOption("annex");
  await form.getByLabel("To").fill("main");
  await form.getByLabel("Pieces").fill("31");
  page.expect_complaint(/409/);
  await form.getByRole("button", { name: "Move" }).click();
  await form.getByText("31 asked for, 30 at annex").waitFor();
});

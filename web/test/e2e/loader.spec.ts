// Loading, failing to load, ending: the page is told, and nothing of it is hurt.
import { test, expect } from "./support/fixtures.ts";
import { enter, openChat, outcome } from "./support/sdk.ts";

test("a failed load is a clear error and can be tried again", async ({ sdk, guard }) => {
  guard.allow(/status of 500|net::ERR_FAILED/);
  const page = await sdk();
  let broken: "status" | "page" | "network" | undefined = "status";
  await page.route(/\.wasm$/, (route) => {
    if (broken === "status") return route.fulfill({ status: 500, body: "no" });
    if (broken === "page") return route.fulfill({ status: 200, contentType: "text/html", body: "<!doctype html>", headers: { "access-control-allow-origin": "*" } });
    if (broken === "network") return route.abort();
    return route.continue();
  });
  for (const way of ["status", "page", "network"] as const) {
    broken = way;
    expect(await outcome(page, `ICF.init({appId: "demo"})`), way).toMatchObject({ isError: true, message: expect.stringMatching(/chat core/) });
  }
  broken = undefined;
  expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
});

test("a wrong MIME type is no obstacle", async ({ sdk }) => {
  const page = await sdk();
  await page.route(/\.wasm$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-type": "application/octet-stream" } });
  });
  expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
});

test("the program holds no js.Func, and no page object more after a closed chat than before it", async ({ sdk, wire }) => {
  const agent = await wire.agent("agent1");
  const page = await sdk();
  await enter(page);
  const talk = async () => {
    const chatId = await openChat(page);
    await page.evaluate(() => window.chat.searchAgent());
    await agent.next("invitations:new");
    await agent.request("invitations:accept", { chatId });
    await page.evaluate(async () => { for (let i = 0; i < 50; i++) await window.chat.sendMessage(`m ${i}`) });
    await page.evaluate(() => window.chat.close());
  };
  await talk();
  // What Go let go of is given back by its finalizers, which run after a collection.
  const settled = () => page.evaluate(async () => {
    let last = Infinity;
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < 300; j++) await ICF.Events.send("users:chats", { userId: ICF.Connection.me()!.id });
      const { references } = ICF.Parley.stats()!;
      if (references >= last && i > 4) break;
      last = Math.min(last, references);
    }
    return last;
  });
  const before = await settled();
  for (let i = 0; i < 3; i++) await talk();
  expect(await settled()).toBeLessThanOrEqual(before);
});

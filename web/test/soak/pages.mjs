// The pages of a soak: visitors in Chromium that send numbered messages while they
// are loaded anew, taken off the network and crashed. The soak starts it, gives it
// what it needs as one line of JSON, and ends the storm with a second line; the
// answer is one line, what each page was promised.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium } from '@playwright/test';
import { flags, requireChromium, sandbox } from '../chromium.mjs';

const settleWithin = 120_000;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { url, pause, visitors } = JSON.parse((await lines.next()).value);
let storm = true;

// The customer's site, which never fails.
const site = createServer((_, response) => {
  response.setHeader('content-type', 'text/html');
  response.end(`<!doctype html><title>A page</title><script src="${url}/sdk/1/icf.sdk.js"></script>`);
});
site.listen(0, '127.0.0.1');
await once(site, 'listening');
const address = `http://127.0.0.1:${site.address().port}/`;

const browser = await chromium.launch({ executablePath: requireChromium(), args: flags, chromiumSandbox: sandbox });
const all = Promise.all(visitors.map(soak));
await lines.next();
storm = false;
console.log(JSON.stringify(await all));
await browser.close();
process.exit();

/** One visitor, from the first page to the last. */
async function soak(visitor) {
  const told = { ...visitor, accepted: [], rejected: [], loads: 0, errors: [] };
  const context = await browser.newContext();
  await context.exposeBinding('accepted', (_, text) => void told.accepted.push(text));
  await context.exposeBinding('rejected', (_, text, why) => void told.rejected.push([text, why]));
  context.on('weberror', (error) => told.errors.push(String(error.error())));
  let page = await open(context, told);
  while (storm) {
    await wait(500 + Math.random() * 3000);
    switch (Math.floor(Math.random() * 4)) {
      case 0:
        await context.setOffline(true);
        await wait(200 + Math.random() * 3000);
        await context.setOffline(false);
        break;
      case 1:
        await page.close();
        page = await open(context, told);
        break;
      case 2:
        await page.goto('chrome://crash').catch(() => {});
        await page.close().catch(() => {});
        page = await open(context, told);
        break;
      default:
        page = await open(context, told, page);
    }
  }
  await within(
    5_000,
    page.evaluate(() => (globalThis.quiet = true)),
  ).catch(() => {});
  const giveUp = Date.now() + settleWithin;
  for (;;) {
    const pending = await within(
      5_000,
      page.evaluate(() => globalThis.ICF.Parley.stats()?.pending),
    ).catch(() => undefined);
    if (pending === 0) break;
    if (Date.now() > giveUp) {
      told.errors.push(`${pending} requests are left after ${settleWithin / 1000} s`);
      break;
    }
    if (pending === undefined) page = await open(context, told, page);
    await wait(100);
  }
  await context.close();
  return told;
}

/** Loads the page until the chat is there, however often the network fails. */
async function open(context, told, page) {
  for (;;) {
    page ??= await context.newPage();
    try {
      told.loads++;
      await page.goto(address, { timeout: 10_000 });
      await within(20_000, page.evaluate(begin, [told, pause, storm]));
      return page;
    } catch {
      await page.close().catch(() => {});
      page = undefined;
      await wait(100);
    }
  }
}

/** A promise with an end: a page that hangs is given up. */
function within(ms, promise) {
  return Promise.race([promise, wait(ms, undefined, { ref: false }).then(() => Promise.reject(new Error('took too long')))]);
}

/** What the page does: comes back to its chat and, in a storm, writes on. */
async function begin([{ id, token, chatId, name }, pause, storm]) {
  const { ICF } = globalThis;
  await ICF.init({ appId: 'demo' });
  if (!ICF.Lobby.logged) await ICF.Lobby.init({ id, token });
  const chat = ICF.Lobby.chats[chatId] ?? (await ICF.Chat.init({ id: chatId }));
  if (!storm) return;
  const life = Date.now().toString(36) + Math.random().toString(36).slice(2, 6);
  let n = 0;
  const say = () => {
    if (globalThis.quiet) return;
    const text = `${name} ${life} ${++n}`;
    chat
      .sendMessage(text, () => void globalThis.accepted(text))
      .catch((error) => globalThis.rejected(text, `${error.code} ${error.message}`));
    setTimeout(say, Math.random() * 2 * pause);
  };
  say();
}
